//! Changes that make a token wrong in one place.

use serde_json::{Value, json};

use super::TokenDraft;
use crate::json::set;

/// Returns a change that sets one claim; `null` removes it.
pub fn claim(name: &'static str, value: Value) -> impl Fn(&mut TokenDraft) + Send + 'static {
    move |draft| set(&mut draft.claims, name, &value)
}

/// Returns a change that sets one member of the header; `null` removes it.
pub fn header(name: &'static str, value: Value) -> impl Fn(&mut TokenDraft) + Send + 'static {
    move |draft| set(&mut draft.header, name, &value)
}

/// Returns a change that sets a claim to the system's time plus `seconds`.
pub fn from_now(name: &'static str, seconds: i64) -> impl Fn(&mut TokenDraft) + Send + 'static {
    move |draft| {
        let now = time::OffsetDateTime::now_utc().unix_timestamp();
        draft.claims.insert(name.to_owned(), json!(now + seconds));
    }
}
