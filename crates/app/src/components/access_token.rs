use auth_leptos::ErrorKind;
use leptos::prelude::*;

use super::Moment;
use crate::page_data::{Granted, TokenStatus};

/// What the server has of an access token: everything but the token.
#[component]
pub(crate) fn AccessToken(status: TokenStatus) -> impl IntoView {
    let shown = match status {
        TokenStatus::Valid(Granted { until, scope }) => {
            let until = match until {
                Some(at) => view! { <Moment at /> }.into_any(),
                None => "Not told".into_any(),
            };
            view! {
                <dl>
                    <div>
                        <dt>"Valid until"</dt>
                        <dd>{until}</dd>
                    </div>
                    <div>
                        <dt>"Scopes"</dt>
                        <dd>{scope.join(" ")}</dd>
                    </div>
                </dl>
                <p class="note">
                    "The token itself stays on the server, which renews it when it ends."
                </p>
            }
            .into_any()
        }
        TokenStatus::NotRenewed(kind @ ErrorKind::NoToken) => view! {
            <p role="status">{kind.sentence()}</p>
        }
        .into_any(),
        TokenStatus::NotRenewed(_) => view! {
            <p role="status">"The access token has ended and could not be renewed at the moment."</p>
        }
        .into_any(),
        // Then the page shows a way to sign in.
        TokenStatus::SessionEnded => return None,
    };
    Some(view! {
        <section class="card column" aria-labelledby="access-token">
            <h2 id="access-token">"Access token"</h2>
            {shown}
        </section>
    })
}
