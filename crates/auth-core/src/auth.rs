//! Sign-in begun, and the session of a request; the other actions stand in
//! files of their own.

use std::{sync::Arc, time::Duration};

use time::OffsetDateTime;
use tokio::{sync::OnceCell, time::timeout};
use tokio_util::task::TaskTracker;

use crate::{
    AccessToken, AuthError, Clock, Config, ErrorKind, RedirectTo, RequestCookies, Session,
    SessionIdHash, SessionStore, SetCookie, SignInOptions, SignInStarted, StoreError,
    StoredSession, SystemClock, TokensVersion, cookies::CookieNames, id_hasher::IdHasher,
    provider::ProviderCache, provider_http::ProviderHttp, pushed_authorization, seal::Keyring,
    secret::random_token, session, sign_in::authorization_request, single_flight::SingleFlight,
    tokens::RefreshPurpose,
};

/// Sign-in with Logto: every action an application has.
///
/// Cheap to clone; all clones share one cache of the provider's description.
#[derive(Clone, Debug)]
pub struct Auth(Arc<Inner>);

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) config: Config,
    pub(crate) keyring: Keyring,
    /// Read from the store once.
    id_hasher: OnceCell<IdHasher>,
    pub(crate) names: CookieNames,
    pub(crate) store: Arc<dyn SessionStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) http: ProviderHttp,
    pub(crate) provider: Arc<ProviderCache>,
    /// Callbacks by their `state`.
    pub(crate) callbacks: SingleFlight<String, Result<(Session, SetCookie), AuthError>>,
    /// What goes on while nobody waits.
    pub(crate) tasks: TaskTracker,
    /// Writes that move a session's end, by session and the end they move.
    extensions: SingleFlight<(SessionIdHash, OffsetDateTime), Result<(), StoreError>>,
    /// Refreshes by their session, the version of the tokens they replace, and
    /// what they are for.
    pub(crate) refreshes: SingleFlight<RefreshKey, Result<AccessToken, AuthError>>,
}

type RefreshKey = (SessionIdHash, TokensVersion, RefreshPurpose);

/// How long a callback's answer is kept for a browser that sends it again:
/// longer than Logto's codes live.
const CALLBACK_KEPT: Duration = Duration::from_secs(90);
/// How long a request waits for the write that moves its session's end: a
/// reader must not wait for a database that is locked.
const EXTENSION_PATIENCE: Duration = Duration::from_millis(100);
/// How soon such a write is tried again.
const EXTENSION_KEPT: Duration = Duration::from_secs(1);
/// How long a refresh's answer is kept: a provider that is down is not asked by
/// every request. Who asks later reads the store first, and finds the new
/// tokens there.
const REFRESH_KEPT: Duration = Duration::from_secs(1);

impl Auth {
    /// Sign-in with `config`, sessions kept in `store`.
    ///
    /// # Errors
    ///
    /// When the TLS back end cannot be set up.
    pub fn new(config: Config, store: impl SessionStore) -> Result<Self, AuthError> {
        Self::with_clock(config, store, SystemClock)
    }

    /// As [`new`](Self::new), with a clock of the caller's.
    ///
    /// # Errors
    ///
    /// When the TLS back end cannot be set up.
    pub fn with_clock(
        config: Config,
        store: impl SessionStore,
        clock: impl Clock,
    ) -> Result<Self, AuthError> {
        let http = ProviderHttp::new().map_err(|error| AuthError::Unreachable {
            endpoint: "any",
            reason: error.to_string(),
        })?;
        let tasks = TaskTracker::new();
        Ok(Self(Arc::new(Inner {
            keyring: Keyring::new(&config.secrets),
            id_hasher: OnceCell::new(),
            names: CookieNames::new(&config),
            provider: Arc::new(ProviderCache::new(config.issuer.clone(), http.clone())),
            store: Arc::new(store),
            clock: Arc::new(clock),
            http,
            config,
            callbacks: SingleFlight::new(CALLBACK_KEPT, &tasks),
            extensions: SingleFlight::new(EXTENSION_KEPT, &tasks),
            refreshes: SingleFlight::new(REFRESH_KEPT, &tasks),
            tasks,
        })))
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Fetches the provider's description ahead of the first sign-in.
    ///
    /// # Errors
    ///
    /// When the provider cannot be reached or is not the configured issuer.
    pub async fn warm_up(&self) -> Result<(), AuthError> {
        self.0.provider.get().await.map(drop)
    }

    /// Waits for what goes on without a request: refreshes and revocations
    /// under way. For the end of the process, before the store is closed; no
    /// request may come in any more. Bound it in time: the provider may be slow.
    pub async fn finish(&self) {
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    /// Begins a sign-in: where to send the browser, and what it has to
    /// remember.
    ///
    /// # Errors
    ///
    /// When the provider cannot be reached, is not the configured issuer, or
    /// refuses a pushed request.
    pub async fn begin_sign_in(
        &self,
        options: &SignInOptions,
        cookies: &RequestCookies,
    ) -> Result<SignInStarted, AuthError> {
        let Inner {
            config,
            keyring,
            names,
            ..
        } = self.inner();
        let provider = self.0.provider.get().await?;
        let now = self.now();
        let redirect_to = self.redirect_target(options.redirect_target());
        let (url, pending) = authorization_request(&provider, config, options, &redirect_to, now)?;
        let url = pushed_authorization::push(url, &provider, config, &self.0.http, now).await?;
        Ok(SignInStarted {
            url,
            cookies: pending.remember(cookies, names, keyring, now)?,
        })
    }

    /// The session of a request, by one read of the store; none for a visitor
    /// without a session cookie.
    ///
    /// Moves the session's end, and writes that at most once per
    /// [`extend_after`](crate::ConfigBuilder::extend_after).
    ///
    /// # Errors
    ///
    /// When the store cannot be reached. Nobody is then signed in or out.
    pub async fn session(&self, cookies: &RequestCookies) -> Result<Option<Session>, AuthError> {
        let Inner { config, store, .. } = self.inner();
        let Some(key) = self.session_key(cookies).await? else {
            return Ok(None);
        };
        let Some((mut session, stored)) = self.stored_session(key).await? else {
            return Ok(None);
        };
        let now = self.now();
        // The limit may have been lowered since the session was stored.
        if session::absolute_end(session.signed_in_at, config) <= now {
            return Ok(None);
        }
        let to = session::expiry(now, session.signed_in_at, config);
        // Also back, where the limit was lowered since.
        if (to - stored.expires_at).abs() >= config.extend_after {
            let from = stored.expires_at;
            let extension = self.0.extensions.run((key, from), || {
                let store = Arc::clone(store);
                let used_at = session::whole_seconds(now);
                async move {
                    let done = store.extend(&key, from, to, used_at).await;
                    if let Err(error) = &done {
                        tracing::warn!(%error, ?key, "a session could not be extended");
                    }
                    done
                }
            });
            if let Ok(Some(Ok(()))) = timeout(EXTENSION_PATIENCE, extension).await {
                session.expires_at = to;
            }
        }
        Ok(Some(session))
    }

    /// A session as the store has it.
    pub(crate) async fn stored_session(
        &self,
        key: SessionIdHash,
    ) -> Result<Option<(Session, StoredSession)>, AuthError> {
        let Inner { keyring, store, .. } = self.inner();
        let Some(stored) = store.load(&key).await? else {
            return Ok(None);
        };
        match session::open(key, &stored.sealed, stored.expires_at, keyring) {
            Ok(session) => Ok(Some((session, stored))),
            Err(reason) => {
                tracing::warn!(?key, %reason, "a session's envelope does not open");
                Ok(None)
            }
        }
    }

    /// Logs a failure and gives the address of the error page for it, told the
    /// kind, a reference to find the log's line by, and where to return to.
    pub fn report(&self, error: &AuthError, redirect_to: Option<&RedirectTo>) -> String {
        let kind = error.kind();
        let reference = random_token::<6>();
        match kind {
            ErrorKind::Cancelled
            | ErrorKind::AccessDenied
            | ErrorKind::NotAMember
            | ErrorKind::LoginRequired
            | ErrorKind::ConsentRequired
            | ErrorKind::InteractionRequired => tracing::info!(%reference, "{error}"),
            ErrorKind::Expired
            | ErrorKind::StateMismatch
            | ErrorKind::InvalidCallback
            | ErrorKind::SessionRequired
            | ErrorKind::NoToken
            | ErrorKind::ScopeMissing => {
                tracing::warn!(%reference, "{error}");
            }
            _ => tracing::error!(%reference, error = error as &dyn std::error::Error, "{error}"),
        }
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query
            .append_pair("error", kind.code())
            .append_pair("ref", &reference);
        if let Some(page) = redirect_to {
            query.append_pair("callbackUrl", page.as_str());
        }
        format!("{}?{}", self.0.config.error_page, query.finish())
    }

    /// The one place that decides where a caller-supplied target may lead: a
    /// page of the application, or its front page.
    pub fn redirect_target(&self, target: Option<&str>) -> RedirectTo {
        target
            .and_then(|target| RedirectTo::parse(target, self.0.config.base_url()))
            .unwrap_or_else(RedirectTo::home)
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    /// The names of rows in this store.
    pub(crate) async fn id_hasher(&self) -> Result<&IdHasher, AuthError> {
        let Inner {
            id_hasher,
            store,
            keyring,
            config,
            ..
        } = self.inner();
        id_hasher
            .get_or_try_init(|| IdHasher::of_store(&**store, keyring, config.issuer()))
            .await
    }

    pub(crate) async fn session_key(
        &self,
        cookies: &RequestCookies,
    ) -> Result<Option<SessionIdHash>, AuthError> {
        let Some(value) = cookies.get(&self.0.names.session) else {
            return Ok(None);
        };
        Ok(session::id_hash_of_cookie(value, self.id_hasher().await?))
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        self.0.clock.now()
    }
}
