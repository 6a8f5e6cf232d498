//! Parts of a page that are shown only to users with a role.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

use auth_leptos::{
    Auth, HasOrganizationRole, HasRole, Hooks, SessionLayer, SessionProvider, auth_routes,
};
use auth_testkit::{TestSite, signing};
use axum::Router;
use leptos::{config::LeptosOptions, prelude::*};
use leptos_axum::{LeptosRoutes as _, generate_route_list};
use leptos_router::{
    components::{Route, Router as Pages, Routes},
    path,
};
use serde_json::json;

#[component]
fn Front() -> impl IntoView {
    view! {
        <HasRole role="shopper">"shops"</HasRole>
        <HasRole role="admin">"rules"</HasRole>
        <HasOrganizationRole organization="o1" role="member">"belongs"</HasOrganizationRole>
        <HasOrganizationRole organization="o2" role="member">"intrudes"</HasOrganizationRole>
    }
}

#[component]
fn App() -> impl IntoView {
    view! {
        <SessionProvider>
            <Pages>
                <Routes fallback=|| "not found">
                    <Route path=path!("/") view=Front />
                </Routes>
            </Pages>
        </SessionProvider>
    }
}

async fn start_site() -> TestSite {
    start_site_with(Hooks::new()).await
}

async fn start_site_with(hooks: Hooks) -> TestSite {
    let router = |auth: &Auth| {
        let options = LeptosOptions::builder().output_name("test").build();
        Router::new()
            .leptos_routes(&options, generate_route_list(App), App)
            .merge(auth_routes(auth.clone()))
            .route_layer(SessionLayer::new(auth.clone()))
            .with_state(options)
    };
    let site = TestSite::with_hooks(hooks, |settings| settings, router).await;
    let roles = signing::claim("organization_roles", json!(["o1:member"]));
    site.provider.tamper(roles);
    site
}

#[tokio::test]
async fn parts_of_a_page_are_shown_only_to_users_with_the_role() {
    let site = start_site().await;
    let page = site.signed_in().await.get("/").await.body;
    assert!(page.contains("shops") && page.contains("belongs"), "{page}");
    assert!(
        !page.contains("rules") && !page.contains("intrudes"),
        "{page}"
    );
    let page = site.browser().get("/").await.body;
    assert!(
        !page.contains("shops") && !page.contains("belongs"),
        "{page}"
    );
}

#[tokio::test]
async fn the_application_chooses_the_roles_that_a_page_shows() {
    let hooks = Hooks::new().public_session(|public, _, _| {
        public
            .with_roles(vec!["admin".to_owned()])
            .with_data("plan", "</script><b>pro</b>")
    });
    let site = start_site_with(hooks).await;
    let page = site.signed_in().await.get("/").await.body;
    assert!(page.contains("rules") && !page.contains("shops"), "{page}");
    // The browser reads them from the page.
    let seed = r#""data":{"plan":"\u003c/script>\u003cb>pro\u003c/b>"}"#;
    assert!(page.contains(seed), "{page}");
}
