use auth_core::Claims;
use serde_json::Value;
use time::format_description::well_known::Rfc3339;

/// Claims that hold a time. Logto sends milliseconds since 1970.
const TIMESTAMPS: [&str; 2] = ["created_at", "updated_at"];

/// Formats a claim's value for a page. Returns `None` if the claim is absent.
pub(crate) fn display_value(claims: &Claims, name: &str) -> Option<String> {
    Some(match claims.get(name)? {
        Value::String(text) => text.clone(),
        other => timestamp(claims, name).unwrap_or_else(|| other.to_string()),
    })
}

fn timestamp(claims: &Claims, name: &str) -> Option<String> {
    if !TIMESTAMPS.contains(&name) {
        return None;
    }
    claims.timestamp(name)?.format(&Rfc3339).ok()
}
