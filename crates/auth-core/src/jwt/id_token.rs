//! The verification of ID tokens (OpenID Connect Core §3.1.3.7).

use std::sync::Arc;

use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::{
    checks::{self, Expects},
    clocks::Clocks,
    jws::{Algs, JwsError, UnverifiedJws, VerifiedJws},
    table::{self, Form, Presence, Read, Rejection, Row, ensure, row, unchecked},
};
use crate::{
    config::Config,
    error::AuthError,
    provider::{ProviderCache, TokenOrigin, metadata::Provider},
};

/// The values of the header `typ`: absent, as Logto 1.42 writes it, or one of
/// these. "JOSE" says no more than that it is a JWS (RFC 7515 §4.1.9).
const TYPES: [&str; 2] = ["jwt", "jose"];

/// The grant of the token request.
#[derive(Clone, Copy)]
pub(crate) enum GrantType<'a> {
    /// An authorization code.
    SignIn,
    /// A refresh token of this user. "Its sub Claim Value MUST be the same", and
    /// the nonce may be absent (OpenID Connect Core §12.2).
    Refresh {
        /// The user's `sub`.
        sub: &'a str,
    },
}

/// What an ID token has to match.
pub(crate) struct Expected<'a> {
    pub(crate) grant_type: GrantType<'a>,
    /// The nonce of the sign-in.
    pub(crate) nonce: &'a str,
    /// When the sign-in or the refresh began, in seconds since 1970. An older
    /// token is refused.
    pub(crate) started_at: i64,
    /// The earliest `auth_time` accepted, in seconds since 1970; `None` if the
    /// request did not limit it.
    pub(crate) authenticated_since: Option<i64>,
    /// The values of `acr` accepted; empty if the request did not limit them.
    pub(crate) acr_values: &'a [String],
    pub(crate) access_token: &'a str,
    pub(crate) now: OffsetDateTime,
}

/// An ID token that passed every check.
#[derive(Debug)]
pub(crate) struct VerifiedIdToken {
    /// All claims, in the provider's order.
    pub(crate) payload: Map<String, Value>,
    pub(crate) sub: String,
    pub(crate) sid: Option<String>,
    /// When the user last authenticated, in seconds since 1970.
    pub(crate) auth_time: Option<i64>,
    /// The class of the authentication.
    pub(crate) acr: Option<String>,
    /// The methods of the authentication.
    pub(crate) amr: Vec<String>,
    /// When the token was issued, in seconds since 1970.
    pub(crate) issued_at: i64,
}

/// Why no ID token was verified.
#[derive(Debug)]
pub(crate) enum Unverified {
    /// The token passes every check except those of time: perhaps this server's
    /// clock is wrong.
    OutOfTime(AuthError),
    /// The provider's keys cannot be fetched.
    NoKeys(AuthError),
    /// The token fails a check.
    Invalid(AuthError),
}

impl From<Rejection> for Unverified {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Invalid(reason) => Self::Invalid(AuthError::InvalidIdToken(reason)),
            Rejection::OutOfTime(reason) => Self::OutOfTime(AuthError::InvalidIdToken(reason)),
        }
    }
}

impl From<JwsError> for Unverified {
    fn from(error: JwsError) -> Self {
        match error {
            JwsError::Unavailable(
                error @ (AuthError::Unreachable { .. } | AuthError::Discovery(_)),
            ) => Self::NoKeys(error),
            JwsError::Unavailable(error) => Self::Invalid(error),
            error => Rejection::from(error.reason()).into(),
        }
    }
}

impl From<Unverified> for AuthError {
    fn from(unverified: Unverified) -> Self {
        match unverified {
            Unverified::OutOfTime(error)
            | Unverified::NoKeys(error)
            | Unverified::Invalid(error) => error,
        }
    }
}

/// Verifies an ID token. If its key is unknown, fetches the provider's keys once
/// more.
pub(crate) async fn verify(
    id_token: &str,
    provider: &Arc<Provider>,
    providers: &ProviderCache,
    config: &Config,
    expected: &Expected<'_>,
) -> Result<VerifiedIdToken, Unverified> {
    let jws = UnverifiedJws::parse(id_token)?;
    check_header(&jws, config)?;
    let origin = TokenOrigin::Provider;
    let verified = jws
        .verify(provider, providers, Algs::OfIdTokens, origin)
        .await?;
    Ok(check(verified, config, expected)?)
}

/// Checks what the header says besides its key.
pub(crate) fn check_header(jws: &UnverifiedJws<'_>, config: &Config) -> Result<(), Rejection> {
    // RFC 8725 §3.11: a token of another kind must not pass.
    ensure(
        jws.typ().is_none_or(|typ| TYPES.contains(&&*typ)),
        "its typ is not that of an ID token",
    )?;
    ensure(
        config.allows(jws.alg()),
        "its algorithm is not the configured one",
    )
}

/// Checks the claims of a token with a verified signature.
pub(crate) fn check(
    verified: VerifiedJws,
    config: &Config,
    expected: &Expected<'_>,
) -> Result<VerifiedIdToken, Rejection> {
    let against = Against {
        config,
        expected,
        access_token_hash: verified.access_token_hash(expected.access_token),
        clocks: Clocks {
            now: expected.now,
            tolerance: config.clock_tolerance,
        },
    };
    let payload = verified.payload;
    // Step 4 of the text before its second errata: with several audiences, only
    // `azp` says that the token was issued to this client. Before the times: a token
    // that only they refuse passes every other check.
    let audiences = payload.get("aud").and_then(Value::as_array);
    ensure(
        audiences.is_none_or(|audiences| audiences.len() < 2) || payload.contains_key("azp"),
        "it is for several audiences, and does not say to which client it was issued (azp)",
    )?;
    let read = table::check(&payload, &claims(), &against)?;
    Ok(VerifiedIdToken {
        sub: read.text("sub").unwrap_or_default(),
        sid: read.text("sid"),
        auth_time: read.time("auth_time").map(OffsetDateTime::unix_timestamp),
        acr: read.text("acr"),
        amr: amr(&payload),
        issued_at: read.time("iat").map_or(0, OffsetDateTime::unix_timestamp),
        payload,
    })
}

/// What the checks of the claims compare with.
struct Against<'a> {
    config: &'a Config,
    expected: &'a Expected<'a>,
    /// The hash of the access token that came with the ID token.
    access_token_hash: Option<String>,
    clocks: Clocks,
}

impl Expects for Against<'_> {
    fn issuer(&self) -> &str {
        self.config.issuer()
    }

    fn clocks(&self) -> Clocks {
        self.clocks
    }
}

/// The claims of an ID token (OpenID Connect Core §2; `sid`: OpenID Connect
/// Back-Channel Logout 1.0 §2.1). The times come last: the others decide what a
/// wrong clock may excuse.
fn claims<'a>() -> [Row<Against<'a>>; 12] {
    use Presence::{Nullable, NullableUnless, Required};
    [
        row("iss", Required, Form::Text, checks::issuer),
        row("sub", Required, Form::Name, same_user),
        row("aud", Required, Form::Audience, |aud, against| {
            let config = against.config;
            checks::audience(aud, config.client_id(), &config.trusted_audiences)
        }),
        row("azp", Nullable, Form::Text, authorized_party),
        row("nonce", NullableUnless(is_sign_in), Form::Text, same_nonce),
        row("at_hash", Nullable, Form::Text, access_token_hash),
        row("sid", Nullable, Form::Name, unchecked),
        row(
            "acr",
            NullableUnless(is_acr_requested),
            Form::Text,
            accepted_acr,
        ),
        row(
            "auth_time",
            NullableUnless(is_auth_time_limited),
            Form::Time,
            authenticated,
        ),
        row("exp", Required, Form::Time, checks::not_expired),
        row("iat", Required, Form::Time, issued_for_this_request),
        row("nbf", Nullable, Form::Time, checks::not_before),
    ]
}

fn is_sign_in(against: &Against<'_>) -> bool {
    matches!(against.expected.grant_type, GrantType::SignIn)
}

fn is_acr_requested(against: &Against<'_>) -> bool {
    !against.expected.acr_values.is_empty()
}

fn is_auth_time_limited(against: &Against<'_>) -> bool {
    against.expected.authenticated_since.is_some()
}

fn same_user(sub: &Read<'_>, against: &Against<'_>) -> Result<(), Rejection> {
    match against.expected.grant_type {
        GrantType::Refresh { sub: of } => ensure(sub.text() == of, "it is of another user (sub)"),
        GrantType::SignIn => Ok(()),
    }
}

/// Step 5: "If an azp (authorized party) Claim is present, the Client SHOULD
/// verify that its `client_id` is the Claim Value."
fn authorized_party(azp: &Read<'_>, against: &Against<'_>) -> Result<(), Rejection> {
    ensure(
        azp.text() == against.config.client_id(),
        "it is for another client (azp)",
    )
}

fn same_nonce(nonce: &Read<'_>, against: &Against<'_>) -> Result<(), Rejection> {
    ensure(
        nonce.text() == against.expected.nonce,
        "its nonce is not that of the sign-in",
    )
}

/// §3.1.3.8: "its value is the base64url encoding of the left-most half of the
/// hash". Logto 1.42 and later omit it.
fn access_token_hash(at_hash: &Read<'_>, against: &Against<'_>) -> Result<(), Rejection> {
    ensure(
        against.access_token_hash.as_deref() == Some(at_hash.text()),
        "its at_hash does not fit the access token",
    )
}

/// Step 12: "If the acr Claim was requested, the Client SHOULD check that the
/// asserted Claim Value is appropriate."
fn accepted_acr(acr: &Read<'_>, against: &Against<'_>) -> Result<(), Rejection> {
    let accepted = against.expected.acr_values;
    ensure(
        accepted.is_empty() || accepted.iter().any(|value| value == acr.text()),
        "the user authenticated in another way than the sign-in requires (acr)",
    )
}

/// Step 13: a client that asked for `auth_time` "SHOULD check the `auth_time`
/// Claim value and request re-authentication if it determines too much time has
/// elapsed".
fn authenticated(auth_time: &Read<'_>, against: &Against<'_>) -> Result<(), Rejection> {
    let (at, clocks) = (auth_time.time(), against.clocks);
    if let Some(since) = against.expected.authenticated_since {
        let tolerance = clocks.tolerance.whole_seconds();
        ensure(
            at.unix_timestamp() >= since.saturating_sub(tolerance),
            "the user authenticated too long ago (auth_time)",
        )?;
    }
    clocks.not_future(at, "the user authenticated in the future (auth_time)")
}

/// Step 10: "The iat Claim can be used to reject tokens that were issued too far
/// away from the current time".
fn issued_for_this_request(iat: &Read<'_>, against: &Against<'_>) -> Result<(), Rejection> {
    checks::issued(iat, against)?;
    let started_at = OffsetDateTime::from_unix_timestamp(against.expected.started_at)
        .unwrap_or(against.clocks.now);
    against.clocks.not_before(
        iat.time(),
        started_at,
        "it was issued before this request (iat)",
    )
}

/// Returns the methods of the authentication: a list of strings (§2). Some
/// providers write a single one as a string.
fn amr(payload: &Map<String, Value>) -> Vec<String> {
    let text = |method: &Value| method.as_str().map(str::to_owned);
    match payload.get("amr") {
        Some(Value::Array(methods)) => methods.iter().filter_map(text).collect(),
        Some(method) => text(method).into_iter().collect(),
        None => Vec::new(),
    }
}
