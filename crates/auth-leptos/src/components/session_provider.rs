//! The session of a page: one snapshot for the whole page on the server, one
//! signal for the whole page in the browser.

use std::time::Duration;

use leptos::prelude::*;

use crate::SessionState;

#[cfg(not(feature = "ssr"))]
use super::element::{Content, FixedElement};

/// Gives the components inside of it the session. Put it around the whole
/// application, once.
///
/// It writes the session into the page, so the browser shows the same as the
/// server from the first moment, without a request. Afterwards the browser
/// fetches the session to learn of changes: after the page has become
/// interactive, when the tab comes to the front, when *Back* restores the page,
/// when the browser is online again, and when another tab signs in or out. Tabs
/// send each other messages over the `BroadcastChannel` of Auth.js's client,
/// `next-auth`. While the browser is offline, or the server does not answer, the
/// session stays as it is.
///
/// In an application that hydrates as a whole, all components follow these
/// changes. In a page with islands, only islands do. So when the page shows
/// another user than the one who is signed in, it is loaded again, or, if
/// somebody has filled in or sent a form in it, a notice with a button (class
/// `auth-notice`) asks for it. If somebody clicked in it before it was
/// interactive, the browser may be on its way to Logto: the page is loaded again
/// 20 seconds later, if it is still there.
///
/// Without JavaScript the page is right when it is loaded.
///
/// ```
/// use auth_leptos::{SessionProvider, SignInButton, SignedOut, use_session};
/// use leptos::prelude::*;
///
/// #[component]
/// fn App() -> impl IntoView {
///     view! {
///         <SessionProvider>
///             <Greeting />
///             <SignedOut>
///                 <SignInButton />
///             </SignedOut>
///         </SessionProvider>
///     }
/// }
///
/// #[component]
/// fn Greeting() -> impl IntoView {
///     let session = use_session();
///     let name = move || session.with(|session| session.user()?.name.clone());
///     view! { <p>"Hello " {name}</p> }
/// }
/// ```
#[component]
pub fn SessionProvider<C>(
    /// How often the browser fetches the session while the user is signed in and
    /// the tab is in front. By default it does not fetch at an interval. The
    /// first provider of a page counts.
    #[prop(optional)]
    refetch_interval: Option<Duration>,
    /// The application.
    children: TypedChildren<C>,
) -> impl IntoView
where
    C: IntoView + 'static,
{
    // The order matters: what is inside may ask for the session at once.
    let seed = provide_session(refetch_interval);
    view! {
        {seed}
        {children.into_inner()()}
    }
}

/// Returns what is known of the user. The server puts it into the page, so it
/// needs no waiting and no request; in the browser it follows changes. Requires
/// [`SessionProvider`] around the component that calls it.
///
/// The counterpart of Auth.js's `useSession()`.
pub fn use_session() -> Signal<SessionState> {
    current_session()
}

#[cfg(all(feature = "hydrate", target_arch = "wasm32"))]
fn provide_session(refetch_interval: Option<Duration>) -> FixedElement {
    // In a page with islands, this function does not run in the browser.
    crate::browser::follow_in_whole_page(refetch_interval);
    crate::browser::follow();
    // The page has the seed. A provider that is added later needs none.
    FixedElement::new("div", Content::Nothing)
}

#[cfg(all(feature = "hydrate", target_arch = "wasm32"))]
pub(super) use crate::browser::session as page_session;

#[cfg(not(any(feature = "ssr", all(feature = "hydrate", target_arch = "wasm32"))))]
fn provide_session(_: Option<Duration>) -> FixedElement {
    FixedElement::new("div", Content::Nothing)
}

/// Returns the session of the page: the one signal that everything follows.
#[cfg(not(any(feature = "ssr", all(feature = "hydrate", target_arch = "wasm32"))))]
pub(super) fn page_session() -> ArcRwSignal<SessionState> {
    ArcRwSignal::default()
}

#[cfg(not(feature = "ssr"))]
fn current_session() -> Signal<SessionState> {
    page_session().into()
}

#[cfg(feature = "ssr")]
pub(crate) use self::on_server::page_state;
#[cfg(feature = "ssr")]
use self::on_server::{current_session, provide_session};

#[cfg(feature = "ssr")]
mod on_server {
    use std::sync::Arc;

    use auth_core::Message;
    use leptos::prelude::*;

    use super::{Duration, SessionState};
    use crate::{
        components::texts,
        request::{base_path, log_missing_provider_once, rendered_state},
        session_seed,
    };

    /// The session that a page is rendered with. It is only in the context of the
    /// request: a static would show one user's session to another.
    #[derive(Clone)]
    struct Snapshot(Arc<SessionState>);

    pub(super) fn provide_session(refetch_interval: Option<Duration>) -> impl IntoView {
        // One snapshot for all providers of a page: the session may change while
        // the page is streamed.
        let Snapshot(state) = use_context().unwrap_or_else(|| {
            let snapshot = Snapshot(Arc::new(rendered_state()));
            provide_context(snapshot.clone());
            snapshot
        });
        let content = format!(
            r#"<script type="application/json" id="{}" data-base-path="{}">{}</script>{}"#,
            session_seed::ID,
            // Nothing in it needs escaping.
            base_path().as_str(),
            session_seed::json(&state, refetch_interval),
            follow_page(),
        );
        // As text, because every page has it: Leptos allocates memory several times for
        // each element.
        view! { <div inner_html=content></div> }
    }

    /// Returns what is known of the user of the page that is being rendered, also
    /// outside of `SessionProvider`.
    pub(crate) fn page_state() -> SessionState {
        match use_context::<Snapshot>() {
            Some(Snapshot(state)) => Arc::unwrap_or_clone(state),
            None => rendered_state(),
        }
    }

    pub(super) fn current_session() -> Signal<SessionState> {
        let snapshot = use_context::<Snapshot>();
        if snapshot.is_none() {
            log_missing_provider_once();
        }
        Signal::stored(snapshot.map_or(SessionState::Loading, |Snapshot(state)| {
            Arc::unwrap_or_clone(state)
        }))
    }

    /// Returns HTML which, in a page with islands, follows the session by an island, and
    /// contains the notice that the island shows when the page shows a former session.
    ///
    /// Leptos 0.8 does not find what follows an island when the whole page
    /// hydrates, so an island is only in pages with islands.
    fn follow_page() -> String {
        // `HydrationScripts` has said so.
        let has_islands =
            Owner::current_shared_context().is_some_and(|context| !context.get_is_hydrating());
        if !has_islands {
            return String::new();
        }
        let ([sentence, button], lang) = texts::say([Message::SignInChanged, Message::ReloadPage]);
        let lang = lang.map_or_else(String::new, |lang| format!(r#" lang="{lang}""#));
        // The last element is what Leptos writes for an island. It has no view, so nothing
        // hydrates it.
        format!(
            r#"<div aria-live="polite"><div id="{}" hidden><p{lang} class="auth-notice">{} <button type="button">{}</button></p></div></div><leptos-island data-component="{}"></leptos-island>"#,
            session_seed::NOTICE_ID,
            sentence.to_html(),
            button.to_html(),
            session_seed::ISLAND,
        )
    }
}
