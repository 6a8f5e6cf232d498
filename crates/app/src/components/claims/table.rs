use auth_leptos::rendered_session;
use leptos::prelude::*;

use super::value::ClaimValue;
use crate::queries::ShownClaims;

/// The claims of the ID token, one row per claim.
#[component]
pub(crate) fn ClaimsTable() -> impl IntoView {
    let rows = rendered_session().map(|session| {
        ShownClaims::of(&session.claims)
            .iter()
            .map(|claim| {
                view! {
                    <tr>
                        <th scope="row">{claim.name.clone()}</th>
                        <td data-null=claim.is_null()>
                            <ClaimValue claim=claim.clone() />
                        </td>
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
