//! `examples/starter` with what only browser tests need: event handlers, a page and a part for one
//! role, forms. `servers/hydrated.mjs` puts it in the place of the starter's `app.rs`.

use auth_leptos::{
    HasRole, Protected, PublicError, SessionProvider, SessionState, SignInButton, SignOutButton,
    SignedIn, SignedOut, browser,
    protected_route::{OpenFromServer, open_from_server, role},
    use_session,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{A, ProtectedRoute, Route, Router, Routes},
    path,
};

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title text="Starter" />
        <SessionProvider>
            <Router>
                <header>
                    <nav>
                        <A href="/">"Home"</A>
                        <A href="/profile">"Profile"</A>
                        <A href="/protected">"Protected"</A>
                    </nav>
                    <p><UserName /></p>
                </header>
                <main>
                    <Routes fallback=|| "Page not found.">
                        <Route path=path!("/") view=Home />
                        <Route path=path!("/profile") view=Profile />
                        // Waits for the sentence, so that it needs no JavaScript.
                        <Route path=path!("/protected") view=Members ssr=SsrMode::Async />
                        <ProtectedRoute
                            path=path!("/protected/shop")
                            view=Shop
                            condition=role("shopper")
                            redirect_path=open_from_server("/open")
                            ssr=SsrMode::Async
                        />
                        <Route path=path!("/open") view=OpenFromServer />
                    </Routes>
                </main>
            </Router>
        </SessionProvider>
    }
}

#[component]
fn UserName() -> impl IntoView {
    let session = use_session();
    move || match session.get() {
        SessionState::Authenticated(session) => session.user.name.unwrap_or(session.user.id),
        SessionState::Unauthenticated => "Signed out".to_owned(),
        SessionState::Loading => "…".to_owned(),
    }
}

#[component]
fn Home() -> impl IntoView {
    view! {
        <h1>"Home"</h1>
        <SignedIn>
            <p>"Hello, " <UserName /> "."</p>
            <SignOutButton />
        </SignedIn>
        <SignedOut>
            <p>"Hello. You are signed out."</p>
            <SignInButton />
        </SignedOut>
    }
}

#[component]
fn Profile() -> impl IntoView {
    let session = use_session();
    let email = move || session.with(|session| session.user()?.email.clone());
    view! {
        <h1>"Profile"</h1>
        <SignedIn>
            <dl>
                <dt>"Name"</dt>
                <dd><UserName /></dd>
                <dt>"E-mail"</dt>
                <dd>{email}</dd>
            </dl>
            <HasRole role="shopper">
                <p>"You may shop."</p>
            </HasRole>
            <label>"A nickname: " <input name="nickname" /></label>
        </SignedIn>
        <SignedOut>
            <p>"Sign in to see your profile."</p>
            <SignInButton />
        </SignedOut>
        <form>
            <label>"A note to yourself: " <input name="note" /></label>
        </form>
        <EventHandlers />
    }
}

/// What the buttons do without a form: in event handlers, with JavaScript only.
#[component]
fn EventHandlers() -> impl IntoView {
    let problem = RwSignal::new(None);
    let show = move |result: Result<(), browser::RequestError>| {
        problem.set(result.err().map(|error| error.to_string()));
    };
    let sign_in = move |_| spawn_local(async move { show(browser::sign_in(None).await) });
    let sign_out =
        move |_| spawn_local(async move { show(browser::sign_out(Some("/profile")).await) });
    let update = move |_| spawn_local(async move { show(browser::update().await) });
    view! {
        <h2>"In event handlers"</h2>
        <button on:click=sign_in>"Go to sign-in"</button>
        <button on:click=sign_out>"Sign out and stay here"</button>
        <button on:click=update>"Fetch the session again"</button>
        <p role="alert">{problem}</p>
    }
}

/// Is a public endpoint, so it checks the session: components only lead.
#[server]
async fn secret() -> Result<String, PublicError> {
    let session = auth_leptos::require_session().await?;
    Ok(format!(
        "Only signed-in users see this. You are {}.",
        session.user.id
    ))
}

#[server]
async fn buy_item(item: String) -> Result<String, PublicError> {
    let session = auth_leptos::require_role("shopper").await?;
    Ok(format!("{} buys {item}.", session.user.id))
}

#[component]
fn Members() -> impl IntoView {
    view! {
        <Protected>
            <h1>"Protected"</h1>
            <Secret />
            <p><A href="/protected/shop">"Shop"</A></p>
            <Buy />
        </Protected>
    }
}

#[component]
fn Secret() -> impl IntoView {
    let session = use_session();
    let secret = Resource::new_blocking(
        move || session.with(|session| Some(session.user()?.id.clone())),
        |_| secret(),
    );
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

/// A form that works without JavaScript: the page then shows the error too.
#[component]
fn Buy() -> impl IntoView {
    let buy = ServerAction::<BuyItem>::new();
    let answer = move || match buy.value().get()? {
        Ok(answer) => Some(answer),
        Err(error) => Some(error.to_string()),
    };
    view! {
        <ActionForm action=buy>
            <label>"An item: " <input name="item" /></label>
            <button type="submit">"Buy"</button>
        </ActionForm>
        <p role="status">{answer}</p>
    }
}

#[component]
fn Shop() -> impl IntoView {
    view! {
        <h1>"Shop"</h1>
        <p>"Only shoppers see this."</p>
    }
}
