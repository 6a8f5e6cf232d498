use auth_leptos::{
    HasRole, SessionProvider, SessionState, SignInButton, SignOutButton, SignedIn, SignedOut,
    browser, use_session,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::{MetaTags, Stylesheet, Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{A, Route, Router, Routes},
    path,
};

pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <AutoReload options=options.clone() />
                <HydrationScripts options />
                <link rel="icon" href="/favicon.ico" />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Stylesheet id="leptos" href="/pkg/starter.css" />
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
                        <Route path=path!("/protected") view=Protected ssr=SsrMode::Async />
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

/// Is a public endpoint, so it checks the session: components only hide.
#[server]
async fn secret() -> Result<String, ServerFnError> {
    let session = auth_leptos::auth()
        .await
        .map_err(|error| ServerFnError::new(error.kind().sentence()))?;
    let Some(session) = session else {
        return Err(ServerFnError::new("Sign in first."));
    };
    Ok(format!(
        "Only signed-in users see this. You are {}.",
        session.user.id
    ))
}

#[component]
fn Protected() -> impl IntoView {
    let session = use_session();
    let secret = Resource::new(
        move || session.with(|session| Some(session.user()?.id.clone())),
        |user| async move {
            match user {
                Some(_) => secret().await,
                None => Ok(String::new()),
            }
        },
    );
    view! {
        <h1>"Protected"</h1>
        <SignedIn>
            <p>
                <Suspense fallback=|| "Loading…">
                    {move || Suspend::new(async move {
                        secret.await.unwrap_or_else(|error| error.to_string())
                    })}
                </Suspense>
            </p>
        </SignedIn>
        <SignedOut>
            <p>"Sign in to see this page."</p>
            <SignInButton />
        </SignedOut>
    }
}
