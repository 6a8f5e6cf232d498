//! A session: what the server keeps, and how the browser names it.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    AuthError, Claims, Config, NewSession, PublicSession, SessionIdHash, SessionStore, User,
    WriteOutcome,
    device::Device,
    id_hasher::IdHasher,
    id_token::VerifiedIdToken,
    seal::{Keyring, OpenError, Purpose},
    secret::random_token,
    tokens::TokenSet,
};

/// The characters of a session id: 32 random bytes in base64url.
const ID_LENGTH: usize = 43;

/// Reads the value of a session cookie; `None` for what cannot be an id, so
/// that rubbish costs no read.
pub(crate) fn id_hash_of_cookie(value: &str, keys: &IdHasher) -> Option<SessionIdHash> {
    let is_id = value.len() == ID_LENGTH
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    is_id.then(|| keys.session(value))
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
    /// When the user last proved to the provider who they are (`auth_time`).
    /// Logto tells it for sign-ins with
    /// [`max_age`](crate::SignInOptions::max_age) or `prompt=login`: ask for
    /// one of them again where it is too long ago for what is at stake.
    pub authenticated_at: Option<OffsetDateTime>,
    /// When the session ends if nothing more is heard from the browser.
    pub expires_at: OffsetDateTime,
    pub(crate) key: SessionIdHash,
    /// When the ID token of the claims was issued: seconds since 1970.
    pub(crate) claims_of: Option<i64>,
}

impl Session {
    /// Returns the user's id at the issuer: the claim `sub`. It is unique and
    /// stable within the issuer, whatever [`User::id`] is mapped to.
    pub fn sub(&self) -> &str {
        self.claims.str("sub").unwrap_or_default()
    }

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
    /// Seconds since 1970.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    authenticated_at: Option<i64>,
    /// When the ID token of the claims was issued: seconds since 1970.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    claims_of: Option<i64>,
}

/// A session just begun.
pub(crate) struct BegunSession {
    /// The cookie's value.
    pub(crate) id: String,
    pub(crate) session: Session,
    pub(crate) row: NewSession,
}

/// What sealing and naming a session takes.
pub(crate) struct Keys<'a> {
    pub(crate) sealing: &'a Keyring,
    pub(crate) rows: &'a IdHasher,
}

/// Begins a session under a new random id, whatever the browser had before:
/// an id planted by someone else never becomes a signed-in one.
pub(crate) fn begin(
    token: VerifiedIdToken,
    tokens: &TokenSet,
    device: &Device,
    config: &Config,
    keys: &Keys<'_>,
    now: OffsetDateTime,
) -> Result<BegunSession, AuthError> {
    let id = random_token::<32>();
    let key = keys.rows.session(&id);
    let claims = Claims::of_user(token.payload);
    let user = keys.rows.user(&tokens.sub);
    let provider_session = token
        .sid
        .as_deref()
        .map(|sid| keys.rows.provider_session(sid));
    let begun_at = whole_seconds(now);
    let content = Content {
        user: (config.profile)(&claims),
        claims: claims.as_map().clone(),
        sid: token.sid,
        signed_in_at: begun_at.unix_timestamp(),
        authenticated_at: token.auth_time,
        claims_of: Some(token.issued_at),
    };
    let expires_at = expiry(now, begun_at, config);
    let row = NewSession {
        key,
        user,
        provider_session,
        sealed: keys
            .sealing
            .seal(Purpose::Session, key.as_bytes(), &content)?,
        sealed_tokens: keys.sealing.seal(Purpose::Tokens, key.as_bytes(), tokens)?,
        sealed_device: keys.sealing.seal(Purpose::Device, key.as_bytes(), device)?,
        begun_at,
        expires_at,
    };
    Ok(BegunSession {
        id,
        session: content.into_session(key, expires_at),
        row,
    })
}

/// The session with what a newer ID token says of the same user, sealed;
/// `None` where it says the same, or is not newer after all.
pub(crate) fn renewed(
    session: &Session,
    token: &VerifiedIdToken,
    config: &Config,
    keyring: &Keyring,
) -> Result<Option<Vec<u8>>, AuthError> {
    let claims = Claims::of_user(token.payload.clone());
    let is_older = session.claims_of.is_some_and(|seen| token.issued_at < seen);
    if is_older || claims == session.claims {
        return Ok(None);
    }
    let content = Content {
        user: (config.profile)(&claims),
        claims: claims.as_map().clone(),
        sid: session.sid.clone(),
        signed_in_at: session.signed_in_at.unix_timestamp(),
        authenticated_at: session.authenticated_at.map(OffsetDateTime::unix_timestamp),
        claims_of: Some(token.issued_at),
    };
    keyring
        .seal(Purpose::Session, session.key.as_bytes(), &content)
        .map(Some)
}

/// Keeps a session just begun, unless the provider has logged it out meanwhile.
pub(crate) async fn keep(store: &dyn SessionStore, row: NewSession) -> Result<(), AuthError> {
    match store.create(row).await? {
        WriteOutcome::Applied => Ok(()),
        WriteOutcome::NotApplied => Err(AuthError::LoggedOutDuringSignIn),
    }
}

/// Opens a stored session.
pub(crate) fn open(
    key: SessionIdHash,
    sealed: &[u8],
    expires_at: OffsetDateTime,
    keyring: &Keyring,
) -> Result<Session, OpenError> {
    keyring
        .open::<Content>(Purpose::Session, key.as_bytes(), sealed)
        .map(|content| content.into_session(key, expires_at))
}

/// When a session that is used now ends: at its idle limit, counted from now,
/// or at its absolute one, counted from its beginning.
pub(crate) fn expiry(
    now: OffsetDateTime,
    begun_at: OffsetDateTime,
    config: &Config,
) -> OffsetDateTime {
    after(whole_seconds(now), config.idle_lifetime).min(absolute_end(begun_at, config))
}

/// When a session ends however much it is used.
pub(crate) fn absolute_end(begun_at: OffsetDateTime, config: &Config) -> OffsetDateTime {
    after(whole_seconds(begun_at), config.absolute_lifetime)
}

fn after(moment: OffsetDateTime, lifetime: std::time::Duration) -> OffsetDateTime {
    Duration::try_from(lifetime)
        .ok()
        .and_then(|lifetime| moment.checked_add(lifetime))
        .unwrap_or(moment)
}

/// Stores compare whole seconds.
pub(crate) fn whole_seconds(moment: OffsetDateTime) -> OffsetDateTime {
    moment.replace_nanosecond(0).unwrap_or(moment)
}

impl Content {
    fn into_session(self, key: SessionIdHash, expires_at: OffsetDateTime) -> Session {
        Session {
            user: self.user,
            claims: Claims::from_stored(self.claims),
            sid: self.sid,
            signed_in_at: OffsetDateTime::from_unix_timestamp(self.signed_in_at)
                .unwrap_or(OffsetDateTime::UNIX_EPOCH),
            authenticated_at: self
                .authenticated_at
                .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok()),
            expires_at,
            key,
            claims_of: self.claims_of,
        }
    }
}
