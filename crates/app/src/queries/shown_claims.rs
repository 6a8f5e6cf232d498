use auth_core::Claims;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::format_description::well_known::Rfc3339;

/// Claims that hold a time. Logto sends milliseconds since 1970.
const TIMESTAMPS: [&str; 2] = ["created_at", "updated_at"];

/// Claims as a page shows them, in the order in which they came.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct ShownClaims(Vec<ShownClaim>);

/// A claim as a page shows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ShownClaim {
    pub(crate) name: String,
    pub(crate) text: String,
    /// Logto has said that there is no value.
    pub(crate) is_null: bool,
}

impl ShownClaims {
    pub(crate) fn of(claims: &Claims) -> Self {
        let shown = claims.iter().map(|(name, value)| ShownClaim {
            name: name.to_owned(),
            text: text(claims, name, value),
            is_null: value.is_null(),
        });
        Self(shown.collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&ShownClaim> {
        self.iter().find(|claim| claim.name == name)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &ShownClaim> {
        self.0.iter()
    }
}

fn text(claims: &Claims, name: &str, value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => timestamp(claims, name).unwrap_or_else(|| other.to_string()),
    }
}

fn timestamp(claims: &Claims, name: &str) -> Option<String> {
    if !TIMESTAMPS.contains(&name) {
        return None;
    }
    claims.timestamp(name)?.format(&Rfc3339).ok()
}
