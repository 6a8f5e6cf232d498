use leptos::prelude::*;

use crate::queries::{ShownClaim, ShownValue};

/// The longest JSON that stands in a line, in characters.
const LINE: usize = 40;

/// The value of a claim. JSON that is long is folded, and opens without JavaScript.
#[component]
pub(crate) fn ClaimValue(claim: ShownClaim) -> impl IntoView {
    match claim.value {
        ShownValue::Null => "null".into_any(),
        ShownValue::Text(text) => text.into_any(),
        ShownValue::Json { line, .. } if line.chars().count() <= LINE => {
            view! { <code>{line}</code> }.into_any()
        }
        ShownValue::Json { lines, entries, .. } => view! {
            <details class="json">
                <summary>
                    {entries} {if entries == 1 { " entry" } else { " entries" }}
                </summary>
                <pre>{lines}</pre>
            </details>
        }
        .into_any(),
    }
}
