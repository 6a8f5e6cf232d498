//! How this application proves to the provider who it is (OpenID Connect Core
//! §9): at the token endpoint, for revocations and for pushed authorization
//! requests.

use std::{fmt, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use openidconnect::{
    AuthType, ClientSecret, HttpRequest,
    http::{
        Method,
        header::{AUTHORIZATION, CONTENT_TYPE},
    },
};
use serde::Serialize;
use time::OffsetDateTime;
use url::{Url, form_urlencoded};

use crate::{AuthError, Config, secret::random_token};

/// How long an assertion may be used, in seconds.
const ASSERTION_LIFETIME: i64 = 60;
/// RFC 7523 §2.2.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How the application authenticates: the provider has to be set up for it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// `client_secret_basic`: the secret in the `Authorization` header,
    /// form-encoded first (RFC 6749 §2.3.1). Logto's default.
    #[default]
    SecretBasic,
    /// `client_secret_post`: the secret in the request's body.
    SecretPost,
    /// `private_key_jwt`: no secret at all, but a short-lived JWT signed with a
    /// key of the application's own (RFC 7523 §2.2). RFC 9700 §2.5 recommends
    /// it.
    PrivateKeyJwt(ClientKey),
}

/// With which algorithm a [`ClientKey`] signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientKeyAlgorithm {
    /// ECDSA with P-256.
    Es256,
    /// ECDSA with P-384.
    Es384,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// Ed25519.
    EdDsa,
}

impl ClientKeyAlgorithm {
    /// By its name in JOSE (RFC 7518 §3.1).
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "ES256" => Self::Es256,
            "ES384" => Self::Es384,
            "RS256" => Self::Rs256,
            "PS256" => Self::Ps256,
            "EdDSA" => Self::EdDsa,
            _ => return None,
        })
    }

    const fn jose(self) -> Algorithm {
        match self {
            Self::Es256 => Algorithm::ES256,
            Self::Es384 => Algorithm::ES384,
            Self::Rs256 => Algorithm::RS256,
            Self::Ps256 => Algorithm::PS256,
            Self::EdDsa => Algorithm::EdDSA,
        }
    }
}

/// The application's private key for `private_key_jwt`. It shows itself
/// nowhere.
#[derive(Clone)]
pub struct ClientKey(Arc<SigningKey>);

struct SigningKey {
    key: EncodingKey,
    header: Header,
}

/// The text is no private key of that algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no private key for that algorithm, as PKCS#8 in PEM")]
#[non_exhaustive]
pub struct InvalidClientKey;

impl ClientKey {
    /// Reads a private key: PKCS#8 in PEM, as `openssl genpkey` writes it.
    /// `key_id` is the `kid` under which the provider knows its public half.
    ///
    /// # Errors
    ///
    /// When the text is no such key.
    pub fn from_pem(
        algorithm: ClientKeyAlgorithm,
        pem: &str,
        key_id: Option<String>,
    ) -> Result<Self, InvalidClientKey> {
        use ClientKeyAlgorithm as Alg;
        let pem = pem.as_bytes();
        let key = match algorithm {
            Alg::Es256 | Alg::Es384 => EncodingKey::from_ec_pem(pem),
            Alg::Rs256 | Alg::Ps256 => EncodingKey::from_rsa_pem(pem),
            Alg::EdDsa => EncodingKey::from_ed_pem(pem),
        }
        .map_err(|_| InvalidClientKey)?;
        let mut header = Header::new(algorithm.jose());
        header.kid = key_id;
        let key = Self(Arc::new(SigningKey { key, header }));
        // A key of another curve is read, and fails only when it signs.
        key.sign(&()).map_err(|_| InvalidClientKey)?;
        Ok(key)
    }

    fn sign(&self, claims: &impl Serialize) -> Result<String, AuthError> {
        jsonwebtoken::encode(&self.0.header, claims, &self.0.key).map_err(|_| AuthError::Sealing)
    }
}

impl fmt::Debug for ClientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientKey")
            .field("alg", &self.0.header.alg)
            .field("kid", &self.0.header.kid)
            .finish_non_exhaustive()
    }
}

/// RFC 7523 §3.
#[derive(Serialize)]
struct Assertion<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    jti: String,
    iat: i64,
    exp: i64,
}

impl ClientAuthentication {
    /// For token requests, which `openidconnect` authenticates.
    pub(crate) fn auth_type(&self) -> AuthType {
        match self {
            Self::SecretBasic => AuthType::BasicAuth,
            Self::SecretPost | Self::PrivateKeyJwt(_) => AuthType::RequestBody,
        }
    }

    /// Whether the application has to have a secret.
    pub(crate) fn needs_secret(&self) -> bool {
        !matches!(self, Self::PrivateKeyJwt(_))
    }
}

/// The parameters of an assertion, where the application signs one. Its
/// audience is the issuer: the one name that all endpoints of a provider go by.
pub(crate) fn assertion(
    config: &Config,
    now: OffsetDateTime,
) -> Result<Vec<(&'static str, String)>, AuthError> {
    let ClientAuthentication::PrivateKeyJwt(key) = &config.client_authentication else {
        return Ok(Vec::new());
    };
    let issued_at = now.unix_timestamp();
    let assertion = key.sign(&Assertion {
        iss: &config.client_id,
        sub: &config.client_id,
        aud: config.issuer(),
        jti: random_token::<16>(),
        iat: issued_at,
        exp: issued_at + ASSERTION_LIFETIME,
    })?;
    Ok(vec![
        ("client_assertion_type", ASSERTION_TYPE.to_owned()),
        ("client_assertion", assertion),
    ])
}

/// Builds an authenticated request to an endpoint that `openidconnect` does not
/// know, or refuses on a provider of this machine's (`http`).
pub(crate) fn authenticated_post(
    endpoint: &Url,
    parameters: &[(impl AsRef<str>, impl AsRef<str>)],
    config: &Config,
    now: OffsetDateTime,
) -> Result<HttpRequest, AuthError> {
    let mut request = openidconnect::http::Request::builder()
        .method(Method::POST)
        .uri(endpoint.as_str())
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(parameters);
    let secret = config.client_secret.as_ref().map(ClientSecret::secret);
    match (&config.client_authentication, secret) {
        (ClientAuthentication::SecretBasic, Some(secret)) => {
            let credentials = basic_credentials(&config.client_id, secret);
            request = request.header(AUTHORIZATION, credentials);
        }
        (_, secret) => {
            let names = parameters.iter().map(|(name, _)| name.as_ref());
            if !names.into_iter().any(|name| name == "client_id") {
                body.append_pair("client_id", &config.client_id);
            }
            if let (ClientAuthentication::SecretPost, Some(secret)) =
                (&config.client_authentication, secret)
            {
                body.append_pair("client_secret", secret);
            }
            body.extend_pairs(assertion(config, now)?);
        }
    }
    request
        .body(body.finish().into_bytes())
        .map_err(|error| AuthError::Discovery(error.to_string()))
}

/// RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
fn basic_credentials(id: &str, secret: &str) -> String {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let joined = format!("{}:{}", encode(id), encode(secret));
    format!("Basic {}", STANDARD.encode(joined))
}
