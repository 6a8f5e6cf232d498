//! Authenticates this application's requests to the provider (OpenID Connect
//! Core §9): to the token endpoint, for revocations and for pushed
//! authorization requests.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use openidconnect::{
    ClientSecret, HttpRequest,
    http::{
        Method,
        header::{AUTHORIZATION, CONTENT_TYPE},
    },
};
use serde::Serialize;
use time::OffsetDateTime;
use url::{Url, form_urlencoded};

use crate::{
    error::AuthError,
    oauth::client_authentication::{ClientAuthentication, Credentials},
    sealing::secret::random_token,
};

/// How long the provider accepts an assertion, in seconds.
const ASSERTION_LIFETIME: i64 = 60;
/// RFC 7523 §2.2.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The claims of an assertion (RFC 7523 §3).
#[derive(Serialize)]
struct Assertion<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    jti: String,
    iat: i64,
    exp: i64,
}

/// Returns the request parameters of a signed assertion; none if the
/// application authenticates with a secret. The assertion's audience is the
/// issuer, which all endpoints of a provider accept.
fn assertion(
    credentials: &Credentials,
    now: OffsetDateTime,
) -> Result<Vec<(&'static str, String)>, AuthError> {
    let ClientAuthentication::PrivateKeyJwt(key) = &credentials.method else {
        return Ok(Vec::new());
    };
    let issued_at = now.unix_timestamp();
    let assertion = key
        .sign(&Assertion {
            iss: &credentials.client_id,
            sub: &credentials.client_id,
            aud: &credentials.issuer,
            jti: random_token::<16>(),
            iat: issued_at,
            exp: issued_at + ASSERTION_LIFETIME,
        })
        .map_err(|error| AuthError::Internal(format!("cannot sign a client assertion: {error}")))?;
    Ok(vec![
        ("client_assertion_type", ASSERTION_TYPE.to_owned()),
        ("client_assertion", assertion),
    ])
}

/// Builds an authenticated request to an endpoint.
pub(crate) fn authenticated_post(
    endpoint: &Url,
    parameters: &[(impl AsRef<str>, impl AsRef<str>)],
    credentials: &Credentials,
    now: OffsetDateTime,
) -> Result<HttpRequest, AuthError> {
    let mut request = openidconnect::http::Request::builder()
        .method(Method::POST)
        .uri(endpoint.as_str())
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(parameters);
    let client_id = &credentials.client_id;
    let secret = credentials.client_secret.as_ref().map(ClientSecret::secret);
    match (&credentials.method, secret) {
        (ClientAuthentication::SecretBasic, Some(secret)) => {
            request = request.header(AUTHORIZATION, basic_credentials(client_id, secret));
        }
        (_, secret) => {
            let names = parameters.iter().map(|(name, _)| name.as_ref());
            if !names.into_iter().any(|name| name == "client_id") {
                body.append_pair("client_id", client_id);
            }
            if let (ClientAuthentication::SecretPost, Some(secret)) = (&credentials.method, secret)
            {
                body.append_pair("client_secret", secret);
            }
            body.extend_pairs(assertion(credentials, now)?);
        }
    }
    request
        .body(body.finish().into_bytes())
        .map_err(|error| AuthError::Discovery(error.to_string()))
}

/// Builds the `Authorization` header's value. Id and secret are form-encoded
/// before they are joined (RFC 6749 §2.3.1).
fn basic_credentials(id: &str, secret: &str) -> String {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let joined = format!("{}:{}", encode(id), encode(secret));
    format!("Basic {}", STANDARD.encode(joined))
}
