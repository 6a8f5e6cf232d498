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
                        {cell(name, value)}
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

fn cell(name: &str, value: &Value) -> AnyView {
    match value {
        Value::Null => view! { <td class="empty">"null"</td> }.into_any(),
        Value::String(text) => view! { <td>{text.clone()}</td> }.into_any(),
        Value::Number(number) => match moment(name, value) {
            Some(moment) => {
                view! { <td><time datetime=moment.clone()>{moment.clone()}</time></td> }.into_any()
            }
            None => view! { <td>{number.to_string()}</td> }.into_any(),
        },
        other => view! { <td><code>{other.to_string()}</code></td> }.into_any(),
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
