use auth_core::SessionInfo;
use leptos::prelude::*;

use super::{Moment, SignOutButton, SignOutOfButton, moment::in_words};

/// One of the user's own sessions, in a list of `count`, with a button that
/// ends it.
#[component]
pub(crate) fn DeviceItem(
    device: SessionInfo,
    /// Its place in the list, from 1.
    number: usize,
    count: usize,
) -> impl IntoView {
    let SessionInfo {
        id,
        is_current,
        name,
        address,
        signed_in_at,
        last_used_at,
        ..
    } = device;
    let sign_out = match is_current {
        true => view! { <SignOutButton /> }.into_any(),
        false => {
            // The number tells two devices apart that look the same.
            let aria_label = format!(
                "Sign out of {name}, signed in {}, {number} of {count}",
                in_words(signed_in_at)
            );
            view! { <SignOutOfButton which=id.to_string() label="Sign out" aria_label /> }
                .into_any()
        }
    };
    view! {
        <li>
            <div class="what">
                <h2>{name}</h2>
                {is_current.then(|| view! { <span class="badge">"This device"</span> })}
            </div>
            <dl>
                <div>
                    <dt>"Address"</dt>
                    <dd>{address.unwrap_or_else(|| "—".to_owned())}</dd>
                </div>
                <div>
                    <dt>"Signed in"</dt>
                    <dd>
                        <Moment at=signed_in_at />
                    </dd>
                </div>
                <div>
                    <dt>"Last used"</dt>
                    <dd>
                        <Moment at=last_used_at />
                    </dd>
                </div>
            </dl>
            {sign_out}
        </li>
    }
}
