//! The identifier of an API in requests (RFC 8707).

use std::fmt;

use url::Url;

/// The indicator of an API resource: its *API identifier* in Logto's console.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceIndicator(String);

impl ResourceIndicator {
    /// The resource of Logto's organizations. A sign-in that requests
    /// [`Scope::Organizations`](crate::Scope::Organizations) requests it too;
    /// without it organization tokens contain no permissions.
    pub const ORGANIZATIONS: &str = "urn:logto:resource:organizations";

    /// Accepts an absolute URI without a fragment (RFC 8707 §2); returns `None`
    /// for anything else. The text stays as written, because Logto compares
    /// plain text.
    pub fn parse(indicator: &str) -> Option<Self> {
        let url = Url::parse(indicator).ok()?;
        let is_plain = indicator.bytes().all(|byte| byte.is_ascii_graphic());
        (url.fragment().is_none() && is_plain).then(|| Self(indicator.to_owned()))
    }

    /// Returns the indicator as requests and a token's `aud` contain it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ResourceIndicator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for ResourceIndicator {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_absolute_uris_without_a_fragment_are_accepted() {
        for good in [
            "https://shopping.example.com/api",
            "https://shopping.example.com",
            ResourceIndicator::ORGANIZATIONS,
        ] {
            assert_eq!(
                ResourceIndicator::parse(good).map(|taken| taken.to_string()),
                Some(good.to_owned())
            );
        }
        for bad in [
            "",
            "/api",
            "shopping",
            "https://a.test/#x",
            "https://a.test/ b",
        ] {
            assert!(ResourceIndicator::parse(bad).is_none(), "{bad:?}");
        }
    }
}
