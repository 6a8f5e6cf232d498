use auth_leptos::rendered_session;
use leptos::prelude::*;

use super::value::display_value;

/// The claims of the ID token, one row per claim.
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
                        <td data-null=value.is_null()>{display_value(&session.claims, name)}</td>
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
