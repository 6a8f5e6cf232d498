//! The provider: its description (discovery document and keys), cached for the
//! process, and the HTTP requests to it.

pub(crate) mod answer;
pub(crate) mod client_authentication;
pub(crate) mod discovery;
pub(crate) mod http;
pub(crate) mod metadata;
pub(crate) mod outage;
pub(crate) mod queue;
mod renewal;
mod sent_secrets;
pub(crate) mod token_endpoint;
pub(crate) mod token_response;

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use openidconnect::IssuerUrl;
use tokio::sync::Mutex;

use self::{
    discovery::{DiscoveryFailure, discover},
    http::ProviderHttp,
    metadata::Provider,
    queue::LONGEST_PAUSE,
    renewal::Renewal,
};
use crate::{clock::Clock, config::provider_origins::ProviderOrigins, error::AuthError};

/// How long a discovery document is used before it is fetched again.
const FRESH: time::Duration = time::Duration::hours(1);
/// How long a discovery document is used if no newer one can be fetched. It limits
/// how long a key that the provider has removed stays in use, even if somebody
/// keeps this server from the provider.
const USABLE: time::Duration = time::Duration::hours(24);
/// The shortest time between two fetches for unknown keys: anyone can send a
/// token with an unknown `kid`, and must not make this server flood the
/// provider with requests.
const COOLDOWN: Duration = Duration::from_secs(10);
/// How long a failed fetch also answers the callers that waited for it, if the provider
/// does not ask to wait longer.
const FAILURE_LIFETIME: Duration = Duration::from_secs(1);

/// Fetches a provider's description once for all callers, and keeps it.
#[derive(Debug)]
pub(crate) struct ProviderCache {
    issuer: IssuerUrl,
    http: ProviderHttp,
    clock: Arc<dyn Clock>,
    /// Told of each new document.
    origins: Option<ProviderOrigins>,
    current: RwLock<Option<Arc<Provider>>>,
    /// Held during a fetch, so that there is one fetch at a time.
    fetches: Mutex<Fetches>,
    /// Fetches for a document that is outdated and still in use.
    renewal: Renewal,
}

#[derive(Debug, Default)]
struct Fetches {
    last_failure: Option<(Instant, FailureKind, String)>,
    /// The provider asked to wait until then.
    paused_until: Option<Instant>,
    last_for_id_token: Option<Instant>,
    last_for_presented_token: Option<Instant>,
}

impl Fetches {
    fn is_paused(&self) -> bool {
        let until = self.paused_until;
        until.is_some_and(|until| Instant::now() < until)
    }

    /// Obeys the provider, which asks to wait (RFC 9110 §10.2.3).
    fn pause(&mut self, retry_after: Option<Duration>) {
        let pause = retry_after.map(|pause| pause.min(LONGEST_PAUSE));
        self.paused_until = pause.map(|pause| Instant::now() + pause);
        if let Some(pause) = pause {
            tracing::warn!(
                ?pause,
                "the provider asks to wait: its discovery document is not fetched during the pause"
            );
        }
    }
}

/// Where a token came from. Tokens that anyone can send must not keep users from
/// signing in: neither by fetches of the provider's keys, whose cooldown they have for
/// themselves, nor by the verification of their signatures.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TokenOrigin {
    /// The provider sent it in answer to a request: an ID token, or signed userinfo.
    Provider,
    /// Someone sent it to this application as an access token.
    AccessToken,
    /// Someone sent it to this application as a logout token.
    LogoutToken,
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
    pub(crate) fn new(issuer: IssuerUrl, http: ProviderHttp, clock: Arc<dyn Clock>) -> Self {
        Self {
            issuer,
            http,
            clock,
            origins: None,
            current: RwLock::new(None),
            fetches: Mutex::default(),
            renewal: Renewal::default(),
        }
    }

    /// Tells these of each new document.
    #[must_use]
    pub(crate) fn telling(mut self, origins: ProviderOrigins) -> Self {
        self.origins = Some(origins);
        self
    }

    pub(crate) fn set_clock(&mut self, clock: Arc<dyn Clock>) {
        self.clock = clock;
    }

    /// Returns the cached description, however old it is.
    pub(crate) fn cached(&self) -> Option<Arc<Provider>> {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Returns the provider's description. An outdated one is returned at once,
    /// and fetched again in the background; but not one that is older than
    /// [`USABLE`].
    pub(crate) async fn get(self: &Arc<Self>) -> Result<Arc<Provider>, AuthError> {
        let cached = self.cached();
        let age = cached.as_ref().map(|provider| self.age(provider));
        match (cached, age) {
            (Some(provider), Some(age)) if age < FRESH => Ok(provider),
            (Some(provider), Some(age)) if age < USABLE => {
                self.renew_in_background(provider.clone());
                Ok(provider)
            }
            (outdated, age) => {
                let fetched = self.fetch_unless_paused(outdated.as_ref()).await;
                fetched.map_err(|error| too_old(error, age))
            }
        }
    }

    /// Returns how old a description is. A clock that was set back makes it
    /// outdated.
    fn age(&self, provider: &Provider) -> time::Duration {
        let age = self.clock.now() - provider.fetched_at;
        if age.is_negative() { FRESH } else { age }
    }

    /// Fetches the description again, unless that is under way or failed a short
    /// time ago.
    fn renew_in_background(self: &Arc<Self>, outdated: Arc<Provider>) {
        let cache = Arc::clone(self);
        tokio::spawn(async move {
            let Some(_admitted) = cache.renewal.admit() else {
                return;
            };
            let mut fetches = cache.fetches.lock().await;
            if let Err(error) = cache.fetch_after(Some(&outdated), &mut fetches).await {
                let pause = cache.renewal.failed();
                tracing::warn!(
                    pause = ?pause,
                    "cannot fetch the provider's discovery document again: {error}; it stays in \
                     use until it is {} hours old, and is {} minutes old now",
                    USABLE.whole_hours(),
                    cache.age(&outdated).whole_minutes(),
                );
            }
        });
    }

    /// Fetches the description. Within [`COOLDOWN`] after a failure, that failure is the
    /// answer at once: nobody waits for a provider that is down.
    async fn fetch_unless_paused(
        &self,
        outdated: Option<&Arc<Provider>>,
    ) -> Result<Arc<Provider>, AuthError> {
        let mut fetches = self.fetches.lock().await;
        if outdated.is_none() {
            return self.fetch_after(None, &mut fetches).await;
        }
        // Nothing can be verified now, so the long pauses of renewals do not apply.
        if let Some((at, kind, reason)) = &fetches.last_failure
            && at.elapsed() < COOLDOWN
        {
            return Err(kind.error(reason.clone()));
        }
        let fetched = self.fetch_after(outdated, &mut fetches).await;
        if fetched.is_err() {
            self.renewal.failed();
        }
        fetched
    }

    /// Returns a description fetched after `seen`, for a token that `seen`
    /// cannot verify: the provider may have new keys. Fetches at most once per
    /// [`COOLDOWN`]; until then, the last failure is the answer.
    pub(crate) async fn newer_than(
        &self,
        seen: &Arc<Provider>,
        origin: TokenOrigin,
    ) -> Result<Arc<Provider>, AuthError> {
        let mut fetches = self.fetches.lock().await;
        let last = match origin {
            TokenOrigin::Provider => &mut fetches.last_for_id_token,
            TokenOrigin::AccessToken | TokenOrigin::LogoutToken => {
                &mut fetches.last_for_presented_token
            }
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
            && (at.elapsed() < FAILURE_LIFETIME || fetches.is_paused())
        {
            return Err(kind.error(reason.clone()));
        }
        match discover(&self.issuer, &self.http, self.clock.now()).await {
            Ok(provider) => {
                let provider = Arc::new(provider);
                if let Some(origins) = &self.origins {
                    origins.set(provider.metadata.pages(self.issuer.url()));
                }
                *self.current.write().unwrap_or_else(PoisonError::into_inner) =
                    Some(Arc::clone(&provider));
                fetches.last_failure = None;
                fetches.paused_until = None;
                self.renewal.succeeded();
                Ok(provider)
            }
            Err(DiscoveryFailure { error, retry_after }) => {
                fetches.pause(retry_after);
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

/// Adds to an error that there is a description, and that it is too old.
fn too_old(error: AuthError, age: Option<time::Duration>) -> AuthError {
    let Some(age) = age else {
        return error;
    };
    let add = |reason: String| {
        format!(
            "{reason}; the document of {} hours ago is too old to verify tokens with",
            age.whole_hours()
        )
    };
    match error {
        AuthError::Unreachable { endpoint, reason } => AuthError::Unreachable {
            endpoint,
            reason: add(reason),
        },
        AuthError::Discovery(reason) => AuthError::Discovery(add(reason)),
        error => error,
    }
}
