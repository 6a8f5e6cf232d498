use auth_leptos::{
    Protected, PublicError, SessionProvider, SessionState, SignInButton, SignOutButton, SignedIn,
    SignedOut, use_session,
};
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
            <p>"Name: " <UserName /></p>
            <p>"E-mail: " {email}</p>
        </SignedIn>
        <SignedOut>
            <p>"Sign in to see your profile."</p>
            <SignInButton />
        </SignedOut>
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

#[component]
fn Members() -> impl IntoView {
    view! {
        <Protected>
            <h1>"Protected"</h1>
            <Secret />
        </Protected>
    }
}

#[component]
fn Secret() -> impl IntoView {
    // `Protected` builds it again for another user.
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
