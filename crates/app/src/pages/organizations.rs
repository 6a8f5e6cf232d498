use auth_leptos::{SignedIn, SignedOut};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use url::form_urlencoded::Serializer;

use crate::{
    components::{GrantedScopes, SignInButton},
    page_data::{self, AskedOrganization, OrganizationAccess, Permissions, page_data},
};

/// The user's organizations, and what they may do in each.
#[component]
pub(crate) fn Organizations() -> impl IntoView {
    view! {
        <Title text="Organizations" />
        <h1>"Organizations"</h1>
        <SignedIn>
            <Memberships />
        </SignedIn>
        <SignedOut>
            <section class="hero">
                <p>"Sign in to see your organizations. You will come back to this page."</p>
                <SignInButton redirect_to=Some("/organizations".to_owned()) />
            </section>
        </SignedOut>
    }
}

#[component]
fn Memberships() -> impl IntoView {
    page_data().map(|page_data::Organizations { all, asked }| {
        let list = match all {
            Ok(all) if all.is_empty() => {
                view! { <p role="status">"You are a member of no organization."</p> }.into_any()
            }
            Ok(all) => view! {
                <ul class="cards" role="list">
                    {all
                        .iter()
                        .cloned()
                        .map(|access| view! { <Membership access /> })
                        .collect_view()}
                </ul>
            }
            .into_any(),
            Err(kind) => view! { <p role="status">{kind.sentence()}</p> }.into_any(),
        };
        view! {
            <p class="lead">
                "For each, this server has got a token from Logto: it shows what you may do there. The tokens stay on the server."
            </p>
            {list}
            <form method="post" action=crate::RefreshClaims::url()>
                <button type="submit">"Look again"</button>
            </form>
            <AskForm asked />
        }
    })
}

#[component]
fn Membership(access: OrganizationAccess) -> impl IntoView {
    let OrganizationAccess {
        organization,
        permissions,
    } = access;
    let roles = match organization.roles.as_slice() {
        [] => "—".to_owned(),
        roles => roles.join(", "),
    };
    let id = organization.id.to_string();
    view! {
        <li class="card column">
            <h2>{organization.name.unwrap_or_else(|| id.clone())}</h2>
            {organization.description.map(|text| view! { <p class="note">{text}</p> })}
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
                Some(permissions) => view! { <AsMember permissions /> }.into_any(),
                None => {
                    let page = format!(
                        "/organizations?{}",
                        Serializer::new(String::new()).append_pair("organization", &id).finish(),
                    );
                    view! { <p><a href=page>"What you may do there"</a></p> }.into_any()
                }
            }}
        </li>
    }
}

/// What a member may do.
#[component]
fn AsMember(permissions: Permissions) -> impl IntoView {
    let Permissions { inside, at_api } = permissions;
    view! {
        <h3>"In the organization you may"</h3>
        <GrantedScopes access=inside none="Nothing that this site asks for." />
        {at_api
            .map(|(indicator, access)| {
                view! {
                    <h3>"As a member, at " <code>{indicator.to_string()}</code> " you may"</h3>
                    <GrantedScopes access none="Nothing that this site asks for." />
                }
            })}
    }
}

/// Asks about an organization by its id: of one's own or not.
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
                .map(|AskedOrganization { id, access }| {
                    view! {
                        <h3>"In " <code>{id.to_string()}</code></h3>
                        <GrantedScopes access none="You may do nothing that this site asks for." />
                    }
                })}
        </section>
    }
}
