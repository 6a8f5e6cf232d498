use leptos::prelude::*;

use super::Moment;
use crate::page_data::{Access, Granted};

/// What the user was granted somewhere, or why nothing can be told.
#[component]
pub(crate) fn GrantedScopes(
    access: Access,
    /// What to say where nothing was granted.
    none: &'static str,
) -> impl IntoView {
    match access {
        Ok(Granted { scope, until }) => view! {
            {if scope.is_empty() {
                view! { <p class="note">{none}</p> }.into_any()
            } else {
                view! {
                    <ul class="scopes" role="list">
                        {scope
                            .iter()
                            .map(|scope| view! { <li><code>{scope.clone()}</code></li> })
                            .collect_view()}
                    </ul>
                }
                    .into_any()
            }}
            {until
                .map(|at| view! { <p class="note">"The token is good until " <Moment at /></p> })}
        }
        .into_any(),
        Err(kind) => view! { <p role="status">{kind.sentence()}</p> }.into_any(),
    }
}
