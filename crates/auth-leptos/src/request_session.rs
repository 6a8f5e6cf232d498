//! The session of one request: read at most once, whoever asks.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicBool, Ordering},
};

use auth_core::{
    AccessToken, AccessTokenRequest, Auth, AuthError, Config, Organization, RequestCookies,
    Session, SessionHandle, SessionInfo, SessionsEnded, UserInfo, VerifiedAccessToken,
};
use axum::http::{HeaderMap, HeaderValue, header::COOKIE, request::Parts};
use tokio::sync::OnceCell;

/// The session of the request at hand, in the request's extensions. Clones
/// share one read of the store.
#[derive(Clone, Debug)]
pub struct RequestSession(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    auth: Auth,
    cookies: RequestCookies,
    read: OnceCell<Option<Arc<Session>>>,
    /// The session with new claims, where this request asked for them.
    renewed: RwLock<Option<Arc<Session>>>,
    /// The request signed in or out: what was read is no longer so.
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

    /// The request's own, made by [`crate::SessionLayer`]; a new one where the
    /// layer is missing.
    pub(crate) fn of(parts: &Parts, auth: &Auth) -> Self {
        parts
            .extensions
            .get()
            .cloned()
            .unwrap_or_else(|| Self::new(auth.clone(), &parts.headers))
    }

    pub(crate) fn auth(&self) -> &Auth {
        &self.0.auth
    }

    /// The settings of the application: what its sign-ins ask for.
    pub fn config(&self) -> &Config {
        self.auth().config()
    }

    pub(crate) fn cookies(&self) -> &RequestCookies {
        &self.0.cookies
    }

    /// The session; reads the store if nobody has yet.
    ///
    /// # Errors
    ///
    /// When the store cannot be reached. The next call asks again.
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

    /// The session, if it has been read.
    pub fn loaded(&self) -> Option<Arc<Session>> {
        self.current(self.0.read.get()?)
    }

    /// What was read, as far as this request has not changed it.
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

    /// An access token of the session's user, for requests of this server to
    /// an API; renewed if it has ended.
    ///
    /// # Errors
    ///
    /// As [`Auth::access_token`]. Where the session turns out to have ended,
    /// this request is signed out from here on.
    pub async fn access_token(
        &self,
        wanted: &AccessTokenRequest,
    ) -> Result<AccessToken, AuthError> {
        self.asked(async |auth, session| auth.access_token(session, wanted).await)
            .await
    }

    /// What an access token of the session's user says.
    ///
    /// # Errors
    ///
    /// As [`Auth::access_token_claims`]; see also
    /// [`access_token`](Self::access_token).
    pub async fn access_token_claims(
        &self,
        wanted: &AccessTokenRequest,
    ) -> Result<VerifiedAccessToken, AuthError> {
        self.asked(async |auth, session| auth.access_token_claims(session, wanted).await)
            .await
    }

    /// What the userinfo endpoint says of the user.
    ///
    /// # Errors
    ///
    /// As [`Auth::user_info`]; see also [`access_token`](Self::access_token).
    pub async fn user_info(&self) -> Result<UserInfo, AuthError> {
        self.asked(async |auth, session| auth.user_info(session).await)
            .await
    }

    /// The organizations of the user.
    ///
    /// # Errors
    ///
    /// As [`Auth::organizations`]; see also
    /// [`access_token`](Self::access_token).
    pub async fn organizations(&self) -> Result<Vec<Organization>, AuthError> {
        self.asked(async |auth, session| auth.organizations(session).await)
            .await
    }

    /// Has the provider tell anew who the user is: from here on this request
    /// sees the new claims.
    ///
    /// # Errors
    ///
    /// As [`Auth::refresh_claims`]; see also
    /// [`access_token`](Self::access_token).
    pub async fn refresh_claims(&self) -> Result<Arc<Session>, AuthError> {
        let session = self
            .asked(async |auth, session| auth.refresh_claims(session).await)
            .await
            .map(Arc::new)?;
        *self
            .0
            .renewed
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&session));
        Ok(session)
    }

    /// Asks the provider something for the session. Where it answers that the
    /// session has ended, this request is signed out.
    async fn asked<T>(
        &self,
        question: impl AsyncFnOnce(&Auth, &Session) -> Result<T, AuthError>,
    ) -> Result<T, AuthError> {
        let session = self.get().await?.ok_or(AuthError::NotSignedIn)?;
        let answer = question(self.auth(), &session).await;
        if let Err(AuthError::NotSignedIn | AuthError::SessionEnded) = answer {
            self.supersede();
        }
        answer
    }

    /// The user's own sessions, last used first.
    ///
    /// # Errors
    ///
    /// [`AuthError::NotSignedIn`], or when the store cannot be reached.
    pub async fn sessions(&self) -> Result<Vec<SessionInfo>, AuthError> {
        let session = self.get().await?.ok_or(AuthError::NotSignedIn)?;
        self.auth().sessions(&session).await
    }

    /// Ends one session of the user. If it is the session of this request, the
    /// answer holds the cookies to set.
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

    /// The request has signed in or out by itself.
    pub(crate) fn supersede(&self) {
        self.0.superseded.store(true, Ordering::Release);
    }

    fn is_superseded(&self) -> bool {
        self.0.superseded.load(Ordering::Acquire)
    }
}
