use auth_leptos::rendered_session;
use leptos::prelude::*;

use super::claim_value::shown;

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
                        <td data-null=value.is_null()>{shown(&session.claims, name)}</td>
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
