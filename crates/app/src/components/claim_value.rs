use auth_core::Claims;
use serde_json::Value;
use time::format_description::well_known::Rfc3339;

/// Claims that are times.
const MOMENTS: [&str; 2] = ["created_at", "updated_at"];

/// A claim's value for people to read; `None` where it is absent.
pub(crate) fn shown(claims: &Claims, name: &str) -> Option<String> {
    Some(match claims.get(name)? {
        Value::String(text) => text.clone(),
        other => moment(claims, name).unwrap_or_else(|| other.to_string()),
    })
}

/// Logto's times are milliseconds since 1970.
fn moment(claims: &Claims, name: &str) -> Option<String> {
    if !MOMENTS.contains(&name) {
        return None;
    }
    claims.timestamp(name)?.format(&Rfc3339).ok()
}
