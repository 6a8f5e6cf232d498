//! A token that the provider signed: a compact JWS (RFC 7515 §3.1), verified with
//! the provider's keys, as RFC 8725 advises. `signatures` verifies the signatures
//! themselves.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use openidconnect::{
    AccessToken, AccessTokenHash, JsonWebKey as _,
    core::{CoreJsonWebKey, CoreJwsSigningAlgorithm as Alg},
};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::signatures;
use crate::{
    error::AuthError,
    oauth::algorithms::ALLOWED_ALGS,
    outside::json_object::{self, UniqueMembers},
    provider::{ProviderCache, TokenOrigin, metadata::Provider},
};

/// The longest token read that someone sent to this application, in bytes. Logto's
/// have some hundred bytes; before the signature is checked, a token may come from
/// anyone. What the provider answers is limited as a whole.
pub(crate) const MAX_LENGTH: usize = 16 * 1024;

/// The algorithms with which a kind of token may be signed.
#[derive(Clone, Copy)]
pub(crate) enum Algs {
    /// The algorithms that the provider lists for ID tokens.
    OfIdTokens,
    /// All allowed algorithms: the discovery document lists none for access
    /// tokens.
    Allowed,
}

impl Algs {
    fn of(self, provider: &Provider) -> &[Alg] {
        match self {
            Self::OfIdTokens => &provider.metadata.algs,
            Self::Allowed => &ALLOWED_ALGS,
        }
    }
}

/// Why the signature of a token is not confirmed.
#[derive(Debug)]
pub(crate) enum JwsError {
    /// It is not a signed JWT, or of a kind that is never accepted.
    Malformed(&'static str),
    /// No key of the provider fits, not even after fetching its keys again.
    UnknownKey,
    /// The key fits, but the signature is wrong.
    BadSignature,
    /// The provider's keys cannot be fetched.
    Unavailable(AuthError),
}

impl JwsError {
    /// Returns what is wrong with the token.
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::Malformed(reason) => reason,
            Self::UnknownKey => "its key is not a key of the provider",
            Self::BadSignature => "its signature is wrong",
            Self::Unavailable(_) => "the provider's keys cannot be fetched",
        }
    }
}

/// The header members that are checked.
#[derive(Deserialize)]
struct Header {
    alg: Alg,
    kid: Option<String>,
    typ: Option<String>,
    cty: Option<String>,
    #[serde(default, deserialize_with = "present")]
    crit: bool,
}

/// Returns that a member is present, whatever its value is.
fn present<'de, D: serde::Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    serde::de::IgnoredAny::deserialize(value).map(|_| true)
}

/// A parsed token, not verified yet.
pub(crate) struct UnverifiedJws<'t> {
    header: Header,
    /// The signed part: header and payload, as received.
    signed: &'t str,
    signature: Vec<u8>,
    payload: Map<String, Value>,
}

impl<'t> UnverifiedJws<'t> {
    /// Parses a token that someone sent to this application.
    pub(crate) fn parse_presented(token: &'t str) -> Result<Self, JwsError> {
        if token.len() > MAX_LENGTH {
            return Err(JwsError::Malformed("it is too long"));
        }
        Self::parse(token)
    }

    /// Parses a token that the provider sent in an answer.
    pub(crate) fn parse(token: &'t str) -> Result<Self, JwsError> {
        // A JWE has five parts (RFC 7516 §3.1).
        let mut parts = token.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(JwsError::Malformed("it is not a signed JWT"));
        };
        let decode = |part: &str| {
            URL_SAFE_NO_PAD
                .decode(part)
                .map_err(|_| JwsError::Malformed("it is not base64url"))
        };
        let signed = &token[..header.len() + 1 + payload.len()];
        // "The Header Parameter names within the JOSE Header MUST be unique" (RFC
        // 7515 §4).
        let header: UniqueMembers = serde_json::from_slice(&decode(header)?)
            .map_err(|_| JwsError::Malformed("its header cannot be read"))?;
        let header: Header = serde_json::from_value(Value::Object(header.0))
            .map_err(|_| JwsError::Malformed("its header cannot be read"))?;
        // RFC 8725 §3.1 and §3.2: never `none`, never HMAC, whichever keys the
        // provider has.
        if !ALLOWED_ALGS.contains(&header.alg) {
            return Err(JwsError::Malformed("its algorithm is not allowed"));
        }
        // RFC 7515 §4.1.11: "If any of the listed extension Header Parameters
        // are not understood and supported by the recipient, then the JWS is
        // invalid." No extension is supported here.
        if header.crit {
            return Err(JwsError::Malformed("it has critical extensions"));
        }
        // RFC 7519 §5.2: only a JWT within a JWT has it.
        if header.cty.is_some() {
            return Err(JwsError::Malformed(
                "its payload is not said to be claims (cty)",
            ));
        }
        Ok(Self {
            header,
            signed,
            signature: decode(signature)?,
            payload: json_object::parse(&decode(payload)?).map_err(JwsError::Malformed)?,
        })
    }

    /// Returns the header's `alg`.
    pub(crate) fn alg(&self) -> &Alg {
        &self.header.alg
    }

    /// Returns the header's `typ`, in lower case and without `application/` (RFC
    /// 7515 §4.1.9).
    pub(crate) fn typ(&self) -> Option<String> {
        let typ = self.header.typ.as_ref()?.to_ascii_lowercase();
        Some(match typ.strip_prefix("application/") {
            Some(short) if !short.contains('/') => short.to_owned(),
            _ => typ,
        })
    }

    /// Returns the payload if the provider signed it. If the key is unknown,
    /// fetches the provider's keys once more.
    pub(crate) async fn verify(
        self,
        provider: &Arc<Provider>,
        providers: &ProviderCache,
        algs: Algs,
        origin: TokenOrigin,
    ) -> Result<VerifiedJws, JwsError> {
        let key = match self.key(provider, algs) {
            Err(JwsError::UnknownKey) => {
                tracing::debug!("a token's key is unknown; fetching the provider's keys again");
                let newer = providers
                    .newer_than(provider, origin)
                    .await
                    .map_err(JwsError::Unavailable)?;
                self.key(&newer, algs)?
            }
            known => known?,
        };
        let (signed, signature) = (self.signed, &self.signature);
        signatures::verify(origin, &key, &self.header.alg, signed, signature).await?;
        Ok(self.signed_by(key))
    }

    /// Returns the payload if the provider signed it, with the keys that are known.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn verify_offline(
        self,
        provider: &Provider,
        algs: Algs,
    ) -> Result<VerifiedJws, JwsError> {
        let key = self.key(provider, algs)?;
        let signed = self.signed.as_bytes();
        if !signatures::is_signed(signed, &self.signature, &key, &self.header.alg) {
            return Err(JwsError::BadSignature);
        }
        Ok(self.signed_by(key))
    }

    fn signed_by(self, key: CoreJsonWebKey) -> VerifiedJws {
        VerifiedJws {
            payload: self.payload,
            alg: self.header.alg,
            key,
        }
    }

    /// Returns what the payload claims, which anybody can have written: it may be
    /// refused for it, never accepted.
    pub(crate) const fn claimed(&self) -> &Map<String, Value> {
        &self.payload
    }

    /// Returns the key that the token names.
    fn key(&self, provider: &Provider, algs: Algs) -> Result<CoreJsonWebKey, JwsError> {
        if !algs.of(provider).contains(&self.header.alg) {
            return Err(JwsError::UnknownKey);
        }
        let mut keys = provider.keys.iter().filter(|key| self.header.fits(key));
        // OpenID Connect Core §10.1: without a `kid` exactly one key may fit.
        let (Some(key), None) = (keys.next(), keys.next()) else {
            return Err(JwsError::UnknownKey);
        };
        Ok(key.clone())
    }
}

/// A token that the provider signed. Its claims are not checked yet.
pub(crate) struct VerifiedJws {
    pub(crate) payload: Map<String, Value>,
    alg: Alg,
    key: CoreJsonWebKey,
}

impl VerifiedJws {
    /// Returns what `at_hash` has to be for this access token (OpenID Connect
    /// Core §3.1.3.8).
    pub(crate) fn access_token_hash(&self, access_token: &str) -> Option<String> {
        let access_token = AccessToken::new(access_token.to_owned());
        let hash = AccessTokenHash::from_token(&access_token, &self.alg, &self.key).ok()?;
        Some(hash.as_str().to_owned())
    }
}

impl Header {
    fn fits(&self, key: &CoreJsonWebKey) -> bool {
        self.kid
            .as_ref()
            .is_none_or(|kid| key.key_id().is_some_and(|id| id.as_str() == kid))
            && signatures::may_sign(key, &self.alg)
    }
}
