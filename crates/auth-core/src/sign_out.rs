//! Sign-out: here first, then at the provider.

use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use openidconnect::{AsyncHttpClient as _, HttpRequest};
use time::OffsetDateTime;
use tokio::{sync::oneshot, time::timeout};
use url::Url;

use crate::{
    Auth, AuthError, Config, IdTokenHint, RedirectTo, RequestCookies, SessionIdHash, SetCookie,
    StoreError, auth::Inner, client_authentication::authenticated_post, provider::Provider,
    provider_http::HttpError, seal::Purpose, secret::random_token, tokens::TokenSet,
};

/// How long a sign-out waits for the provider. The user is signed out of the
/// application whatever comes of it.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many tokens are revoked at a time.
const REVOCATIONS: usize = 16;

/// How to sign out: here and at the provider, unless
/// [`application_only`](Self::application_only).
///
/// ```
/// use auth_core::SignOutOptions;
///
/// let options = SignOutOptions::new().redirect_to("/farewell");
/// # drop(options);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct SignOutOptions {
    redirect_to: Option<String>,
    from: SignOutFrom,
}

/// What a sign-out ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum SignOutFrom {
    /// The session here, then the provider's session: the next sign-in asks
    /// for the password.
    #[default]
    Provider,
    /// The session here and its refresh token. The user stays signed in at the
    /// provider and at its other applications.
    ApplicationOnly,
}

impl SignOutOptions {
    /// Asks for a sign-out here and at the provider, which returns to the
    /// front page.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the page to return to: a path of the application. Any other target
    /// is replaced by the front page.
    pub fn redirect_to(mut self, page: impl Into<String>) -> Self {
        self.redirect_to = Some(page.into());
        self
    }

    /// Leaves the user signed in at the provider.
    pub fn application_only(mut self) -> Self {
        self.from = SignOutFrom::ApplicationOnly;
        self
    }
}

/// A sign-out that has started: the session here has ended, and the browser is
/// to be sent on.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignOutStarted {
    /// Where to send the browser.
    pub next: SignOutDestination,
    /// Cookies to set with that answer.
    pub cookies: Vec<SetCookie>,
}

/// Where a sign-out leads.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignOutDestination {
    /// The provider's end-session page, which comes back to the front page, and
    /// from there to the page asked for.
    Provider(Url),
    /// A page of the application.
    Application(RedirectTo),
}

impl SignOutDestination {
    /// The address, for a `Location` header.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Provider(url) => url.as_str(),
            Self::Application(page) => page.as_str(),
        }
    }
}

impl Auth {
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
    ) -> Result<SignOutStarted, AuthError> {
        let names = &self.inner().names;
        let page = self.redirect_target(options.redirect_to.as_deref());
        let state = random_token::<16>();
        let mut cookies_to_set = vec![names.remove(&names.session)];
        let next = match (self.session_key(cookies).await?, options.from) {
            (Some(key), SignOutFrom::Provider) => self.end(key, &state).await?,
            (Some(key), SignOutFrom::ApplicationOnly) => {
                self.end_here(key).await?;
                None
            }
            (None, _) => None,
        };
        let next = match next {
            Some(url) => {
                cookies_to_set.push(self.remember_sign_out(&state, &page)?);
                SignOutDestination::Provider(url)
            }
            None => SignOutDestination::Application(page),
        };
        Ok(SignOutStarted {
            next,
            cookies: cookies_to_set,
        })
    }

    /// Ends a session here; its refresh token is revoked after that.
    async fn end_here(&self, key: SessionIdHash) -> Result<(), AuthError> {
        let auth = self.clone();
        // On a task of its own, as in `end`.
        let ended = self.inner().tasks.spawn(async move {
            let sealed = auth.inner().store.delete(&key).await?;
            auth.revoke_in_background(sealed.into_iter().map(|sealed| (key, sealed)).collect());
            Ok::<_, StoreError>(())
        });
        ended
            .await
            .map_err(|_| StoreError::new("deleting a session broke off"))??;
        Ok(())
    }

    /// Ends a session here and, for a while, at the provider; gives the
    /// address of the provider's end-session page, or `None` when there was no
    /// session or the provider is down.
    async fn end(&self, key: SessionIdHash, state: &str) -> Result<Option<Url>, AuthError> {
        let auth = self.clone();
        let to_provider = state.to_owned();
        let (deleted, is_deleted) = oneshot::channel();
        // On a task of its own: a browser that closes the connection, or an
        // impatient wait, must not leave the refresh token alive.
        let told = self.inner().tasks.spawn(async move {
            let ended = auth.inner().store.delete(&key).await;
            let sealed = ended.as_ref().ok().cloned().flatten();
            // Nobody may be waiting any more.
            drop(deleted.send(ended));
            Some(auth.end_at_provider(key, &sealed?, &to_provider).await)
        });
        let sealed = match is_deleted.await {
            Ok(Ok(Some(sealed))) => sealed,
            Ok(Ok(None)) => return Ok(None),
            Ok(Err(error)) => return Err(error.into()),
            Err(_) => return Err(StoreError::new("deleting a session broke off").into()),
        };
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
            Err(_) => self.inner().provider.cached().and_then(|provider| {
                let tokens = self.open_ended(key, &sealed);
                end_session_request(&provider, &self.inner().config, state, tokens.as_ref())
            }),
        })
    }

    /// Revokes an ended session's tokens, and gives the address of the
    /// provider's end-session page.
    async fn end_at_provider(
        &self,
        key: SessionIdHash,
        sealed: &[u8],
        state: &str,
    ) -> Result<Option<Url>, AuthError> {
        let provider = self.inner().provider.get().await?;
        let tokens = self.open_ended(key, sealed);
        if let Some(tokens) = &tokens {
            self.try_revoke(tokens).await?;
        }
        let config = &self.inner().config;
        Ok(end_session_request(
            &provider,
            config,
            state,
            tokens.as_ref(),
        ))
    }

    /// Revokes the tokens of sessions that were ended here, while nobody
    /// waits.
    pub(crate) fn revoke_in_background(&self, ended: Vec<(SessionIdHash, Vec<u8>)>) {
        let auth = self.clone();
        let revoke = async move { auth.revoke_ended(ended).await };
        self.inner().tasks.spawn(revoke);
    }

    /// Revokes the tokens of sessions that were ended here.
    pub(crate) async fn revoke_ended(&self, ended: Vec<(SessionIdHash, Vec<u8>)>) {
        stream::iter(ended)
            .for_each_concurrent(REVOCATIONS, async |(key, sealed)| {
                if let Some(tokens) = self.open_ended(key, &sealed) {
                    self.revoke(&tokens).await;
                }
            })
            .await;
    }

    fn open_ended(&self, key: SessionIdHash, sealed: &[u8]) -> Option<TokenSet> {
        self.inner()
            .keyring
            .open(Purpose::Tokens, key.as_bytes(), sealed)
            .map_err(|reason| {
                tracing::warn!(?key, %reason, "tokens do not open and cannot be revoked");
            })
            .ok()
    }

    /// Revokes a refresh token; where that fails, the log says so.
    pub(crate) async fn revoke(&self, tokens: &TokenSet) {
        if let Err(error) = self.try_revoke(tokens).await {
            tracing::warn!(%error, "a refresh token was not revoked");
        }
    }

    /// RFC 9700 §4.14.2: a refresh token outlives Logto's own sign-out.
    async fn try_revoke(&self, tokens: &TokenSet) -> Result<(), AuthError> {
        let Inner {
            config,
            provider,
            http,
            ..
        } = self.inner();
        let Some(refresh_token) = tokens.refresh_token.as_deref() else {
            return Ok(());
        };
        let provider = provider.get().await?;
        let request = revocation_request(refresh_token, &provider, config, self.now())?;
        let Some(request) = request else {
            return Ok(());
        };
        match http.call(request).await {
            Ok(answer) if answer.status().is_success() => {}
            Ok(answer) => {
                tracing::warn!(status = %answer.status(), "a refresh token was not revoked");
            }
            Err(error @ (HttpError::Transport(_) | HttpError::TimedOut)) => {
                return Err(AuthError::Unreachable {
                    endpoint: "revocation",
                    reason: error.to_string(),
                });
            }
            Err(error) => tracing::warn!(%error, "a refresh token was not revoked"),
        }
        Ok(())
    }
}

/// Builds the request of OpenID Connect RP-Initiated Logout 1.0 §2; `None`
/// when the provider offers no such endpoint.
///
/// With `client_id`, which is enough for Logto; with `id_token_hint` as well
/// only where the settings say so, for it puts a token into an address.
fn end_session_request(
    provider: &Provider,
    config: &Config,
    state: &str,
    ended: Option<&TokenSet>,
) -> Option<Url> {
    let mut url = provider
        .metadata
        .additional_metadata()
        .end_session_endpoint
        .clone()?;
    url.query_pairs_mut()
        .append_pair("client_id", &config.client_id)
        .append_pair(
            "post_logout_redirect_uri",
            &config.post_logout_redirect_uri(),
        )
        .append_pair("state", state);
    let id_token = ended.and_then(|tokens| tokens.id_token.as_deref());
    if let (IdTokenHint::Send, Some(id_token)) = (config.id_token_hint, id_token) {
        url.query_pairs_mut().append_pair("id_token_hint", id_token);
    }
    Some(url)
}

/// Builds the request of RFC 7009 §2.1; `None` when the provider offers no
/// such endpoint.
fn revocation_request(
    refresh_token: &str,
    provider: &Provider,
    config: &Config,
    now: OffsetDateTime,
) -> Result<Option<HttpRequest>, AuthError> {
    let Some(endpoint) = &provider.metadata.additional_metadata().revocation_endpoint else {
        return Ok(None);
    };
    let parameters = [
        ("token", refresh_token),
        ("token_type_hint", "refresh_token"),
    ];
    authenticated_post(endpoint.url(), &parameters, config, now).map(Some)
}
