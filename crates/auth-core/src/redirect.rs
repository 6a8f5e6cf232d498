//! The validation of redirect targets: only pages of this application.

use std::fmt;

use url::Url;

/// The longest target accepted, in bytes: it is stored in a cookie.
const MAX_LENGTH: usize = 512;

/// A page of this application to redirect to: path, query and fragment,
/// normalized and safe in a header.
///
/// RFC 9700 §2.1: a client must not be an open redirector.
#[derive(Clone, PartialEq, Eq)]
pub struct RedirectTo(String);

impl RedirectTo {
    /// Returns the application's home page.
    pub fn home() -> Self {
        Self("/".to_owned())
    }

    /// Accepts a path (`/orders?page=2`) or a URL of the application itself.
    /// Returns `None` for every target that a browser would resolve to another
    /// origin than that of `base_url`.
    pub fn parse(target: &str, base_url: &Url) -> Option<Self> {
        // Browsers read a backslash as a slash; some drop control characters
        // and white space, others do not.
        if target.len() > MAX_LENGTH
            || target
                .chars()
                .any(|c| c == '\\' || c.is_control() || c.is_whitespace())
        {
            return None;
        }
        let url = if target.starts_with('/') {
            base_url.join(target).ok()?
        } else {
            Url::parse(target).ok()?
        };
        if url.origin() != base_url.origin()
            || !url.username().is_empty()
            || url.password().is_some()
            // "/.//evil.example" is normalized to a path that starts with "//".
            || url.path().starts_with("//")
        {
            return None;
        }
        let relative = &url[url::Position::BeforePath..];
        (relative.len() <= MAX_LENGTH).then(|| Self(relative.to_owned()))
    }

    /// Returns the target. It begins with `/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RedirectTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RedirectTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedirectTo({:?})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn base() -> Url {
        Url::parse("https://app.test/").unwrap()
    }

    fn parse(target: &str) -> Option<String> {
        RedirectTo::parse(target, &base()).map(|target| target.0)
    }

    #[test]
    fn pages_of_the_application_are_accepted() {
        for (target, expected) in [
            ("/", "/"),
            ("/a?b=c#d", "/a?b=c#d"),
            ("/a/../b", "/b"),
            ("/\u{fc}ber", "/%C3%BCber"),
            ("https://app.test/x", "/x"),
            ("HTTPS://APP.TEST:443/x", "/x"),
            ("https://app.test", "/"),
        ] {
            assert_eq!(parse(target).as_deref(), Some(expected), "{target}");
        }
    }

    #[test]
    fn other_targets_are_refused() {
        for target in [
            "",
            "dash",
            "?x=1",
            "//evil.test/x",
            "///evil.test",
            "/\\evil.test",
            "\\\\evil.test",
            "/\t/evil.test",
            "/\n/evil.test",
            " //evil.test",
            "/.//evil.test",
            "/a/..//evil.test",
            "/%2e//evil.test",
            "http://app.test/x",
            "https://app.test.evil.test/",
            "https://app.test:444/",
            "https://user:pw@app.test/x",
            "https://user@app.test/x",
            "https://:pw@app.test/x",
            "https:evil.test",
            "https:/\\evil.test",
            "javascript:alert(1)",
            "data:text/html,x",
            "%2F%2Fevil",
            "/\u{0}",
            "/\u{2028}/evil.test",
        ] {
            assert_eq!(parse(target), None, "{target:?}");
        }
        assert_eq!(parse(&format!("/{}", "a".repeat(MAX_LENGTH))), None);
        // Only one of them is too long: the target, or what is made of it.
        let absolute = format!("https://app.test/{}", "a".repeat(MAX_LENGTH - 10));
        assert_eq!(parse(&absolute), None);
        let escaped = format!("/{}", "\u{fc}".repeat(MAX_LENGTH / 4));
        assert_eq!(parse(&escaped), None);
    }

    proptest! {
        /// Every accepted target stays on the origin when a browser resolves it,
        /// fits in a header, and is accepted again unchanged.
        #[test]
        fn accepted_targets_stay_on_the_origin(target in r"(/|//|https?:|[.\\@:?#%]|app\.test|evil\.test|[a-z0-9]|\s|\PC){0,12}") {
            if let Some(taken) = parse(&target) {
                let resolved = base().join(&taken).unwrap();
                prop_assert_eq!(resolved.origin(), base().origin());
                prop_assert!(taken.starts_with('/') && !taken.starts_with("//"));
                prop_assert!(taken.bytes().all(|b| b.is_ascii_graphic()));
                prop_assert_eq!(parse(&taken), Some(taken.clone()));
            }
        }
    }
}
