//! The request that a server function or component runs in: its session, and
//! its response.

use std::sync::{Arc, Once, PoisonError};

use auth_axum::{
    MissingSessionLayer, RequestSession, RequestSource, append_cookies, referrer, retry_after,
};
use auth_core::{AuthError, BasePath, Language, Session, SetCookie};
use axum::http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{RETRY_AFTER, VARY},
    request::Parts,
};
use leptos::{
    prelude::{use_context, with_context},
    server_fn::{ServerFnError, error::ServerFnUrlError},
};
use leptos_axum::ResponseOptions;
use leptos_router::{RouteList, location::RequestUrl};

use crate::SessionState;

/// Returns the session of the page that is being rendered, or `None` if the
/// user is signed out.
///
/// For components: the session was read before rendering began, so nothing
/// waits. Without [`with_auth`](crate::WithAuth::with_auth) nobody is signed in,
/// which is logged once.
pub fn rendered_session() -> Option<Arc<Session>> {
    match rendered() {
        Rendered::SignedIn(session) => Some(session),
        Rendered::SignedOut | Rendered::Loading => None,
    }
}

/// What is known of the session while a page is rendered.
enum Rendered {
    /// Nothing: the request has not passed the session layer, or Leptos lists
    /// its routes.
    Loading,
    SignedOut,
    SignedIn(Arc<Session>),
}

/// Returns what a browser may see of the session of the page that is being
/// rendered.
pub(crate) fn rendered_state() -> SessionState {
    match rendered() {
        Rendered::SignedIn(session) => SessionState::Authenticated(session.to_public()),
        Rendered::SignedOut => SessionState::Unauthenticated,
        Rendered::Loading => SessionState::Loading,
    }
}

fn rendered() -> Rendered {
    let Ok(session) = request_session() else {
        log_missing_layer_once();
        return Rendered::Loading;
    };
    match session.loaded() {
        Some(session) => Rendered::SignedIn(session),
        None if session.is_loaded() => Rendered::SignedOut,
        None => Rendered::Loading,
    }
}

/// Components cannot fail, and a page has many. Leptos renders the application
/// without a request to list its routes.
fn log_missing_layer_once() {
    static LOGGED: Once = Once::new();

    if !RouteList::is_generating() {
        LOGGED.call_once(|| {
            tracing::error!(
                "components show neither signed-in nor signed-out content: {}",
                MissingSessionLayer::default()
            );
        });
    }
}

/// Logs that a component has no session because it is outside of
/// `SessionProvider`.
pub(crate) fn log_missing_provider_once() {
    static LOGGED: Once = Once::new();

    if !RouteList::is_generating() {
        LOGGED.call_once(|| {
            tracing::error!(
                "a component asks for the session outside of `<SessionProvider>` and shows \
                 neither signed-in nor signed-out content: put `<SessionProvider>` around the \
                 whole application"
            );
        });
    }
}

pub(crate) fn request_session() -> Result<RequestSession, MissingSessionLayer> {
    with_context::<Parts, _>(|parts| parts.extensions.get::<RequestSession>().cloned())
        .flatten()
        .ok_or_else(MissingSessionLayer::default)
}

/// Returns the path that the sign-in routes begin with. That a request lacks
/// `with_auth` is logged elsewhere.
pub(crate) fn base_path() -> BasePath {
    request_session()
        .map(|session| session.auth().config().base_path().clone())
        .unwrap_or_default()
}

/// Returns the language that the request prefers (`Accept-Language`), of those that the
/// application has: English, Thai, and those of
/// [`ConfigBuilder::language`](crate::ConfigBuilder::language). English if it asks for
/// no other; `None` outside of a request with [`with_auth`](crate::WithAuth::with_auth).
///
/// For the attribute `lang` of a page, and for what its server functions say. A
/// [`PublicError`](crate::PublicError) has its sentence in this language already.
///
/// ```
/// use leptos::prelude::*;
///
/// #[component]
/// fn Greeting() -> impl IntoView {
///     let is_thai = auth_leptos::language().is_some_and(|language| language.tag() == "th");
///     view! { <p>{if is_thai { "สวัสดี" } else { "Hello" }}</p> }
/// }
/// ```
pub fn language() -> Option<Language> {
    Some(request_session().ok()?.language())
}

/// Returns the language of the page that is being rendered, for texts in it, and says
/// in its header `Vary` that the page depends on it (RFC 9110 §12.5.5).
pub(crate) fn language_of_page() -> Language {
    let accept_language = HeaderValue::from_static("accept-language");
    if let Some(ResponseOptions(response)) = use_context() {
        let mut response = response.write().unwrap_or_else(PoisonError::into_inner);
        let mut vary = response.headers.get_all(VARY).iter();
        if !vary.any(|named| named == accept_language) {
            response.headers.append(VARY, accept_language);
        }
    }
    language().unwrap_or_default()
}

/// Sets cookies and redirects the browser.
pub(crate) fn redirect(location: &str, cookies: Vec<SetCookie>) {
    if let Some(response) = use_context::<ResponseOptions>() {
        let mut headers = HeaderMap::new();
        append_cookies(&mut headers, cookies);
        for (name, value) in &headers {
            response.append_header(name.clone(), value.clone());
        }
    }
    // Locations are serialised URLs or validated paths, so they are printable
    // ASCII: `leptos_axum::redirect` panics on anything else.
    leptos_axum::redirect(location);
}

/// Where an operation runs.
pub(crate) enum Place {
    /// In a page that is being rendered.
    Page(RequestSource),
    /// In a server function that a form called without JavaScript. Leptos answers
    /// with a redirect to the page with the form, whose address contains the
    /// error. A status would take that away, and show the user the bare error.
    Form { page: Option<String> },
    /// In a server function that a script called.
    Script,
}

pub(crate) fn place() -> Option<Place> {
    with_context::<Parts, _>(|parts| {
        let source = RequestSource::of(parts);
        if use_context::<RequestUrl>().is_some() {
            return Place::Page(source);
        }
        match source {
            RequestSource::Script => Place::Script,
            RequestSource::Page(_) | RequestSource::Form(_) => Place::Form {
                page: referrer(&parts.headers).map(without_former_error),
            },
        }
    })
}

/// Removes the error of the form's last request from the address of its page.
fn without_former_error(mut page: String) -> String {
    ServerFnUrlError::<ServerFnError>::strip_error_info(&mut page);
    page
}

/// Sets the status 400, unless it would hide the page that shows the error.
pub(crate) fn set_bad_request() {
    if matches!(place(), Some(Place::Script))
        && let Some(response) = use_context::<ResponseOptions>()
    {
        response.set_status(StatusCode::BAD_REQUEST);
    }
}

/// Sets the status of the response that an error becomes.
pub(crate) fn set_status(status: StatusCode, error: &AuthError) {
    let Some(response) = use_context::<ResponseOptions>() else {
        return;
    };
    response.set_status(status);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.insert_header(RETRY_AFTER, retry_after(error));
    }
}
