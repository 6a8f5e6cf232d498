//! The server functions that the pages' forms post to.
//!
//! Each is a public endpoint: anyone may call it with any arguments.

#![allow(
    missing_docs,
    clippy::too_many_arguments,
    reason = "the macro `server` generates a public field and an argument for each form field"
)]

use auth_leptos::{PublicError, PublicSession};
use leptos::prelude::*;

/// Starts a sign-in at Logto. Afterwards the browser returns to `redirect_to`
/// or, if that is missing, to the page with the form.
#[server(endpoint = "sign_in")]
pub async fn sign_in(redirect_to: Option<String>) -> Result<(), PublicError> {
    let options = auth_core::SignInOptions::new().redirect_to_default(redirect_to);
    auth_leptos::sign_in(options).await
}

/// Starts a sign-in like [`sign_in`], with Logto's screen that creates an
/// account.
#[server(endpoint = "sign_up")]
pub async fn sign_up(redirect_to: Option<String>) -> Result<(), PublicError> {
    let options = auth_core::SignInOptions::sign_up().redirect_to_default(redirect_to);
    auth_leptos::sign_in(options).await
}

/// Starts a sign-in like [`sign_in`], with options. Names and values are those
/// of the authorization request; an empty value sets nothing.
#[server(endpoint = "sign_in_with")]
pub async fn sign_in_with(
    redirect_to: Option<String>,
    first_screen: Option<String>,
    identifier: Option<String>,
    direct_sign_in: Option<String>,
    login_hint: Option<String>,
    prompt: Option<String>,
    max_age: Option<String>,
    ui_locales: Option<String>,
    organization_id: Option<String>,
) -> Result<(), PublicError> {
    let mut options = auth_core::SignInOptions::new().redirect_to_default(redirect_to);
    for (name, value) in [
        ("first_screen", first_screen),
        ("identifier", identifier),
        ("direct_sign_in", direct_sign_in),
        ("login_hint", login_hint),
        ("prompt", prompt),
        ("max_age", max_age),
        ("ui_locales", ui_locales),
        ("organization_id", organization_id),
    ] {
        options.set(name, &value.unwrap_or_default())?;
    }
    auth_leptos::sign_in(options).await
}

/// Ends the session in this application and, unless `only_here` is set, at
/// Logto.
#[server(endpoint = "sign_out")]
pub async fn sign_out(only_here: Option<bool>) -> Result<(), PublicError> {
    let mut options = auth_core::SignOutOptions::new();
    if only_here == Some(true) {
        options = options.application_only();
    }
    auth_leptos::sign_out(options).await
}

/// The value of `which` that ends all sessions except the current one.
pub const OTHER_SESSIONS: &str = "others";
/// The value of `which` that ends all sessions, including the current one.
pub const ALL_SESSIONS: &str = "everywhere";
/// The page that lists the sessions.
#[cfg(feature = "ssr")]
const SESSIONS_PAGE: &str = "/sessions";

/// Ends sessions of the user: [`OTHER_SESSIONS`], [`ALL_SESSIONS`], or the one
/// with the handle `which`.
// The endpoint keeps its former name: pages that are open during an upgrade
// post their forms to it.
#[server(endpoint = "sign_out_of")]
pub async fn end_sessions(which: String) -> Result<(), PublicError> {
    match which.as_str() {
        OTHER_SESSIONS => auth_leptos::end_other_sessions(SESSIONS_PAGE).await,
        ALL_SESSIONS => auth_leptos::end_all_sessions(SESSIONS_PAGE).await,
        handle => auth_leptos::end_session(handle.parse()?, SESSIONS_PAGE).await,
    }
}

/// Returns the session, if the caller is signed in.
#[server(endpoint = "auth")]
pub async fn auth() -> Result<Option<PublicSession>, PublicError> {
    let session = auth_leptos::auth().await?;
    Ok(session.map(|session| session.to_public()))
}

/// Refreshes the user's claims, such as roles and organizations, from Logto.
/// Returns to the page `/organizations`.
#[server(endpoint = "refresh_claims")]
pub async fn refresh_claims() -> Result<(), PublicError> {
    const PAGE: &str = "/organizations";
    match auth_leptos::refresh_claims().await {
        Ok(_) => leptos_axum::redirect(PAGE),
        Err(error) => auth_leptos::redirect_to_error(&error, PAGE)?,
    }
    Ok(())
}

/// Adds an item to the user's shopping list: calls the shopping API with the
/// user's token. Returns to the page `/resources`, which shows any error.
#[server(endpoint = "add_item")]
pub async fn add_item(name: String) -> Result<(), PublicError> {
    match crate::shopping::add(&name).await {
        Ok(page) => leptos_axum::redirect(&page),
        Err(error) => auth_leptos::redirect_to_error(&error, crate::shopping::PAGE)?,
    }
    Ok(())
}
