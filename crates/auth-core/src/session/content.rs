//! The sealed content of a session's row.

use auth_types::User;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::Session;
use crate::{
    claims::Claims,
    sealing::{Keyring, OpenError, Purpose, SealError},
    store::ids::SessionIdHash,
};

/// The part of a [`Session`] that is sealed. Names are short because a row is
/// read on every request.
#[derive(Serialize, Deserialize)]
struct Content {
    #[serde(rename = "u")]
    user: User,
    #[serde(rename = "c")]
    claims: Map<String, Value>,
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    /// Seconds since 1970.
    #[serde(rename = "t")]
    signed_in_at: i64,
    /// Seconds since 1970.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    authenticated_at: Option<i64>,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    acr: Option<String>,
    #[serde(rename = "m", default, skip_serializing_if = "Vec::is_empty")]
    amr: Vec<String>,
    /// When the ID token with the claims was issued, in seconds since 1970.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    claims_issued_at: Option<i64>,
}

impl Content {
    fn of(session: &Session) -> Self {
        Self {
            user: session.user.clone(),
            claims: session.claims.as_map().clone(),
            sid: session.sid.clone(),
            signed_in_at: session.signed_in_at.unix_timestamp(),
            authenticated_at: session.authenticated_at.map(OffsetDateTime::unix_timestamp),
            acr: session.acr.clone(),
            amr: session.amr.clone(),
            claims_issued_at: session.claims_issued_at,
        }
    }

    fn into_session(self, id_hash: SessionIdHash, expires_at: OffsetDateTime) -> Session {
        Session {
            user: self.user,
            claims: Claims::from_stored(self.claims),
            sid: self.sid,
            signed_in_at: OffsetDateTime::from_unix_timestamp(self.signed_in_at)
                .unwrap_or(OffsetDateTime::UNIX_EPOCH),
            authenticated_at: self
                .authenticated_at
                .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok()),
            acr: self.acr,
            amr: self.amr,
            expires_at,
            id_hash,
            claims_issued_at: self.claims_issued_at,
            claims_stale_since: None,
        }
    }
}

/// Seals a session for its row.
pub(crate) fn seal(session: &Session, keyring: &Keyring) -> Result<Vec<u8>, SealError> {
    keyring.seal(
        Purpose::Session,
        session.id_hash.as_bytes(),
        &Content::of(session),
    )
}

/// Opens the sealed session of a row.
pub(crate) fn open(
    id_hash: SessionIdHash,
    sealed: &[u8],
    expires_at: OffsetDateTime,
    keyring: &Keyring,
) -> Result<Session, OpenError> {
    keyring
        .open::<Content>(Purpose::Session, id_hash.as_bytes(), sealed)
        .map(|content| content.into_session(id_hash, expires_at))
}
