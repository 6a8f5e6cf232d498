//! The session of a signed-in user: what the server knows of it, how it is
//! loaded, extended and kept up to date.

pub(crate) mod claims_age;
pub(crate) mod content;
pub(crate) mod id;
pub(crate) mod lifetime;
pub(crate) mod load;
pub(crate) mod renewed_claims;

use std::fmt;

use auth_types::{PublicSession, User};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use self::claims_age::AskedAt;
use crate::{
    claims::{Claims, roles},
    hooks::{data::SessionData, public_session::PublicSessionHook},
    store::ids::SessionIdHash,
};

/// The session of a signed-in user, as the server knows it. It cannot be
/// serialized; [`Session::to_public`] returns the part that a browser may see.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Session {
    /// The signed-in user.
    pub user: User,
    /// The claims of the user's ID token.
    pub claims: Claims,
    /// The id of the provider's session in which the user signed in (`sid`).
    /// Back-channel logout refers to it.
    pub sid: Option<String>,
    /// When the user signed in.
    pub signed_in_at: OffsetDateTime,
    /// When the user last authenticated at the provider (`auth_time`). Logto
    /// reports it for sign-ins with [`max_age`](crate::SignInOptions::max_age)
    /// or `prompt=login`. Start such a sign-in if it is too long ago for what
    /// the user wants to do.
    pub authenticated_at: Option<OffsetDateTime>,
    /// The class of that authentication (`acr`), if the provider names one. See
    /// [`acr_values`](crate::SignInOptions::acr_values).
    pub acr: Option<String>,
    /// The methods of that authentication (`amr`, RFC 8176), such as `pwd` and
    /// `otp`; empty if the provider names none.
    pub amr: Vec<String>,
    /// When the session ends if the browser sends no further request.
    pub expires_at: OffsetDateTime,
    pub(crate) id_hash: SessionIdHash,
    /// The session in the cookie with the name that former releases gave it, if the
    /// request had one; it may be this one. Not sealed: [`load`] sets it.
    pub(crate) former_cookie: Option<SessionIdHash>,
    /// When the ID token with the claims was issued, in seconds since 1970.
    pub(crate) claims_issued_at: Option<i64>,
    /// When the provider was asked for the claims, by the store's clock; `None` if a
    /// release that did not store it wrote the session. [`claims_age`] decides what
    /// is old.
    pub(crate) claims_asked_at: Option<AskedAt>,
    pub(crate) renewal: Renewal,
    /// Not sealed: the store sets it.
    pub(crate) claims_stale_since: Option<OffsetDateTime>,
    pub(crate) data: SessionData,
    /// Not sealed: [`load`] sets it.
    pub(crate) public_session: PublicSessionHook,
}

/// Whether the claims of a session can be renewed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Renewal {
    /// Unknown: a release that did not store it wrote the session.
    #[default]
    #[serde(rename = "u")]
    Unknown,
    /// With its refresh token.
    #[serde(rename = "y")]
    Possible,
    /// It has no refresh token: a silent sign-in, or none was issued.
    #[serde(rename = "n")]
    Impossible,
}

impl Session {
    /// Returns the user's id at the issuer: the claim `sub`. It is unique and
    /// stable within the issuer, whatever [`User::id`] is mapped to.
    pub fn sub(&self) -> &str {
        self.claims.str("sub").unwrap_or_default()
    }

    /// Returns whether the user had this role at sign-in or at the last refresh
    /// since. Requires the scope `roles`.
    pub fn has_role(&self, role: &str) -> bool {
        self.claims.has_role(role)
    }

    /// Returns whether the user had this role in the organization of this id at
    /// sign-in or at the last refresh since. Requires the scope
    /// `urn:logto:scope:organization_roles`.
    pub fn has_organization_role(&self, organization: &str, role: &str) -> bool {
        self.claims.has_organization_role(organization, role)
    }

    /// Returns since when the claims are known to be old: the provider reported a
    /// change of the user, and no refresh that began after it has fetched them
    /// yet. `None` if they may be current.
    pub const fn claims_stale_since(&self) -> Option<OffsetDateTime> {
        self.claims_stale_since
    }

    /// Returns what the application has stored in the session:
    /// [`Hooks::on_sign_in`](crate::Hooks::on_sign_in). `None` if there is nothing, or
    /// if it cannot be read as `T`, which is logged: see
    /// [`SessionData::get`](crate::SessionData::get).
    ///
    /// Be ready for `None`: the session may be older than the code that stores data,
    /// or a server of the release before this one may have rewritten it, which drops
    /// the data.
    pub fn data<T: DeserializeOwned>(&self) -> Option<T> {
        self.data.get()
    }

    /// Returns the part of the session that a browser may see: the user, the
    /// user's roles, and when the session ends; or what
    /// [`Hooks::public_session`](crate::Hooks::public_session) makes of it.
    pub fn to_public(&self) -> PublicSession {
        let claims = self.claims.as_map();
        let public = PublicSession::new(
            self.user.clone(),
            self.expires_at.format(&Rfc3339).unwrap_or_default(),
        )
        .with_roles(roles::roles(claims))
        .with_organization_roles(roles::organization_roles(claims));
        self.public_session.shape(public, &self.claims, &self.data)
    }
}

/// Prints nothing personal.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("signed_in_at", &self.signed_in_at)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
impl Session {
    /// A session of `user-1` for unit tests, without what former releases did not store.
    pub(crate) fn of_user_1(id_hash: SessionIdHash, now: OffsetDateTime) -> Self {
        Self {
            user: User::new("user-1"),
            claims: Claims::from_stored(serde_json::Map::new()),
            sid: None,
            signed_in_at: now,
            authenticated_at: None,
            acr: None,
            amr: Vec::new(),
            expires_at: now,
            id_hash,
            former_cookie: None,
            claims_issued_at: None,
            claims_asked_at: None,
            renewal: Renewal::Unknown,
            claims_stale_since: None,
            data: SessionData::default(),
            public_session: PublicSessionHook::default(),
        }
    }
}
