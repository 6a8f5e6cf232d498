//! The verification of logout tokens, with which the provider reports that it
//! ended a session (OpenID Connect Back-Channel Logout 1.0 §2.6).

use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

use super::{
    checks::{self, ForClient},
    clocks::Clocks,
    jws::{Algs, JwsError, UnverifiedJws},
    table::{self, Form, Presence, Read, Rejection, Row, ensure, row, unchecked},
};
use crate::{
    config::Config,
    context::{Context, Shared},
    error::AuthError,
    provider::TokenOrigin,
};

/// The age of the oldest token accepted. Logto 1.37's tokens have no `exp`, and a
/// stolen token must not stay usable.
pub(crate) const MAX_AGE: Duration = Duration::minutes(10);
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
    let invalid = |reason: &str| AuthError::InvalidLogoutToken(reason.to_owned());
    let not_signed = |error| match error {
        JwsError::Unavailable(error) => error,
        error => invalid(error.reason()),
    };
    let rejected = |rejection: Rejection| AuthError::InvalidLogoutToken(rejection.into_reason());
    let jws = UnverifiedJws::parse_presented(token).map_err(not_signed)?;
    check_header(&jws, config).map_err(rejected)?;
    let current = provider.get().await?;
    // Before the signature, which costs a hundred times as much.
    check(jws.claimed(), config, context.now()).map_err(rejected)?;
    let origin = TokenOrigin::LogoutToken;
    let verified = jws
        .verify(&current, provider, Algs::OfIdTokens, origin)
        .await
        .map_err(not_signed)?;
    check(&verified.payload, config, context.now()).map_err(rejected)
}

/// Checks what the header says besides its key.
pub(crate) fn check_header(jws: &UnverifiedJws<'_>, config: &Config) -> Result<(), Rejection> {
    // RFC 8725 §3.11: a token of another kind must not pass. §2.4 recommends
    // `logout+jwt` and does not require it.
    ensure(
        jws.typ().is_none_or(|typ| typ == "logout+jwt"),
        "its typ is not that of a logout token",
    )?;
    ensure(
        config.allows(jws.alg()),
        "its algorithm is not the configured one",
    )
}

/// Checks the claims of a token with a verified signature.
pub(crate) fn check(
    payload: &Map<String, Value>,
    config: &Config,
    now: OffsetDateTime,
) -> Result<LogoutToken, Rejection> {
    let against = ForClient {
        config,
        clocks: Clocks {
            now,
            tolerance: config.clock_tolerance,
        },
    };
    let read = table::check(payload, &claims(), &against)?;
    let (sub, sid) = (read.text("sub"), read.text("sid"));
    ensure(
        sub.is_some() || sid.is_some(),
        "it names neither a user nor a session (sub, sid)",
    )?;
    Ok(LogoutToken {
        sub,
        sid,
        jti: read.text("jti").unwrap_or_default(),
        issued_at: read.time("iat").unwrap_or(now),
    })
}

/// The claims of a logout token (§2.4), with the checks of §2.6.
fn claims<'a>() -> [Row<ForClient<'a>>; 10] {
    use Presence::{Forbidden, Optional, Required};
    [
        row("iss", Required, Form::Text, checks::issuer),
        // Audiences besides this client keep no session from being ended.
        row("aud", Required, Form::Audience, checks::names_client),
        row("events", Required, Form::Object, reports_logout),
        // "A nonce Claim MUST NOT be present", so that an ID token is not accepted
        // as a logout token.
        row("nonce", Forbidden, Form::Text, unchecked),
        row("sub", Optional, Form::Name, unchecked),
        row("sid", Optional, Form::Name, unchecked),
        row("jti", Required, Form::Name, unchecked),
        // Logto 1.37's tokens have none.
        row("exp", Optional, Form::Time, checks::not_expired),
        row("iat", Required, Form::Time, issued_recently),
        row("nbf", Optional, Form::Time, checks::not_before),
    ]
}

fn reports_logout(events: &Read<'_>, _: &ForClient<'_>) -> Result<(), Rejection> {
    let is_reported = match events {
        Read::Object(events) => events.get(EVENT).is_some_and(Value::is_object),
        _ => false,
    };
    ensure(is_reported, "it reports no logout (events)")
}

fn issued_recently(iat: &Read<'_>, against: &ForClient<'_>) -> Result<(), Rejection> {
    checks::issued(iat, against)?;
    let clocks = against.clocks;
    let earliest = clocks.now.saturating_sub(MAX_AGE);
    clocks.not_before_exactly(iat.time(), earliest, "it was issued too long ago (iat)")
}
