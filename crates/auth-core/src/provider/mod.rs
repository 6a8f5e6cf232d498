//! The provider: its description (discovery document and keys), cached for the
//! process, and the HTTP requests to it.

pub(crate) mod client_authentication;
pub(crate) mod http;
pub(crate) mod metadata;
pub(crate) mod outage;
pub(crate) mod queue;
pub(crate) mod token_endpoint;

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use openidconnect::IssuerUrl;
use tokio::sync::Mutex;

use self::{http::ProviderHttp, metadata::Provider};
use crate::error::AuthError;

/// How long a discovery document is used before it is fetched again.
const FRESH: Duration = Duration::from_secs(60 * 60);
/// The shortest time between two fetches for unknown keys: anyone can send a
/// token with an unknown `kid`, and must not make this server flood the
/// provider with requests.
const COOLDOWN: Duration = Duration::from_secs(10);
/// How long a failed fetch also answers the callers that waited for it.
const FAILURE_LIFETIME: Duration = Duration::from_secs(1);

/// Fetches a provider's description once for all callers, and keeps it.
#[derive(Debug)]
pub(crate) struct ProviderCache {
    issuer: IssuerUrl,
    http: ProviderHttp,
    current: RwLock<Option<Arc<Provider>>>,
    /// Held during a fetch, so that there is one fetch at a time.
    fetches: Mutex<Fetches>,
}

#[derive(Debug, Default)]
struct Fetches {
    last_failure: Option<(Instant, FailureKind, String)>,
    last_for_id_token: Option<Instant>,
    last_for_presented_token: Option<Instant>,
}

/// Which token made a fetch of the provider's keys necessary. Each has a
/// cooldown of its own: tokens that anyone can send must not keep a new key
/// from users who sign in.
#[derive(Clone, Copy)]
pub(crate) enum KeyRefreshTrigger {
    /// An ID token that the provider sent in answer to a request.
    IdToken,
    /// An access token or logout token that someone sent to this application.
    PresentedToken,
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

    /// Returns the cached description, however old it is.
    pub(crate) fn cached(&self) -> Option<Arc<Provider>> {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Returns the provider's description. An outdated one stays in use while
    /// no new one can be fetched.
    pub(crate) async fn get(&self) -> Result<Arc<Provider>, AuthError> {
        match self.cached() {
            Some(provider) if provider.fetched_at.elapsed() < FRESH => Ok(provider),
            outdated => {
                let mut fetches = self.fetches.lock().await;
                let fetched = self.fetch_after(outdated.as_ref(), &mut fetches).await;
                match (fetched, outdated) {
                    (Err(error), Some(outdated)) => {
                        tracing::warn!(
                            %error,
                            "cannot fetch the provider's discovery document; using the last one"
                        );
                        Ok(outdated)
                    }
                    (answer, _) => answer,
                }
            }
        }
    }

    /// Returns a description fetched after `seen`, for a token that `seen`
    /// cannot verify: the provider may have new keys. Fetches at most once per
    /// [`COOLDOWN`]; until then, the last failure is the answer.
    pub(crate) async fn newer_than(
        &self,
        seen: &Arc<Provider>,
        trigger: KeyRefreshTrigger,
    ) -> Result<Arc<Provider>, AuthError> {
        let mut fetches = self.fetches.lock().await;
        let last = match trigger {
            KeyRefreshTrigger::IdToken => &mut fetches.last_for_id_token,
            KeyRefreshTrigger::PresentedToken => &mut fetches.last_for_presented_token,
        };
        if last.is_some_and(|last| last.elapsed() < COOLDOWN) {
            let current = self.cached().unwrap_or_else(|| Arc::clone(seen));
            return match &fetches.last_failure {
                // It is not known whether the token is wrong.
                Some((_, kind, reason)) if Arc::ptr_eq(&current, seen) => {
                    Err(kind.error(reason.clone()))
                }
                _ => Ok(current),
            };
        }
        *last = Some(Instant::now());
        self.fetch_after(Some(seen), &mut fetches).await
    }

    /// Fetches, unless another caller has fetched since `seen`.
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
        // Callers that queued behind a failing fetch share its error. Otherwise
        // each would wait for a time-out of its own, one after the other.
        if let Some((at, kind, reason)) = &fetches.last_failure
            && at.elapsed() < FAILURE_LIFETIME
        {
            return Err(kind.error(reason.clone()));
        }
        match Provider::discover(self.issuer.clone(), &self.http).await {
            Ok(provider) => {
                let provider = Arc::new(provider);
                *self.current.write().unwrap_or_else(PoisonError::into_inner) =
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
