//! The pages of sign-in, sign-out and errors: built in, or the application's own.

use auth_types::routes;
use url::Url;

use super::{Config, builder::ConfigBuilder, error::ConfigProblem};
use crate::redirect::RedirectTo;

/// The paths of the application's own pages. `None` for a built-in page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pages {
    sign_in: Option<String>,
    sign_out: Option<String>,
    error: Option<String>,
}

/// The pages of sign-in, sign-out and errors, like Auth.js's `pages`.
impl ConfigBuilder {
    /// Sets the path of the sign-in page, to which `/api/auth/signin` then
    /// redirects. Its query may have `callbackUrl` (the page to return to) and
    /// `error` (why the user has to sign in). By default that route has a page.
    #[must_use]
    pub fn sign_in_page(mut self, path: impl Into<String>) -> Self {
        self.pages.sign_in = Some(path.into());
        self
    }

    /// Sets the path of the sign-out page, to which `/api/auth/signout` then
    /// redirects. Its query may have `callbackUrl` (the page to go to). By default
    /// that route has a page.
    #[must_use]
    pub fn sign_out_page(mut self, path: impl Into<String>) -> Self {
        self.pages.sign_out = Some(path.into());
        self
    }

    /// Sets the path of the error page. Default: `/api/auth/error`, a page of this
    /// library. Its query has `error` ([`crate::ErrorKind::code`]), `ref` (to find
    /// the log line) and `callbackUrl` (the page to return to).
    #[must_use]
    pub fn error_page(mut self, path: impl Into<String>) -> Self {
        self.pages.error = Some(path.into());
        self
    }
}

impl Config {
    /// Returns the path of the application's own sign-in page.
    pub fn sign_in_page(&self) -> Option<&str> {
        self.pages.sign_in.as_deref()
    }

    /// Returns the path of the application's own sign-out page.
    pub fn sign_out_page(&self) -> Option<&str> {
        self.pages.sign_out.as_deref()
    }

    /// Returns the path of the error page: the application's own, or
    /// `/api/auth/error`.
    pub fn error_page(&self) -> &str {
        self.pages.error.as_deref().unwrap_or(routes::ERROR)
    }
}

impl Pages {
    /// Checks that every page is a path of the application, and none of this
    /// library, so that no page leads to itself.
    pub(super) fn check(&self, base_url: &Url, problems: &mut Vec<ConfigProblem>) {
        for (name, page) in [
            ("sign_in_page", &self.sign_in),
            ("sign_out_page", &self.sign_out),
            ("error_page", &self.error),
        ] {
            let Some(page) = page else { continue };
            let is_built_in = page == routes::ERROR && name == "error_page";
            let is_path = !page.contains(['?', '#'])
                && RedirectTo::parse(page, base_url).is_some_and(|path| path.as_str() == page);
            if !is_path {
                problems.push(ConfigProblem::new(
                    name,
                    format!("is {page:?}, which is not a path of the application"),
                    "write it like /account/page, percent-encoded and without a query",
                ));
            } else if page.starts_with(routes::BASE_PATH) && !is_built_in {
                problems.push(ConfigProblem::new(
                    name,
                    format!("is {page:?}, a route of this library, which redirects to this page"),
                    "remove it to use the built-in page, or set the path of a page of your own",
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> Vec<&'static str> {
        let settings = Config::builder()
            .issuer("https://tenant.logto.app/oidc")
            .client_id("id")
            .client_secret("secret")
            .secret("a secret of more than thirty-two characters")
            .base_url("https://app.test");
        let problems = change(settings).build().err().unwrap_or_default();
        problems.0.iter().map(|problem| problem.setting).collect()
    }

    #[test]
    fn a_page_is_a_path_and_leads_not_to_itself() {
        assert!(problems(|it| it.sign_in_page("/in").sign_out_page("/out")).is_empty());
        assert!(problems(|it| it.error_page(routes::ERROR)).is_empty());
        for page in [
            "",
            "welcome",
            "//evil.test",
            "https://evil.test/",
            "/a?b=c",
            "/a b",
        ] {
            assert_eq!(
                problems(|it| it.sign_in_page(page)),
                ["sign_in_page"],
                "{page}"
            );
            assert_eq!(
                problems(|it| it.sign_out_page(page)),
                ["sign_out_page"],
                "{page}"
            );
            assert_eq!(problems(|it| it.error_page(page)), ["error_page"], "{page}");
        }
        for page in [
            routes::SIGN_IN,
            routes::SIGN_IN_LOGTO,
            "/api/auth/signin/",
            "/api/auth/error/",
        ] {
            assert_eq!(problems(|it| it.sign_in_page(page)), ["sign_in_page"]);
            assert_eq!(problems(|it| it.error_page(page)), ["error_page"]);
        }
        assert_eq!(
            problems(|it| it.sign_out_page(routes::SIGN_OUT)),
            ["sign_out_page"]
        );
    }
}
