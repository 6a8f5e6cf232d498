//! The verification of ID tokens (OpenID Connect Core §3.1.3.7).
//!
//! `openidconnect` checks signature, issuer, audience and nonce. The checks of
//! `exp`, `iat`, `nbf`, `azp`, `at_hash` and `sub` are here.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use openidconnect::{
    AccessToken, AccessTokenHash, ClaimsVerificationError, Nonce, SignatureVerificationError,
    core::{CoreIdToken, CoreIdTokenClaims, CoreIdTokenVerifier},
};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::checks::{JwtClaims, MAX_SUB};
use crate::{
    clock,
    config::Config,
    error::AuthError,
    provider::{KeyRefreshTrigger, ProviderCache, metadata::Provider},
};

/// How far the provider's clock may differ, in seconds.
const LEEWAY: i64 = clock::LEEWAY.whole_seconds();

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
    pub(crate) access_token: &'a AccessToken,
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

/// Why a token is refused.
enum Rejection {
    /// No key fits: the provider may have new keys or a new algorithm.
    UnknownKey(String),
    /// The token fails a check.
    Invalid(String),
    /// The token passes every check except those of time.
    OutOfTime(&'static str),
}

/// Why no ID token was verified.
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
            Rejection::UnknownKey(reason) | Rejection::Invalid(reason) => {
                Self::Invalid(AuthError::InvalidIdToken(reason))
            }
            Rejection::OutOfTime(reason) => Self::OutOfTime(AuthError::InvalidIdToken(format!(
                "{reason}; check this server's clock"
            ))),
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
    id_token: &CoreIdToken,
    provider: &Arc<Provider>,
    providers: &ProviderCache,
    config: &Config,
    expected: &Expected<'_>,
) -> Result<VerifiedIdToken, Unverified> {
    let verified = match verify_with(id_token, provider, config, expected) {
        Err(Rejection::UnknownKey(reason)) => {
            tracing::info!(
                reason,
                "an ID token's key is unknown; fetching the provider's keys again"
            );
            let newer = providers
                .newer_than(provider, KeyRefreshTrigger::IdToken)
                .await
                .map_err(|error| match error {
                    AuthError::Unreachable { .. } | AuthError::Discovery(_) => {
                        Unverified::NoKeys(error)
                    }
                    error => Unverified::Invalid(error),
                })?;
            verify_with(id_token, &newer, config, expected)
        }
        verified => verified,
    };
    verified.map_err(Unverified::from)
}

fn verify_with(
    id_token: &CoreIdToken,
    provider: &Provider,
    config: &Config,
    expected: &Expected<'_>,
) -> Result<VerifiedIdToken, Rejection> {
    // The verifier of a public client, because it has no client secret: tokens
    // signed with the secret are never accepted.
    let verifier = CoreIdTokenVerifier::new_public_client(
        config.credentials.client_id.clone(),
        config.credentials.issuer.clone(),
        provider.metadata.jwks().clone(),
    )
    .set_allowed_algs(
        provider
            .algs
            .iter()
            .filter(|alg| config.allows(alg))
            .cloned(),
    )
    // The checks of time come last: the others decide what a wrong clock may
    // excuse.
    .set_time_fn(|| chrono::DateTime::<chrono::Utc>::MIN_UTC)
    .set_issue_time_verifier_fn(|_| Ok(()));
    let claims = match expected.grant_type {
        GrantType::SignIn => id_token.claims(&verifier, &Nonce::new(expected.nonce.to_owned())),
        GrantType::Refresh { .. } => {
            id_token.claims(&verifier, |nonce: Option<&Nonce>| match nonce {
                Some(nonce) if nonce.secret() != expected.nonce => {
                    Err("its nonce is not that of the sign-in".to_owned())
                }
                _ => Ok(()),
            })
        }
    }
    .map_err(|error| rejection(&error))?;
    if let GrantType::Refresh { sub } = expected.grant_type
        && claims.subject().as_str() != sub
    {
        return Err(Rejection::Invalid("it is of another user".to_owned()));
    }
    check_remaining(id_token, claims, &verifier, config, expected.access_token)?;
    let payload = payload(id_token)
        .ok_or_else(|| Rejection::Invalid("its payload is not a JSON object".to_owned()))?;
    let auth_time = payload.get("auth_time").and_then(Value::as_i64);
    check_auth_time(auth_time, expected)?;
    let acr = payload.get("acr").and_then(Value::as_str);
    check_acr(acr, expected)?;
    check_times(claims, &payload, auth_time, expected)?;
    let sid = payload
        .get("sid")
        .and_then(Value::as_str)
        .map(str::to_owned);
    Ok(VerifiedIdToken {
        sub: claims.subject().to_string(),
        acr: acr.map(str::to_owned),
        amr: amr(&payload),
        payload,
        sid,
        auth_time,
        issued_at: claims.issue_time().timestamp(),
    })
}

/// Checks when the user authenticated. Step 13: a client that asked for
/// `auth_time` "SHOULD check the `auth_time` Claim value and request
/// re-authentication if it determines too much time has elapsed".
fn check_auth_time(auth_time: Option<i64>, expected: &Expected<'_>) -> Result<(), Rejection> {
    let reason = match (auth_time, expected.authenticated_since) {
        (None, Some(_)) => "it does not say when the user authenticated (auth_time)",
        (Some(at), Some(since)) if at < since - LEEWAY => "the user authenticated too long ago",
        _ => return Ok(()),
    };
    Err(Rejection::Invalid(reason.to_owned()))
}

/// Checks the token's times against this server's clock. Step 10: "The iat Claim
/// can be used to reject tokens that were issued too far away from the current
/// time".
fn check_times(
    claims: &CoreIdTokenClaims,
    payload: &Map<String, Value>,
    auth_time: Option<i64>,
    expected: &Expected<'_>,
) -> Result<(), Rejection> {
    let now = expected.now.unix_timestamp();
    let issued = claims.issue_time().timestamp();
    let times = JwtClaims {
        payload,
        now: expected.now,
    };
    let reason = if claims.expiration().timestamp() <= now - LEEWAY {
        "it has expired (exp)"
    } else if issued > now + LEEWAY {
        "it was issued in the future (iat)"
    } else if issued < expected.started_at - LEEWAY {
        "it was issued before this request (iat)"
    } else if auth_time.is_some_and(|at| at > now + LEEWAY) {
        "the user authenticated in the future (auth_time)"
    } else if let Err(reason) = times.check_not_before() {
        if !payload.get("nbf").is_some_and(Value::is_number) {
            return Err(Rejection::Invalid(reason.to_owned()));
        }
        reason
    } else {
        return Ok(());
    };
    Err(Rejection::OutOfTime(reason))
}

/// Checks in which way the user authenticated. Step 12: "If the acr Claim was
/// requested, the Client SHOULD check that the asserted Claim Value is
/// appropriate."
fn check_acr(acr: Option<&str>, expected: &Expected<'_>) -> Result<(), Rejection> {
    let accepted = expected.acr_values;
    let reason = match acr {
        _ if accepted.is_empty() => return Ok(()),
        Some(acr) if accepted.iter().any(|value| value == acr) => return Ok(()),
        Some(_) => "the user authenticated in another way than the sign-in requires (acr)",
        None => "it does not say in which way the user authenticated (acr)",
    };
    Err(Rejection::Invalid(reason.to_owned()))
}

/// Returns the methods of the authentication: a list of strings (§2).
fn amr(payload: &Map<String, Value>) -> Vec<String> {
    let methods = payload.get("amr").and_then(Value::as_array);
    methods
        .into_iter()
        .flatten()
        .filter_map(|method| method.as_str().map(str::to_owned))
        .collect()
}

fn check_remaining(
    id_token: &CoreIdToken,
    claims: &CoreIdTokenClaims,
    verifier: &CoreIdTokenVerifier<'_>,
    config: &Config,
    access_token: &AccessToken,
) -> Result<(), Rejection> {
    let sub = claims.subject().as_str();
    if sub.is_empty() || sub.len() > MAX_SUB {
        return Err(Rejection::Invalid(
            "its sub is empty or too long".to_owned(),
        ));
    }
    // Step 5: "If an azp (authorized party) Claim is present, the Client SHOULD
    // verify that its client_id is the Claim Value."
    if claims
        .authorized_party()
        .is_some_and(|azp| *azp != config.credentials.client_id)
    {
        return Err(Rejection::Invalid(
            "it is for another client (azp)".to_owned(),
        ));
    }
    // §3.1.3.8: "its value is the base64url encoding of the left-most half of
    // the hash". Logto 1.42 and later omit it.
    if let Some(hash) = claims.access_token_hash() {
        let actual = id_token
            .signing_alg()
            .and_then(|alg| Ok((alg, id_token.signing_key(verifier)?)))
            .ok()
            .and_then(|(alg, key)| AccessTokenHash::from_token(access_token, alg, key).ok());
        if actual.as_ref() != Some(hash) {
            return Err(Rejection::Invalid(
                "its at_hash does not fit the access token".to_owned(),
            ));
        }
    }
    Ok(())
}

fn rejection(error: &ClaimsVerificationError) -> Rejection {
    let reason = error.to_string();
    match error {
        ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::NoMatchingKey
            | SignatureVerificationError::DisallowedAlg(_)
            | SignatureVerificationError::AmbiguousKeyId(_),
        ) => Rejection::UnknownKey(reason),
        _ => Rejection::Invalid(reason),
    }
}

/// Returns the claims as received: `openidconnect`'s types drop `null` and unknown
/// claims.
fn payload(id_token: &CoreIdToken) -> Option<Map<String, Value>> {
    let token = id_token.to_string();
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&payload).ok()
}
