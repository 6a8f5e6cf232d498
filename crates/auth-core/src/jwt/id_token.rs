//! The verification of ID tokens (OpenID Connect Core §3.1.3.7).
//!
//! `openidconnect` checks signature, issuer, audience, expiry and nonce. The
//! checks of `iat`, `nbf`, `azp`, `at_hash` and `sub` are here.

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
}

impl From<Rejection> for AuthError {
    fn from(rejection: Rejection) -> Self {
        let (Rejection::UnknownKey(reason) | Rejection::Invalid(reason)) = rejection;
        Self::InvalidIdToken(reason)
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
) -> Result<VerifiedIdToken, AuthError> {
    let verified = match verify_with(id_token, provider, config, expected) {
        Err(Rejection::UnknownKey(reason)) => {
            tracing::info!(
                reason,
                "an ID token's key is unknown; fetching the provider's keys again"
            );
            let newer = providers
                .newer_than(provider, KeyRefreshTrigger::IdToken)
                .await?;
            verify_with(id_token, &newer, config, expected)
        }
        verified => verified,
    };
    verified.map_err(AuthError::from)
}

fn verify_with(
    id_token: &CoreIdToken,
    provider: &Provider,
    config: &Config,
    expected: &Expected<'_>,
) -> Result<VerifiedIdToken, Rejection> {
    let now = expected.now.unix_timestamp();
    let started_at = expected.started_at;
    let exp_clock = chrono::DateTime::from_timestamp(now - LEEWAY, 0).unwrap_or_default();
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
    .set_time_fn(move || exp_clock)
    // Step 10: "The iat Claim can be used to reject tokens that were issued too far
    // away from the current time".
    .set_issue_time_verifier_fn(move |issued| {
        let issued = issued.timestamp();
        if issued > now + LEEWAY {
            Err("it was issued in the future".to_owned())
        } else if issued < started_at - LEEWAY {
            Err("it was issued before this request".to_owned())
        } else {
            Ok(())
        }
    });
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
    JwtClaims {
        payload: &payload,
        now: expected.now,
    }
    .check_not_before()
    .map_err(|reason| Rejection::Invalid(reason.to_owned()))?;
    let auth_time = payload.get("auth_time").and_then(Value::as_i64);
    check_auth_time(auth_time, expected, now)?;
    let acr = payload.get("acr").and_then(Value::as_str);
    check_acr(acr, expected)?;
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
fn check_auth_time(
    auth_time: Option<i64>,
    expected: &Expected<'_>,
    now: i64,
) -> Result<(), Rejection> {
    let reason = match (auth_time, expected.authenticated_since) {
        (None, Some(_)) => "it does not say when the user authenticated (auth_time)",
        (Some(at), Some(since)) if at < since - LEEWAY => "the user authenticated too long ago",
        (Some(at), _) if at > now + LEEWAY => "the user authenticated in the future",
        _ => return Ok(()),
    };
    Err(Rejection::Invalid(reason.to_owned()))
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
