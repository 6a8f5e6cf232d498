use leptos::prelude::*;

use super::{Timestamp, problem};
use crate::queries::{TokenInfo, TokenResult};

/// The scopes that a token has, or why there is no token.
#[component]
pub(crate) fn GrantedScopes(token: TokenResult) -> impl IntoView {
    match token {
        Ok(TokenInfo { scopes, expires_at }) => view! {
            {if scopes.is_empty() {
                view! { <p class="note">"None of the permissions that this site asks for."</p> }
                    .into_any()
            } else {
                view! {
                    <ul class="scopes" role="list">
                        {scopes
                            .iter()
                            .map(|scope| view! { <li><code>{scope.clone()}</code></li> })
                            .collect_view()}
                    </ul>
                }
                    .into_any()
            }}
            {expires_at
                .map(|at| {
                    view! { <p class="note">"The token is valid until " <Timestamp at /></p> }
                })}
        }
        .into_any(),
        Err(error) => view! { <p role="status">{problem(&error)}</p> }.into_any(),
    }
}
