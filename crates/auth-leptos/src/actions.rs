//! `sign_in()`, `sign_out()` and `auth()`, for server functions: called over
//! HTTP, or directly while a page is rendered.

use std::sync::Arc;

use auth_axum::referrer;
use auth_core::{AuthError, Session, SignInOptions, SignOutOptions};
use axum::http::request::Parts;
use leptos::prelude::with_context;

use crate::{
    PublicError,
    request::{redirect, request_session},
};

/// Starts a sign-in: redirects the browser to Logto, or to the error page if
/// the sign-in cannot start. The counterpart of Auth.js's `signIn("logto")`.
///
/// [`SignInOptions`] choose the screen, the connector, a new proof of identity
/// and more; [`SignInOptions::sign_up`] starts on the screen for new users.
/// Without [`SignInOptions::redirect_to`] the user returns to the page that
/// called (`Referer`), or to the home page.
///
/// While a page is rendered, call it from a blocking resource: a redirect is
/// possible only until the first byte is sent.
///
/// # Errors
///
/// [`AuthError::CrossSiteRequest`] if a page of another site sent the request
/// and it is no `GET`, and [`AuthError::Internal`] without
/// [`with_auth`](crate::WithAuth::with_auth).
pub async fn sign_in(options: SignInOptions) -> Result<(), PublicError> {
    let session = request_session()?;
    let page = || with_context::<Parts, _>(|parts| referrer(&parts.headers)).flatten();
    let options = match options.redirect_target() {
        Some(_) => options,
        None => options.redirect_to_default(page()),
    };
    match session.begin_sign_in(&options).await {
        Ok(started) => redirect(started.url.as_str(), started.cookies),
        Err(error @ AuthError::CrossSiteRequest) => return Err(error.into()),
        Err(error) => {
            let auth = session.auth();
            let page = auth.redirect_target(options.redirect_target());
            redirect(&auth.report(&error, Some(&page)), Vec::new());
        }
    }
    Ok(())
}

/// Signs out and redirects the browser: to Logto, which ends its own session,
/// and from there to the page that `options` name. The counterpart of Auth.js's
/// `signOut()`.
///
/// If the session store cannot be reached, the user is still signed in, and the
/// browser is redirected to the error page.
///
/// While a page is rendered, call it from a blocking resource: a redirect is
/// possible only until the first byte is sent.
///
/// # Errors
///
/// [`AuthError::CrossSiteRequest`] if a page of another site sent the request,
/// also with `GET`: a page that signs out while it is rendered answers 403 to a
/// link of another site. [`AuthError::Internal`] without
/// [`with_auth`](crate::WithAuth::with_auth).
pub async fn sign_out(options: SignOutOptions) -> Result<(), PublicError> {
    let session = request_session()?;
    match session.sign_out(&options).await {
        Ok(started) => redirect(started.next.as_str(), started.cookies),
        Err(error @ AuthError::CrossSiteRequest) => return Err(error.into()),
        Err(error) => redirect(&session.auth().report(&error, None), Vec::new()),
    }
    Ok(())
}

/// Returns the session, or `None` if the user is signed out. The counterpart of
/// Auth.js's `auth()`.
///
/// A request reads the store at most once, however often this is called. The
/// result must stay on the server: send [`Session::to_public`] to a browser.
///
/// # Errors
///
/// [`AuthError::Store`] if the store cannot be reached: the user is unknown, so
/// show nothing that needs one. [`AuthError::Internal`] without
/// [`with_auth`](crate::WithAuth::with_auth).
pub async fn auth() -> Result<Option<Arc<Session>>, PublicError> {
    Ok(request_session()?.get().await?)
}

/// Logs an error and redirects the browser to the error page, which explains
/// its kind and links back to `page`.
///
/// For server functions that a form posts to, if an operation of this crate
/// fails.
///
/// # Errors
///
/// [`AuthError::Internal`] without [`with_auth`](crate::WithAuth::with_auth).
pub fn redirect_to_error(error: &PublicError, page: &str) -> Result<(), PublicError> {
    let session = request_session()?;
    let auth = session.auth();
    let page = auth.redirect_target(Some(page));
    let location = match error.details() {
        Some(details) => auth.report(details, Some(&page)),
        None => auth.report(&AuthError::Internal(error.to_string()), Some(&page)),
    };
    redirect(&location, Vec::new());
    Ok(())
}
