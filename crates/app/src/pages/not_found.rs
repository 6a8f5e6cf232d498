use axum::http::StatusCode;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_meta::Title;

use crate::components::Layout;

/// The page for an address that has no page.
#[component]
pub(crate) fn NotFound() -> impl IntoView {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(StatusCode::NOT_FOUND);
    }
    view! {
        <Title text="Not found" />
        <Layout>
            <section class="hero">
                <h1>"Not found"</h1>
                <p>"There is no page at this address."</p>
                <p><a href="/">"Back to the home page"</a></p>
            </section>
        </Layout>
    }
}
