//! The provider as its discovery document describes it (OpenID Connect
//! Discovery 1.0 §3), checked before use.

use std::time::Instant;

use openidconnect::{
    AdditionalProviderMetadata, DiscoveryError, IssuerUrl, ProviderMetadata, RevocationUrl,
    UserInfoUrl,
    core::{
        CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType,
        CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
        CoreJwsSigningAlgorithm as Alg, CoreResponseMode, CoreResponseType,
        CoreSubjectIdentifierType,
    },
};
use serde::{Deserialize, Serialize};
use url::Url;

use super::http::{HttpError, ProviderHttp};
use crate::{
    error::AuthError,
    oauth::{algorithms::ALLOWED_ALGS, secure_url::is_secure},
};

/// The members of the discovery document that `openidconnect` does not read.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct LogtoMetadata {
    /// OpenID Connect RP-Initiated Logout 1.0 §2.1.
    pub(crate) end_session_endpoint: Option<Url>,
    /// RFC 9126 §5.
    pub(crate) pushed_authorization_request_endpoint: Option<Url>,
    /// RFC 9126 §5.
    #[serde(default)]
    pub(crate) require_pushed_authorization_requests: bool,
    /// RFC 8414 §2.
    pub(crate) revocation_endpoint: Option<RevocationUrl>,
    /// RFC 9207 §3.
    #[serde(default)]
    pub(crate) authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for LogtoMetadata {}

type Metadata = ProviderMetadata<
    LogtoMetadata,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// A provider: its discovery document and its keys.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) metadata: Metadata,
    /// The signature algorithms that the document lists for ID tokens and that
    /// are allowed.
    pub(crate) algs: Vec<Alg>,
    pub(crate) fetched_at: Instant,
}

impl Provider {
    /// Fetches the discovery document and the keys.
    pub(crate) async fn discover(
        issuer: IssuerUrl,
        http: &ProviderHttp,
    ) -> Result<Self, AuthError> {
        let metadata = Metadata::discover_async(issuer, http)
            .await
            .map_err(discovery_failed)?;
        Self::validate(metadata, Instant::now())
    }

    /// Fails if the document lists no allowed algorithm, or an endpoint that
    /// tokens must not be sent to.
    fn validate(metadata: Metadata, fetched_at: Instant) -> Result<Self, AuthError> {
        let algs: Vec<Alg> = metadata
            .id_token_signing_alg_values_supported()
            .iter()
            .filter(|alg| ALLOWED_ALGS.contains(alg))
            .cloned()
            .collect();
        if algs.is_empty() {
            return Err(AuthError::Discovery(
                "the document lists no asymmetric signature algorithm for ID tokens".to_owned(),
            ));
        }
        let Some(token_endpoint) = metadata.token_endpoint() else {
            return Err(AuthError::Discovery(
                "the document lists no token endpoint".to_owned(),
            ));
        };
        let more = metadata.additional_metadata();
        for url in [
            Some(metadata.authorization_endpoint().url()),
            Some(token_endpoint.url()),
            Some(metadata.jwks_uri().url()),
            metadata.userinfo_endpoint().map(UserInfoUrl::url),
            more.end_session_endpoint.as_ref(),
            more.pushed_authorization_request_endpoint.as_ref(),
            more.revocation_endpoint.as_ref().map(RevocationUrl::url),
        ]
        .into_iter()
        .flatten()
        {
            if !is_secure(url) {
                return Err(AuthError::Discovery(format!("{url} does not use https")));
            }
        }
        Ok(Self {
            metadata,
            algs,
            fetched_at,
        })
    }
}

fn discovery_failed(error: DiscoveryError<HttpError>) -> AuthError {
    match error {
        DiscoveryError::Request(error) => AuthError::Unreachable {
            endpoint: "discovery",
            reason: error.to_string(),
        },
        DiscoveryError::Parse(error) => {
            AuthError::Discovery(format!("the document cannot be read: {error}"))
        }
        DiscoveryError::Response(status, ..) => AuthError::Discovery(format!(
            "the request for the document was answered with status {status}"
        )),
        DiscoveryError::Validation(reason) => AuthError::Discovery(reason),
        other => AuthError::Discovery(other.to_string()),
    }
}
