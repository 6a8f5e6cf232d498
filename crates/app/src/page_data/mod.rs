//! What a page is given before it is rendered: components cannot wait, so a
//! middleware waits for them.

mod access;
mod devices;
mod organizations;
mod profile;
mod resources;

use auth_core::{AuthError, ErrorKind};
use auth_leptos::{RequestSession, session_unavailable};
use axum::{
    extract::Request,
    http::{Method, request::Parts},
    middleware::Next,
    response::Response,
};
use leptos::prelude::with_context;

pub(crate) use self::{
    access::{Access, Granted},
    devices::Devices,
    organizations::{AskedOrganization, OrganizationAccess, Organizations, Permissions},
    profile::{Profile, TokenStatus},
    resources::{ApiResources, ResourceAccess},
};

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
            parts.extensions.insert(devices::load(&session).await?);
        }
        "/profile" if session.get().await?.is_some() => {
            parts.extensions.insert(profile::load(&session).await?);
        }
        "/organizations" if session.get().await?.is_some() => {
            let query = parts.uri.query().unwrap_or_default();
            let organizations = organizations::load(&session, query).await?;
            parts.extensions.insert(organizations);
        }
        "/resources" if session.get().await?.is_some() => {
            let shopping = parts.extensions.get().cloned();
            let resources = resources::load(&session, shopping).await?;
            parts.extensions.insert(resources);
        }
        _ => {}
    }
    Ok(())
}

/// What a page tells of a failure. That of the store is none of a page's: it
/// is then unknown who is asking.
fn told<T>(answer: Result<T, AuthError>) -> Result<Result<T, ErrorKind>, AuthError> {
    match answer {
        Ok(answer) => Ok(Ok(answer)),
        Err(error @ AuthError::Store(_)) => Err(error),
        Err(error) => Ok(Err(error.kind())),
    }
}
