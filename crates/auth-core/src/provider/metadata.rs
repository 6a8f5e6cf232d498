//! The provider as its discovery document describes it (OpenID Connect
//! Discovery 1.0 §3), checked before use. Only what is used has to be there.

use openidconnect::core::{CoreJsonWebKey, CoreJwsSigningAlgorithm as Alg};
use serde::Deserialize as _;
use serde_json::{Map, Value};
use time::OffsetDateTime;
use url::Url;

use crate::{
    error::AuthError,
    oauth::{algorithms::ALLOWED_ALGS, secure_url::is_secure},
    outside::printable::printable,
};

/// The members of the discovery document that are used.
#[derive(Clone, Debug)]
pub(crate) struct Metadata {
    pub(crate) authorization_endpoint: Url,
    pub(crate) token_endpoint: Url,
    pub(crate) jwks_uri: Url,
    pub(crate) userinfo_endpoint: Option<Url>,
    /// OpenID Connect RP-Initiated Logout 1.0 §2.1.
    pub(crate) end_session_endpoint: Option<Url>,
    /// RFC 9126 §5.
    pub(crate) pushed_authorization_request_endpoint: Option<Url>,
    /// RFC 9126 §5.
    pub(crate) require_pushed_authorization_requests: bool,
    /// RFC 8414 §2.
    pub(crate) revocation_endpoint: Option<Url>,
    /// RFC 9207 §3.
    pub(crate) authorization_response_iss_parameter_supported: bool,
    /// The signature algorithms that the document lists for ID tokens and that are
    /// allowed.
    pub(crate) algs: Vec<Alg>,
}

/// A provider: its discovery document and its keys.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) metadata: Metadata,
    pub(crate) keys: Vec<CoreJsonWebKey>,
    pub(crate) fetched_at: OffsetDateTime,
}

impl Metadata {
    /// Reads the document of `issuer`. Fails if it is another issuer's, lists no
    /// allowed algorithm, or lists an endpoint that tokens must not be sent to.
    pub(crate) fn read(document: &Map<String, Value>, issuer: &str) -> Result<Self, AuthError> {
        // "The issuer value returned MUST be identical to the Issuer URL" (§4.3).
        match document.get("issuer") {
            Some(Value::String(named)) if named == issuer => {}
            Some(Value::String(named)) => {
                return Err(unusable(format!(
                    "the document is of the issuer {:?}; set AUTH_LOGTO_ISSUER to it if it is \
                     yours",
                    printable(named)
                )));
            }
            _ => return Err(unusable("the document names no issuer".to_owned())),
        }
        let required = |name| {
            endpoint(document, name)?.ok_or_else(|| unusable(format!("the document has no {name}")))
        };
        Ok(Self {
            authorization_endpoint: required("authorization_endpoint")?,
            token_endpoint: required("token_endpoint")?,
            jwks_uri: required("jwks_uri")?,
            userinfo_endpoint: endpoint(document, "userinfo_endpoint")?,
            end_session_endpoint: endpoint(document, "end_session_endpoint")?,
            pushed_authorization_request_endpoint: endpoint(
                document,
                "pushed_authorization_request_endpoint",
            )?,
            require_pushed_authorization_requests: is_true(
                document,
                "require_pushed_authorization_requests",
            ),
            revocation_endpoint: endpoint(document, "revocation_endpoint")?,
            authorization_response_iss_parameter_supported: is_true(
                document,
                "authorization_response_iss_parameter_supported",
            ),
            algs: algs(document)?,
        })
    }

    /// Returns the addresses that a browser is sent to, the issuer's first.
    pub(crate) fn pages<'a>(&'a self, issuer: &'a Url) -> impl Iterator<Item = &'a Url> {
        [issuer, &self.authorization_endpoint]
            .into_iter()
            .chain(&self.end_session_endpoint)
    }
}

fn unusable(reason: String) -> AuthError {
    AuthError::Discovery(reason)
}

/// Returns an endpoint, if the document has it.
fn endpoint(document: &Map<String, Value>, name: &str) -> Result<Option<Url>, AuthError> {
    let url = match document.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(url)) => Url::parse(url).ok(),
        Some(_) => None,
    };
    match url {
        Some(url) if is_secure(&url) => Ok(Some(url)),
        Some(url) => Err(unusable(format!(
            "its {name}, {}, does not use https",
            printable(url.as_str())
        ))),
        None => Err(unusable(format!("its {name} is not a URL"))),
    }
}

fn is_true(document: &Map<String, Value>, name: &str) -> bool {
    document.get(name) == Some(&Value::Bool(true))
}

/// Returns the algorithms for ID tokens that are allowed. Names that are not known
/// are passed over.
fn algs(document: &Map<String, Value>) -> Result<Vec<Alg>, AuthError> {
    let listed = document.get("id_token_signing_alg_values_supported");
    let algs: Vec<Alg> = listed
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|alg| Alg::deserialize(alg).ok())
        .filter(|alg| ALLOWED_ALGS.contains(alg))
        .collect();
    if algs.is_empty() {
        return Err(unusable(
            "the document lists no asymmetric signature algorithm for ID tokens \
             (id_token_signing_alg_values_supported)"
                .to_owned(),
        ));
    }
    Ok(algs)
}

/// Reads a key set (RFC 7517 §5): "Implementations SHOULD ignore JWKs within a JWK
/// Set that use kty values that are not understood by them, that are missing
/// required members, or for which values are out of the supported ranges."
pub(crate) fn keys(key_set: &Map<String, Value>) -> Result<Vec<CoreJsonWebKey>, AuthError> {
    let Some(Value::Array(keys)) = key_set.get("keys") else {
        return Err(unusable(
            "the answer of its jwks_uri has no list of keys".to_owned(),
        ));
    };
    let usable: Vec<_> = keys
        .iter()
        .filter_map(|key| CoreJsonWebKey::deserialize(key).ok())
        .collect();
    if usable.len() < keys.len() {
        tracing::debug!(
            passed_over = keys.len() - usable.len(),
            "the provider has keys of kinds that are not supported"
        );
    }
    Ok(usable)
}
