//! Objects of JavaScript, by the names of their members.
//!
//! `web-sys` has a function for each member of each type, and each is an import of its
//! own, in the WASM and in its JavaScript. So the code of this folder takes from
//! `web-sys` only what Leptos imports too, and everything else from here.

use js_sys::{Function, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};

/// Returns the global object of the page.
pub(super) fn window() -> JsValue {
    js_sys::global().into()
}

/// Returns a member of the global object.
pub(super) fn global(name: &str) -> Option<JsValue> {
    member(&window(), name)
}

/// Returns a member of an object, or `None` if there is none or if the value is
/// not an object.
pub(super) fn member(value: &JsValue, name: &str) -> Option<JsValue> {
    let member = Reflect::get(value, &JsValue::from_str(name)).ok()?;
    (!member.is_undefined()).then_some(member)
}

pub(super) fn text(value: &JsValue, name: &str) -> Option<String> {
    member(value, name)?.as_string()
}

/// Returns whether a member is `true`.
pub(super) fn is_true(value: &JsValue, name: &str) -> bool {
    member(value, name).and_then(|member| member.as_bool()) == Some(true)
}

/// Calls a method with one argument. Returns `None` if there is no such method, or
/// if it throws. A method that takes no argument ignores it.
pub(super) fn call(value: &JsValue, method: &str, argument: &JsValue) -> Option<JsValue> {
    function(value, method)?.call1(value, argument).ok()
}

/// Calls a method with three arguments.
pub(super) fn call3(
    value: &JsValue,
    method: &str,
    [first, second, third]: [&JsValue; 3],
) -> Option<JsValue> {
    let method = function(value, method)?;
    method.call3(value, first, second, third).ok()
}

fn function(value: &JsValue, method: &str) -> Option<Function> {
    member(value, method)?.dyn_into().ok()
}

/// Calls `predicate` for the items of a list, until it returns `true`.
pub(super) fn any(list: &JsValue, predicate: impl Fn(&JsValue) -> bool) -> bool {
    let mut index = 0.0;
    while let Ok(item) = Reflect::get(list, &JsValue::from_f64(index)) {
        if item.is_undefined() {
            return false;
        }
        if predicate(&item) {
            return true;
        }
        index += 1.0;
    }
    false
}
