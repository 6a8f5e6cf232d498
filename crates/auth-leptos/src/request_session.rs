//! The session of one request: read at most once, whoever asks.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use auth_core::{
    AccessToken, Auth, AuthError, RequestCookies, Session, SignOutOf, SignedInDevice,
    SignedOutDevices,
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
        Ok(session.clone().filter(|_| !self.is_superseded()))
    }

    /// The session, if it has been read.
    pub fn loaded(&self) -> Option<Arc<Session>> {
        let session = self.0.read.get()?.clone();
        session.filter(|_| !self.is_superseded())
    }

    /// The session's access token, for requests of this server to an API;
    /// renewed if it has ended.
    ///
    /// # Errors
    ///
    /// As [`Auth::access_token`]. Where the session turns out to have ended,
    /// this request is signed out from here on.
    pub async fn access_token(&self) -> Result<AccessToken, AuthError> {
        let session = self.get().await?.ok_or(AuthError::NotSignedIn)?;
        let token = self.auth().access_token(&session).await;
        if let Err(AuthError::NotSignedIn | AuthError::SessionEnded) = token {
            self.supersede();
        }
        token
    }

    /// The user's own sessions, last used first.
    ///
    /// # Errors
    ///
    /// [`AuthError::NotSignedIn`], or when the store cannot be reached.
    pub async fn devices(&self) -> Result<Vec<SignedInDevice>, AuthError> {
        let session = self.get().await?.ok_or(AuthError::NotSignedIn)?;
        self.auth().devices(&session).await
    }

    /// Ends sessions of the user's own. If this one is among them, the cookies
    /// to set are in the answer.
    ///
    /// # Errors
    ///
    /// [`AuthError::NotSignedIn`], or when the store cannot be reached.
    pub async fn sign_out_of(&self, which: SignOutOf) -> Result<SignedOutDevices, AuthError> {
        let session = self.get().await?.ok_or(AuthError::NotSignedIn)?;
        let done = self.auth().sign_out_of(&session, which).await?;
        if done.includes_current {
            self.supersede();
        }
        Ok(done)
    }

    /// The request has signed in or out by itself.
    pub(crate) fn supersede(&self) {
        self.0.superseded.store(true, Ordering::Release);
    }

    fn is_superseded(&self) -> bool {
        self.0.superseded.load(Ordering::Acquire)
    }
}
