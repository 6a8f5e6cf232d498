use leptos::{prelude::*, server_fn::ServerFn as _};
use leptos_router::hooks::use_query_map;
use url::form_urlencoded::Serializer;

use crate::{
    RefreshClaims,
    components::{GrantedScopes, PersonalPage, problem},
    queries::{AskedOrganization, Membership, OrganizationsData, Permissions, organizations},
};

/// The user's organizations and permissions in them.
#[component]
pub(crate) fn Organizations() -> impl IntoView {
    let query = use_query_map();
    let asked = move || query.with(|query| query.get("organization"));
    view! {
        <PersonalPage
            title="Organizations"
            path="/organizations"
            invitation="Sign in to see your organizations. You will come back to this page."
            data=Resource::new_blocking(asked, organizations)
            content=|data| view! { <Memberships data /> }
        />
    }
}

#[component]
fn Memberships(data: OrganizationsData) -> impl IntoView {
    let OrganizationsData { memberships, asked } = data;
    let list = match memberships {
        Ok(memberships) if memberships.is_empty() => view! {
            <p role="status">"You are not a member of any organization."</p>
        }
        .into_any(),
        Ok(memberships) => view! {
            <ul class="cards" role="list">
                {memberships
                    .into_iter()
                    .map(|membership| view! { <MembershipItem membership /> })
                    .collect_view()}
            </ul>
        }
        .into_any(),
        Err(error) => view! { <p role="status">{problem(&error)}</p> }.into_any(),
    };
    view! {
        <p class="lead">
            "For each organization, this server gets a token from Logto. The token says what you may do there. It stays on the server."
        </p>
        {list}
        <form method="post" action=RefreshClaims::PATH>
            <button type="submit">"Refresh from Logto"</button>
        </form>
        <AskForm asked />
    }
}

#[component]
fn MembershipItem(membership: Membership) -> impl IntoView {
    let Membership {
        id,
        name,
        description,
        roles,
        permissions,
    } = membership;
    let roles = match roles.as_slice() {
        [] => "—".to_owned(),
        roles => roles.join(", "),
    };
    let id = id.to_string();
    view! {
        <li class="card column">
            <h2>{name.unwrap_or_else(|| id.clone())}</h2>
            {description.map(|text| view! { <p class="note">{text}</p> })}
            <dl>
                <div>
                    <dt>"ID"</dt>
                    <dd><code>{id.clone()}</code></dd>
                </div>
                <div>
                    <dt>"Your roles"</dt>
                    <dd>{roles}</dd>
                </div>
            </dl>
            {match permissions {
                Some(permissions) => view! { <MemberPermissions permissions /> }.into_any(),
                None => {
                    let page = format!(
                        "/organizations?{}",
                        Serializer::new(String::new()).append_pair("organization", &id).finish(),
                    );
                    view! { <p><a href=page>"Show your permissions"</a></p> }.into_any()
                }
            }}
        </li>
    }
}

#[component]
fn MemberPermissions(permissions: Permissions) -> impl IntoView {
    let Permissions {
        in_organization,
        at_api,
    } = permissions;
    view! {
        <h3>"Your permissions in the organization"</h3>
        <GrantedScopes token=in_organization />
        {at_api
            .map(|(indicator, token)| {
                view! {
                    <h3>"Your permissions as a member at " <code>{indicator}</code></h3>
                    <GrantedScopes token />
                }
            })}
    }
}

/// A form that asks for a token of any organization, by its id. It shows that
/// Logto gives none to a user who is not a member.
#[component]
fn AskForm(asked: Option<AskedOrganization>) -> impl IntoView {
    view! {
        <section class="card column" aria-labelledby="ask">
            <h2 id="ask">"Another organization"</h2>
            <form class="line" method="get" action="/organizations">
                <label for="organization">"ID"</label>
                <input
                    id="organization"
                    name="organization"
                    type="text"
                    maxlength="64"
                    required
                    autocomplete="off"
                    autocapitalize="none"
                />
                <button type="submit">"Get a token"</button>
            </form>
            {asked
                .map(|AskedOrganization { id, token }| {
                    view! {
                        <h3>"In " <code>{id.to_string()}</code></h3>
                        <GrantedScopes token />
                    }
                })}
        </section>
    }
}
