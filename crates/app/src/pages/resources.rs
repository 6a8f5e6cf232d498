use auth_leptos::{SignedIn, SignedOut};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    components::{GrantedScopes, SignInButton},
    page_data::{ApiResources, ResourceAccess, page_data},
    shopping::{ListedItem, ShoppingError, problem},
};

/// What the user may do at each API, and one of them in use.
#[component]
pub(crate) fn Resources() -> impl IntoView {
    view! {
        <Title text="API resources" />
        <h1>"API resources"</h1>
        <SignedIn>
            <Apis />
        </SignedIn>
        <SignedOut>
            <section class="hero">
                <p>"Sign in to use the APIs. You will come back to this page."</p>
                <SignInButton redirect_to=Some("/resources".to_owned()) />
            </section>
        </SignedOut>
    }
}

#[component]
fn Apis() -> impl IntoView {
    page_data().map(|ApiResources { all, items }| {
        let list = if all.is_empty() {
            view! {
                <p role="status">
                    "This site asks for no API: name one in " <code>"AUTH_LOGTO_RESOURCES"</code>
                    " and its permissions in " <code>"AUTH_LOGTO_SCOPES"</code> "."
                </p>
            }
            .into_any()
        } else {
            view! {
                <ul class="cards" role="list">
                    {all
                        .iter()
                        .cloned()
                        .map(|ResourceAccess { indicator, access }| {
                            view! {
                                <li class="card column">
                                    <h2><code>{indicator.to_string()}</code></h2>
                                    <h3>"There you may"</h3>
                                    <GrantedScopes access none="Nothing that this site asks for." />
                                </li>
                            }
                        })
                        .collect_view()}
                </ul>
            }
            .into_any()
        };
        view! {
            <p class="lead">
                "For each, this server has got a token from Logto: it shows what you may do there. The tokens stay on the server."
            </p>
            {list}
            {items.map(|items| view! { <Shopping items=items.map(|items| items.to_vec()) /> })}
        }
    })
}

/// The shopping list: this server asks the API with the user's token.
#[component]
fn Shopping(items: Result<Vec<ListedItem>, ShoppingError>) -> impl IntoView {
    let query = use_query_map().get_untracked();
    let problem = problem(query.get_str("problem"), query.get_str("scope"));
    let list = match items {
        Ok(items) if items.is_empty() => view! { <p>"Nothing yet."</p> }.into_any(),
        Ok(items) => view! {
            <ul>
                {items.into_iter().map(|item| view! { <li>{item.name}</li> }).collect_view()}
            </ul>
        }
        .into_any(),
        Err(error) => view! { <Problem error /> }.into_any(),
    };
    view! {
        <section class="card column" aria-labelledby="shopping">
            <h2 id="shopping">"Your shopping list"</h2>
            {list}
            <form class="line" method="post" action=crate::AddItem::url()>
                <label for="name">"Item"</label>
                <input id="name" name="name" type="text" maxlength="80" required autocomplete="off" />
                <button type="submit" class="primary">"Add"</button>
            </form>
            {problem.map(|error| view! { <Problem error /> })}
        </section>
    }
}

/// What the API did not do, and why.
#[component]
fn Problem(error: ShoppingError) -> impl IntoView {
    let words = match error {
        ShoppingError::Lacks(scope) => {
            return view! {
                <p role="alert">
                    "The shopping API refused: you lack the permission " <code>{scope.to_string()}</code>
                    "."
                </p>
            }
            .into_any();
        }
        ShoppingError::InvalidItem => {
            "The shopping API does not take that: give it 1 to 80 characters."
        }
        ShoppingError::Full => "Your shopping list is full.",
        ShoppingError::Unavailable => "The shopping API does not answer at the moment.",
    };
    view! { <p role="alert">{words}</p> }.into_any()
}
