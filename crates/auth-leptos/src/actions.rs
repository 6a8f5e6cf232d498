//! `sign_in()`, `sign_out()`, `auth()` and the devices: for server functions,
//! called over HTTP or directly while rendering.

use std::sync::Arc;

use auth_core::{
    AuthError, Session, SessionHandle, SessionInfo, SessionsEnded, SetCookie, SignInOptions,
    SignOutOptions,
};
use axum::http::{
    StatusCode,
    header::{RETRY_AFTER, SET_COOKIE},
    request::Parts,
};
use leptos::prelude::{use_context, with_context};
use leptos_axum::ResponseOptions;

use crate::{
    RequestSession,
    response::{RETRY_AFTER_SECONDS, set_cookie},
    routes::referrer,
};

/// There is no request at hand, or it did not pass [`crate::SessionLayer`]:
/// put the layer on the routes of pages and of server functions.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("this route is not under auth_leptos::SessionLayer")]
#[non_exhaustive]
pub struct MissingSessionLayer;

/// Begins a sign-in: sends the browser to Logto, or, when that fails, to the
/// error page. Counterpart of Auth.js's `signIn("logto")`. [`SignInOptions`]
/// say how: on which screen, by which connector, with which proof; to sign up
/// is [`SignInOptions::sign_up`].
///
/// Without [`SignInOptions::redirect_to`] the user returns to the page that
/// asked (`Referer`), else to the front page.
///
/// While rendering it works only until the first byte is sent: call it from a
/// blocking resource.
///
/// # Errors
///
/// [`MissingSessionLayer`] outside the layer.
pub async fn sign_in(options: SignInOptions) -> Result<(), MissingSessionLayer> {
    let session = request_session()?;
    let page = || with_context::<Parts, _>(|parts| referrer(&parts.headers)).flatten();
    let options = match options.redirect_target() {
        Some(_) => options,
        None => options.redirect_to_default(page()),
    };
    let auth = session.auth();
    match auth.begin_sign_in(&options, session.cookies()).await {
        Ok(started) => respond(started.url.as_str(), started.cookies),
        Err(error) => {
            let page = auth.redirect_target(options.redirect_target());
            respond(&auth.report(&error, Some(&page)), Vec::new());
        }
    }
    Ok(())
}

/// Signs out and sends the browser on: by way of Logto, which ends its own
/// session, to the page asked for; to the error page when the session store
/// cannot be reached, and the user therefore is still signed in. Counterpart of
/// Auth.js's `signOut()`.
///
/// While rendering it works only until the first byte is sent: call it from a
/// blocking resource.
///
/// # Errors
///
/// [`MissingSessionLayer`] outside the layer.
pub async fn sign_out(options: SignOutOptions) -> Result<(), MissingSessionLayer> {
    let session = request_session()?;
    let auth = session.auth();
    match auth.sign_out(&options, session.cookies()).await {
        Ok(signed_out) => {
            session.supersede();
            respond(signed_out.next.as_str(), signed_out.cookies);
        }
        Err(error) => respond(&auth.report(&error, None), Vec::new()),
    }
    Ok(())
}

/// The session, or `None` when the visitor is signed out. Counterpart of
/// Auth.js's `auth()`. Costs no read when the request's session was read
/// already.
///
/// The answer stays on the server; send [`Session::to_public`] to a browser.
///
/// # Errors
///
/// [`AuthError::Store`] when the store cannot be reached: it is then unknown
/// who is asking, and nothing must be shown. A missing layer counts as signed
/// out and is logged.
pub async fn auth() -> Result<Option<Arc<Session>>, AuthError> {
    match request_session() {
        Ok(session) => session.get().await.inspect_err(answer_unavailable),
        Err(error) => {
            tracing::error!("{error}");
            Ok(None)
        }
    }
}

/// Returns the sessions of the signed-in user, last used first.
///
/// # Errors
///
/// [`AuthError::NotSignedIn`] if nobody is signed in, or [`AuthError::Store`]
/// if the store cannot be reached.
pub async fn sessions() -> Result<Vec<SessionInfo>, AuthError> {
    signed_in_request()?
        .sessions()
        .await
        .inspect_err(answer_unavailable)
}

/// Ends one session of the signed-in user, on every server at the next
/// request. Then redirects the browser: to `redirect_to`; to the front page if
/// the session of this request was ended; to the error page if nobody is
/// signed in, or if the store cannot be reached and nothing has been ended.
///
/// To end sessions without a redirect, use [`RequestSession::end_session`].
///
/// # Errors
///
/// [`MissingSessionLayer`] outside the layer.
pub async fn end_session(
    handle: SessionHandle,
    redirect_to: &str,
) -> Result<(), MissingSessionLayer> {
    let session = request_session()?;
    let ended = session.end_session(handle).await;
    respond_ended(&session, ended, redirect_to);
    Ok(())
}

/// Ends all sessions of the signed-in user except this one. Redirects like
/// [`end_session`].
///
/// # Errors
///
/// [`MissingSessionLayer`] outside the layer.
pub async fn end_other_sessions(redirect_to: &str) -> Result<(), MissingSessionLayer> {
    let session = request_session()?;
    let ended = session.end_other_sessions().await;
    respond_ended(&session, ended, redirect_to);
    Ok(())
}

/// Ends all sessions of the signed-in user, this one included. Redirects like
/// [`end_session`].
///
/// # Errors
///
/// [`MissingSessionLayer`] outside the layer.
pub async fn end_all_sessions(redirect_to: &str) -> Result<(), MissingSessionLayer> {
    let session = request_session()?;
    let ended = session.end_all_sessions().await;
    respond_ended(&session, ended, redirect_to);
    Ok(())
}

fn respond_ended(
    session: &RequestSession,
    ended: Result<SessionsEnded, AuthError>,
    redirect_to: &str,
) {
    let auth = session.auth();
    let page = auth.redirect_target(Some(redirect_to));
    match ended {
        Ok(ended) if ended.includes_current => respond("/", ended.cookies),
        Ok(ended) => respond(page.as_str(), ended.cookies),
        Err(error) => respond(&auth.report(&error, Some(&page)), Vec::new()),
    }
}

/// Logs a failure and sends the browser to the error page, which tells its
/// kind and leads back to `page`: for server functions that a form posts to,
/// when one of the actions here fails.
///
/// # Errors
///
/// [`MissingSessionLayer`] outside the layer.
pub fn redirect_to_error(error: &AuthError, page: &str) -> Result<(), MissingSessionLayer> {
    let session = request_session()?;
    let auth = session.auth();
    let page = auth.redirect_target(Some(page));
    respond(&auth.report(error, Some(&page)), Vec::new());
    Ok(())
}

/// The session of the page being rendered, for components: read ahead by
/// [`crate::SessionLayer`], so that nothing waits. `None` when the visitor is
/// signed out.
pub fn rendered_session() -> Option<Arc<Session>> {
    request_session().ok()?.loaded()
}

pub(crate) fn request_session() -> Result<RequestSession, MissingSessionLayer> {
    with_context::<Parts, _>(|parts| parts.extensions.get::<RequestSession>().cloned())
        .flatten()
        .ok_or(MissingSessionLayer)
}

/// A server function that fails for want of the store is answered 503, not
/// 500, and with the time to come back.
pub(crate) fn answer_unavailable(error: &AuthError) {
    if let (AuthError::Store(_), Some(response)) = (error, use_context::<ResponseOptions>()) {
        response.set_status(StatusCode::SERVICE_UNAVAILABLE);
        response.insert_header(RETRY_AFTER, RETRY_AFTER_SECONDS);
    }
}

pub(crate) fn signed_in_request() -> Result<RequestSession, AuthError> {
    request_session().map_err(|error| {
        tracing::error!("{error}");
        AuthError::NotSignedIn
    })
}

fn set_cookies(cookies: Vec<SetCookie>) {
    if let Some(response) = use_context::<ResponseOptions>() {
        for cookie in cookies.into_iter().filter_map(set_cookie) {
            response.append_header(SET_COOKIE, cookie);
        }
    }
}

fn respond(location: &str, cookies: Vec<SetCookie>) {
    set_cookies(cookies);
    // Addresses here are serialised URLs or validated paths: printable ASCII,
    // so that `redirect` cannot panic on them.
    leptos_axum::redirect(location);
}
