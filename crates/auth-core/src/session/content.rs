//! The sealed content of a session's row.

use auth_types::User;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::{Renewal, Session, claims_age::AskedAt};
use crate::{
    claims::Claims,
    hooks::{data::SessionData, public_session::PublicSessionHook},
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
    /// When the provider was asked for the claims. A release that does not know
    /// the field drops it, and then the claims count as old.
    #[serde(rename = "q", default, skip_serializing_if = "Option::is_none")]
    claims_asked_at: Option<AskedAt>,
    #[serde(rename = "w", default)]
    renewal: Renewal,
    /// What the application has stored. A release that does not know the field
    /// drops it, and then nothing is stored.
    #[serde(rename = "d", default, skip_serializing_if = "SessionData::is_empty")]
    data: SessionData,
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
            claims_asked_at: session.claims_asked_at,
            renewal: session.renewal,
            data: session.data.clone(),
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
            former_cookie: None,
            claims_issued_at: self.claims_issued_at,
            claims_asked_at: self.claims_asked_at,
            renewal: self.renewal,
            claims_stale_since: None,
            data: self.data,
            public_session: PublicSessionHook::default(),
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::session::claims_age;

    /// The content as the former release knows it.
    #[derive(Serialize, Deserialize)]
    struct FormerContent {
        #[serde(rename = "u")]
        user: User,
        #[serde(rename = "c")]
        claims: Map<String, Value>,
        #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
        sid: Option<String>,
        #[serde(rename = "t")]
        signed_in_at: i64,
        #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
        authenticated_at: Option<i64>,
        #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
        claims_issued_at: Option<i64>,
    }

    /// A process of the former release that writes new claims drops the fields
    /// that it does not know.
    #[test]
    fn a_session_that_the_former_release_rewrites_goes_on_with_old_claims_and_without_data() {
        let now = OffsetDateTime::from_unix_timestamp(1_700_000_000).unwrap();
        let id_hash = SessionIdHash::from_bytes([7; 16]);
        let mut session = Session {
            sid: Some("sid-1".to_owned()),
            claims_issued_at: Some(1_700_000_000),
            claims_asked_at: Some(AskedAt::new(now)),
            renewal: Renewal::Impossible,
            data: serde_json::from_str(r#"{"plan":"pro"}"#).unwrap(),
            ..Session::of_user_1(id_hash, now)
        };
        let written = serde_json::to_string(&Content::of(&session)).unwrap();
        let read: Content = serde_json::from_str(&written).unwrap();
        assert_eq!(read.into_session(id_hash, now), session);
        assert!(!claims_age::are_old(&session, now, Duration::ZERO));

        let former: FormerContent = serde_json::from_str(&written).unwrap();
        let rewritten = serde_json::to_string(&former).unwrap();
        let read: Content = serde_json::from_str(&rewritten).unwrap();
        let read = read.into_session(id_hash, now);
        assert!(claims_age::are_old(&read, now, Duration::MAX));
        assert_eq!(read.renewal, Renewal::Unknown, "asked when it matters");
        session.claims_asked_at = None;
        session.renewal = Renewal::Unknown;
        session.data = SessionData::default();
        assert_eq!(read, session, "everything else stays");
    }
}
