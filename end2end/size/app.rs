//! `examples/starter` without sign-in: the same pages, which everybody sees. `size.mjs` puts it in
//! the place of the starter's `app.rs`.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{A, Route, Router, Routes},
    path,
};

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title text="Starter" />
        <Router>
            <header>
                <nav>
                    <A href="/">"Home"</A>
                    <A href="/profile">"Profile"</A>
                    <A href="/protected">"Protected"</A>
                </nav>
            </header>
            <main>
                <Routes fallback=|| "Page not found.">
                    <Route path=path!("/") view=Home />
                    <Route path=path!("/profile") view=Profile />
                    // Waits for the sentence, so that it needs no JavaScript.
                    <Route path=path!("/protected") view=Members ssr=SsrMode::Async />
                </Routes>
            </main>
        </Router>
    }
}

#[component]
fn Home() -> impl IntoView {
    view! {
        <h1>"Home"</h1>
        <p>"Hello."</p>
    }
}

#[component]
fn Profile() -> impl IntoView {
    view! {
        <h1>"Profile"</h1>
    }
}

#[server]
async fn secret() -> Result<String, ServerFnError> {
    Ok("Everybody sees this.".to_owned())
}

#[component]
fn Members() -> impl IntoView {
    view! {
        <h1>"Protected"</h1>
        <Secret />
    }
}

#[component]
fn Secret() -> impl IntoView {
    let secret = Resource::new_blocking(|| (), |()| secret());
    view! {
        <p>
            <Suspense fallback=|| "Loading…">
                {move || Suspend::new(async move {
                    secret.await.unwrap_or_else(|error| error.to_string())
                })}
            </Suspense>
        </p>
    }
}
