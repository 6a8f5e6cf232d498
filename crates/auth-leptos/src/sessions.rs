//! Lists and ends the sessions of the signed-in user, for server functions.

use auth_axum::RequestSession;
use auth_core::{AuthError, SessionHandle, SessionInfo, SessionsEnded};

use crate::{
    PublicError,
    request::{redirect, request_session},
};

/// Returns the sessions of the signed-in user, last used first.
///
/// # Errors
///
/// [`AuthError::NotSignedIn`] if nobody is signed in, or [`AuthError::Store`]
/// if the store cannot be reached.
pub async fn sessions() -> Result<Vec<SessionInfo>, PublicError> {
    Ok(request_session()?.sessions().await?)
}

/// Ends one session of the signed-in user, on every server at the next
/// request. Then redirects the browser: to `redirect_to`; to the home page if
/// the session of this request was ended; to the error page if nobody is
/// signed in, or if the store cannot be reached and nothing has been ended.
///
/// To end sessions without a redirect, use [`RequestSession::end_session`].
///
/// # Errors
///
/// [`AuthError::CrossSiteRequest`] if a page of another site sent the request,
/// and [`AuthError::Internal`] without [`with_auth`](crate::WithAuth::with_auth).
pub async fn end_session(handle: SessionHandle, redirect_to: &str) -> Result<(), PublicError> {
    let session = request_session()?;
    let ended = session.end_session(handle).await;
    respond(&session, ended, redirect_to)
}

/// Ends all sessions of the signed-in user except this one. Redirects like
/// [`end_session`].
///
/// # Errors
///
/// As [`end_session`].
pub async fn end_other_sessions(redirect_to: &str) -> Result<(), PublicError> {
    let session = request_session()?;
    let ended = session.end_other_sessions().await;
    respond(&session, ended, redirect_to)
}

/// Ends all sessions of the signed-in user, this one included. Redirects like
/// [`end_session`].
///
/// # Errors
///
/// As [`end_session`].
pub async fn end_all_sessions(redirect_to: &str) -> Result<(), PublicError> {
    let session = request_session()?;
    let ended = session.end_all_sessions().await;
    respond(&session, ended, redirect_to)
}

fn respond(
    session: &RequestSession,
    ended: Result<SessionsEnded, AuthError>,
    redirect_to: &str,
) -> Result<(), PublicError> {
    let auth = session.auth();
    let page = auth.redirect_target(Some(redirect_to));
    match ended {
        Ok(ended) if ended.includes_current => redirect("/", ended.cookies),
        Ok(ended) => redirect(page.as_str(), ended.cookies),
        Err(error @ AuthError::CrossSiteRequest) => return Err(error.into()),
        Err(error) => redirect(&auth.report(&error, Some(&page)), Vec::new()),
    }
    Ok(())
}
