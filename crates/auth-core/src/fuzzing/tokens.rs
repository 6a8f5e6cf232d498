//! Tokens with invented headers and payloads, signed by the provider.
//!
//! The input is a header and a payload with a line break between them. Without a
//! line break it is a whole token.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use openidconnect::{
    Audience, ClientId, IssuerUrl, JsonWebKeySet, Nonce,
    core::{CoreIdToken, CoreIdTokenVerifier},
};
use serde_json::{Map, Value};

use super::{CLIENT_ID, ISSUER, NOW, WORLD, world::API};
use crate::{
    jwt::{
        access_token::AccessTokenVerifier,
        id_token::{self, Expected, GrantType, VerifiedIdToken},
        jws::{Algs, UnverifiedJws, VerifiedJws},
        logout_token::{self, LogoutToken},
        table::Rejection,
        verified_access_token::VerifiedAccessToken,
    },
    oauth::algorithms::ALLOWED_ALGS,
};

const NONCE: &str = "nonce-1";
const TOLERANCE: i64 = 60;
/// The claims of the protocol that `openidconnect` reads in the same way.
const PROTOCOL: [&str; 9] = [
    "iss",
    "sub",
    "aud",
    "azp",
    "nonce",
    "at_hash",
    "exp",
    "iat",
    "auth_time",
];

/// Whatever this accepts as an ID token, `openidconnect` accepts, but for these
/// differences:
///
/// - claims about the user, `acr` and `amr` are of any type for it here, because
///   `openidconnect` refuses a token for a claim that nobody checks; `acr` is a string
///   on this side too;
/// - clocks may differ by the tolerance.
pub fn id_token(input: &[u8]) {
    let Some((header, payload)) = split(input) else {
        let token = String::from_utf8_lossy(input);
        assert!(
            verify_id_token(&token).is_err(),
            "an invented token is accepted"
        );
        return;
    };
    if let Ok(verified) = verify_id_token(&signed(header, payload)) {
        let protocol: Map<String, Value> = verified
            .payload
            .iter()
            .filter(|(name, _)| PROTOCOL.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let payload = serde_json::to_vec(&protocol).unwrap();
        let claims = verify_with_openidconnect(&signed(header, &payload));
        let claims = claims
            .unwrap_or_else(|reason| panic!("accepted here and not there: {reason} {protocol:?}"));
        assert_eq!(claims, (verified.sub, verified.issued_at));
    }
}

fn expected<'a>() -> Expected<'a> {
    Expected {
        grant_type: GrantType::SignIn,
        nonce: NONCE,
        started_at: NOW.unix_timestamp() - 300,
        authenticated_since: None,
        acr_values: &[],
        access_token: "access-token-1",
        now: NOW,
    }
}

fn verify_id_token(token: &str) -> Result<VerifiedIdToken, String> {
    let jws = UnverifiedJws::parse(token).map_err(|error| error.reason().to_owned())?;
    id_token::check_header(&jws, &WORLD.config).map_err(Rejection::into_reason)?;
    let verified = verified(jws, Algs::OfIdTokens)?;
    id_token::check(verified, &WORLD.config, &expected()).map_err(Rejection::into_reason)
}

/// Returns `sub` and `iat`.
fn verify_with_openidconnect(token: &str) -> Result<(String, i64), String> {
    let token: CoreIdToken = token.parse().map_err(|error| format!("{error:?}"))?;
    let earliest = NOW.unix_timestamp() - TOLERANCE;
    let verifier = CoreIdTokenVerifier::new_public_client(
        ClientId::new(CLIENT_ID.to_owned()),
        IssuerUrl::new(ISSUER.to_owned()).unwrap(),
        JsonWebKeySet::new(WORLD.keys.clone()),
    )
    .set_allowed_algs(ALLOWED_ALGS)
    .set_other_audience_verifier_fn(|_: &Audience| false)
    .set_time_fn(move || chrono::DateTime::from_timestamp(earliest, 0).unwrap());
    let claims = token
        .claims(&verifier, &Nonce::new(NONCE.to_owned()))
        .map_err(|error| format!("{error:?}"))?;
    Ok((
        claims.subject().to_string(),
        claims.issue_time().timestamp(),
    ))
}

fn verify_access_token(token: &str) -> Result<VerifiedAccessToken, String> {
    let jws = UnverifiedJws::parse(token).map_err(|error| error.reason().to_owned())?;
    AccessTokenVerifier::check_typ(&jws).map_err(Rejection::into_reason)?;
    let verified = verified(jws, Algs::Allowed)?;
    let checked = WORLD.verifier.check(verified.payload, NOW);
    checked.map_err(Rejection::into_reason)
}

fn verify_logout_token(token: &str) -> Result<LogoutToken, String> {
    let jws = UnverifiedJws::parse(token).map_err(|error| error.reason().to_owned())?;
    logout_token::check_header(&jws, &WORLD.config).map_err(Rejection::into_reason)?;
    let verified = verified(jws, Algs::OfIdTokens)?;
    logout_token::check(&verified.payload, &WORLD.config, NOW).map_err(Rejection::into_reason)
}

/// Returns whether a signed token of a kind is accepted.
#[cfg(test)]
pub(super) fn is_accepted(kind: &str, input: &[u8]) -> bool {
    let (header, payload) = split(input).unwrap();
    let token = signed(header, payload);
    match kind {
        "id" => verify_id_token(&token).is_ok(),
        "access" => verify_access_token(&token).is_ok(),
        _ => verify_logout_token(&token).is_ok(),
    }
}

/// What is accepted as an access token has the claims that RFC 9068 §4 requires.
pub fn access_token(input: &[u8]) {
    let Some((header, payload)) = split(input) else {
        let token = String::from_utf8_lossy(input);
        if let Ok(jws) = UnverifiedJws::parse(&token) {
            assert!(verified(jws, Algs::Allowed).is_err());
        }
        return;
    };
    let Ok(token) = verify_access_token(&signed(header, payload)) else {
        return;
    };
    let header: Value = serde_json::from_slice(header).unwrap();
    let typ = header["typ"].as_str().unwrap().to_ascii_lowercase();
    assert!(["at+jwt", "application/at+jwt"].contains(&&*typ), "{typ}");
    let claims: Value = serde_json::from_slice(payload).unwrap();
    assert_eq!(claims["iss"], ISSUER);
    assert!(names(&claims["aud"], API), "{claims}");
    assert_eq!(claims["sub"], *token.sub());
    assert!(!token.sub().is_empty());
    assert!(seconds(&claims["iat"]) <= NOW.unix_timestamp() + TOLERANCE);
    assert!(claims["exp"].is_number());
    for scope in token.scope() {
        assert!(claims["scope"].as_str().unwrap().contains(scope));
    }
}

/// What is accepted as a logout token has the claims that OpenID Connect
/// Back-Channel Logout 1.0 §2.6 requires.
pub fn logout_token(input: &[u8]) {
    let Some((header, payload)) = split(input) else {
        return access_token(input);
    };
    let Ok(token) = verify_logout_token(&signed(header, payload)) else {
        return;
    };
    let claims: Value = serde_json::from_slice(payload).unwrap();
    assert_eq!(claims["iss"], ISSUER);
    assert!(names(&claims["aud"], CLIENT_ID), "{claims}");
    assert!(claims.get("nonce").is_none());
    let event = "http://schemas.openid.net/event/backchannel-logout";
    assert!(claims["events"][event].is_object(), "{claims}");
    assert!(token.sub.is_some() || token.sid.is_some());
    assert!(!token.jti.is_empty());
    let age = NOW.unix_timestamp() - seconds(&claims["iat"]);
    assert!((-TOLERANCE..=600).contains(&age), "{age}");
}

fn names(audience: &Value, wanted: &str) -> bool {
    audience == wanted
        || audience
            .as_array()
            .is_some_and(|all| all.iter().any(|one| one == wanted))
}

#[allow(clippy::cast_possible_truncation, reason = "a time that was accepted")]
fn seconds(time: &Value) -> i64 {
    time.as_f64().unwrap().floor() as i64
}

fn verified(jws: UnverifiedJws<'_>, algs: Algs) -> Result<VerifiedJws, String> {
    jws.verify_offline(&WORLD.provider, algs)
        .map_err(|error| error.reason().to_owned())
}

fn split(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = input.iter().position(|byte| *byte == b'\n')?;
    Some((&input[..end], &input[end + 1..]))
}

fn signed(header: &[u8], payload: &[u8]) -> String {
    let part = |bytes| URL_SAFE_NO_PAD.encode(bytes);
    let signed = format!("{}.{}", part(header), part(payload));
    let signature = WORLD.sign(&signed);
    format!("{signed}.{signature}")
}
