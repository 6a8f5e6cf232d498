//! Reads sessions from JSON, with the browser's own parser.

use auth_types::{PublicSession, User};
use js_sys::{Array, JSON, Object, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};

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
    let seed = JSON::parse(text).ok()?;
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
    if value.is_null() {
        return Some(SessionState::Unauthenticated);
    }
    let user = member(value, "user")?;
    let user = User::new(text(&user, "id")?)
        .with_name(text(&user, "name"))
        .with_email(text(&user, "email"))
        .with_image(text(&user, "image"));
    let session = PublicSession::new(user, text(value, "expires")?)
        .with_roles(texts(value, "roles"))
        .with_organization_roles(texts(value, "organization_roles"));
    Some(SessionState::Authenticated(with_data(session, value)))
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

/// Adds what the application tells the browser.
fn with_data(mut session: PublicSession, value: &JsValue) -> PublicSession {
    let data = member(value, "data").and_then(|data| data.dyn_into::<Object>().ok());
    if let Some(data) = data {
        for name in strings(&Object::keys(&data)) {
            if let Some(text) = text(&data, &name) {
                session = session.with_data(name, text);
            }
        }
    }
    session
}

fn texts(value: &JsValue, name: &str) -> Vec<String> {
    let list = member(value, name).and_then(|list| list.dyn_into::<Array>().ok());
    list.map(|list| strings(&list)).unwrap_or_default()
}

fn strings(list: &Array) -> Vec<String> {
    let mut strings = Vec::new();
    for index in 0..list.length() {
        strings.extend(list.get(index).as_string());
    }
    strings
}
