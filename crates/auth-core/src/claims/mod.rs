//! The claims about a user, as they came: of a verified ID token, or from the
//! userinfo endpoint.

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

/// Claims about the transport of an identity, not about the user: checked at
/// sign-in and not kept.
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

/// What a verified ID token, or the userinfo endpoint, says about the user, in
/// the provider's order. [`deserialize`](Self::deserialize) gives each claim its type.
///
/// Logto gives `null` for what it knows to be empty (`"picture": null`) and
/// milliseconds in `created_at` and `updated_at`; both are kept as they come.
#[derive(Clone, Default, PartialEq)]
pub struct Claims(Map<String, Value>);

impl Claims {
    /// Keeps what is said about the user out of an ID token's whole payload.
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

    /// A claim as it came: `None` when absent, `Some(Value::Null)` when the
    /// provider gave `null`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A claim that is a text; `None` when it is absent, `null` or of another
    /// type.
    pub fn str(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// A claim that is a time, in Logto's milliseconds or in the seconds of
    /// OpenID Connect.
    pub fn timestamp(&self, name: &str) -> Option<OffsetDateTime> {
        claim::timestamp(self.get(name)?)
    }

    /// The claims of Logto's guide by name and type, with claims of your own in
    /// `C`.
    ///
    /// # Errors
    ///
    /// Where a claim is not of its type, naming the claim.
    pub fn deserialize<C: DeserializeOwned>(&self) -> Result<UserClaims<C>, InvalidClaim> {
        UserClaims::read(&self.0)
    }

    /// The claims, name and value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Auth.js's mapping for Logto: `id = sub`, `name ?? username`, `email`,
    /// `image = picture`.
    pub fn to_user(&self) -> User {
        User::new(self.str("sub").unwrap_or_default())
            .with_name(self.str("name").or_else(|| self.str("username")))
            .with_email(self.str("email"))
            .with_image(self.str("picture"))
    }
}

/// Names only: the values are personal.
impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
