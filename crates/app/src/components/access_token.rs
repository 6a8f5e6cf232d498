use auth_leptos::ErrorKind;
use leptos::prelude::*;

use super::Timestamp;
use crate::queries::{TokenInfo, TokenResult};

/// What the server knows about an access token, without the token itself.
#[component]
pub(crate) fn AccessToken(token: TokenResult) -> impl IntoView {
    let details = match token {
        Ok(TokenInfo { expires_at, scopes }) => {
            let valid_until = match expires_at {
                Some(at) => view! { <Timestamp at /> }.into_any(),
                None => "Unknown".into_any(),
            };
            view! {
                <dl>
                    <div>
                        <dt>"Valid until"</dt>
                        <dd>{valid_until}</dd>
                    </div>
                    <div>
                        <dt>"Scopes"</dt>
                        <dd>{scopes.join(" ")}</dd>
                    </div>
                </dl>
                <p class="note">
                    "The token stays on the server, which refreshes it when it expires."
                </p>
            }
            .into_any()
        }
        Err(error) if error.kind() == ErrorKind::NoToken => view! {
            <p role="status">{error.sentence().to_owned()}</p>
        }
        .into_any(),
        Err(_) => view! {
            <p role="status">
                "The access token has expired and could not be refreshed. Try again in a minute."
            </p>
        }
        .into_any(),
    };
    view! {
        <section class="card column" aria-labelledby="access-token">
            <h2 id="access-token">"Access token"</h2>
            {details}
        </section>
    }
}
