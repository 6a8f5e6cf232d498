//! The page in the browser: what it contains, how it was loaded, and whether
//! somebody has filled in a form in it.

use js_sys::Reflect;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Document, Element};

use super::object::{any, call, global, is_true, member, text};
use crate::session_seed;

fn document() -> Option<Document> {
    web_sys::window()?.document()
}

fn seed_element() -> Option<Element> {
    document()?.get_element_by_id(session_seed::ID)
}

/// Returns the seed that the page contains.
pub(super) fn seed() -> Option<String> {
    seed_element()?.text_content()
}

/// Returns the path that the sign-in routes of the page's application begin with.
pub(super) fn base_path() -> Option<String> {
    let path = seed_element()?.get_attribute(session_seed::BASE_PATH)?;
    // Another element may have the id: `//` or `/\` would lead to another site.
    let leads_elsewhere = matches!(path.as_bytes(), [b'/', b'/' | b'\\', ..]);
    (path.as_bytes().first() == Some(&b'/') && !leads_elsewhere).then_some(path)
}

pub(super) fn is_online() -> bool {
    global("navigator").and_then(|navigator| member(&navigator, "onLine")) != Some(JsValue::FALSE)
}

/// Shows or hides the notice that the page shows a former session.
pub(super) fn show_notice(is_shown: bool) {
    if let Some(notice) = notice() {
        drop(Reflect::set(&notice, &"hidden".into(), &(!is_shown).into()));
    }
}

/// Returns the button in the notice.
pub(super) fn notice_button() -> Option<Element> {
    call(&notice()?.into(), "querySelector", &"button".into())?
        .dyn_into()
        .ok()
}

fn notice() -> Option<Element> {
    document()?.get_element_by_id(session_seed::NOTICE_ID)
}

/// Loads the page again.
pub(super) fn reload() {
    if let Some(location) = global("location") {
        call(&location, "reload", &JsValue::UNDEFINED);
    }
}

/// Returns whether the page is loaded again, by the user or by [`reload`].
pub(super) fn was_reloaded() -> bool {
    global("performance")
        .and_then(|performance| call(&performance, "getEntriesByType", &"navigation".into()))
        .is_some_and(|entries| {
            any(&entries, |entry| {
                text(entry, "type").as_deref() == Some("reload")
            })
        })
}

/// Returns whether somebody has clicked in the page, or pressed one of its buttons with
/// a key. In a browser that does not count events, also whether somebody used a page of
/// this application that led here.
pub(super) fn was_clicked() -> bool {
    let clicks = global("performance")
        .and_then(|performance| member(&performance, "eventCounts"))
        .and_then(|counts| call(&counts, "get", &"click".into()))
        .and_then(|clicks| clicks.as_f64());
    match clicks {
        Some(clicks) => clicks > 0.0,
        None => global("navigator")
            .and_then(|navigator| member(&navigator, "userActivation"))
            .is_some_and(|activation| is_true(&activation, "hasBeenActive")),
    }
}

/// Returns whether a field of the page differs from what the page came with.
pub(super) fn has_changed_input() -> bool {
    is_there("input,textarea", |field| {
        differs(field, "value", "defaultValue") || differs(field, "checked", "defaultChecked")
    }) || is_there("option", |option| {
        differs(option, "selected", "defaultSelected") && !is_selected_by_default(option)
    })
}

fn is_there(query: &str, predicate: impl Fn(&JsValue) -> bool) -> bool {
    global("document")
        .and_then(|document| call(&document, "querySelectorAll", &query.into()))
        .is_some_and(|found| any(&found, predicate))
}

fn differs(field: &JsValue, now: &str, before: &str) -> bool {
    let before = member(field, before);
    before.is_some() && member(field, now) != before
}

/// Returns whether a browser selects an option because its list selects none: the
/// first one (HTML §4.10.7).
fn is_selected_by_default(option: &JsValue) -> bool {
    member(option, "parentElement").is_some_and(|list| {
        let selected = call(&list, "querySelector", &"option[selected]".into());
        selected == Some(JsValue::NULL)
            && member(option, "index").and_then(|index| index.as_f64()) == Some(0.0)
    })
}
