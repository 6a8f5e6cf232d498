//! `sign_in()`, `sign_out()`, `auth()`: for server functions, called over HTTP
//! or directly while rendering.

use std::sync::Arc;

use auth_core::{AuthError, Session, SetCookie, SignInOptions, SignOutOptions};
use axum::http::{header::SET_COOKIE, request::Parts};
use leptos::prelude::{use_context, with_context};
use leptos_axum::ResponseOptions;

use crate::{RequestSession, response::set_cookie, routes::referrer};

/// There is no request at hand, or it did not pass [`crate::SessionLayer`]:
/// put the layer on the routes of pages and of server functions.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("this route is not under auth_leptos::SessionLayer")]
#[non_exhaustive]
pub struct MissingSessionLayer;

/// Begins a sign-in: sends the browser to Logto, or, when that fails, to the
/// error page. Counterpart of Auth.js's `signIn("logto")`.
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
    let options = SignInOptions::returning_to(
        options
            .redirect_to
            .or_else(|| with_context::<Parts, _>(|parts| referrer(&parts.headers)).flatten())
            .unwrap_or_else(|| "/".to_owned()),
    );
    let auth = session.auth();
    match auth.begin_sign_in(&options, session.cookies()).await {
        Ok(started) => respond(started.url.as_str(), started.cookies),
        Err(error) => {
            let page = auth.redirect_target(options.redirect_to.as_deref());
            respond(&auth.report(&error, Some(&page)), Vec::new());
        }
    }
    Ok(())
}

/// Signs out and sends the browser on: by way of Logto, which ends its own
/// session, to the front page; to the error page when the session store cannot
/// be reached, and the user therefore is still signed in. Counterpart of Auth.js's `signOut()`.
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
        Ok(session) => session.get().await,
        Err(error) => {
            tracing::error!("{error}");
            Ok(None)
        }
    }
}

/// The session of the page being rendered, for components: read ahead by
/// [`crate::SessionLayer`], so that nothing waits. `None` when the visitor is
/// signed out.
pub fn rendered_session() -> Option<Arc<Session>> {
    request_session().ok()?.loaded()
}

fn request_session() -> Result<RequestSession, MissingSessionLayer> {
    with_context::<Parts, _>(|parts| parts.extensions.get::<RequestSession>().cloned())
        .flatten()
        .ok_or(MissingSessionLayer)
}

fn respond(location: &str, cookies: Vec<SetCookie>) {
    if let Some(response) = use_context::<ResponseOptions>() {
        for cookie in cookies.into_iter().filter_map(set_cookie) {
            response.append_header(SET_COOKIE, cookie);
        }
    }
    // Addresses here are serialised URLs or validated paths: printable ASCII,
    // so that `redirect` cannot panic on them.
    leptos_axum::redirect(location);
}
