//! The application with the protected pages.

use std::sync::LazyLock;

use auth_core::Auth;
use auth_leptos::{
    Protected, PublicError, SessionProvider, WithAuth as _,
    protected_route::{OpenFromServer, open_from_server, organization_role, role, signed_in},
    require_role, require_session,
};
use auth_testkit::{TestSite, signing};
use axum::Router;
use leptos::{config::LeptosOptions, prelude::*};
use leptos_axum::{AxumRouteListing, LeptosRoutes as _, generate_route_list};
use leptos_router::{
    SsrMode,
    components::{
        Outlet, ParentRoute, ProtectedParentRoute, ProtectedRoute, Route, Router as Pages, Routes,
    },
    path,
};
use serde_json::json;

/// What a protected page contains.
pub(crate) const SECRET: &str = "the treasure is under the oak";
/// What every page contains.
pub(crate) const LAYOUT: &str = "the menu of all pages";

#[server(endpoint = "secret")]
async fn secret() -> Result<String, PublicError> {
    require_session().await?;
    Ok(SECRET.to_owned())
}

#[server(endpoint = "secret-for")]
async fn secret_for(role: String) -> Result<String, PublicError> {
    require_role(&role).await?;
    Ok(SECRET.to_owned())
}

#[component]
fn Page() -> impl IntoView {
    view! { <Protected><p>{SECRET}</p></Protected> }
}

/// A page whose data the server function protects.
fn blocking(role: Option<&'static str>) -> impl IntoView {
    let data = Resource::new_blocking(
        || (),
        move |()| async move {
            match role {
                None => secret().await,
                Some(role) => secret_for(role.to_owned()).await,
            }
        },
    );
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                data.await.unwrap_or_else(|error| error.to_string())
            })}
        </Suspense>
    }
}

/// Waits without blocking, so the headers are sent before.
#[component]
fn Late() -> impl IntoView {
    let waited = Resource::new(|| (), |()| wait());
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                waited.await;
                view! { <Protected><p>{SECRET}</p></Protected> }
            })}
        </Suspense>
    }
}

#[component]
fn LateResource() -> impl IntoView {
    let data = Resource::new(
        || (),
        |()| async {
            wait().await;
            secret().await
        },
    );
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                data.await.unwrap_or_else(|error| error.to_string())
            })}
        </Suspense>
    }
}

async fn wait() {
    tokio::time::sleep(std::time::Duration::from_millis(30)).await;
}

#[component]
fn App() -> impl IntoView {
    view! { <SessionProvider><AllPages /></SessionProvider> }
}

#[component]
fn AppWithoutProvider() -> impl IntoView {
    view! {
        <Pages>
            <Routes fallback=|| "not found">
                <Route path=path!("/protected") view=Page />
            </Routes>
        </Pages>
    }
}

#[component]
fn AllPages() -> impl IntoView {
    view! {
        <Pages>
            <nav>{LAYOUT}</nav>
            <Routes fallback=|| "not found">
                <Route path=path!("/protected") view=Page />
                <Route path=path!("/protected-in-order") view=Page ssr=SsrMode::InOrder />
                <Route path=path!("/protected-async") view=Page ssr=SsrMode::Async />
                <Route
                    path=path!("/protected-partially-blocked")
                    view=Page
                    ssr=SsrMode::PartiallyBlocked
                />
                <Route
                    path=path!("/protected-shopper")
                    view=|| view! { <Protected role="shopper">{SECRET}</Protected> }
                />
                <Route
                    path=path!("/protected-admin")
                    view=|| view! { <Protected role="admin">{SECRET}</Protected> }
                />
                <Route
                    path=path!("/protected-o1-member")
                    view=|| {
                        view! { <Protected organization="o1" role="member">{SECRET}</Protected> }
                    }
                />
                <Route
                    path=path!("/protected-o1-admin")
                    view=|| {
                        view! { <Protected organization="o1" role="admin">{SECRET}</Protected> }
                    }
                />
                <Route
                    path=path!("/protected-o2-member")
                    view=|| {
                        view! { <Protected organization="o2" role="member">{SECRET}</Protected> }
                    }
                />
                <Route
                    path=path!("/protected-without-role")
                    view=|| view! { <Protected organization="o1">{SECRET}</Protected> }
                />
                <ProtectedRoute
                    path=path!("/route")
                    view=|| SECRET
                    condition=signed_in()
                    redirect_path=open_from_server("/open")
                />
                <ProtectedRoute
                    path=path!("/route-admin")
                    view=|| SECRET
                    condition=role("admin")
                    redirect_path=open_from_server("/open")
                />
                <ProtectedRoute
                    path=path!("/route-o1-member")
                    view=|| SECRET
                    condition=organization_role("o1", "member")
                    redirect_path=open_from_server("/open")
                />
                <ProtectedParentRoute
                    path=path!("/parent")
                    view=Outlet
                    condition=signed_in()
                    redirect_path=open_from_server("/open")
                >
                    <Route path=path!("child") view=|| SECRET />
                </ProtectedParentRoute>
                <Route path=path!("/open") view=OpenFromServer />
                <ParentRoute path=path!("") view=Outlet>
                    <Route path=path!("/blocking") view=|| blocking(None) />
                    <Route path=path!("/blocking-in-order") view=|| blocking(None) ssr=SsrMode::InOrder />
                    <Route path=path!("/blocking-async") view=|| blocking(None) ssr=SsrMode::Async />
                    <Route
                        path=path!("/blocking-admin")
                        view=|| blocking(Some("admin"))
                    />
                    <Route
                        path=path!("/blocking-shopper")
                        view=|| blocking(Some("shopper"))
                    />
                    <Route path=path!("/late") view=Late />
                    <Route path=path!("/late-resource") view=LateResource />
                </ParentRoute>
            </Routes>
        </Pages>
    }
}

/// Generated once per process, because a flag of the process stops all resources
/// from loading meanwhile (<https://github.com/leptos-rs/leptos/issues/4773>).
static ROUTES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| generate_route_list(App));

pub(crate) fn without_auth() -> Router {
    let options = LeptosOptions::builder().output_name("test").build();
    Router::new()
        .leptos_routes(&options, ROUTES.clone(), App)
        .with_state(options)
}

pub(crate) async fn start_site() -> TestSite {
    let site = TestSite::new(|auth: &Auth| without_auth().with_auth(auth)).await;
    site.provider
        .tamper(signing::claim("organization_roles", json!(["o1:member"])));
    site
}

pub(crate) async fn start_site_without_provider() -> TestSite {
    let routes = generate_route_list(AppWithoutProvider);
    TestSite::new(move |auth: &Auth| {
        let options = LeptosOptions::builder().output_name("test").build();
        Router::new()
            .leptos_routes(&options, routes, AppWithoutProvider)
            .with_auth(auth)
            .with_state(options)
    })
    .await
}
