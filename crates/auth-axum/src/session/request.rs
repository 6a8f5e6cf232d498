//! The session of one request, read from the store at most once.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicBool, Ordering},
};

use auth_core::{
    AccessToken, AccessTokenRequest, Auth, AuthError, Config, Organization, RequestCookies,
    Session, SessionHandle, SessionInfo, SessionsEnded, SignInOptions, SignInStarted,
    SignOutOptions, SignOutStarted, UserInfo, VerifiedAccessToken,
};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, StatusCode, header::COOKIE, request::Parts},
    response::{IntoResponse, Response},
};
use tokio::sync::OnceCell;

/// The session of one request, and the operations of [`Auth`] on it.
///
/// [`SessionLayer`](crate::SessionLayer) inserts it into the request's
/// extensions. Handlers take it as an extractor. Clones share one read of the
/// store.
///
/// Operations that return cookies leave it to the caller to set them: see
/// [`append_cookies`](crate::append_cookies).
///
/// ```
/// use auth_axum::RequestSession;
/// use auth_core::AccessTokenRequest;
/// use axum::http::StatusCode;
///
/// async fn place_order(session: RequestSession) -> Result<String, StatusCode> {
///     let shop = AccessTokenRequest::resource("https://shopping.example.com/api");
///     let token = session
///         .access_token(&shop)
///         .await
///         .map_err(|_| StatusCode::UNAUTHORIZED)?;
///     Ok(format!("a token that allows {}", token.scope().join(", ")))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct RequestSession(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    auth: Auth,
    cookies: RequestCookies,
    read: OnceCell<Option<Arc<Session>>>,
    /// The session with new claims, if this request refreshed them.
    renewed: RwLock<Option<Arc<Session>>>,
    /// This request signed in or out, so `read` no longer holds.
    superseded: AtomicBool,
}

impl RequestSession {
    pub(crate) fn new(auth: Auth, headers: &HeaderMap) -> Self {
        let cookies =
            RequestCookies::parse(headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes));
        Self(Arc::new(Inner {
            auth,
            cookies,
            read: OnceCell::new(),
            renewed: RwLock::default(),
            superseded: AtomicBool::new(false),
        }))
    }

    /// Returns the session that [`SessionLayer`](crate::SessionLayer) inserted,
    /// or a new one if the layer is missing.
    pub(crate) fn of(parts: &Parts, auth: &Auth) -> Self {
        parts
            .extensions
            .get()
            .cloned()
            .unwrap_or_else(|| Self::new(auth.clone(), &parts.headers))
    }

    /// Returns the [`Auth`] that this session belongs to.
    pub fn auth(&self) -> &Auth {
        &self.0.auth
    }

    /// Returns the application's configuration.
    pub fn config(&self) -> &Config {
        self.auth().config()
    }

    pub(crate) fn cookies(&self) -> &RequestCookies {
        &self.0.cookies
    }

    /// Returns the session, or `None` if the user is signed out. Reads the store
    /// on the first call.
    ///
    /// # Errors
    ///
    /// [`AuthError::Store`] if the store cannot be reached. The next call reads
    /// it again.
    pub async fn get(&self) -> Result<Option<Arc<Session>>, AuthError> {
        let session = self
            .0
            .read
            .get_or_try_init(|| async {
                let session = self.0.auth.session(&self.0.cookies).await?;
                Ok::<_, AuthError>(session.map(Arc::new))
            })
            .await?;
        Ok(self.current(session))
    }

    /// Returns the session if it has been read already, without waiting.
    pub fn loaded(&self) -> Option<Arc<Session>> {
        self.current(self.0.read.get()?)
    }

    /// Applies to `read` what this request has changed since.
    fn current(&self, read: &Option<Arc<Session>>) -> Option<Arc<Session>> {
        if self.is_superseded() {
            return None;
        }
        let renewed = self
            .0
            .renewed
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        renewed.as_ref().or(read.as_ref()).cloned()
    }

    /// Starts a sign-in: returns the address to send the browser to and the
    /// cookies to set.
    ///
    /// # Errors
    ///
    /// Those of [`Auth::begin_sign_in`].
    pub async fn begin_sign_in(&self, options: &SignInOptions) -> Result<SignInStarted, AuthError> {
        self.auth().begin_sign_in(options, self.cookies()).await
    }

    /// Signs out: returns the address to send the browser to and the cookies to
    /// set. After that, this request is signed out.
    ///
    /// # Errors
    ///
    /// Those of [`Auth::sign_out`]. The user is then still signed in.
    pub async fn sign_out(&self, options: &SignOutOptions) -> Result<SignOutStarted, AuthError> {
        let started = self.auth().sign_out(options, self.cookies()).await?;
        self.supersede();
        Ok(started)
    }

    /// Returns an access token of the user, for requests of this server to an
    /// API. Refreshes it if it has expired.
    ///
    /// # Errors
    ///
    /// Those of [`Auth::access_token`], and [`AuthError::NotSignedIn`] if nobody
    /// is signed in. If the session turns out to have ended, this request is
    /// signed out.
    pub async fn access_token(
        &self,
        wanted: &AccessTokenRequest,
    ) -> Result<AccessToken, AuthError> {
        self.with_session(async |auth, session| auth.access_token(session, wanted).await)
            .await
    }

    /// Returns the verified claims of an access token of the user.
    ///
    /// # Errors
    ///
    /// Those of [`Auth::access_token_claims`]; otherwise like
    /// [`access_token`](Self::access_token).
    pub async fn access_token_claims(
        &self,
        wanted: &AccessTokenRequest,
    ) -> Result<VerifiedAccessToken, AuthError> {
        self.with_session(async |auth, session| auth.access_token_claims(session, wanted).await)
            .await
    }

    /// Returns the user's claims from the userinfo endpoint.
    ///
    /// # Errors
    ///
    /// Those of [`Auth::user_info`]; otherwise like
    /// [`access_token`](Self::access_token).
    pub async fn user_info(&self) -> Result<UserInfo, AuthError> {
        self.with_session(async |auth, session| auth.user_info(session).await)
            .await
    }

    /// Returns the user's organizations.
    ///
    /// # Errors
    ///
    /// Those of [`Auth::organizations`]; otherwise like
    /// [`access_token`](Self::access_token).
    pub async fn organizations(&self) -> Result<Vec<Organization>, AuthError> {
        self.with_session(async |auth, session| auth.organizations(session).await)
            .await
    }

    /// Fetches the user's claims from the provider again. This request and all
    /// later ones see the new claims.
    ///
    /// # Errors
    ///
    /// Those of [`Auth::refresh_claims`]; otherwise like
    /// [`access_token`](Self::access_token).
    pub async fn refresh_claims(&self) -> Result<Arc<Session>, AuthError> {
        let session = self
            .with_session(async |auth, session| auth.refresh_claims(session).await)
            .await
            .map(Arc::new)?;
        *self
            .0
            .renewed
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&session));
        Ok(session)
    }

    /// Runs an operation of the session. Signs this request out if the session
    /// turns out to have ended.
    async fn with_session<T>(
        &self,
        operation: impl AsyncFnOnce(&Auth, &Session) -> Result<T, AuthError>,
    ) -> Result<T, AuthError> {
        let session = self.get().await?.ok_or(AuthError::NotSignedIn)?;
        let result = operation(self.auth(), &session).await;
        if let Err(AuthError::NotSignedIn | AuthError::SessionEnded) = result {
            self.supersede();
        }
        result
    }

    /// Returns the sessions of the signed-in user, last used first.
    ///
    /// # Errors
    ///
    /// [`AuthError::NotSignedIn`] if nobody is signed in, or
    /// [`AuthError::Store`] if the store cannot be reached.
    pub async fn sessions(&self) -> Result<Vec<SessionInfo>, AuthError> {
        let session = self.get().await?.ok_or(AuthError::NotSignedIn)?;
        self.auth().sessions(&session).await
    }

    /// Ends one session of the user. If it is the session of this request, the
    /// result holds the cookies to set.
    ///
    /// # Errors
    ///
    /// [`AuthError::NotSignedIn`] if nobody is signed in, or
    /// [`AuthError::Store`] if the store cannot be reached.
    pub async fn end_session(&self, handle: SessionHandle) -> Result<SessionsEnded, AuthError> {
        self.end(async |auth, session| auth.end_session(session, handle).await)
            .await
    }

    /// Ends all sessions of the user except this one.
    ///
    /// # Errors
    ///
    /// As [`end_session`](Self::end_session).
    pub async fn end_other_sessions(&self) -> Result<SessionsEnded, AuthError> {
        self.end(async |auth, session| auth.end_other_sessions(session).await)
            .await
    }

    /// Ends all sessions of the user, this one included.
    ///
    /// # Errors
    ///
    /// As [`end_session`](Self::end_session).
    pub async fn end_all_sessions(&self) -> Result<SessionsEnded, AuthError> {
        self.end(async |auth, session| auth.end_all_sessions(session).await)
            .await
    }

    async fn end(
        &self,
        end: impl AsyncFnOnce(&Auth, &Session) -> Result<SessionsEnded, AuthError>,
    ) -> Result<SessionsEnded, AuthError> {
        let session = self.get().await?.ok_or(AuthError::NotSignedIn)?;
        let ended = end(self.auth(), &session).await?;
        if ended.includes_current {
            self.supersede();
        }
        Ok(ended)
    }

    /// Signs this request out: what it read from the store no longer holds.
    pub(crate) fn supersede(&self) {
        self.0.superseded.store(true, Ordering::Release);
    }

    fn is_superseded(&self) -> bool {
        self.0.superseded.load(Ordering::Acquire)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RequestSession {
    type Rejection = MissingSessionLayer;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        parts.extensions.get().cloned().ok_or_else(|| {
            let error = MissingSessionLayer;
            tracing::error!(path = parts.uri.path(), "{error}");
            error
        })
    }
}

/// The route is not under [`SessionLayer`](crate::SessionLayer).
///
/// Add the layer to the routes of pages and server functions. As the rejection
/// of an extractor it is answered with 500.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("this route is not under SessionLayer: add the layer to it with Router::route_layer")]
pub struct MissingSessionLayer;

impl IntoResponse for MissingSessionLayer {
    fn into_response(self) -> Response {
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}
