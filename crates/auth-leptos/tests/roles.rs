//! Parts of a page that are shown only to users with a role.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

use auth_core::{Auth, MemoryStore};
use auth_leptos::{HasOrganizationRole, HasRole, SessionLayer, SessionProvider, auth_routes};
use auth_testkit::{Browser, TestProvider, config};
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

struct Fixture {
    provider: TestProvider,
    app: Router,
}

impl Fixture {
    async fn new() -> Self {
        let provider = TestProvider::start().await;
        provider.tamper(|draft| {
            draft
                .claims
                .insert("organization_roles".to_owned(), json!(["o1:member"]));
        });
        let auth = Auth::new(
            config(&provider, "http://localhost:3000"),
            MemoryStore::new(),
        );
        let auth = auth.unwrap();
        let options = LeptosOptions::builder().output_name("test").build();
        let app = Router::new()
            .leptos_routes(&options, generate_route_list(App), App)
            .merge(auth_routes(auth.clone()))
            .route_layer(SessionLayer::new(auth))
            .with_state(options);
        Self { provider, app }
    }

    fn browser(&self) -> Browser {
        Browser::new(&self.app)
    }

    async fn signed_in(&self) -> Browser {
        let mut browser = self.browser();
        browser.sign_in(&self.provider).await;
        browser
    }
}

#[tokio::test]
async fn parts_of_a_page_are_for_roles() {
    let fixture = Fixture::new().await;
    let page = fixture.signed_in().await.get("/").await.body;
    assert!(page.contains("shops") && page.contains("belongs"), "{page}");
    assert!(
        !page.contains("rules") && !page.contains("intrudes"),
        "{page}"
    );
    let page = fixture.browser().get("/").await.body;
    assert!(
        !page.contains("shops") && !page.contains("belongs"),
        "{page}"
    );
}
