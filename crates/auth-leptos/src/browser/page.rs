//! The page in the browser: what it contains, how it was loaded, and whether
//! somebody has filled in a form in it.

use js_sys::Reflect;
use wasm_bindgen::JsValue;
use web_sys::{Document, Element, Node};

use super::json::{member, text};
use crate::session_seed;

fn document() -> Option<Document> {
    web_sys::window()?.document()
}

/// Returns the text of the element with this `id`.
pub(super) fn text_of(id: &str) -> Option<String> {
    document()?.get_element_by_id(id)?.text_content()
}

pub(super) fn is_online() -> bool {
    web_sys::window().is_none_or(|window| window.navigator().on_line())
}

/// Shows or hides the notice that the page shows a former session.
pub(super) fn show_notice(is_shown: bool) {
    if let Some(notice) = notice() {
        drop(notice.toggle_attribute_with_force("hidden", !is_shown));
    }
}

/// Returns the button in the notice.
pub(super) fn notice_button() -> Option<Element> {
    notice()?.query_selector("button").ok()?
}

fn notice() -> Option<Element> {
    document()?.get_element_by_id(session_seed::NOTICE_ID)
}

/// Loads the page again.
pub(super) fn reload() {
    if let Some(window) = web_sys::window() {
        drop(window.location().reload());
    }
}

/// Returns whether the page is loaded again, by the user or by [`reload`].
pub(super) fn was_reloaded() -> bool {
    web_sys::window()
        .and_then(|window| window.performance())
        .map(|performance| performance.get_entries_by_type("navigation"))
        .and_then(|entries| Reflect::get(&entries, &JsValue::from(0)).ok())
        .and_then(|entry| text(&entry, "type"))
        .is_some_and(|how| how == "reload")
}

/// Returns whether a field of the page differs from what the page came with.
pub(super) fn has_changed_input() -> bool {
    any("input,textarea", |field| {
        differs(field, "value", "defaultValue") || differs(field, "checked", "defaultChecked")
    }) || any("option", |option| {
        differs(option, "selected", "defaultSelected") && !is_selected_by_default(option)
    })
}

fn any(query: &str, predicate: impl Fn(&Node) -> bool) -> bool {
    let found = document().and_then(|document| document.query_selector_all(query).ok());
    found.is_some_and(|list| {
        (0..list.length())
            .filter_map(|index| list.get(index))
            .any(|node| predicate(&node))
    })
}

fn differs(field: &Node, now: &str, before: &str) -> bool {
    let before = member(field, before);
    before.is_some() && member(field, now) != before
}

/// Returns whether a browser selects an option because its list selects none: the
/// first one (HTML §4.10.7).
fn is_selected_by_default(option: &Node) -> bool {
    option.parent_element().is_some_and(|list| {
        let selected = list.query_selector("option[selected]");
        selected.is_ok_and(|found| found.is_none())
            && member(option, "index").and_then(|index| index.as_f64()) == Some(0.0)
    })
}
