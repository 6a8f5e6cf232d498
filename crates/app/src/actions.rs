//! The server functions of sign-in: what the buttons post to.
//!
//! Each is a public endpoint and may be called by anyone, with anything.

#![allow(
    missing_docs,
    clippy::too_many_arguments,
    reason = "the macro `server` makes a public field and an argument of each field of a form"
)]

use auth_leptos::PublicSession;
use leptos::prelude::*;

/// Sends the browser to Logto, and afterwards back to `redirect_to` or, when
/// that is missing, to the page that asked.
#[server(endpoint = "sign_in")]
pub async fn sign_in(redirect_to: Option<String>) -> Result<(), ServerFnError> {
    let options = auth_core::SignInOptions::new().redirect_to_default(redirect_to);
    Ok(auth_leptos::sign_in(options).await?)
}

/// As [`sign_in`], beginning with the screen where one makes an account.
#[server(endpoint = "sign_up")]
pub async fn sign_up(redirect_to: Option<String>) -> Result<(), ServerFnError> {
    let options = auth_core::SignInOptions::sign_up().redirect_to_default(redirect_to);
    Ok(auth_leptos::sign_in(options).await?)
}

/// As [`sign_in`], with what a form asks for, by the names and in the form of
/// the authorization request; what is empty is not asked for.
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
) -> Result<(), ServerFnError> {
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
        options
            .set(name, &value.unwrap_or_default())
            .map_err(|error| -> ServerFnError { ServerFnError::Args(error.to_string()) })?;
    }
    Ok(auth_leptos::sign_in(options).await?)
}

/// Ends the session here, and at Logto unless `only_here` is set.
#[server(endpoint = "sign_out")]
pub async fn sign_out(only_here: Option<bool>) -> Result<(), ServerFnError> {
    let mut options = auth_core::SignOutOptions::new();
    if only_here == Some(true) {
        options = options.application_only();
    }
    Ok(auth_leptos::sign_out(options).await?)
}

/// The value of `which` that ends all sessions except this one.
pub const OTHERS: &str = "others";
/// The value of `which` that ends all sessions, this one included.
pub const EVERYWHERE: &str = "everywhere";
/// The page that lists the sessions.
#[cfg(feature = "ssr")]
const SESSIONS: &str = "/sessions";

/// Ends sessions of the user: [`OTHERS`], [`EVERYWHERE`], or the one with this
/// handle.
#[server(endpoint = "sign_out_of")]
pub async fn sign_out_of(which: String) -> Result<(), ServerFnError> {
    match which.as_str() {
        OTHERS => auth_leptos::end_other_sessions(SESSIONS).await?,
        EVERYWHERE => auth_leptos::end_all_sessions(SESSIONS).await?,
        handle => {
            let handle = handle
                .parse::<auth_core::SessionHandle>()
                .map_err(|error| -> ServerFnError { ServerFnError::Args(error.to_string()) })?;
            auth_leptos::end_session(handle, SESSIONS).await?;
        }
    }
    Ok(())
}

/// Who is signed in, if anyone.
#[server(endpoint = "auth")]
pub async fn auth() -> Result<Option<PublicSession>, ServerFnError> {
    let session = auth_leptos::auth()
        .await
        .map_err(|error| ServerFnError::new(error.kind().sentence()))?;
    Ok(session.map(|session| session.to_public()))
}

/// Has Logto tell anew which roles and organizations the user has, and returns
/// to the page of organizations.
#[server(endpoint = "refresh_claims")]
pub async fn refresh_claims() -> Result<(), ServerFnError> {
    const PAGE: &str = "/organizations";
    match auth_leptos::refresh_claims().await {
        Ok(_) => leptos_axum::redirect(PAGE),
        Err(error) => auth_leptos::redirect_to_error(&error, PAGE)?,
    }
    Ok(())
}

/// Adds something to the user's shopping list, by way of the shopping API and
/// with the user's token; returns to the page of API resources, which tells
/// what became of it.
#[server(endpoint = "add_item")]
pub async fn add_item(name: String) -> Result<(), ServerFnError> {
    match crate::shopping::add(&name).await {
        Ok(page) => leptos_axum::redirect(&page),
        Err(error) => auth_leptos::redirect_to_error(&error, crate::shopping::PAGE)?,
    }
    Ok(())
}
