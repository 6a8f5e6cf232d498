//! Who may read data: signed-in users.

use auth_core::{AuthError, Session};
use auth_leptos::{PublicError, RequestSession, RequestSource};
use axum::http::request::Parts;

/// Runs a query for the signed-in user.
///
/// Without a user it fails, and the page asks for a sign-in: also if the provider
/// turns out to have ended the session. If the session store cannot be reached, it
/// refuses the whole request: then the user is unknown, so no page can be shown. For
/// that the response must not have begun, so pages call it in a blocking resource.
pub(super) async fn for_signed_in<T>(
    query: impl AsyncFnOnce(&RequestSession, &Session) -> Result<T, AuthError>,
) -> Result<T, PublicError> {
    let session: RequestSession = leptos_axum::extract().await?;
    match run(&session, query).await {
        Ok(data) => Ok(data),
        Err(error @ AuthError::Store(_)) => {
            let parts: Parts = leptos_axum::extract().await?;
            session.refuse(&RequestSource::of(&parts), &error);
            Err(error.kind().into())
        }
        Err(error) => Err(error.into()),
    }
}

async fn run<T>(
    session: &RequestSession,
    query: impl AsyncFnOnce(&RequestSession, &Session) -> Result<T, AuthError>,
) -> Result<T, AuthError> {
    let signed_in = session.get().await?.ok_or(AuthError::NotSignedIn)?;
    let data = query(session, &signed_in).await?;
    match session.get().await? {
        Some(_) => Ok(data),
        None => Err(AuthError::SessionEnded),
    }
}

/// Separates the errors that a part of a page reports from a failure of the session
/// store.
pub(super) fn split_store_error<T>(
    result: Result<T, AuthError>,
) -> Result<Result<T, PublicError>, AuthError> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(error @ AuthError::Store(_)) => Err(error),
        // Of the kind alone: `From<AuthError>` would set the status of the page.
        Err(error) => {
            error.log();
            Ok(Err(error.kind().into()))
        }
    }
}
