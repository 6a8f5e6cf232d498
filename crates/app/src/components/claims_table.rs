use auth_leptos::rendered_session;
use leptos::prelude::*;
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// What the ID token said about the user: a row a claim.
#[component]
pub(crate) fn ClaimsTable() -> impl IntoView {
    let rows = rendered_session().map(|session| {
        session
            .claims
            .iter()
            .map(|(name, value)| {
                view! {
                    <tr>
                        <th scope="row">{name.to_owned()}</th>
                        <td data-null=value.is_null()>{shown(name, value)}</td>
                    </tr>
                }
            })
            .collect_view()
    });
    view! {
        <div class="table" role="region" aria-label="Claims" tabindex="0">
            <table>
                <caption>"Claims"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Value"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn shown(name: &str, value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => moment(name, other).unwrap_or_else(|| other.to_string()),
    }
}

/// Logto's times are milliseconds since 1970, where OpenID Connect has
/// seconds.
fn moment(claim: &str, value: &Value) -> Option<String> {
    if !matches!(claim, "created_at" | "updated_at") {
        return None;
    }
    let nanoseconds = i128::from(value.as_i64()?) * 1_000_000;
    OffsetDateTime::from_unix_timestamp_nanos(nanoseconds)
        .ok()?
        .format(&Rfc3339)
        .ok()
}
