//! The claims about a user, from a verified ID token or from the userinfo
//! endpoint.

pub(crate) mod catalog;
pub(crate) mod claim;
pub(crate) mod roles;
pub(crate) mod typed;

use std::fmt;

use auth_types::User;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use self::{claim::InvalidClaim, typed::UserClaims};

/// Claims of the protocol, not about the user: checked at sign-in and not kept.
const PROTOCOL_CLAIMS: [&str; 15] = [
    "iss",
    "aud",
    "exp",
    "iat",
    "nbf",
    "jti",
    "nonce",
    "sid",
    "azp",
    "at_hash",
    "c_hash",
    "s_hash",
    "auth_time",
    "acr",
    "amr",
];

/// The claims about the user in a verified ID token or a userinfo answer, in the
/// provider's order. [`deserialize`](Self::deserialize) gives each claim its
/// type.
///
/// Logto sends `null` for empty claims (`"picture": null`) and milliseconds in
/// `created_at` and `updated_at`. Both are kept as received.
#[derive(Clone, Default, PartialEq)]
pub struct Claims(Map<String, Value>);

impl Claims {
    /// Keeps the claims about the user from a token's payload.
    pub(crate) fn of_user(payload: Map<String, Value>) -> Self {
        Self(
            payload
                .into_iter()
                .filter(|(name, _)| !PROTOCOL_CLAIMS.contains(&name.as_str()))
                .collect(),
        )
    }

    pub(crate) fn from_stored(claims: Map<String, Value>) -> Self {
        Self(claims)
    }

    pub(crate) fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Returns a claim as received: `None` if it is absent, `Some(Value::Null)` if
    /// the provider sent `null`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Returns a claim that is a string; `None` if it is absent, `null` or of
    /// another type.
    pub fn str(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// Returns a claim that is a time, in milliseconds since 1970 (Logto) or in
    /// seconds (OpenID Connect Core §5.1).
    pub fn timestamp(&self, name: &str) -> Option<OffsetDateTime> {
        claim::timestamp(self.get(name)?)
    }

    /// Returns the claims that Logto documents, each with its type, and your own
    /// claims in `C`.
    ///
    /// # Errors
    ///
    /// [`InvalidClaim`] with the name of the first claim that is not of its type.
    pub fn deserialize<C: DeserializeOwned>(&self) -> Result<UserClaims<C>, InvalidClaim> {
        UserClaims::read(&self.0)
    }

    /// Returns the claims: name and value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Returns the user with the mapping of Auth.js's Logto provider: `id` is
    /// `sub`, `name` is `name` or else `username`, `image` is `picture`.
    pub fn to_user(&self) -> User {
        User::new(self.str("sub").unwrap_or_default())
            .with_name(self.str("name").or_else(|| self.str("username")))
            .with_email(self.str("email"))
            .with_image(self.str("picture"))
    }
}

/// Prints names only: the values are personal.
impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
