//! The session as an argument of a handler.

use std::{ops::Deref, sync::Arc};

use auth_core::{AuthError, Session};
use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::request::Parts,
    response::{IntoResponse as _, Response},
};

use super::{MissingSessionLayer, RequestSession};
use crate::{
    refusal::{RequestSource, refused},
    unavailable::session_unavailable,
};

impl<S: Send + Sync> FromRequestParts<S> for RequestSession {
    type Rejection = MissingSessionLayer;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let session = parts.extensions.get::<Self>().cloned();
        let session = session.ok_or_else(|| MissingSessionLayer::logged(parts.uri.path()))?;
        session.mark_asked_for();
        Ok(session)
    }
}

/// Extractor of the session, for handlers that serve only signed-in users.
///
/// A signed-out user gets no answer from the handler: a browser that opens a
/// page or sends a form is sent to sign in and returns to the page afterwards,
/// every other request is answered with 401. If the store cannot be reached, the answer is
/// 503.
///
/// `Option<CurrentSession>` is `None` for a signed-out user.
///
/// It is a type of its own because only the crate that defines [`Session`] could
/// make `Session` itself an extractor, and that crate does not know Axum.
///
/// ```
/// use auth_axum::{CurrentSession, WithAuth};
/// use auth_core::Auth;
/// use axum::{Router, routing::get};
///
/// async fn account(session: CurrentSession) -> String {
///     format!("the account of {}", session.sub())
/// }
///
/// async fn home(session: Option<CurrentSession>) -> &'static str {
///     if session.is_some() { "Welcome back" } else { "Welcome" }
/// }
///
/// fn router(auth: &Auth) -> Router {
///     Router::new()
///         .route("/", get(home))
///         .route("/account", get(account))
///         .with_auth(auth)
/// }
/// ```
#[derive(Clone, Debug)]
pub struct CurrentSession(pub Arc<Session>);

impl Deref for CurrentSession {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for CurrentSession {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let request = request_session(parts, state).await?;
        match request.get().await {
            Ok(Some(session)) => Ok(Self(session)),
            Ok(None) => {
                let source = RequestSource::of(parts);
                let (auth, language) = (request.auth(), request.language());
                Err(refused(&source, auth, &language, &AuthError::NotSignedIn))
            }
            Err(error) => Err(session_unavailable(&error, &request.language())),
        }
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for CurrentSession {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Response> {
        let request = request_session(parts, state).await?;
        match request.get().await {
            Ok(session) => Ok(session.map(Self)),
            Err(error) => Err(session_unavailable(&error, &request.language())),
        }
    }
}

async fn request_session<S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
) -> Result<RequestSession, Response> {
    <RequestSession as FromRequestParts<S>>::from_request_parts(parts, state)
        .await
        .map_err(MissingSessionLayer::into_response)
}
