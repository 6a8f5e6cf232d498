//! The part of the app that a reader of the guide has already: pages and routes.

use std::{env, time::Duration};

use auth_leptos::{AccessTokenVerifier, Caller, ProtectedApi};
use auth_testkit::RESOURCE;
use axum::{Router, routing::post};
use leptos::{config::LeptosOptions, prelude::*};
use leptos_router::{
    components::{Route, Router as LeptosRouter, Routes},
    path,
};

pub(crate) use crate::account::App;

#[component]
pub(crate) fn Pages() -> impl IntoView {
    view! {
        <LeptosRouter>
            <Routes fallback=|| "not found">
                <Route path=path!("/") view=|| "front" />
                <Route path=path!("/streamed") view=Streamed />
            </Routes>
        </LeptosRouter>
    }
}

/// A page whose second half is streamed when it is ready.
#[component]
fn Streamed() -> impl IntoView {
    let late = Resource::new(
        || (),
        |()| async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            "late".to_owned()
        },
    );
    view! { <Suspense>{move || Suspend::new(async move { late.await })}</Suspense> }
}

pub(crate) fn shell(_: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html>
            <body>
                <App />
            </body>
        </html>
    }
}

pub(crate) fn routes() -> Router<LeptosOptions> {
    let issuer = env::var("AUTH_LOGTO_ISSUER").unwrap();
    let verifier = AccessTokenVerifier::new(&issuer, RESOURCE).unwrap();
    let items = post(async |Caller(caller): Caller| caller.sub().to_owned());
    Router::new()
        .route(
            "/items",
            items.route_layer(ProtectedApi::new(verifier, ["read"])),
        )
        .route("/orders", post(async || "ordered"))
}
