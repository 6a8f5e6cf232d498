//! Requests to the sign-in routes.

use auth_types::routes::{Route, SESSION};
use js_sys::JSON;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestInit, Response, UrlSearchParams, Window, XmlHttpRequest};

use super::{RequestError, base_path::path_of, json};
use crate::SessionState;

fn window() -> Result<Window, RequestError> {
    web_sys::window().ok_or(RequestError::NotInBrowser)
}

/// Returns the address of the current page.
pub(super) fn current_page() -> String {
    window()
        .ok()
        .and_then(|window| window.location().href().ok())
        .unwrap_or_default()
}

/// Fetches the session.
pub(super) async fn session() -> Result<SessionState, RequestError> {
    let answer = fetch(SESSION, &RequestInit::new()).await?;
    json::session(&answer).ok_or(RequestError::UnexpectedAnswer)
}

/// Fetches the session before anything else happens. It blocks the page, so it
/// is only for pages that are damaged.
pub(super) fn session_at_once() -> Option<SessionState> {
    let request = XmlHttpRequest::new().ok()?;
    request
        .open_with_async("GET", &path_of(SESSION), false)
        .ok()?;
    request.send().ok()?;
    if request.status() != Ok(200) {
        return None;
    }
    let text = request.response_text().ok()??;
    json::session(&JSON::parse(&text).ok()?)
}

/// Posts to a sign-in route and goes where its answer says.
pub(super) async fn post_and_go(
    route: Route,
    redirect_to: Option<&str>,
) -> Result<(), RequestError> {
    let request = form(redirect_to).map_err(|_| RequestError::NotInBrowser)?;
    let answer = fetch(route, &request).await?;
    let url = json::text(&answer, "url").ok_or(RequestError::UnexpectedAnswer)?;
    let location = window()?.location();
    location
        .assign(&url)
        .map_err(|_| RequestError::UnexpectedAnswer)?;
    // To go to a part of the current page does not load it again.
    if url.contains('#') {
        drop(location.reload());
    }
    Ok(())
}

/// Builds the request of Auth.js's client.
fn form(redirect_to: Option<&str>) -> Result<RequestInit, JsValue> {
    let fields = UrlSearchParams::new()?;
    if let Some(page) = redirect_to {
        fields.append("callbackUrl", page);
    }
    let headers = Headers::new()?;
    headers.set("X-Auth-Return-Redirect", "1")?;
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_headers(&headers);
    request.set_body(&fields);
    Ok(request)
}

/// Sends a request and reads the JSON of its answer.
async fn fetch(route: Route, request: &RequestInit) -> Result<JsValue, RequestError> {
    let response = window()?.fetch_with_str_and_init(&path_of(route), request);
    let response: Response = JsFuture::from(response)
        .await
        .map_err(|_| RequestError::Unreachable)?
        .unchecked_into();
    if !response.ok() {
        return Err(RequestError::UnexpectedAnswer);
    }
    let body = response
        .json()
        .map_err(|_| RequestError::UnexpectedAnswer)?;
    JsFuture::from(body)
        .await
        .map_err(|_| RequestError::UnexpectedAnswer)
}
