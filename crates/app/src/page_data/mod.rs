//! The data that a page needs beyond the session. Components render without
//! waiting, so a middleware loads the data first.

mod failure;
mod organizations;
mod profile;
mod resources;
mod sessions;
mod token_info;

use auth_core::AuthError;
use auth_leptos::{RequestSession, session_unavailable};
use axum::{
    extract::Request,
    http::{Method, request::Parts},
    middleware::Next,
    response::Response,
};
use leptos::prelude::with_context;

pub(crate) use self::{
    organizations::{AskedOrganization, Membership, OrganizationsData, Permissions},
    profile::{ProfileData, TokenStatus},
    resources::{ApiResource, ResourcesData},
    sessions::SessionsData,
    token_info::{TokenInfo, TokenResult},
};

/// Loads the data of a page for a signed-in user. Middleware for page routes,
/// inside [`auth_leptos::SessionLayer`]. Answers 503 if the session store cannot
/// be reached.
pub async fn load_page_data(request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    if let Err(error) = load(&mut parts).await {
        return session_unavailable(&error);
    }
    next.run(Request::from_parts(parts, body)).await
}

/// Returns the data that was loaded for the page being rendered, if any.
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
    // Leptos serves the same page with and without a slash at the end.
    match parts.uri.path().trim_end_matches('/') {
        "/sessions" if session.get().await?.is_some() => {
            parts.extensions.insert(sessions::load(&session).await?);
        }
        "/profile" if session.get().await?.is_some() => {
            let users = parts.extensions.get().cloned();
            parts
                .extensions
                .insert(profile::load(&session, users).await?);
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
