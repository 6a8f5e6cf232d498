//! Every action on one page.

use std::{sync::Arc, time::Duration};

use time::OffsetDateTime;
use tokio::{sync::oneshot, time::timeout};

use crate::{
    AuthError, Clock, Config, ErrorKind, RedirectTo, RequestCookies, Session, SessionKey,
    SessionStore, SetCookie, SignInCompleted, SignInFailure, SignInOptions, SignInStarted,
    SignOutDestination, SignOutOptions, SignedOut, StoreError, SystemClock,
    callback::Callback,
    config_builder::LONGEST_LIFETIME,
    cookies::CookieJarNames,
    pending::{self, Found, PendingSignIn},
    provider::ProviderCache,
    provider_http::ProviderHttp,
    seal::{Keyring, Purpose},
    secret::random_token,
    session,
    sign_in::{authorization_request, exchange},
    sign_out::{PATIENCE, end_at_provider, end_session_request},
    single_flight::SingleFlight,
    tokens::TokenSet,
};

/// Sign-in with Logto: every action an application has.
///
/// Cheap to clone; all clones share one cache of the provider's description.
#[derive(Clone, Debug)]
pub struct Auth(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: Config,
    keys: Keyring,
    names: CookieJarNames,
    store: Arc<dyn SessionStore>,
    clock: Arc<dyn Clock>,
    http: ProviderHttp,
    provider: ProviderCache,
    /// Callbacks by their `state`.
    callbacks: SingleFlight<String, Result<(Session, SetCookie), AuthError>>,
}

/// How long a callback's answer is kept for a browser that sends it again:
/// longer than Logto's codes live.
const CALLBACK_KEPT: Duration = Duration::from_secs(90);

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
        Ok(Self(Arc::new(Inner {
            keys: Keyring::new(&config.secret),
            names: CookieJarNames::new(&config),
            provider: ProviderCache::new(config.issuer.clone(), http.clone()),
            store: Arc::new(store),
            clock: Arc::new(clock),
            http,
            config,
            callbacks: SingleFlight::new(CALLBACK_KEPT),
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
            keys,
            names,
            ..
        } = &*self.0;
        let provider = self.0.provider.get().await?;
        let now = self.now();
        let redirect_to = self.redirect_target(options.redirect_to.as_deref());
        let (url, pending) = authorization_request(&provider, config, &redirect_to, now)?;
        Ok(SignInStarted {
            url,
            cookies: pending.remember(cookies, names, keys, now)?,
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
    ) -> Result<SignInCompleted, SignInFailure> {
        let Inner { keys, names, .. } = &*self.0;
        let now = self.now();
        let callback = Callback::parse(query)?;
        let (pending, forget) = if callback.is_bare() {
            return Err(SignInFailure {
                error: AuthError::Cancelled,
                redirect_to: pending::only(cookies, names, keys, now)
                    .map(|pending| pending.redirect_to(self.0.config.base_url())),
                cookies: Vec::new(),
            });
        } else if let Some(state) = &callback.state {
            match pending::find(state, cookies, names, keys, now) {
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
                async move { auth.redeem(callback, &pending, &cookies).await }
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
    ) -> Result<(Session, SetCookie), AuthError> {
        let Inner {
            config,
            keys,
            names,
            store,
            http,
            provider: providers,
            ..
        } = &*self.0;
        let provider = providers.get().await?;
        callback.check_issuer(
            config.issuer(),
            provider
                .metadata
                .additional_metadata()
                .authorization_response_iss_parameter_supported,
        )?;
        let code = callback.into_code()?;
        let (token, response) = exchange(code, pending, provider, providers, http, config, || {
            self.now()
        })
        .await?;
        let begun = session::begin(
            token,
            &response,
            &config.profile,
            keys,
            self.now(),
            config.idle_lifetime,
        )?;
        store.create(begun.row).await?;
        // The browser's former session has no cookie any more; its row would
        // only wait for its end.
        if let Some(former) = self.session_key(cookies)
            && let Err(error) = store.delete(&former).await
        {
            tracing::warn!(%error, ?former, "a replaced session could not be deleted");
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
            keys,
            store,
            ..
        } = &*self.0;
        let Some(key) = self.session_key(cookies) else {
            return Ok(None);
        };
        let Some(stored) = store.load(&key).await? else {
            return Ok(None);
        };
        let Some(mut session) = session::open(&key, &stored, keys) else {
            tracing::warn!(?key, "a session's envelope does not open");
            return Ok(None);
        };
        let to = session::expiry(self.now(), config.idle_lifetime);
        if to - stored.expires_at >= config.extend_after {
            match store.extend(&key, stored.expires_at, to).await {
                Ok(()) => session.expires_at = to,
                Err(error) => tracing::warn!(%error, ?key, "a session could not be extended"),
            }
        }
        Ok(Some(session))
    }

    /// Signs out: the session ends here first. Then the refresh token is
    /// revoked, and the browser is sent to end its session at the provider;
    /// where the provider cannot be reached, straight to a page of the
    /// application.
    ///
    /// # Errors
    ///
    /// When the store cannot be reached. The user is then still signed in, and
    /// has to be told.
    pub async fn sign_out(
        &self,
        options: &SignOutOptions,
        cookies: &RequestCookies,
    ) -> Result<SignedOut, AuthError> {
        let names = &self.0.names;
        let next = match self.session_key(cookies) {
            Some(key) => self.end(key).await?,
            None => None,
        };
        Ok(SignedOut {
            next: next.map_or_else(
                || {
                    let page = self.redirect_target(options.redirect_to.as_deref());
                    SignOutDestination::Application(page)
                },
                SignOutDestination::Provider,
            ),
            cookies: vec![names.remove(&names.session)],
        })
    }

    /// Ends a session here and, for a while, at the provider; gives the
    /// address of the provider's end-session page, or `None` when there was no
    /// session or the provider is down.
    async fn end(&self, key: SessionKey) -> Result<Option<url::Url>, AuthError> {
        let auth = self.clone();
        let (deleted, is_deleted) = oneshot::channel();
        // On a task of its own: a browser that closes the connection, or an
        // impatient wait, must not leave the refresh token alive.
        let told = tokio::spawn(async move {
            let Inner {
                config,
                keys,
                store,
                http,
                provider,
                ..
            } = &*auth.0;
            let ended = store.delete(&key).await;
            let sealed = ended.as_ref().ok().cloned().flatten();
            // Nobody may be waiting any more.
            drop(deleted.send(ended.map(|sealed| sealed.is_some())));
            let tokens = keys.open::<TokenSet>(Purpose::Tokens, key.as_bytes(), &sealed?);
            Some(end_at_provider(tokens, provider, http, config).await)
        });
        match is_deleted.await {
            Ok(Ok(true)) => {}
            Ok(Ok(false)) => return Ok(None),
            Ok(Err(error)) => return Err(error.into()),
            Err(_) => return Err(StoreError::new("deleting a session broke off").into()),
        }
        Ok(match timeout(PATIENCE, told).await {
            Ok(Ok(Some(Ok(url)))) => url,
            Ok(Ok(Some(Err(error)))) => {
                tracing::warn!(%error, "signed out here, but not at the provider");
                None
            }
            Ok(broken) => {
                tracing::error!(?broken, "sign-out at the provider broke off");
                None
            }
            // It is slow, and goes on without us.
            Err(_) => self
                .0
                .provider
                .cached()
                .and_then(|provider| end_session_request(&provider, &self.0.config)),
        })
    }

    /// Logs a failure and gives the address of the error page for it, told the
    /// kind, a reference to find the log's line by, and where to return to.
    pub fn report(&self, error: &AuthError, redirect_to: Option<&RedirectTo>) -> String {
        let kind = error.kind();
        let reference = random_token::<6>();
        match kind {
            ErrorKind::Cancelled => tracing::info!(%reference, "{error}"),
            ErrorKind::Expired | ErrorKind::StateMismatch | ErrorKind::InvalidCallback => {
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

    fn session_key(&self, cookies: &RequestCookies) -> Option<SessionKey> {
        let value = cookies.get(&self.0.names.session)?;
        SessionKey::of_cookie(value, &self.0.keys)
    }

    fn now(&self) -> OffsetDateTime {
        self.0.clock.now()
    }
}
