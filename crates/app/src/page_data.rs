//! What a page is given before it is rendered: components cannot wait, so a
//! middleware waits for them.

use std::sync::Arc;

use auth_core::{AuthError, SignedInDevice};
use auth_leptos::{RequestSession, session_unavailable};
use axum::{
    extract::Request,
    http::{Method, request::Parts},
    middleware::Next,
    response::Response,
};
use leptos::prelude::with_context;
use time::OffsetDateTime;

/// For `/sessions`: where the visitor is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Devices(pub(crate) Arc<[SignedInDevice]>);

/// For `/profile`: what the server has of an access token, but for the token.
#[derive(Clone, Debug)]
pub(crate) enum TokenStatus {
    /// It can be used.
    Valid {
        /// Until when, where the provider told.
        until: Option<OffsetDateTime>,
        /// What it was granted for.
        scope: Arc<[String]>,
    },
    /// It has ended, and no new one could be had; the session lives on.
    NotRenewed,
    /// The provider has ended the session.
    SessionEnded,
}

/// Middleware for the routes of pages, inside [`auth_leptos::SessionLayer`]:
/// before a page is rendered for a signed-in visitor it loads what the page
/// shows beyond the session, and answers 503 when the store cannot be reached.
pub async fn load_page_data(request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    if let Err(error) = load(&mut parts).await {
        return session_unavailable(&error);
    }
    next.run(Request::from_parts(parts, body)).await
}

/// What was loaded for the page being rendered; `None` where nothing was.
pub(crate) fn page_data<T: Clone + Send + Sync + 'static>() -> Option<T> {
    with_context::<Parts, _>(|parts| parts.extensions.get::<T>().cloned()).flatten()
}

async fn load(parts: &mut Parts) -> Result<(), AuthError> {
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        return Ok(());
    }
    let Some(session) = parts.extensions.get::<RequestSession>().cloned() else {
        return Ok(());
    };
    // Leptos takes an address with a slash at its end for the same page.
    match parts.uri.path().trim_end_matches('/') {
        "/sessions" if session.get().await?.is_some() => {
            parts.extensions.insert(devices(&session).await?);
        }
        "/profile" if session.get().await?.is_some() => {
            parts.extensions.insert(token_status(&session).await?);
        }
        _ => {}
    }
    Ok(())
}

async fn devices(session: &RequestSession) -> Result<Devices, AuthError> {
    session
        .devices()
        .await
        .map(|devices| Devices(devices.into()))
}

async fn token_status(session: &RequestSession) -> Result<TokenStatus, AuthError> {
    match session.access_token().await {
        Ok(token) => Ok(TokenStatus::Valid {
            until: token.expires_at(),
            scope: token.scope().into(),
        }),
        Err(error @ AuthError::Store(_)) => Err(error),
        Err(AuthError::SessionEnded | AuthError::NotSignedIn) => Ok(TokenStatus::SessionEnded),
        // Logged where it happened.
        Err(_) => Ok(TokenStatus::NotRenewed),
    }
}
