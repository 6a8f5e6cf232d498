//! The built-in pages: plain HTML that needs no JavaScript. An application can
//! replace those of sign-in, sign-out and errors by paths of its own.
//!
//! A `GET` must not sign in or out itself: any link or prefetch could then do it.

mod error;
mod send_again;
mod too_many;

use std::time::Duration;

use auth_core::{Auth, Config, ErrorKind, Message, SignInOptions, routes};
use axum::{
    body::Body,
    extract::State,
    http::{Request, StatusCode, request::Parts},
    response::Response,
};
use tokio::time::timeout;

pub(super) use self::{
    error::error,
    send_again::{SENT_AGAIN, send_again},
    too_many::too_many,
};
use super::{csrf::MISSING_CSRF, form::parameter};
use crate::{
    RequestSession,
    html_page::{Page, escape, hidden_input, html},
    response::{RedirectStyle, page_with, redirect},
};

/// How long a page waits for the provider's description.
const PATIENCE: Duration = Duration::from_secs(1);

/// The longest code of an error that is passed on, in bytes.
const MAX_CODE: usize = 64;

pub(super) async fn sign_in(State(auth): State<Auth>, request: Request<Body>) -> Response {
    let (parts, _) = request.into_parts();
    if let Some(page) = auth.config().sign_in_page() {
        return to_own_page(&auth, &parts, page);
    }
    let notice = error_code(&parts).map(|code| match code.parse::<ErrorKind>() {
        // Auth.js's client sends users here who have never signed in, too.
        Ok(ErrorKind::SessionRequired) => Message::PleaseSignIn,
        Ok(kind) => Message::Sentence(Some(kind)),
        Err(_) if code == MISSING_CSRF => Message::FormOutOfDate,
        Err(_) => Message::SomethingWrongTryAgain,
    });
    // An identity provider begins a sign-in with an address (Logto's
    // "IdP-initiated SSO"): what it asks for survives the click.
    let options = options(&parts);
    let action = auth.config().base_path().path_of(routes::SIGN_IN_LOGTO);
    let action = page_with(&action, named(&options));
    confirm(&auth, &parts, Message::SignIn, notice, &action).await
}

/// Returns the options of a sign-in in the query of a page, without those that are
/// not valid.
fn options(parts: &Parts) -> Vec<(&'static str, String)> {
    SignInOptions::FROM_BROWSER
        .into_iter()
        .filter_map(|name| Some((name, parameter(parts, name)?)))
        .filter(|(name, value)| SignInOptions::new().set(name, value).is_ok())
        .collect()
}

fn named<'o>(
    options: &'o [(&'static str, String)],
) -> impl Iterator<Item = (&'o str, Option<&'o str>)> {
    options
        .iter()
        .map(|(name, value)| (*name, Some(value.as_str())))
}

pub(super) async fn sign_out(State(auth): State<Auth>, request: Request<Body>) -> Response {
    let (parts, _) = request.into_parts();
    if let Some(page) = auth.config().sign_out_page() {
        return to_own_page(&auth, &parts, page);
    }
    let notice = match error_code(&parts) {
        Some(_) => Message::StillSignedIn,
        None => Message::WantToSignOut,
    };
    let action = auth.config().base_path().path_of(routes::SIGN_OUT);
    confirm(&auth, &parts, Message::SignOut, Some(notice), &action).await
}

/// Shows a page with one button.
async fn confirm(
    auth: &Auth,
    parts: &Parts,
    label: Message<'_>,
    notice: Option<Message<'_>>,
    action: &str,
) -> Response {
    know_provider(auth).await;
    let target = auth.redirect_target(parameter(parts, "callbackUrl").as_deref());
    let language = &RequestSession::of(parts, auth).language();
    let notice = notice.map_or_else(String::new, |notice| {
        format!("<p>{}</p>\n", html(language, notice))
    });
    let config = auth.config();
    let form = form(action, &html(language, label), target.as_str());
    Page::new(language, label).respond(config, StatusCode::OK, &format!("{notice}{form}"))
}

/// Waits for the provider's description, for a moment: the page's policy has to name
/// the origins that the form leads to. What fails here is logged when the form is sent.
async fn know_provider(auth: &Auth) {
    let auth = auth.clone();
    // On a task of its own: others may wait for the same fetch.
    let fetch = tokio::spawn(async move { auth.warm_up().await });
    drop(timeout(PATIENCE, fetch).await);
}

/// Returns a form with one button, of this HTML, that sends `target` along.
fn form(action: &str, label: &str, target: &str) -> String {
    let action = escape(action);
    let target = hidden_input("callbackUrl", target);
    format!(
        "<form method=\"post\" action=\"{action}\">\n{target}<button \
         type=\"submit\">{label}</button>\n</form>\n"
    )
}

/// Returns the parameter `error` if it can be a code.
fn error_code(parts: &Parts) -> Option<String> {
    parameter(parts, "error").filter(|code| is_word(code, MAX_CODE))
}

fn is_word(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// Redirects to the application's own page, with the parameters that the page may
/// use. As in Auth.js, `callbackUrl` is an absolute URL.
fn to_own_page(auth: &Auth, parts: &Parts, page: &str) -> Response {
    let config: &Config = auth.config();
    let base_url = config.base_url().as_str();
    let target = parameter(parts, "callbackUrl").map(|target| {
        let target = auth.redirect_target(Some(&target));
        format!("{}{target}", base_url.trim_end_matches('/'))
    });
    let (code, reference) = (error_code(parts), error::reference(parts));
    let options = options(parts);
    let own = [
        ("error", code.as_deref()),
        ("ref", reference.as_deref()),
        ("callbackUrl", target.as_deref()),
    ];
    let location = page_with(page, own.into_iter().chain(named(&options)));
    redirect(&location, base_url, RedirectStyle::SeeOther, Vec::new())
}
