//! The verification of logout tokens, with which the provider reports that it
//! ended a session (OpenID Connect Back-Channel Logout 1.0 §2.6).

use std::time::Duration;

use serde_json::Value;
use time::OffsetDateTime;

use super::{
    checks::{JwtClaims, Reason, is_past},
    jws::{Algs, JwsError, UnverifiedJws},
};
use crate::{
    config::Config,
    context::{Context, Shared},
    error::AuthError,
};

/// The age of the oldest token accepted. Logto 1.37's tokens have no `exp`, and a
/// stolen token must not stay usable.
pub(crate) const MAX_AGE: Duration = Duration::from_secs(10 * 60);
/// The member of `events` that makes a token a logout token (§2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// A logout token that passed every check. At least one of `sub` and `sid` is
/// present.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogoutToken {
    /// The user whose session ended.
    pub sub: Option<String>,
    /// The session of the provider that ended. If absent, all sessions of the user
    /// ended.
    pub sid: Option<String>,
    /// The token's id. A token with an id that was seen before is a replay.
    pub jti: String,
    /// When the provider issued it.
    pub issued_at: OffsetDateTime,
}

/// Verifies a logout token. If its key is unknown, fetches the provider's keys
/// once more.
pub(crate) async fn verify(context: &Context, token: &str) -> Result<LogoutToken, AuthError> {
    let Shared {
        config, provider, ..
    } = &**context;
    let invalid = |reason: Reason| AuthError::InvalidLogoutToken(reason.to_owned());
    let not_signed = |error| match error {
        JwsError::Malformed(reason) => invalid(reason),
        JwsError::UnknownKey => invalid("its key is not a key of the provider"),
        JwsError::BadSignature => invalid("its signature is wrong"),
        JwsError::Unavailable(error) => error,
    };
    let current = provider.get().await?;
    let jws = UnverifiedJws::parse(token).map_err(not_signed)?;
    // RFC 8725 §3.11: a token of another kind must not pass. §2.4 recommends
    // `logout+jwt` and does not require it.
    if jws.typ().is_some_and(|typ| typ != "logout+jwt") {
        return Err(invalid("its typ is not that of a logout token"));
    }
    if !config.allows(jws.alg()) {
        return Err(invalid("its algorithm is not the configured one"));
    }
    let payload = jws
        .verify(&current, provider, Algs::OfIdTokens)
        .await
        .map_err(not_signed)?;
    let claims = JwtClaims {
        payload: &payload,
        now: context.now(),
    };
    check(claims, config).map_err(invalid)
}

fn check(claims: JwtClaims<'_>, config: &Config) -> Result<LogoutToken, Reason> {
    claims.check_issuer(config.issuer())?;
    if !claims.audiences()?.contains(&config.client_id()) {
        return Err("it is for another client (aud)");
    }
    let issued_at = claims.issued_at()?;
    if issued_at < claims.now - MAX_AGE {
        return Err("it was issued too long ago (iat)");
    }
    if claims
        .expires_at()?
        .is_some_and(|expires_at| is_past(expires_at, claims.now))
    {
        return Err("it has expired (exp)");
    }
    claims.check_not_before()?;
    let event = claims.payload.get("events").and_then(|all| all.get(EVENT));
    if !event.is_some_and(Value::is_object) {
        return Err("it reports no logout (events)");
    }
    // §2.4: "A nonce Claim MUST NOT be present", so that an ID token is not
    // accepted as a logout token.
    if claims.payload.contains_key("nonce") {
        return Err("it has a nonce");
    }
    let sub = claims.name("sub", "its sub is not a name")?;
    let sid = claims.name("sid", "its sid is not a name")?;
    if sub.is_none() && sid.is_none() {
        return Err("it names neither a user nor a session (sub, sid)");
    }
    let jti = claims.name("jti", "its jti is not a name")?;
    Ok(LogoutToken {
        sub: sub.map(str::to_owned),
        sid: sid.map(str::to_owned),
        jti: jti.ok_or("it has no id (jti)")?.to_owned(),
        issued_at,
    })
}
