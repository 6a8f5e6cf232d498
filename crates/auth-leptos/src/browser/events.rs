//! The moments at which the session may have changed.

use js_sys::Function;
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use web_sys::{Event, EventTarget};

use super::object::{call3, global, is_true, text, window};

/// Calls `check` when the tab comes to the front, and when the browser is online
/// again.
pub(super) fn on_possible_change(check: fn()) {
    let Some(window) = web_sys::window() else {
        return;
    };
    if let Some(document) = window.document() {
        on(&document, "visibilitychange", move |_| {
            if is_in_front() {
                check();
            }
        });
    }
    on(&window, "online", move |_| check());
}

/// Calls `call` when *Back* restores the page from the browser's back/forward cache.
pub(super) fn on_return(call: fn()) {
    let Some(window) = web_sys::window() else {
        return;
    };
    on(&window, "pageshow", move |event| {
        if is_true(&event, "persisted") {
            call();
        }
    });
}

/// Calls `note` for each event of this name in the page.
pub(super) fn in_page(event: &str, note: fn()) {
    let document = web_sys::window().and_then(|window| window.document());
    if let Some(document) = document {
        on(&document, event, move |_| note());
    }
}

/// Calls `check` at an interval while the tab is in front. A tab in the
/// background catches up when it comes to the front.
pub(super) fn repeat(seconds: f64, check: fn()) {
    let tick = listener(move |_| {
        if is_in_front() {
            check();
        }
    });
    #[allow(
        clippy::cast_possible_truncation,
        reason = "an interval of more than 24 days becomes one of 24 days"
    )]
    let milliseconds = (seconds * 1000.0) as i32;
    start_timer("setInterval", &tick, milliseconds.max(1000));
}

/// Calls `check` once, after some time.
pub(super) fn after(milliseconds: i32, check: impl FnOnce() + 'static) {
    let mut check = Some(check);
    let call = listener(move |_| {
        if let Some(check) = check.take() {
            check();
        }
    });
    start_timer("setTimeout", &call, milliseconds);
}

fn start_timer(kind: &str, call: &Function, milliseconds: i32) {
    // The third argument is the function's, which ignores it.
    call3(
        &window(),
        kind,
        [call, &milliseconds.into(), &JsValue::UNDEFINED],
    );
}

/// Calls `call` for each event of this name.
pub(super) fn on(target: &EventTarget, event: &str, call: impl FnMut(Event) + 'static) {
    drop(target.add_event_listener_with_callback(event, &listener(call)));
}

/// Makes a function that JavaScript calls, for as long as the page lives. Timers use
/// the type of event listeners too, which Leptos also has: each type adds to the WASM.
fn listener(call: impl FnMut(Event) + 'static) -> Function {
    let call: Box<dyn FnMut(Event)> = Box::new(call);
    Closure::wrap(call).into_js_value().unchecked_into()
}

fn is_in_front() -> bool {
    global("document")
        .and_then(|document| text(&document, "visibilityState"))
        .is_some_and(|state| state == "visible")
}
