//! Every action on one page.

use std::{sync::Arc, time::Duration};

use time::OffsetDateTime;
use tokio::{sync::OnceCell, time::timeout};
use tokio_util::task::TaskTracker;

use crate::{
    AccessToken, AuthError, Clock, Config, ErrorKind, RedirectTo, RequestCookies, Session,
    SessionKey, SessionStore, SetCookie, SignInCompleted, SignInFailure, SignInOptions,
    SignInStarted, StoreError, SystemClock, TokensVersion, Visitor,
    callback::Callback,
    config_builder::LONGEST_LIFETIME,
    cookies::CookieJarNames,
    device::Device,
    pending::{self, Found, PendingSignIn},
    provider::ProviderCache,
    provider_http::ProviderHttp,
    row_keys::RowKeys,
    seal::Keyring,
    secret::random_token,
    session,
    sign_in::{authorization_request, exchange},
    single_flight::SingleFlight,
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
    row_keys: OnceCell<RowKeys>,
    pub(crate) names: CookieJarNames,
    pub(crate) store: Arc<dyn SessionStore>,
    clock: Arc<dyn Clock>,
    pub(crate) http: ProviderHttp,
    pub(crate) provider: ProviderCache,
    /// Callbacks by their `state`.
    callbacks: SingleFlight<String, Result<(Session, SetCookie), AuthError>>,
    /// What goes on while nobody waits.
    pub(crate) tasks: TaskTracker,
    /// Writes that move a session's end, by session and the end they move.
    extensions: SingleFlight<(SessionKey, OffsetDateTime), Result<(), StoreError>>,
    /// Refreshes by their session and the version of the tokens they replace.
    pub(crate) refreshes: SingleFlight<(SessionKey, TokensVersion), Result<AccessToken, AuthError>>,
}

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
            row_keys: OnceCell::new(),
            names: CookieJarNames::new(&config),
            provider: ProviderCache::new(config.issuer.clone(), http.clone()),
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
    /// When the provider cannot be reached or is not the configured issuer.
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
        let redirect_to = self.redirect_target(options.redirect_to.as_deref());
        let (url, pending) = authorization_request(&provider, config, &redirect_to, now)?;
        Ok(SignInStarted {
            url,
            cookies: pending.remember(cookies, names, keyring, now)?,
        })
    }

    /// Completes a sign-in from the query of the callback's address.
    ///
    /// # Errors
    ///
    /// When the answer fails a check, or provider or store cannot be reached.
    /// A session the browser had stays.
    pub async fn complete_sign_in(
        &self,
        query: &str,
        cookies: &RequestCookies,
        visitor: &Visitor,
    ) -> Result<SignInCompleted, SignInFailure> {
        let Inner { keyring, names, .. } = self.inner();
        let now = self.now();
        let callback = Callback::parse(query)?;
        let (pending, forget) = if callback.is_bare() {
            return Err(SignInFailure {
                error: AuthError::Cancelled,
                redirect_to: pending::only(cookies, names, keyring, now)
                    .map(|pending| pending.redirect_to(self.0.config.base_url())),
                cookies: Vec::new(),
            });
        } else if let Some(state) = &callback.state {
            match pending::find(state, cookies, names, keyring, now) {
                Found::One(pending, forget) => (pending, forget),
                Found::None => return Err(AuthError::Expired.into()),
                Found::Others => return Err(AuthError::StateMismatch.into()),
            }
        } else {
            return Err(AuthError::InvalidCallback("it has no state").into());
        };
        let redirect_to = pending.redirect_to(self.0.config.base_url());
        // Once, also when a browser sends the callback several times at once:
        // Logto answers a code's second use by revoking the tokens of its
        // first (RFC 6749 §4.1.2).
        let answer = self
            .0
            .callbacks
            .run(pending.state.clone(), || {
                let (auth, cookies) = (self.clone(), cookies.clone());
                let device = Device::of(visitor);
                async move { auth.redeem(callback, &pending, &cookies, &device).await }
            })
            .await;
        match answer {
            Some(Ok((session, cookie))) => Ok(SignInCompleted {
                session,
                redirect_to,
                cookies: vec![cookie, forget],
            }),
            broken => Err(SignInFailure {
                error: broken.and_then(Result::err).unwrap_or_else(|| {
                    AuthError::InvalidAnswer("completing the sign-in broke off".to_owned())
                }),
                redirect_to: Some(redirect_to),
                cookies: vec![forget],
            }),
        }
    }

    /// Validates the answer, exchanges the code and begins the session.
    async fn redeem(
        &self,
        callback: Callback,
        pending: &PendingSignIn,
        cookies: &RequestCookies,
        device: &Device,
    ) -> Result<(Session, SetCookie), AuthError> {
        let Inner {
            config,
            keyring,
            names,
            store,
            http,
            provider: providers,
            ..
        } = self.inner();
        let row_keys = self.row_keys().await?;
        let provider = providers.get().await?;
        callback.check_issuer(
            config.issuer(),
            provider
                .metadata
                .additional_metadata()
                .authorization_response_iss_parameter_supported,
        )?;
        let code = callback.into_code()?;
        let (token, tokens) = exchange(code, pending, provider, providers, http, config, || {
            self.now()
        })
        .await?;
        let keys = session::Keys {
            sealing: keyring,
            rows: row_keys,
        };
        let begun = session::begin(token, &tokens, device, config, &keys, self.now())?;
        if let Err(error) = session::keep(&**store, begun.row).await {
            // Nobody will ever use them.
            let auth = self.clone();
            self.0
                .tasks
                .spawn(async move { auth.revoke(&tokens).await });
            return Err(error);
        }
        // The browser's former session has no cookie any more: nobody could
        // sign out of it.
        if let Some(former) = self.session_key(cookies).await? {
            match store.delete(&former).await {
                Ok(Some(sealed)) => self.revoke_in_background(vec![(former, sealed)]),
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(%error, ?former, "a replaced session could not be deleted");
                }
            }
        }
        // The server alone ends a session. A cookie that lived as long would
        // have to be set again and again, and one set late by a slow answer
        // would bring back a session that has been replaced.
        let cookie = names.set(&names.session, begun.id, LONGEST_LIFETIME);
        Ok((begun.session, cookie))
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
        let Inner {
            config,
            keyring,
            store,
            ..
        } = self.inner();
        let Some(key) = self.session_key(cookies).await? else {
            return Ok(None);
        };
        let Some(stored) = store.load(&key).await? else {
            return Ok(None);
        };
        let mut session = match session::open(key, &stored.sealed, stored.expires_at, keyring) {
            Ok(session) => session,
            Err(reason) => {
                tracing::warn!(?key, %reason, "a session's envelope does not open");
                return Ok(None);
            }
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

    /// Logs a failure and gives the address of the error page for it, told the
    /// kind, a reference to find the log's line by, and where to return to.
    pub fn report(&self, error: &AuthError, redirect_to: Option<&RedirectTo>) -> String {
        let kind = error.kind();
        let reference = random_token::<6>();
        match kind {
            ErrorKind::Cancelled => tracing::info!(%reference, "{error}"),
            ErrorKind::Expired
            | ErrorKind::StateMismatch
            | ErrorKind::InvalidCallback
            | ErrorKind::SessionRequired => {
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
    pub(crate) async fn row_keys(&self) -> Result<&RowKeys, AuthError> {
        let Inner {
            row_keys,
            store,
            keyring,
            config,
            ..
        } = self.inner();
        row_keys
            .get_or_try_init(|| RowKeys::of_store(&**store, keyring, config.issuer()))
            .await
    }

    pub(crate) async fn session_key(
        &self,
        cookies: &RequestCookies,
    ) -> Result<Option<SessionKey>, AuthError> {
        let Some(value) = cookies.get(&self.0.names.session) else {
            return Ok(None);
        };
        Ok(session::key_of_cookie(value, self.row_keys().await?))
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        self.0.clock.now()
    }
}
