use auth_core::{ClaimSource, KnownClaim, Scope};
use auth_leptos::rendered_session;
use leptos::prelude::*;

use super::value::ClaimValue;
use crate::queries::ShownClaims;

/// Compares the claims of the ID token with those of the userinfo endpoint.
/// Each row names the scope that requests the claim and, if the claim is
/// missing, what to do about it.
#[component]
pub(crate) fn ClaimSources(
    /// The userinfo endpoint's claims, if it answered.
    user_info: Option<ShownClaims>,
    /// The scopes that a sign-in requests.
    scopes: Vec<String>,
) -> impl IntoView {
    let is_requested = move |scope: &Scope| scopes.contains(&scope.to_string());
    let id_token = rendered_session().map(|session| ShownClaims::of(&session.claims));
    let id_token = id_token.unwrap_or_default();
    let has_answered = user_info.is_some();
    let user_info = user_info.unwrap_or_default();
    let unknown = id_token
        .iter()
        .chain(user_info.iter())
        .map(|claim| claim.name.as_str())
        .filter(|name| KnownClaim::of(name).is_none());
    let mut names: Vec<&str> = KnownClaim::ALL.iter().map(|claim| claim.name).collect();
    for name in unknown {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let rows = names
        .into_iter()
        .map(|name| {
            let known = KnownClaim::of(name);
            let cell = |claims: &ShownClaims| match claims.get(name) {
                Some(claim) => view! {
                    <td data-null=claim.is_null()>
                        <ClaimValue claim=claim.clone() />
                    </td>
                }
                .into_any(),
                None => view! { <td class="absent">"—"</td> }.into_any(),
            };
            // Without an answer, nobody knows whether there is a value.
            let is_missing =
                has_answered && id_token.get(name).is_none() && user_info.get(name).is_none();
            let hint = known
                .filter(|_| is_missing)
                .map(|claim| hint(claim.scope, is_requested(claim.scope)));
            view! {
                <tr>
                    <th scope="row">{name.to_owned()}</th>
                    {cell(&id_token)}
                    {cell(&user_info)}
                    <td>
                        {known.map(|claim| view! { <code>{claim.scope.to_string()}</code> })}
                        {known
                            .filter(|claim| claim.source == ClaimSource::UserInfo)
                            .map(|_| view! { <span class="note">" userinfo only"</span> })}
                        {hint.map(|hint| view! { <span class="hint">{hint}</span> })}
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="table sources" role="region" aria-label="Where claims come from" tabindex="0">
            <table>
                <caption>"Where claims come from"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Claim"</th>
                        <th scope="col">"ID token"</th>
                        <th scope="col">"Userinfo"</th>
                        <th scope="col">"Scope"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

/// What to do about a claim that neither source has.
fn hint(scope: &Scope, is_requested: bool) -> String {
    if is_requested {
        "Requested, but Logto has no value.".to_owned()
    } else {
        format!("Add {scope} to AUTH_LOGTO_SCOPES.")
    }
}
