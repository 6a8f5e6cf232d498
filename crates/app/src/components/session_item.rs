use leptos::prelude::*;

use super::{EndSessionsButton, SignOutButton, Timestamp, timestamp::format_utc};
use crate::queries::ListedSession;

/// One of the user's sessions, in a list of `count`, with a button that ends
/// it.
#[component]
pub(crate) fn SessionItem(
    session: ListedSession,
    /// The position in the list, from 1.
    number: usize,
    count: usize,
) -> impl IntoView {
    let ListedSession {
        handle,
        is_current,
        name,
        address,
        signed_in_at,
        last_used_at,
    } = session;
    let sign_out = match is_current {
        true => view! { <SignOutButton /> }.into_any(),
        false => {
            // Two sessions may have the same name and time; the number is
            // unique.
            let aria_label = format!(
                "Sign out of {name}, signed in {}, {number} of {count}",
                format_utc(signed_in_at)
            );
            view! { <EndSessionsButton which=handle label="Sign out" aria_label /> }.into_any()
        }
    };
    view! {
        <li>
            <div class="what">
                <h2>{name}</h2>
                {is_current.then(|| view! { <span class="badge">"This session"</span> })}
            </div>
            <dl>
                <div>
                    <dt>"Address"</dt>
                    <dd>{address.unwrap_or_else(|| "—".to_owned())}</dd>
                </div>
                <div>
                    <dt>"Signed in"</dt>
                    <dd>
                        <Timestamp at=signed_in_at />
                    </dd>
                </div>
                <div>
                    <dt>"Last used"</dt>
                    <dd>
                        <Timestamp at=last_used_at />
                    </dd>
                </div>
            </dl>
            {sign_out}
        </li>
    }
}
