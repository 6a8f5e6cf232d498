//! The routes under `/api/auth`, as Auth.js names them.

use auth_core::{Auth, AuthError, Config, SignInOptions, SignOutOptions};
use axum::{
    Json, Router,
    body::{Body, to_bytes},
    extract::State,
    http::{
        Method, Request,
        header::{CONTENT_TYPE, HeaderMap, REFERER},
        request::Parts,
    },
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use serde::Deserialize;
use url::form_urlencoded;

use crate::{
    RequestSession,
    built_in_pages::{confirm_sign_in, confirm_sign_out},
    client_address::device_info,
    provider_sign_out::{back_channel, front_channel},
    response::{RedirectStyle, bad_request, no_store, redirect, session_unavailable},
};

/// The longest body read: a form with an address.
pub(crate) const MAX_BODY: usize = 16 * 1024;

/// The routes of sign-in, for the application's router:
///
/// | route | what it does |
/// |---|---|
/// | `POST /api/auth/signin/logto` | begins a sign-in; its query may hold the parameters of [`SignInOptions::set`] |
/// | `GET /api/auth/callback/logto` | completes it; register this address at Logto |
/// | `POST /api/auth/signout` | signs out |
/// | `POST /api/auth/backchannel-logout/logto` | the provider ended a session; register this address at Logto |
/// | `GET /api/auth/frontchannel-logout/logto` | the same, in a frame of the provider's page |
/// | `GET /api/auth/session` | the session as JSON, or `null` |
/// | `GET /api/auth/signin`, `GET /api/auth/signout` | a page with a button that does it |
///
/// Anything else under `/api/auth/` is answered with 400.
///
/// The `POST` routes expect a CSRF check before them, such as `tower-http`'s
/// `CsrfLayer`.
pub fn auth_routes<S: Clone + Send + Sync + 'static>(auth: Auth) -> Router<S> {
    let routes = Router::new()
        .route("/signin", get(confirm_sign_in))
        .route("/signin/logto", get(confirm_sign_in).post(sign_in))
        .route("/callback/logto", get(callback))
        .route("/signout", get(confirm_sign_out).post(sign_out))
        .route("/session", get(session))
        .route("/backchannel-logout/logto", post(back_channel))
        .route("/frontchannel-logout/logto", get(front_channel))
        .route("/{*other}", any(async || bad_request()))
        .method_not_allowed_fallback(async || bad_request())
        .with_state(auth);
    Router::new().nest(Config::BASE_PATH, routes)
}

async fn sign_in(State(auth): State<Auth>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let Some(form) = Form::read(&parts, body).await else {
        return bad_request();
    };
    // Auth.js's `authorizationParams` come in the query.
    let mut options = SignInOptions::new();
    let query = parts.uri.query().unwrap_or_default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if options.set(&name, &value).is_err() {
            return bad_request();
        }
    }
    options = options.redirect_to_default(form.callback_url.or_else(|| referrer(&parts.headers)));
    let style = RedirectStyle::of(&parts.headers);
    let base_url = auth.config().base_url().as_str();
    match auth
        .begin_sign_in(&options, RequestSession::of(&parts, &auth).cookies())
        .await
    {
        Ok(started) => redirect(started.url.as_str(), base_url, style, started.cookies),
        Err(error) => {
            let page = auth.redirect_target(options.redirect_target());
            let location = auth.report(&error, Some(&page));
            redirect(&location, base_url, style, Vec::new())
        }
    }
}

async fn callback(State(auth): State<Auth>, request: Request<Body>) -> Response {
    let (parts, _) = request.into_parts();
    // Axum answers HEAD with the handler of GET. A code must not be spent on
    // a request that no browser shows the answer of.
    if parts.method == Method::HEAD {
        return bad_request();
    }
    let session = RequestSession::of(&parts, &auth);
    let base_url = auth.config().base_url().as_str();
    let query = parts.uri.query().unwrap_or_default();
    let device_info = device_info(&parts);
    match auth
        .complete_sign_in(query, session.cookies(), &device_info)
        .await
    {
        Ok(completed) => {
            session.supersede();
            redirect(
                completed.redirect_to.as_str(),
                base_url,
                RedirectStyle::SeeOther,
                completed.cookies,
            )
        }
        Err(failure) => {
            let is_no_attempt =
                matches!(failure.error, AuthError::Expired | AuthError::StateMismatch);
            let location = match session.get().await {
                // Seen before: someone pressed *Back* or reloaded.
                Ok(Some(_)) if is_no_attempt => "/".to_owned(),
                _ => auth.report(&failure.error, failure.redirect_to.as_ref()),
            };
            redirect(
                &location,
                base_url,
                RedirectStyle::SeeOther,
                failure.cookies,
            )
        }
    }
}

async fn sign_out(State(auth): State<Auth>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let Some(form) = Form::read(&parts, body).await else {
        return bad_request();
    };
    let options = match form.callback_url {
        Some(page) => SignOutOptions::new().redirect_to(page),
        None => SignOutOptions::new(),
    };
    let session = RequestSession::of(&parts, &auth);
    let style = RedirectStyle::of(&parts.headers);
    let base_url = auth.config().base_url().as_str();
    match auth.sign_out(&options, session.cookies()).await {
        Ok(signed_out) => {
            session.supersede();
            let next = signed_out.next.as_str();
            redirect(next, base_url, style, signed_out.cookies)
        }
        Err(error) => redirect(&auth.report(&error, None), base_url, style, Vec::new()),
    }
}

async fn session(State(auth): State<Auth>, request: Request<Body>) -> Response {
    let (parts, _) = request.into_parts();
    match RequestSession::of(&parts, &auth).get().await {
        Ok(session) => no_store(Json(session.map(|session| session.to_public())).into_response()),
        Err(error) => session_unavailable(&error),
    }
}

/// The page that asked, for a caller that names none: `Referer`, as Auth.js
/// does. It is validated like any other target.
pub(crate) fn referrer(headers: &HeaderMap) -> Option<String> {
    headers.get(REFERER)?.to_str().ok().map(str::to_owned)
}

/// The fields of a form or a query that matter here.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Form {
    #[serde(rename = "callbackUrl")]
    pub(crate) callback_url: Option<String>,
}

impl Form {
    /// Reads a form or JSON; other content types count as empty, as in
    /// Auth.js. `None` for what cannot be read.
    async fn read(parts: &Parts, body: Body) -> Option<Self> {
        let body = to_bytes(body, MAX_BODY).await.ok()?;
        match content_type(&parts.headers).as_deref() {
            Some(FORM) => serde_urlencoded::from_bytes(&body).ok(),
            Some("application/json") => serde_json::from_slice(&body).ok(),
            _ => Some(Self::default()),
        }
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

/// Whether a request says that its body is a form.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    content_type(headers).as_deref() == Some(FORM)
}

/// The content type without its parameters.
fn content_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let essence = value.split(';').next()?;
    Some(essence.trim().to_ascii_lowercase())
}
