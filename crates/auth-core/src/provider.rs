//! What the provider says about itself: the discovery document and its keys,
//! cached for the process.

use std::{
    sync::{Arc, RwLock},
    time::{Duration, Instant},
};

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
use tokio::sync::Mutex;
use url::Url;

use crate::{
    AuthError,
    config::is_secure,
    provider_http::{HttpError, ProviderHttp},
};

/// How long a discovery document is used before a fresh one is fetched.
const FRESH: Duration = Duration::from_secs(60 * 60);
/// The shortest time between two fetches: an unknown `kid`, which anyone can
/// send, must not make this server hammer the provider.
const COOLDOWN: Duration = Duration::from_secs(10);
/// How long a failed fetch answers for those who waited for it.
const FAILURE_STANDS: Duration = Duration::from_secs(1);

/// Signature algorithms taken, if the provider lists them: asymmetric only.
/// Never `none`, never HMAC with the client's secret (RFC 8725 §3.1, §3.2).
pub(crate) const ALLOWED_ALGS: [Alg; 9] = [
    Alg::EcdsaP384Sha384,
    Alg::EcdsaP256Sha256,
    Alg::EdDsa,
    Alg::RsaSsaPkcs1V15Sha256,
    Alg::RsaSsaPkcs1V15Sha384,
    Alg::RsaSsaPkcs1V15Sha512,
    Alg::RsaSsaPssSha256,
    Alg::RsaSsaPssSha384,
    Alg::RsaSsaPssSha512,
];

/// Members of the discovery document that `openidconnect` does not know.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct LogtoMetadata {
    /// OpenID Connect RP-Initiated Logout 1.0 §2.1.
    pub(crate) end_session_endpoint: Option<Url>,
    /// RFC 9126 §5.
    pub(crate) pushed_authorization_request_endpoint: Option<Url>,
    /// RFC 8414 §2.
    pub(crate) revocation_endpoint: Option<RevocationUrl>,
    /// RFC 9207 §3.
    #[serde(default)]
    pub(crate) authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for LogtoMetadata {}

pub(crate) type Metadata = ProviderMetadata<
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

/// A provider, as its discovery document described it.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) metadata: Metadata,
    /// What the document lists, as far as it is allowed.
    pub(crate) algs: Vec<Alg>,
    fetched: Instant,
}

impl Provider {
    /// Fails when the document names no allowed algorithm, or an endpoint
    /// that tokens must not be sent to.
    fn validate(metadata: Metadata, fetched: Instant) -> Result<Self, AuthError> {
        let algs: Vec<Alg> = metadata
            .id_token_signing_alg_values_supported()
            .iter()
            .filter(|alg| ALLOWED_ALGS.contains(alg))
            .cloned()
            .collect();
        if algs.is_empty() {
            return Err(AuthError::Discovery(
                "it lists no asymmetric signature algorithm for ID tokens".to_owned(),
            ));
        }
        let Some(token_endpoint) = metadata.token_endpoint() else {
            return Err(AuthError::Discovery(
                "it lists no token endpoint".to_owned(),
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
            fetched,
        })
    }
}

/// Fetches a provider's description once for all who ask, and keeps it.
#[derive(Debug)]
pub(crate) struct ProviderCache {
    issuer: IssuerUrl,
    http: ProviderHttp,
    current: RwLock<Option<Arc<Provider>>>,
    /// Held while fetching: one fetch at a time.
    fetches: Mutex<Fetches>,
}

#[derive(Debug, Default)]
struct Fetches {
    last_failure: Option<(Instant, FailureKind, String)>,
    /// The last fetches made because a token could not be verified.
    last_for_id_token: Option<Instant>,
    last_for_anyone: Option<Instant>,
}

/// Whose token could not be verified. Each has a cooldown of its own: what
/// anyone sends must not keep a new key from those who sign in.
#[derive(Clone, Copy)]
pub(crate) enum KeyRefreshTrigger {
    /// The provider's, in answer to a request.
    IdToken,
    /// Whoever calls an API or tells of a logout.
    Anyone,
}

#[derive(Clone, Copy, Debug)]
enum FailureKind {
    Unreachable,
    Discovery,
}

impl FailureKind {
    fn error(self, reason: String) -> AuthError {
        match self {
            Self::Unreachable => AuthError::Unreachable {
                endpoint: "discovery",
                reason,
            },
            Self::Discovery => AuthError::Discovery(reason),
        }
    }
}

impl ProviderCache {
    pub(crate) fn new(issuer: IssuerUrl, http: ProviderHttp) -> Self {
        Self {
            issuer,
            http,
            current: RwLock::new(None),
            fetches: Mutex::default(),
        }
    }

    /// What is cached, whatever its age.
    pub(crate) fn cached(&self) -> Option<Arc<Provider>> {
        self.current
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone()
    }

    /// The provider's description. One past its time still serves while a
    /// fresh one cannot be had.
    pub(crate) async fn get(&self) -> Result<Arc<Provider>, AuthError> {
        match self.cached() {
            Some(provider) if provider.fetched.elapsed() < FRESH => Ok(provider),
            stale => {
                let mut fetches = self.fetches.lock().await;
                match (self.fetch_after(stale.as_ref(), &mut fetches).await, stale) {
                    (Err(error), Some(stale)) => {
                        tracing::warn!(%error, "discovery failed; going on with the last document");
                        Ok(stale)
                    }
                    (answer, _) => answer,
                }
            }
        }
    }

    /// A description fetched after `seen`, for a token that `seen` cannot
    /// verify: the keys may be new. At most one fetch per cooldown.
    pub(crate) async fn newer_than(
        &self,
        seen: &Arc<Provider>,
        asker: KeyRefreshTrigger,
    ) -> Result<Arc<Provider>, AuthError> {
        let mut fetches = self.fetches.lock().await;
        let last = match asker {
            KeyRefreshTrigger::IdToken => &mut fetches.last_for_id_token,
            KeyRefreshTrigger::Anyone => &mut fetches.last_for_anyone,
        };
        if last.is_some_and(|last| last.elapsed() < COOLDOWN) {
            return Ok(self.cached().unwrap_or_else(|| Arc::clone(seen)));
        }
        *last = Some(Instant::now());
        self.fetch_after(Some(seen), &mut fetches).await
    }

    /// Fetches, unless someone else has since `seen`.
    async fn fetch_after(
        &self,
        seen: Option<&Arc<Provider>>,
        fetches: &mut Fetches,
    ) -> Result<Arc<Provider>, AuthError> {
        if let Some(current) = self.cached()
            && seen.is_none_or(|seen| !Arc::ptr_eq(seen, &current))
        {
            return Ok(current);
        }
        // Those who queued behind a failing fetch share its answer: otherwise
        // each would wait for a time-out of its own, one after the other.
        if let Some((at, kind, reason)) = &fetches.last_failure
            && at.elapsed() < FAILURE_STANDS
        {
            return Err(kind.error(reason.clone()));
        }
        let fetched = match Metadata::discover_async(self.issuer.clone(), &self.http).await {
            Ok(metadata) => Provider::validate(metadata, Instant::now()),
            Err(error) => Err(discovery_failed(error)),
        };
        match fetched {
            Ok(provider) => {
                let provider = Arc::new(provider);
                *self
                    .current
                    .write()
                    .unwrap_or_else(std::sync::PoisonError::into_inner) =
                    Some(Arc::clone(&provider));
                fetches.last_failure = None;
                Ok(provider)
            }
            Err(error) => {
                let (kind, reason) = match &error {
                    AuthError::Unreachable { reason, .. } => {
                        (FailureKind::Unreachable, reason.clone())
                    }
                    AuthError::Discovery(reason) => (FailureKind::Discovery, reason.clone()),
                    other => (FailureKind::Discovery, other.to_string()),
                };
                fetches.last_failure = Some((Instant::now(), kind, reason));
                Err(error)
            }
        }
    }
}

fn discovery_failed(error: DiscoveryError<HttpError>) -> AuthError {
    match error {
        DiscoveryError::Request(error) => AuthError::Unreachable {
            endpoint: "discovery",
            reason: error.to_string(),
        },
        DiscoveryError::Parse(error) => {
            AuthError::Discovery(format!("the document is not what it should be: {error}"))
        }
        DiscoveryError::Response(status, ..) => {
            AuthError::Discovery(format!("the document was answered with status {status}"))
        }
        DiscoveryError::Validation(reason) => AuthError::Discovery(reason),
        other => AuthError::Discovery(other.to_string()),
    }
}
