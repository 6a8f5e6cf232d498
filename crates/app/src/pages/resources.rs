use auth_leptos::PublicError;
use leptos::{prelude::*, server_fn::ServerFn as _};
use leptos_router::hooks::use_query_map;

use crate::{
    AddItem,
    components::{GrantedScopes, PersonalPage, problem},
    queries::{ApiResource, api_resources, shopping_list},
    shopping::{ListedItem, ShoppingError, error_from_query},
};

/// The user's permissions at each API resource, and one API in use.
#[component]
pub(crate) fn Resources() -> impl IntoView {
    view! {
        <PersonalPage
            title="API resources"
            path="/resources"
            invitation="Sign in to use the APIs. You will come back to this page."
            data=Resource::new_blocking(|| (), |()| api_resources())
            content=|resources| view! { <ResourceList resources /> }
        />
    }
}

#[component]
fn ResourceList(resources: Vec<ApiResource>) -> impl IntoView {
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
                    .into_iter()
                    .map(|ApiResource { indicator, token }| {
                        view! {
                            <li class="card column">
                                <h2><code>{indicator}</code></h2>
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
        <ShoppingList />
    }
}

/// The shopping list: the server calls the API with the user's token. The page is
/// sent meanwhile, and the list follows.
#[component]
fn ShoppingList() -> impl IntoView {
    let list = Resource::new(|| (), |()| shopping_list());
    view! {
        <Suspense>
            {Suspend::new(async move {
                match list.await {
                    Ok(Some(items)) => view! { <Items items /> }.into_any(),
                    Ok(None) => ().into_any(),
                    Err(error) => view! { <NoList error /> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn NoList(error: PublicError) -> impl IntoView {
    view! { <p role="alert">{problem(&error)}</p> }
}

#[component]
fn Items(items: Result<Vec<ListedItem>, ShoppingError>) -> impl IntoView {
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
            <form method="post" action=AddItem::PATH class="line">
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
                    <code>{scope}</code> "."
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
