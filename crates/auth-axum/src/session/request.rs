//! The session of one request, read from the store at most once.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicBool, Ordering},
};

use auth_core::{
    AccessToken, AccessTokenRequest, Auth, AuthError, Config, Language, Organization,
    RequestCookies, Session, SignOutOptions, SignOutStarted, UserInfo, VerifiedAccessToken,
};
use axum::{
    body::Body,
    http::{
        Extensions, HeaderMap, HeaderValue, Method, Request, Uri,
        header::{ACCEPT_LANGUAGE, COOKIE},
        request::Parts,
    },
};
use tokio::sync::OnceCell;

use super::sign_in::opened_elsewhere;
use crate::{
    address_limits::ClientLimits,
    refusal::Refusal,
    security::{ForeignSender, TrustedOrigin},
};

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
///     let token = session.access_token(&shop).await;
///     let token = token.map_err(|_| StatusCode::UNAUTHORIZED)?;
///     Ok(format!("a token that allows {}", token.scope().join(", ")))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct RequestSession(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    auth: Auth,
    limits: ClientLimits,
    cookies: RequestCookies,
    read: OnceCell<Option<Arc<Session>>>,
    /// The session with new claims, if this request refreshed them.
    renewed: RwLock<Option<Arc<Session>>>,
    /// This request signed in or out, so `read` no longer holds.
    superseded: AtomicBool,
    /// A handler, layer or component asked for the session.
    asked_for: AtomicBool,
    /// The request is a `POST`.
    is_post: bool,
    /// The headers `Accept-Language`.
    accept_language: Vec<HeaderValue>,
    /// The address at which the browser has opened the application, if its cookies of
    /// this sign-in will not reach `AUTH_URL`.
    opened_elsewhere: Option<String>,
    /// The page of another site that sent the request.
    foreign_sender: Option<ForeignSender>,
    /// The answer that replaces the handler's.
    refusal: Refusal,
}

impl RequestSession {
    pub(crate) fn new(auth: Auth, limits: ClientLimits, request: &Request<Body>) -> Self {
        Self::from_request(
            auth,
            limits,
            request.method(),
            request.uri(),
            request.headers(),
            request.extensions(),
        )
    }

    /// Returns the session that [`SessionLayer`](crate::SessionLayer) inserted,
    /// or a new one if the layer is missing.
    pub(crate) fn of(parts: &Parts, auth: &Auth) -> Self {
        let of_layer = parts.extensions.get().cloned();
        of_layer.unwrap_or_else(|| {
            Self::from_request(
                auth.clone(),
                ClientLimits::default(),
                &parts.method,
                &parts.uri,
                &parts.headers,
                &parts.extensions,
            )
        })
    }

    fn from_request(
        auth: Auth,
        limits: ClientLimits,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        extensions: &Extensions,
    ) -> Self {
        let cookies =
            RequestCookies::parse(headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes));
        let trusted =
            (!TrustedOrigin::is_plainly_own(headers)).then(|| TrustedOrigin::new(auth.config()));
        let foreign_sender =
            trusted.and_then(|it| it.foreign_sender(method, uri, headers, extensions));
        let opened_elsewhere = opened_elsewhere(auth.config(), method, headers);
        Self(Arc::new(Inner {
            accept_language: headers.get_all(ACCEPT_LANGUAGE).iter().cloned().collect(),
            opened_elsewhere,
            auth,
            limits,
            cookies,
            read: OnceCell::new(),
            renewed: RwLock::default(),
            superseded: AtomicBool::new(false),
            asked_for: AtomicBool::new(false),
            is_post: *method == Method::POST,
            foreign_sender,
            refusal: Refusal::default(),
        }))
    }

    /// Returns the [`Auth`] that this session belongs to.
    pub fn auth(&self) -> &Auth {
        &self.0.auth
    }

    /// Returns the application's configuration.
    pub fn config(&self) -> &Config {
        self.auth().config()
    }

    /// Returns the language that the request prefers (`Accept-Language`), of those that
    /// the application has. English if it asks for no other.
    ///
    /// A response with text in it should have `Vary: Accept-Language`, so that a cache
    /// does not show it to others.
    pub fn language(&self) -> Language {
        let accepted = self.0.accept_language.iter();
        self.config().language(accepted.map(HeaderValue::as_bytes))
    }

    pub(crate) fn limits(&self) -> &ClientLimits {
        &self.0.limits
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
        self.mark_asked_for();
        Ok(self.current(self.read().await?))
    }

    /// Returns the session if it has been read already, without waiting.
    ///
    /// [`SessionLayer`](crate::SessionLayer) reads it ahead for pages.
    pub fn loaded(&self) -> Option<Arc<Session>> {
        self.mark_asked_for();
        self.current(self.0.read.get()?)
    }

    /// Returns whether the session is known without waiting: it has been read,
    /// or the request has no session cookie.
    pub fn is_loaded(&self) -> bool {
        self.0.read.initialized() || !self.config().session_cookie().is_in(self.cookies())
    }

    /// Reads the session before anybody asks for it.
    pub(crate) async fn read_ahead(&self) -> Result<(), AuthError> {
        self.read().await.map(drop)
    }

    async fn read(&self) -> Result<&Option<Arc<Session>>, AuthError> {
        self.0
            .read
            .get_or_try_init(|| async {
                let session = self.0.auth.session(&self.0.cookies).await?;
                Ok(session.map(Arc::new))
            })
            .await
    }

    pub(super) fn mark_asked_for(&self) {
        self.0.asked_for.store(true, Ordering::Release);
    }

    /// Returns whether the response may depend on the session.
    pub(crate) fn was_asked_for(&self) -> bool {
        self.0.asked_for.load(Ordering::Acquire)
    }

    /// Returns whether the response may depend on who is signed in.
    pub(crate) fn may_show_user(&self) -> bool {
        self.was_asked_for() && self.0.read.get().is_some_and(Option::is_some)
    }

    /// Fails if a page of another site made the browser send this request, with
    /// a method other than `GET`, `HEAD` and `OPTIONS` or to open a WebSocket.
    ///
    /// Call it in a handler that changes something and is neither under
    /// [`with_auth`](crate::WithAuth::with_auth) nor under
    /// [`CrossSiteCheck`](crate::CrossSiteCheck). The operations of this type
    /// that sign in call it. Those that sign out or end sessions refuse every
    /// method, so a link of another site cannot sign out.
    ///
    /// # Errors
    ///
    /// [`AuthError::CrossSiteRequest`], which is logged.
    pub fn refuse_cross_site(&self) -> Result<(), AuthError> {
        self.refuse_sender(ForeignSender::is_unsafe)
    }

    pub(super) fn refuse_sender(
        &self,
        is_refused: impl Fn(&ForeignSender) -> bool,
    ) -> Result<(), AuthError> {
        match &self.0.foreign_sender {
            Some(sender) if is_refused(sender) => Err(sender.refuse()),
            _ => Ok(()),
        }
    }

    /// Applies to `read` what this request has changed since.
    fn current(&self, read: &Option<Arc<Session>>) -> Option<Arc<Session>> {
        if self.0.superseded.load(Ordering::Acquire) {
            return None;
        }
        let renewed = self
            .0
            .renewed
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        renewed.as_ref().or(read.as_ref()).cloned()
    }

    /// Signs out: returns the address to send the browser to and the cookies to
    /// set. After that, this request is signed out. A `POST` ends the session at the
    /// provider also if the session here has ended already.
    ///
    /// # Errors
    ///
    /// Those of [`Auth::sign_out`], and [`AuthError::CrossSiteRequest`] if a
    /// page of another site sent the request, with any method. The user is then
    /// still signed in.
    pub async fn sign_out(&self, options: &SignOutOptions) -> Result<SignOutStarted, AuthError> {
        self.refuse_sender(|_| true)?;
        let mut options = options.clone();
        if self.0.is_post {
            options = options.also_after_session_ended();
        }
        let started = self.auth().sign_out(&options, self.cookies()).await?;
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

    /// Runs an operation of the session. Signs this request out if the session
    /// turns out to have ended.
    pub(super) async fn with_session<T>(
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

    /// Makes this request see a session with new claims.
    pub(super) fn set_renewed(&self, session: Arc<Session>) {
        let mut renewed = self
            .0
            .renewed
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *renewed = Some(session);
    }

    /// Signs this request out: what it read from the store no longer holds.
    pub(crate) fn supersede(&self) {
        self.0.superseded.store(true, Ordering::Release);
    }

    pub(super) fn opened_elsewhere(&self) -> Option<&str> {
        self.0.opened_elsewhere.as_deref()
    }

    pub(super) fn refusal(&self) -> &Refusal {
        &self.0.refusal
    }
}
