//! The application's address, and the path that all sign-in routes begin with.

use auth_types::BasePath;
use url::Url;

use crate::{
    config::{Config, builder::ConfigBuilder, error::ConfigProblem, validate::keep},
    oauth::secure_url::is_secure,
};

impl ConfigBuilder {
    /// Sets the path that all sign-in routes begin with, like Auth.js's `basePath`.
    /// Default: the path of `AUTH_URL`, or `/api/auth` if it has none. The redirect
    /// URI and the other addresses to register at Logto begin with it.
    #[must_use]
    pub fn base_path(mut self, path: impl Into<String>) -> Self {
        self.base_path = Some(path.into());
        self
    }
}

impl Config {
    /// Returns the path that all sign-in routes begin with.
    pub fn base_path(&self) -> &BasePath {
        &self.base_path
    }
}

/// The application's address.
pub(in crate::config) struct Address {
    /// Scheme, host and port.
    pub(in crate::config) base_url: Url,
    pub(in crate::config) base_path: BasePath,
}

impl Address {
    /// Checks the address and the base path. As in Auth.js, the base path is the
    /// path of the address, unless the application sets it.
    pub(in crate::config) fn check(
        problems: &mut Vec<ConfigProblem>,
        base_url: Option<&str>,
        base_path: Option<&str>,
    ) -> Option<Self> {
        let base_path = base_path.map(|path| keep(problems, check_base_path(path)));
        let (base_url, path) = keep(problems, check_base_url(base_url?))?;
        let base_path = match (base_path, path) {
            (Some(set), path) => {
                warn_of_other_path(set.as_ref()?, path.as_ref());
                set?
            }
            (None, path) => path.unwrap_or_default(),
        };
        Some(Self {
            base_url,
            base_path,
        })
    }
}

/// Warns as Auth.js does: one of two paths has no effect.
fn warn_of_other_path(set: &BasePath, path: Option<&BasePath>) {
    if let Some(path) = path.filter(|path| *path != set) {
        tracing::warn!(
            "the path {path} of AUTH_URL has no effect, because the application sets the base \
             path {set}; remove the path from AUTH_URL"
        );
    }
}

fn check_base_path(path: &str) -> Result<BasePath, ConfigProblem> {
    BasePath::parse(path).map_err(|error| {
        ConfigProblem::new(
            "base_path",
            format!("is {path:?}, which {error}"),
            "write it like /api/auth, or remove it",
        )
    })
}

/// Returns the origin of `AUTH_URL` and its path, if it has one.
fn check_base_url(base_url: &str) -> Result<(Url, Option<BasePath>), ConfigProblem> {
    let wrong = |problem: &str, remedy: &str| {
        Err(ConfigProblem::new(
            "AUTH_URL",
            format!("is {base_url:?}, which {problem}"),
            remedy,
        ))
    };
    let Ok(mut url) = Url::parse(base_url) else {
        return wrong(
            "is not a URL",
            "write scheme and host, such as https://app.example.com",
        );
    };
    if !is_secure(&url) {
        return wrong(
            "does not use https",
            "use https; plain http is allowed only for localhost, for development",
        );
    }
    if url.query().is_some() || url.fragment().is_some() || has_user(&url) {
        return wrong(
            "has more than scheme, host, port and base path",
            "remove query, fragment and user",
        );
    }
    let base_path = match given_path(base_url).trim_end_matches('/') {
        "" => None,
        path => match BasePath::parse(path) {
            Ok(base_path) if path == url.path().trim_end_matches('/') => Some(base_path),
            Ok(_) => {
                return wrong(
                    "is not written as browsers write it",
                    "write it like https://app.example.com/api/auth",
                );
            }
            Err(error) => {
                return wrong(
                    &format!("has a path that {error}"),
                    "write the base path of the sign-in routes like /api/auth, or remove the path",
                );
            }
        },
    };
    url.set_path("/");
    Ok((url, base_path))
}

fn has_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// Returns the path of a URL as it was written. [`Url`] removes dot segments, so
/// the routes would be somewhere else.
fn given_path(url: &str) -> &str {
    let after_scheme = url.split_once("//").map_or(url, |(_, rest)| rest);
    match after_scheme.find(['/', '\\']) {
        Some(start) => &after_scheme[start..],
        None => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ConfigErrors;

    fn build(base_url: &str, base_path: Option<&str>) -> Result<Config, ConfigErrors> {
        let settings = Config::builder()
            .issuer("https://tenant.logto.app/oidc")
            .client_id("id")
            .client_secret("secret")
            .secret("a secret of more than thirty-two characters")
            .base_url(base_url);
        match base_path {
            Some(path) => settings.base_path(path),
            None => settings,
        }
        .build()
    }

    #[test]
    fn the_path_of_the_address_is_the_base_path() {
        for (base_url, set, expected) in [
            ("https://app.test", None, "/api/auth"),
            ("https://app.test/", None, "/api/auth"),
            ("https://app.test/api/auth", None, "/api/auth"),
            ("https://app.test/api/auth/", None, "/api/auth"),
            ("https://app.test/auth", None, "/auth"),
            ("https://app.test:8443/app/login/", None, "/app/login"),
            ("https://app.test", Some("/auth"), "/auth"),
            ("https://app.test/auth", Some("/auth"), "/auth"),
            ("https://app.test/other", Some("/auth"), "/auth"),
            ("https://app.test/other", Some("/api/auth"), "/api/auth"),
        ] {
            let config = build(base_url, set).unwrap();
            let origin = base_url.split_once("//").unwrap().1;
            let origin = format!("https://{}", origin.split('/').next().unwrap());
            assert_eq!(config.base_path().as_str(), expected, "{base_url} {set:?}");
            assert_eq!(config.base_url().as_str(), format!("{origin}/"));
            let addresses = [
                (config.redirect_uri(), "callback/logto"),
                (config.back_channel_logout_uri(), "backchannel-logout/logto"),
                (config.webhook_uri(), "webhooks/logto"),
            ];
            for (address, route) in addresses {
                assert_eq!(address, format!("{origin}{expected}/{route}"));
            }
            assert_eq!(config.error_page(), format!("{expected}/error"));
            assert_eq!(config.post_logout_redirect_uri(), format!("{origin}/"));
        }
    }

    #[test]
    fn a_wrong_base_path_is_refused_with_a_sentence() {
        for (base_url, set, setting) in [
            ("https://app.test", Some(""), "base_path"),
            ("https://app.test", Some("/"), "base_path"),
            ("https://app.test", Some("auth"), "base_path"),
            ("https://app.test", Some("/auth/"), "base_path"),
            ("https://app.test", Some("/api//auth"), "base_path"),
            ("https://app.test", Some("/{auth}"), "base_path"),
            ("https://app.test/auth", Some("/a?b=c"), "base_path"),
            ("https://app.test//auth", None, "AUTH_URL"),
            ("https://app.test/a/../auth", None, "AUTH_URL"),
            ("https://app.test/a/%2e%2e/auth", None, "AUTH_URL"),
            ("https://app.test/./auth", None, "AUTH_URL"),
            ("https://app.test\\auth", None, "AUTH_URL"),
            ("https:///app.test/auth", None, "AUTH_URL"),
            ("https://:secret@app.test", None, "AUTH_URL"),
            ("https://app.test/{auth}", None, "AUTH_URL"),
            ("https://app.test/a b", None, "AUTH_URL"),
            ("https://app.test/auth?a=b", None, "AUTH_URL"),
            ("https://app.test/auth#a", None, "AUTH_URL"),
            ("https://app.test/?a=/b", None, "AUTH_URL"),
            ("https://user@app.test/auth", None, "AUTH_URL"),
        ] {
            let problems = build(base_url, set).unwrap_err().0;
            assert_eq!(problems.len(), 1, "{base_url} {set:?}: {problems:?}");
            assert_eq!(problems[0].setting, setting, "{base_url} {set:?}");
            let named = set.unwrap_or(base_url);
            assert!(
                problems[0]
                    .problem
                    .contains(&format!("is {named:?}, which ")),
                "{problems:?}"
            );
        }
    }
}
