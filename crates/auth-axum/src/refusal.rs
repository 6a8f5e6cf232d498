//! The answers to requests that are refused, by what sent the request: a page
//! can ask for a sign-in, and a script cannot show one.

use std::sync::{Mutex, MutexGuard, PoisonError};

use auth_core::{Auth, AuthError, Config, ErrorKind, Language, Message};
use axum::{
    Json,
    http::{Extensions, HeaderMap, Method, StatusCode, Uri, header::RETRY_AFTER, request::Parts},
    response::{IntoResponse as _, Response},
};

use crate::{
    html_page::{Page, home_link, html, set_language},
    navigation::{asks_for_html, page_address, referrer},
    response::{RedirectStyle, no_store, redirect, retry_after, sign_in_redirect},
    unavailable::{permissions_unavailable, session_unavailable},
};

/// What sent a request, which decides how it can be refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(
    clippy::exhaustive_enums,
    reason = "who answers a request decides for each of the three"
)]
pub enum RequestSource {
    /// A browser that opens a page at this address of the application: a path
    /// with its query. After a sign-in it can return there.
    Page(String),
    /// A browser that sends a form without JavaScript, and shows the answer. With
    /// the page that has the form, as the browser says (`Referer`): not validated.
    Form(Option<String>),
    /// A script or a program. It can show no page, and another site would refuse
    /// its request after a redirect (CORS), so it needs a status.
    Script,
}

impl RequestSource {
    /// Returns what sent a request, by the headers that browsers send (Fetch
    /// Metadata §2.2) and by what the request accepts.
    pub fn of(parts: &Parts) -> Self {
        Self::from_request(&parts.method, &parts.uri, &parts.headers, &parts.extensions)
    }

    pub(crate) fn from_request(
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        extensions: &Extensions,
    ) -> Self {
        if let Some(page) = page_address(method, uri, headers, extensions) {
            return Self::Page(page);
        }
        // A form that navigates with `GET` is a page.
        let is_form = !matches!(*method, Method::GET | Method::HEAD)
            && headers
                .get("sec-fetch-mode")
                .is_none_or(|mode| mode == "navigate")
            && asks_for_html(headers) == Some(true);
        if is_form {
            Self::Form(referrer(headers))
        } else {
            Self::Script
        }
    }
}

/// The answer that replaces the one of a request's handler.
#[derive(Debug, Default)]
pub(crate) struct Refusal(Mutex<Option<Response>>);

impl Refusal {
    /// Keeps an answer, unless there is one.
    pub(crate) fn set(&self, build: impl FnOnce() -> Response) {
        self.lock().get_or_insert_with(build);
    }

    pub(crate) fn take(&self) -> Option<Response> {
        self.lock().take()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Response>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the status of a failed operation.
pub fn status_of(error: &AuthError) -> StatusCode {
    match error {
        AuthError::Store(_)
        | AuthError::ClaimsUnconfirmed { .. }
        | AuthError::RefreshBusy
        | AuthError::TooManyRequests { .. }
        | AuthError::VerificationBusy
        | AuthError::Unreachable { .. }
        | AuthError::TimedOut { .. } => StatusCode::SERVICE_UNAVAILABLE,
        AuthError::TooManySignIns { .. } => StatusCode::TOO_MANY_REQUESTS,
        AuthError::CrossSiteRequest
        | AuthError::Forbidden { .. }
        | AuthError::NotAMember { .. }
        | AuthError::ScopeMissing { .. } => StatusCode::FORBIDDEN,
        AuthError::NotSignedIn
        | AuthError::SessionEnded
        | AuthError::ClaimsOutdated
        | AuthError::NoRefreshToken => StatusCode::UNAUTHORIZED,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Builds the answer to a request that is refused for `error`, and logs what the
/// answer does not say.
pub(crate) fn refused(
    source: &RequestSource,
    auth: &Auth,
    language: &Language,
    error: &AuthError,
) -> Response {
    let page = match source {
        RequestSource::Script => return refused_script(language, error),
        RequestSource::Page(page) => Some(page),
        RequestSource::Form(page) => page.as_ref(),
    };
    let page = auth.redirect_target(page.map(String::as_str));
    match error {
        // A new sign-in renews claims that a session without a refresh token
        // cannot renew.
        AuthError::NotSignedIn | AuthError::SessionEnded | AuthError::ClaimsOutdated => {
            sign_in_redirect(page.as_str(), auth.config())
        }
        AuthError::Forbidden { .. } => {
            error.log();
            forbidden_page(auth.config(), language)
        }
        AuthError::Store(_) => session_unavailable(error, language),
        AuthError::ClaimsUnconfirmed { .. }
        | AuthError::RefreshBusy
        | AuthError::TooManyRequests { .. } => permissions_unavailable(error, language),
        error => {
            let base_url = auth.config().base_url().as_str();
            let location = auth.report(error, Some(&page));
            redirect(&location, base_url, RedirectStyle::SeeOther, Vec::new())
        }
    }
}

fn refused_script(language: &Language, error: &AuthError) -> Response {
    error.log();
    let status = status_of(error);
    let mut response = (status, public_error(language, error.kind())).into_response();
    set_language(&mut response, language);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        let seconds = retry_after(error);
        response.headers_mut().insert(RETRY_AFTER, seconds);
    }
    no_store(response)
}

/// Builds what a script may see of an error. It is the form of
/// `auth_leptos::PublicError`.
fn public_error(language: &Language, kind: ErrorKind) -> Json<serde_json::Value> {
    Json(serde_json::json!({ "kind": kind.code(), "sentence": language.sentence(kind) }))
}

/// The answer to a signed-in user without the permission. A redirect to another
/// page would say that the request succeeded, and lose the address.
fn forbidden_page(config: &Config, language: &Language) -> Response {
    let kind = ErrorKind::AccessDenied;
    let content = format!(
        "<p role=\"alert\">{}</p>\n{}",
        html(language, Message::Sentence(Some(kind))),
        home_link(language)
    );
    Page::new(language, Message::Heading(Some(kind))).respond(
        config,
        StatusCode::FORBIDDEN,
        &content,
    )
}
