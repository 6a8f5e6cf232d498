//! A session: what the server keeps, and how the browser names it.

use std::fmt;

use openidconnect::core::CoreTokenResponse;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    AuthError, Claims, NewSession, PublicSession, StoredSession, User,
    config::ProfileFn,
    id_token::VerifiedIdToken,
    seal::{Keyring, Purpose},
    secret::random_token,
    tokens::TokenSet,
};

/// The characters of a session id: 32 random bytes in base64url.
const ID_LENGTH: usize = 43;

/// Under which key a session is stored: a keyed hash of its id. Nobody can
/// make a cookie from it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionKey([u8; 16]);

impl SessionKey {
    /// A key from its bytes, for stores and their tests.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 128 bits of the key.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The key of a session cookie's value; `None` for what cannot be an id,
    /// so that rubbish costs no read.
    pub(crate) fn of_cookie(value: &str, keys: &Keyring) -> Option<Self> {
        let is_id = value.len() == ID_LENGTH
            && value
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        is_id.then(|| Self(keys.session_key(value.as_bytes())))
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Enough to find a session's lines in a log.
        write!(
            f,
            "SessionKey({:02x}{:02x}{:02x}{:02x}..)",
            self.0[0], self.0[1], self.0[2], self.0[3]
        )
    }
}

/// A signed-in user's session, as the server knows it. It cannot be
/// serialised; [`Session::to_public`] gives what a browser may see.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Session {
    /// Who is signed in.
    pub user: User,
    /// What the ID token said about the user.
    pub claims: Claims,
    /// The provider's name for its own session (`sid`), which back-channel
    /// logout refers to.
    pub sid: Option<String>,
    /// When the user signed in.
    pub signed_in_at: OffsetDateTime,
    /// When the session ends if nothing more is heard from the browser.
    pub expires_at: OffsetDateTime,
}

impl Session {
    /// What a browser may see.
    pub fn to_public(&self) -> PublicSession {
        PublicSession::new(
            self.user.clone(),
            self.expires_at.format(&Rfc3339).unwrap_or_default(),
        )
    }
}

/// Without anything personal.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("signed_in_at", &self.signed_in_at)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// The part of a [`Session`] that is sealed. Names are short: a row is read on
/// every request.
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
}

/// A session just begun.
pub(crate) struct BegunSession {
    /// The cookie's value.
    pub(crate) id: String,
    pub(crate) session: Session,
    pub(crate) row: NewSession,
}

/// Begins a session under a new random id, whatever the browser had before:
/// an id planted by someone else never becomes a signed-in one.
pub(crate) fn begin(
    token: VerifiedIdToken,
    tokens: &CoreTokenResponse,
    profile: &ProfileFn,
    keys: &Keyring,
    now: OffsetDateTime,
    lifetime: std::time::Duration,
) -> Result<BegunSession, AuthError> {
    let id = random_token::<32>();
    let key = SessionKey(keys.session_key(id.as_bytes()));
    let claims = Claims::of_user(token.payload);
    let content = Content {
        user: profile(&claims),
        claims: claims.as_map().clone(),
        sid: token.sid,
        signed_in_at: now.unix_timestamp(),
    };
    let expires_at = expiry(now, lifetime);
    let row = NewSession {
        key,
        sealed: keys.seal(Purpose::Session, &key.0, &content)?,
        sealed_tokens: keys.seal(
            Purpose::Tokens,
            &key.0,
            &TokenSet::from_response(tokens, now.unix_timestamp()),
        )?,
        expires_at,
    };
    Ok(BegunSession {
        id,
        session: content.into_session(expires_at),
        row,
    })
}

/// Opens a stored session; `None` when its envelope does not open.
pub(crate) fn open(key: &SessionKey, stored: &StoredSession, keys: &Keyring) -> Option<Session> {
    keys.open::<Content>(Purpose::Session, &key.0, &stored.sealed)
        .map(|content| content.into_session(stored.expires_at))
}

/// `now + lifetime`, in whole seconds: stores compare it as a text.
pub(crate) fn expiry(now: OffsetDateTime, lifetime: std::time::Duration) -> OffsetDateTime {
    let now = now.replace_nanosecond(0).unwrap_or(now);
    Duration::try_from(lifetime)
        .ok()
        .and_then(|lifetime| now.checked_add(lifetime))
        .unwrap_or(now)
}

impl Content {
    fn into_session(self, expires_at: OffsetDateTime) -> Session {
        Session {
            user: self.user,
            claims: Claims::from_stored(self.claims),
            sid: self.sid,
            signed_in_at: OffsetDateTime::from_unix_timestamp(self.signed_in_at)
                .unwrap_or(OffsetDateTime::UNIX_EPOCH),
            expires_at,
        }
    }
}
