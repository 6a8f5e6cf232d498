//! The pages of sign-in, sign-out and errors: built in, or the application's own.

use auth_types::{BasePath, routes};

use super::base_path::Address;
use crate::{
    config::{Config, builder::ConfigBuilder, error::ConfigProblem},
    redirect::RedirectTo,
};

/// The paths of the pages. `None` for a built-in page.
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
    /// library, or `error` under another [`base_path`](Self::base_path). Its query
    /// has `error` ([`crate::ErrorKind::code`]), `ref` (to find the log line) and
    /// `callbackUrl` (the page to return to).
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

    /// Returns the path of the error page: the application's own, or that of
    /// [`routes::ERROR`].
    pub fn error_page(&self) -> &str {
        self.pages.error.as_deref().unwrap_or_default()
    }
}

impl Pages {
    /// Sets the built-in error page if the application has none of its own.
    pub(in crate::config) fn with_built_in(mut self, base_path: &BasePath) -> Self {
        self.error
            .get_or_insert_with(|| base_path.path_of(routes::ERROR));
        self
    }

    /// Checks that every page is a path of the application, and none of this
    /// library, so that no page leads to itself.
    pub(in crate::config) fn check(&self, address: &Address, problems: &mut Vec<ConfigProblem>) {
        let Address {
            base_url,
            base_path,
        } = address;
        for (name, page) in [
            ("sign_in_page", &self.sign_in),
            ("sign_out_page", &self.sign_out),
            ("error_page", &self.error),
        ] {
            let Some(page) = page else { continue };
            let is_built_in = name == "error_page" && base_path.is_path_of(routes::ERROR, page);
            let is_path = !page.contains(['?', '#'])
                && RedirectTo::parse(page, base_url).is_some_and(|path| path.as_str() == page);
            if !is_path {
                problems.push(ConfigProblem::new(
                    name,
                    format!("is {page:?}, which is not a path of the application"),
                    "write it like /account/page, percent-encoded and without a query",
                ));
            } else if base_path.contains(page) && !is_built_in {
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
        assert!(problems(|it| it.error_page("/api/auth/error")).is_empty());
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
            "/api/auth",
            "/api/auth/signin",
            "/api/auth/signin/logto",
            "/api/auth/signin/",
            "/api/auth/error/",
        ] {
            assert_eq!(problems(|it| it.sign_in_page(page)), ["sign_in_page"]);
            assert_eq!(problems(|it| it.error_page(page)), ["error_page"]);
        }
        assert_eq!(
            problems(|it| it.sign_out_page("/api/auth/signout")),
            ["sign_out_page"]
        );
    }

    #[test]
    fn only_pages_under_the_base_path_are_of_this_library() {
        for page in ["/api/auth/signin", "/api/authors", "/authors", "/"] {
            assert!(problems(|it| it.base_path("/auth").sign_in_page(page)).is_empty());
        }
        assert!(problems(|it| it.sign_in_page("/api/authors")).is_empty());
        for page in ["/auth", "/auth/signin", "/auth/error"] {
            let found = problems(|it| it.base_path("/auth").sign_in_page(page));
            assert_eq!(found, ["sign_in_page"], "{page}");
        }
        assert!(problems(|it| it.base_path("/auth").error_page("/auth/error")).is_empty());
    }
}
