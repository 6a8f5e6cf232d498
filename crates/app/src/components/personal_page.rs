use auth_core::AuthError;
use auth_leptos::{ErrorKind, PublicError};
use leptos::prelude::*;
use leptos_meta::Title;

use super::{Layout, SignInButton, problem};

/// A page with data of the signed-in user. It asks others to sign in, with a button
/// that returns to the page.
///
/// The whole page waits for the data, its header too: if the provider turns out to
/// have ended the session, no part of the page shows the former user. So `data` is a
/// blocking resource, and the route has [`SsrMode::Async`] or [`SsrMode::InOrder`]:
/// out of order, a browser without JavaScript would show nothing.
///
/// [`SsrMode::Async`]: leptos_router::SsrMode::Async
/// [`SsrMode::InOrder`]: leptos_router::SsrMode::InOrder
#[component]
pub(crate) fn PersonalPage<T, C, V>(
    /// The title and heading.
    title: &'static str,
    /// The page's address.
    path: &'static str,
    /// What signed-out users read.
    invitation: &'static str,
    /// The answer of a server function.
    data: Resource<Result<T, PublicError>>,
    /// The content, made from the data.
    content: C,
) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
    C: FnOnce(T) -> V + Send + 'static,
    V: IntoView + 'static,
{
    view! {
        <Title text=title />
        <Suspense>
            {Suspend::new(async move {
                let data = data.await;
                view! {
                    <Layout>
                        <h1>{title}</h1>
                        {match data {
                            Ok(data) => content(data).into_any(),
                            Err(error) => view! { <NoData error path invitation /> }.into_any(),
                        }}
                    </Layout>
                }
            })}
        </Suspense>
    }
}

/// Asks for a sign-in, or says why there is no data.
#[component]
fn NoData(error: PublicError, path: &'static str, invitation: &'static str) -> impl IntoView {
    let text = match error.details() {
        Some(AuthError::NotSignedIn) => view! { <p>{invitation}</p> }.into_any(),
        _ => view! { <p role="alert">{problem(&error)}</p> }.into_any(),
    };
    let can_sign_in = error.kind() == ErrorKind::SessionRequired;
    view! {
        <section class="hero">
            {text} {can_sign_in.then(|| view! { <SignInButton redirect_to=Some(path.to_owned()) /> })}
        </section>
    }
}
