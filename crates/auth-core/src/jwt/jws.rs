//! A token that the provider signed: a compact JWS (RFC 7515 §3.1), verified
//! against the provider's keys, as RFC 8725 advises.
//!
//! `openidconnect` does this for ID tokens; its keys verify the signatures
//! here as well.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use openidconnect::{
    JsonWebKey as _, JsonWebKeyAlgorithm, JsonWebKeyUse, JwsSigningAlgorithm as _,
    core::{CoreJsonWebKey, CoreJwsSigningAlgorithm as Alg},
};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    error::AuthError,
    oauth::algorithms::ALLOWED_ALGS,
    provider::{KeyRefreshTrigger, ProviderCache, metadata::Provider},
};

/// The longest token read. Logto's are some hundred bytes; what comes before
/// the signature is checked is anyone's.
pub(crate) const MAX_LENGTH: usize = 16 * 1024;

/// Which algorithms a kind of token may be signed with.
#[derive(Clone, Copy)]
pub(crate) enum Algs {
    /// Those that the provider lists for ID tokens.
    OfIdTokens,
    /// All that are allowed: of access tokens the discovery document tells
    /// nothing.
    Allowed,
}

impl Algs {
    fn of(self, provider: &Provider) -> &[Alg] {
        match self {
            Self::OfIdTokens => &provider.algs,
            Self::Allowed => &ALLOWED_ALGS,
        }
    }
}

/// Why a token is not known to be the provider's.
#[derive(Debug)]
pub(crate) enum JwsError {
    /// It is no signed JWT, or of a kind that is never taken.
    Malformed(&'static str),
    /// No key of the provider's fits it, the newest included.
    UnknownKey,
    /// The key fits, the signature does not.
    BadSignature,
    /// The provider's keys cannot be had, so that nothing is known.
    Unavailable(AuthError),
}

/// What matters of a header. A member that comes twice is refused (RFC 7515
/// §4).
#[derive(Deserialize)]
struct Header {
    alg: Alg,
    kid: Option<String>,
    typ: Option<String>,
    #[serde(default, deserialize_with = "present")]
    crit: bool,
}

/// Whether a member is there, whatever it holds.
fn present<'de, D: serde::Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    serde::de::IgnoredAny::deserialize(value).map(|_| true)
}

/// A token taken apart. Nothing in it is to be trusted yet.
pub(crate) struct UnverifiedJws<'t> {
    header: Header,
    /// What was signed: header and payload, as they came.
    signed: &'t str,
    signature: Vec<u8>,
    payload: Map<String, Value>,
}

impl<'t> UnverifiedJws<'t> {
    pub(crate) fn parse(token: &'t str) -> Result<Self, JwsError> {
        if token.len() > MAX_LENGTH {
            return Err(JwsError::Malformed("it is too long"));
        }
        // A JWE has five parts (RFC 7516 §3.1).
        let mut parts = token.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(JwsError::Malformed("it is no signed JWT"));
        };
        let decode = |part: &str| {
            URL_SAFE_NO_PAD
                .decode(part)
                .map_err(|_| JwsError::Malformed("it is not base64url"))
        };
        let signed = &token[..header.len() + 1 + payload.len()];
        let header: Header = serde_json::from_slice(&decode(header)?)
            .map_err(|_| JwsError::Malformed("its header cannot be read"))?;
        // RFC 8725 §3.1 and §3.2: never `none`, never HMAC, whatever the
        // provider's keys are.
        if !ALLOWED_ALGS.contains(&header.alg) {
            return Err(JwsError::Malformed("its algorithm is not allowed"));
        }
        // RFC 7515 §4.1.11: "If any of the listed extension Header Parameters
        // are not understood and supported by the recipient, then the JWS is
        // invalid." None is.
        if header.crit {
            return Err(JwsError::Malformed("it has critical extensions"));
        }
        Ok(Self {
            header,
            signed,
            signature: decode(signature)?,
            payload: serde_json::from_slice(&decode(payload)?)
                .map_err(|_| JwsError::Malformed("its payload is no JSON object"))?,
        })
    }

    /// The header's `alg`.
    pub(crate) fn alg(&self) -> &Alg {
        &self.header.alg
    }

    /// The header's `typ`, in lower case and without `application/` (RFC 7515
    /// §4.1.9).
    pub(crate) fn typ(&self) -> Option<String> {
        let typ = self.header.typ.as_ref()?.to_ascii_lowercase();
        Some(match typ.strip_prefix("application/") {
            Some(short) if !short.contains('/') => short.to_owned(),
            _ => typ,
        })
    }

    /// The payload, if the provider signed it; where the key is unknown, by
    /// the provider's newest keys.
    pub(crate) async fn verify(
        self,
        provider: &Arc<Provider>,
        providers: &ProviderCache,
        algs: Algs,
    ) -> Result<Map<String, Value>, JwsError> {
        match self.check(provider, algs) {
            Err(JwsError::UnknownKey) => {
                tracing::debug!("a token's key is unknown; the provider may have new ones");
                let newer = providers
                    .newer_than(provider, KeyRefreshTrigger::PresentedToken)
                    .await
                    .map_err(JwsError::Unavailable)?;
                self.check(&newer, algs)?;
            }
            checked => checked?,
        }
        Ok(self.payload)
    }

    fn check(&self, provider: &Provider, algs: Algs) -> Result<(), JwsError> {
        if !algs.of(provider).contains(&self.header.alg) {
            return Err(JwsError::UnknownKey);
        }
        let mut fitting = provider
            .metadata
            .jwks()
            .keys()
            .iter()
            .filter(|key| self.header.is_fit_for(key));
        // OpenID Connect Core §10.1: without a `kid` there must be one key
        // only.
        let (Some(key), None) = (fitting.next(), fitting.next()) else {
            return Err(JwsError::UnknownKey);
        };
        key.verify_signature(&self.header.alg, self.signed.as_bytes(), &self.signature)
            .map_err(|_| JwsError::BadSignature)
    }
}

impl Header {
    fn is_fit_for(&self, key: &CoreJsonWebKey) -> bool {
        self.kid
            .as_ref()
            .is_none_or(|kid| key.key_id().is_some_and(|id| id.as_str() == kid))
            && key.key_use().is_none_or(JsonWebKeyUse::allows_signature)
            && self.alg.key_type().as_ref() == Some(key.key_type())
            // RFC 8725 §3.1: "each key MUST be used with exactly one
            // algorithm". Logto's RSA keys name none.
            && match key.signing_alg() {
                JsonWebKeyAlgorithm::Algorithm(alg) => *alg == self.alg,
                JsonWebKeyAlgorithm::Unspecified => true,
                JsonWebKeyAlgorithm::Unsupported => false,
            }
    }
}
