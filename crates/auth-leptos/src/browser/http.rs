//! Requests to the sign-in routes.

use auth_types::routes::{Route, SESSION};
use js_sys::{Promise, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, Request, RequestInit, UrlSearchParams, XmlHttpRequest};

use super::{
    RequestError,
    base_path::path_of,
    json,
    object::{call, call3, global, is_true, member, text, window},
};
use crate::SessionState;

/// Returns the address of the current page.
pub(super) fn current_page() -> String {
    global("location")
        .and_then(|location| text(&location, "href"))
        .unwrap_or_default()
}

/// The longest time that an answer with the session may take, in milliseconds: more
/// than the server takes.
const PATIENCE: i32 = 35_000;

/// Fetches the session.
pub(super) async fn session() -> Result<SessionState, RequestError> {
    let request = RequestInit::new();
    // A connection that a phone has lost may never say so.
    let signal = global("AbortSignal").and_then(|kind| call(&kind, "timeout", &PATIENCE.into()));
    if let Some(signal) = signal {
        drop(Reflect::set(&request, &"signal".into(), &signal));
    }
    let answer = fetch(SESSION, &request).await?;
    json::session(&answer).ok_or(RequestError::UnexpectedAnswer)
}

/// Fetches the session before anything else happens. It blocks the page, so it
/// is only for pages that are damaged.
pub(super) fn session_at_once() -> Option<SessionState> {
    let request = XmlHttpRequest::new().ok()?;
    let path = path_of(SESSION).into();
    call3(&request, "open", [&"GET".into(), &path, &JsValue::FALSE])?;
    call(&request, "send", &JsValue::UNDEFINED)?;
    if member(&request, "status")?.as_f64() != Some(200.0) {
        return None;
    }
    json::session(&json::parse(&text(&request, "responseText")?)?)
}

/// Posts to a sign-in route and goes where its answer says.
pub(super) async fn post_and_go(
    route: Route,
    redirect_to: Option<&str>,
) -> Result<(), RequestError> {
    let request = form(redirect_to).map_err(|_| RequestError::NotInBrowser)?;
    let answer = fetch(route, &request).await?;
    let url = text(&answer, "url").ok_or(RequestError::UnexpectedAnswer)?;
    let location = global("location").ok_or(RequestError::NotInBrowser)?;
    call(&location, "assign", &JsValue::from_str(&url)).ok_or(RequestError::UnexpectedAnswer)?;
    // To go to a part of the current page does not load it again.
    if url.contains('#') {
        call(&location, "reload", &JsValue::UNDEFINED);
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
    let request = Request::new_with_str_and_init(&path_of(route), request);
    let request = request.map_err(|_| RequestError::NotInBrowser)?;
    let response = wait(call(&window(), "fetch", &request)).await;
    let response = response.ok_or(RequestError::Unreachable)?;
    if !is_true(&response, "ok") {
        return Err(RequestError::UnexpectedAnswer);
    }
    let body = wait(call(&response, "json", &JsValue::UNDEFINED)).await;
    body.ok_or(RequestError::UnexpectedAnswer)
}

/// Waits for a promise. Returns `None` if it is rejected.
async fn wait(promise: Option<JsValue>) -> Option<JsValue> {
    JsFuture::from(Promise::resolve(&promise?)).await.ok()
}
