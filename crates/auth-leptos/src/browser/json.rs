//! Reads sessions from JSON, with the browser's own parser.

use std::cell::RefCell;

use auth_types::{PublicSession, User};
use wasm_bindgen::JsValue;

use super::object::{any, call, global, member, text};
use crate::{SessionState, session_seed};

/// What a page says of the session.
pub(super) struct Seed {
    pub(super) state: SessionState,
    /// In seconds.
    pub(super) refetch_interval: Option<f64>,
}

/// Reads the seed of a page. Returns `None` if it is cut off or of another
/// version.
pub(super) fn seed(text: &str) -> Option<Seed> {
    let seed = parse(text)?;
    if member(&seed, "version")?.as_f64() != Some(f64::from(session_seed::VERSION)) {
        return None;
    }
    let state = match member(&seed, "session") {
        Some(value) => session(&value)?,
        None => SessionState::Loading,
    };
    Some(Seed {
        state,
        refetch_interval: member(&seed, "refetchSeconds").and_then(|seconds| seconds.as_f64()),
    })
}

/// Reads the answer of the session route. Returns `None` if it is not a session.
pub(super) fn session(value: &JsValue) -> Option<SessionState> {
    if *value == JsValue::NULL {
        return Some(SessionState::Unauthenticated);
    }
    let from = member(value, "user")?;
    let mut user = User::new(text(&from, "id")?);
    user.name = text(&from, "name");
    user.email = text(&from, "email");
    user.image = text(&from, "image");
    let mut session = PublicSession::new(user, text(value, "expires")?);
    session.roles = texts(value, "roles");
    session.organization_roles = texts(value, "organization_roles");
    if let Some(data) = member(value, "data").filter(JsValue::is_object)
        && let Some(names) = global("Object").and_then(|object| call(&object, "keys", &data))
    {
        for name in strings(&names) {
            if let Some(text) = text(&data, &name) {
                session.data.insert(name, text);
            }
        }
    }
    Some(SessionState::Authenticated(session))
}

/// Reads two texts of an object.
pub(crate) fn texts_of(json: &str, one: &str, other: &str) -> Option<(String, String)> {
    let object = parse(json)?;
    Some((text(&object, one)?, text(&object, other)?))
}

/// Reads JSON.
pub(super) fn parse(text: &str) -> Option<JsValue> {
    call(&global("JSON")?, "parse", &JsValue::from_str(text))
}

/// Returns the texts in a list, or none if it is no list.
fn texts(value: &JsValue, name: &str) -> Vec<String> {
    member(value, name)
        .filter(JsValue::is_object)
        .map(|list| strings(&list))
        .unwrap_or_default()
}

fn strings(list: &JsValue) -> Vec<String> {
    let strings = RefCell::new(Vec::new());
    any(list, |item| {
        strings.borrow_mut().extend(item.as_string());
        false
    });
    strings.into_inner()
}
