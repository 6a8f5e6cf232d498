//! Leaves the page for one that the server sends.

use auth_types::routes::SIGN_IN;
use leptos::prelude::{GetUntracked as _, use_context};
use leptos_router::location::{BrowserUrl, LocationProvider as _, Url};
use wasm_bindgen::JsValue;
use web_sys::{Location, UrlSearchParams};

use super::{
    base_path::path_of,
    events,
    object::{call, global},
};

/// Returns the address of the page that is shown, or that the router is about to
/// show: its path, query and fragment. The browser still has the former address
/// while the router builds a page.
pub(crate) fn address() -> String {
    if let Some(router) = use_context::<BrowserUrl>() {
        let url = router.as_url().get_untracked();
        return join(url.path(), url.search(), url.hash());
    }
    location()
        .map(|location| current(&location))
        .unwrap_or_default()
}

/// Returns a parameter of the page's address. The router's map of the query
/// decodes values twice.
pub(crate) fn parameter(name: &str) -> Option<String> {
    let address = address();
    let (_, query) = address.split_once('?')?;
    let query = query.split_once('#').map_or(query, |(query, _)| query);
    UrlSearchParams::new_with_str(query).ok()?.get(name)
}

/// Goes to the page that asks for a sign-in and returns to `page` afterwards.
pub(crate) fn go_to_sign_in(page: String) {
    let target = format!("{}?callbackUrl={}", path_of(SIGN_IN), Url::escape(&page));
    replace(page, target);
}

/// Loads a page of this application from the server.
pub(crate) fn open(page: &str) {
    // The page is in an address, which anybody can write.
    let own = location()
        .and_then(|location| location.origin().ok())
        .and_then(|origin| {
            let url = web_sys::Url::new_with_base(page, &origin).ok()?;
            (url.origin() == origin).then(|| url.href())
        });
    let target = own.unwrap_or_else(|| "/".to_owned());
    events::after(0, move || go("replace", &target));
}

/// Goes to `target`. *Back* then leads to the page before `page`, which would only
/// lead here again: `page` is replaced in the history if the router has put it
/// there, which it does at the end of its work.
fn replace(page: String, target: String) {
    events::after(0, move || {
        let is_here = location().is_some_and(|location| current(&location) == page);
        go(if is_here { "replace" } else { "assign" }, &target);
    });
}

/// Calls a method of the page's `Location`.
fn go(method: &str, target: &str) {
    if let Some(location) = global("location") {
        call(&location, method, &JsValue::from_str(target));
    }
}

fn location() -> Option<Location> {
    web_sys::window().map(|window| window.location())
}

fn current(location: &Location) -> String {
    let part = |part: Result<String, _>| part.unwrap_or_default();
    let search = part(location.search());
    join(
        &part(location.pathname()),
        search.trim_start_matches('?'),
        &part(location.hash()),
    )
}

fn join(path: &str, search: &str, hash: &str) -> String {
    let question = if search.is_empty() { "" } else { "?" };
    format!("{path}{question}{search}{hash}")
}
