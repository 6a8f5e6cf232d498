//! The server functions of sign-in: what the buttons post to.
//!
//! Each is a public endpoint and may be called by anyone, with anything.

#![allow(
    missing_docs,
    reason = "the macro `server` makes a public field of each argument"
)]

use auth_leptos::PublicSession;
use leptos::prelude::*;

/// Sends the browser to Logto, and afterwards back to `redirect_to` or, when
/// that is missing, to the page that asked.
#[server(endpoint = "sign_in")]
pub async fn sign_in(redirect_to: Option<String>) -> Result<(), ServerFnError> {
    let mut options = auth_core::SignInOptions::default();
    options.redirect_to = redirect_to;
    Ok(auth_leptos::sign_in(options).await?)
}

/// Ends the session here and at Logto.
#[server(endpoint = "sign_out")]
pub async fn sign_out() -> Result<(), ServerFnError> {
    Ok(auth_leptos::sign_out(auth_core::SignOutOptions::default()).await?)
}

/// Ends sessions of the user's own: `others`, `everywhere`, or the one of that
/// id.
#[server(endpoint = "sign_out_of")]
pub async fn sign_out_of(which: String) -> Result<(), ServerFnError> {
    let which = which
        .parse::<auth_core::SignOutOf>()
        .map_err(|error| -> ServerFnError { ServerFnError::Args(error.to_string()) })?;
    Ok(auth_leptos::sign_out_of(which, "/sessions").await?)
}

/// Who is signed in, if anyone.
#[server(endpoint = "auth")]
pub async fn auth() -> Result<Option<PublicSession>, ServerFnError> {
    let session = auth_leptos::auth()
        .await
        .map_err(|error| ServerFnError::new(error.kind().sentence()))?;
    Ok(session.map(|session| session.to_public()))
}
