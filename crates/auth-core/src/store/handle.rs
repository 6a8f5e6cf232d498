//! The name of a session in a list.

use std::{fmt, str::FromStr};

use super::ids::SessionIdHash;

/// The name of a session in a list: 32 hexadecimal digits. It is not secret: a
/// cookie cannot be made from it, and a user can only end their own sessions
/// with it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionHandle(pub(crate) SessionIdHash);

impl fmt::Display for SessionHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(*self.0.as_bytes()))
    }
}

impl fmt::Debug for SessionHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not a [`SessionHandle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a session handle: it has to consist of 32 hexadecimal digits")]
#[non_exhaustive]
pub struct InvalidSessionHandle;

impl FromStr for SessionHandle {
    type Err = InvalidSessionHandle;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // `from_str_radix` would accept a sign.
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(InvalidSessionHandle);
        }
        u128::from_str_radix(text, 16)
            .map(|number| Self(SessionIdHash::from_bytes(number.to_be_bytes())))
            .map_err(|_| InvalidSessionHandle)
    }
}
