//! The methods by which this application authenticates at the provider (OpenID
//! Connect Core §9), and the credentials for them.

use std::{fmt, sync::Arc};

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use openidconnect::{ClientId, ClientSecret, IssuerUrl};
use serde::Serialize;

/// How the application authenticates at the provider. The provider has to be
/// configured for the same method.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// `client_secret_basic`: the secret in the `Authorization` header,
    /// form-encoded first (RFC 6749 §2.3.1). Logto's default.
    #[default]
    SecretBasic,
    /// `client_secret_post`: the secret in the request's body.
    SecretPost,
    /// `private_key_jwt`: a short-lived JWT, signed with the application's own
    /// private key, instead of a secret (RFC 7523 §2.2). RFC 9700 §2.5
    /// recommends it.
    PrivateKeyJwt(ClientKey),
}

impl ClientAuthentication {
    /// Returns whether the method needs a client secret.
    pub(crate) fn needs_secret(&self) -> bool {
        !matches!(self, Self::PrivateKeyJwt(_))
    }
}

/// This application as the provider knows it, and how it proves that.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) issuer: IssuerUrl,
    pub(crate) client_id: ClientId,
    /// `Some` if [`ClientAuthentication::needs_secret`].
    pub(crate) client_secret: Option<ClientSecret>,
    pub(crate) method: ClientAuthentication,
}

/// The algorithm with which a [`ClientKey`] signs.
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
    /// Returns the algorithm of this JOSE name (RFC 7518 §3.1), such as
    /// `ES384`; `None` for any other text.
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

/// The application's private key for `private_key_jwt`. `Debug` prints nothing
/// of it.
#[derive(Clone)]
pub struct ClientKey(Arc<SigningKey>);

struct SigningKey {
    key: EncodingKey,
    header: Header,
}

/// The text is not a private key for the requested algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a private key for this algorithm in PKCS#8 PEM format")]
#[non_exhaustive]
pub struct InvalidClientKey;

impl ClientKey {
    /// Reads a private key in PKCS#8 PEM format, as `openssl genpkey` writes
    /// it. `key_id` is the `kid` under which the provider knows its public key.
    ///
    /// # Errors
    ///
    /// Fails if the text is not such a key.
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
        // A key of another curve can be read, but signing with it fails.
        key.sign(&()).map_err(|_| InvalidClientKey)?;
        Ok(key)
    }

    /// Signs a JWT with these claims.
    pub(crate) fn sign(
        &self,
        claims: &impl Serialize,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        jsonwebtoken::encode(&self.0.header, claims, &self.0.key)
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
