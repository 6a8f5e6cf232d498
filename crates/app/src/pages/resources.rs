use auth_leptos::{SignedIn, SignedOut};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    components::{GrantedScopes, SignInButton},
    page_data::{ApiResource, ResourcesData, page_data},
    shopping::{ListedItem, ShoppingError, error_from_query},
};

/// The user's permissions at each API resource, and one API in use.
#[component]
pub(crate) fn Resources() -> impl IntoView {
    view! {
        <Title text="API resources" />
        <h1>"API resources"</h1>
        <SignedIn>
            <ResourceList />
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
fn ResourceList() -> impl IntoView {
    page_data().map(|ResourcesData { resources, items }| {
        let list = if resources.is_empty() {
            view! {
                <p role="status">
                    "This site asks for no API. Add one to " <code>"AUTH_LOGTO_RESOURCES"</code>
                    " and its permissions to " <code>"AUTH_LOGTO_SCOPES"</code> "."
                </p>
            }
            .into_any()
        } else {
            view! {
                <ul class="cards" role="list">
                    {resources
                        .iter()
                        .cloned()
                        .map(|ApiResource { indicator, token }| {
                            view! {
                                <li class="card column">
                                    <h2><code>{indicator.to_string()}</code></h2>
                                    <h3>"Your permissions"</h3>
                                    <GrantedScopes token />
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
                "For each API, this server gets a token from Logto. The token says what you may do there. It stays on the server."
            </p>
            {list}
            {items.map(|items| view! { <ShoppingList items=items.map(|items| items.to_vec()) /> })}
        }
    })
}

/// The shopping list: the server calls the API with the user's token.
#[component]
fn ShoppingList(items: Result<Vec<ListedItem>, ShoppingError>) -> impl IntoView {
    let query = use_query_map().get_untracked();
    let add_error = error_from_query(query.get_str("problem"), query.get_str("scope"));
    let list = match items {
        Ok(items) if items.is_empty() => view! { <p>"Nothing yet."</p> }.into_any(),
        Ok(items) => view! {
            <ul>
                {items.into_iter().map(|item| view! { <li>{item.name}</li> }).collect_view()}
            </ul>
        }
        .into_any(),
        Err(error) => view! { <ErrorMessage error /> }.into_any(),
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
            {add_error.map(|error| view! { <ErrorMessage error /> })}
        </section>
    }
}

#[component]
fn ErrorMessage(error: ShoppingError) -> impl IntoView {
    let text = match error {
        ShoppingError::MissingPermission(scope) => {
            return view! {
                <p role="alert">
                    "The shopping API refused. You do not have the permission "
                    <code>{scope.to_string()}</code> "."
                </p>
            }
            .into_any();
        }
        ShoppingError::InvalidItem => {
            "The shopping API did not accept this item. Use 1 to 80 characters."
        }
        ShoppingError::ListFull => "Your shopping list is full.",
        ShoppingError::Unavailable => "The shopping API does not answer. Try again in a minute.",
    };
    view! { <p role="alert">{text}</p> }.into_any()
}
