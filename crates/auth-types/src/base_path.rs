//! The path that all sign-in routes begin with.

use std::{borrow::Cow, error, fmt};

use crate::routes::Route;

/// The path that all sign-in routes begin with. Default: `/api/auth`.
///
/// ```
/// use auth_types::{BasePath, routes};
///
/// assert_eq!(BasePath::DEFAULT.path_of(routes::SESSION), "/api/auth/session");
///
/// let base_path = BasePath::parse("/app/login")?;
/// assert_eq!(base_path.path_of(routes::SESSION), "/app/login/session");
/// # Ok::<(), auth_types::InvalidBasePath>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BasePath(Cow<'static, str>);

impl BasePath {
    /// The base path of `next-auth`.
    pub const DEFAULT: Self = Self(Cow::Borrowed("/api/auth"));

    /// The longest base path, in bytes. It is a part of every redirect URI.
    pub const MAX_LENGTH: usize = 128;

    /// Reads a base path: `/` and a segment, once or several times. Segments have
    /// the characters that are never percent-encoded (RFC 3986 §2.3), so that the
    /// path has one spelling only.
    ///
    /// # Errors
    ///
    /// Fails with the first rule that the path breaks.
    pub fn parse(path: &str) -> Result<Self, InvalidBasePath> {
        if path.len() > Self::MAX_LENGTH {
            return Err(InvalidBasePath::TooLong);
        }
        let segments = path.strip_prefix('/').ok_or(InvalidBasePath::NoSlash)?;
        for segment in segments.split('/') {
            if segment.is_empty() {
                return Err(InvalidBasePath::EmptySegment);
            }
            if !segment.bytes().all(is_unreserved) {
                return Err(InvalidBasePath::Character);
            }
            if matches!(segment, "." | "..") {
                return Err(InvalidBasePath::DotSegment);
            }
        }
        Ok(Self(Cow::Owned(path.to_owned())))
    }

    /// Returns the path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the path of a route.
    pub fn path_of(&self, route: Route) -> String {
        [self.as_str(), route.suffix()].concat()
    }

    /// Returns whether `path` is the path of this route.
    pub fn is_path_of(&self, route: Route, path: &str) -> bool {
        path.strip_prefix(self.as_str()) == Some(route.suffix())
    }

    /// Returns whether `path` is this path, or is under it.
    pub fn contains(&self, path: &str) -> bool {
        path.strip_prefix(self.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// Returns whether a character is never percent-encoded (RFC 3986 §2.3).
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

impl Default for BasePath {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl fmt::Display for BasePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a text is no base path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidBasePath {
    /// It does not start with a slash.
    NoSlash,
    /// It has nothing between two slashes, or nothing after the last one.
    EmptySegment,
    /// It has a segment `.` or `..`.
    DotSegment,
    /// It has a character that another spelling would percent-encode, or a query
    /// or a fragment.
    Character,
    /// It has more than [`BasePath::MAX_LENGTH`] bytes.
    TooLong,
}

impl fmt::Display for InvalidBasePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSlash => "does not start with a slash",
            Self::EmptySegment => "has an empty segment, or ends with a slash",
            Self::DotSegment => "has a segment `.` or `..`",
            Self::Character => {
                "has other characters than letters, digits, `-`, `.`, `_`, `~` and slashes"
            }
            Self::TooLong => "has more than 128 bytes",
        })
    }
}

impl error::Error for InvalidBasePath {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes;

    #[test]
    fn a_base_path_has_one_spelling() {
        for path in [
            "/auth",
            "/api/auth",
            "/app/login",
            "/v1.2/sign_in~a-b",
            "/a..b",
        ] {
            let base_path = BasePath::parse(path).unwrap();
            assert_eq!(base_path.as_str(), path);
            assert_eq!(
                base_path.path_of(routes::SESSION),
                format!("{path}/session")
            );
        }
        for (path, problem) in [
            ("", InvalidBasePath::NoSlash),
            ("auth", InvalidBasePath::NoSlash),
            ("https://app.test/auth", InvalidBasePath::NoSlash),
            ("/", InvalidBasePath::EmptySegment),
            ("//", InvalidBasePath::EmptySegment),
            ("//evil.test", InvalidBasePath::EmptySegment),
            ("/auth/", InvalidBasePath::EmptySegment),
            ("/api//auth", InvalidBasePath::EmptySegment),
            ("/.", InvalidBasePath::DotSegment),
            ("/api/../auth", InvalidBasePath::DotSegment),
            ("/auth/..", InvalidBasePath::DotSegment),
            ("/api/%2e%2e/auth", InvalidBasePath::Character),
            ("/api/%2E/auth", InvalidBasePath::Character),
            ("/a%2Fb", InvalidBasePath::Character),
            ("/auth?a=b", InvalidBasePath::Character),
            ("/auth#a", InvalidBasePath::Character),
            ("/a b", InvalidBasePath::Character),
            ("/a\\b", InvalidBasePath::Character),
            ("/\\evil.test", InvalidBasePath::Character),
            ("/{auth}", InvalidBasePath::Character),
            ("/:auth", InvalidBasePath::Character),
            ("/*auth", InvalidBasePath::Character),
            ("/\"><script>", InvalidBasePath::Character),
            ("/auth\n", InvalidBasePath::Character),
            ("/\u{e9}", InvalidBasePath::Character),
        ] {
            assert_eq!(BasePath::parse(path), Err(problem), "{path:?}");
        }
        assert!(BasePath::parse(&format!("/{}", "a".repeat(127))).is_ok());
        assert_eq!(
            BasePath::parse(&format!("/{}", "a".repeat(128))),
            Err(InvalidBasePath::TooLong)
        );
    }

    #[test]
    fn only_whole_segments_are_under_a_base_path() {
        let base_path = BasePath::parse("/auth").unwrap();
        for path in ["/auth", "/auth/", "/auth/signin"] {
            assert!(base_path.contains(path), "{path}");
        }
        for path in ["/authors", "/", "/api/auth", "/AUTH", ""] {
            assert!(!base_path.contains(path), "{path}");
        }
        assert!(base_path.is_path_of(routes::CALLBACK, "/auth/callback/logto"));
        for path in [
            "/auth/callback/logto/",
            "/api/auth/callback/logto",
            "/callback/logto",
        ] {
            assert!(!base_path.is_path_of(routes::CALLBACK, path), "{path}");
        }
    }
}
