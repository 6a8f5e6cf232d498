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
    pub(crate) value: ShownValue,
}

/// The value of a claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ShownValue {
    /// Logto has said that there is no value.
    Null,
    Text(String),
    /// An object or a list, as JSON.
    Json {
        line: String,
        /// The same, indented.
        lines: String,
        /// How many members it has.
        entries: usize,
    },
}

impl ShownClaim {
    pub(crate) fn is_null(&self) -> bool {
        self.value == ShownValue::Null
    }
}

impl ShownClaims {
    pub(crate) fn of(claims: &Claims) -> Self {
        let shown = claims.iter().map(|(name, value)| ShownClaim {
            name: name.to_owned(),
            value: shown(claims, name, value),
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

fn shown(claims: &Claims, name: &str, value: &Value) -> ShownValue {
    let json = |entries| ShownValue::Json {
        line: value.to_string(),
        lines: format!("{value:#}"),
        entries,
    };
    match value {
        Value::Null => ShownValue::Null,
        Value::String(text) => ShownValue::Text(text.clone()),
        Value::Array(list) => json(list.len()),
        Value::Object(members) => json(members.len()),
        Value::Bool(_) | Value::Number(_) => {
            let text = timestamp(claims, name).unwrap_or_else(|| value.to_string());
            ShownValue::Text(text)
        }
    }
}

fn timestamp(claims: &Claims, name: &str) -> Option<String> {
    if !TIMESTAMPS.contains(&name) {
        return None;
    }
    claims.timestamp(name)?.format(&Rfc3339).ok()
}
