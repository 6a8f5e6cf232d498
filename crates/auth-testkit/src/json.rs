//! JSON objects, and changes to them.

use serde_json::{Map, Value};

/// Returns the members of a JSON object.
///
/// # Panics
///
/// If `value` is not an object.
pub fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is not an object"),
    }
}

/// Sets one member; `null` removes it.
pub(crate) fn set(map: &mut Map<String, Value>, name: &str, value: &Value) {
    match value {
        Value::Null => drop(map.remove(name)),
        value => drop(map.insert(name.to_owned(), value.clone())),
    }
}

/// Sets every member of `changes` in `document`; `null` removes.
pub(crate) fn merge(document: &mut Value, changes: &Map<String, Value>) {
    let document = document.as_object_mut().unwrap();
    for (name, value) in changes {
        set(document, name, value);
    }
}
