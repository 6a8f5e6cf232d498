//! Conditions for `leptos_router`'s `<ProtectedRoute>` and
//! `<ProtectedParentRoute>`.
//!
//! On the server a page that the user may not see is refused as
//! [`Protected`](crate::Protected) refuses it; the route's own redirect is not
//! used. In the browser the route navigates to `redirect_path` inside of the app.
//! So that path needs a route with [`OpenFromServer`], which loads the refused page
//! from the server.
//!
//! `leptos_router` streams the content of these routes when the rest of the page has
//! been sent, and the browser needs JavaScript to put it into its place. Set `ssr` to
//! `SsrMode::Async` or `SsrMode::InOrder` for pages that work without it.
//!
//! Unlike `Protected`, such a route also leads away from an open page when the
//! session ends. Data is protected by server functions, not by routes.
//!
//! ```
//! use auth_leptos::protected_route::{OpenFromServer, open_from_server, role, signed_in};
//! use leptos::prelude::*;
//! use leptos_router::{
//!     components::{ProtectedRoute, Route, Router, Routes},
//!     path,
//! };
//!
//! #[component]
//! fn Pages() -> impl IntoView {
//!     view! {
//!         <Router>
//!             <Routes fallback=|| "Page not found.">
//!                 <ProtectedRoute
//!                     path=path!("/account")
//!                     view=|| "your account"
//!                     condition=signed_in()
//!                     redirect_path=open_from_server("/open")
//!                 />
//!                 <ProtectedRoute
//!                     path=path!("/admin")
//!                     view=|| "all users"
//!                     condition=role("admin")
//!                     redirect_path=open_from_server("/open")
//!                 />
//!                 <Route path=path!("/open") view=OpenFromServer />
//!             </Routes>
//!         </Router>
//!     }
//! }
//! ```

use leptos::prelude::*;

#[cfg(not(feature = "ssr"))]
use super::use_session;
use crate::guards::{Access, Condition};

/// Lets signed-in users in.
///
/// The conditions are never `None` on the server. In the browser they are `None`
/// while the session is not known.
pub fn signed_in() -> impl Fn() -> Option<bool> + Clone + Send + Sync + 'static {
    allow(Condition::SignedIn)
}

/// Lets users with this role in, by its name at Logto.
pub fn role(role: impl Into<String>) -> impl Fn() -> Option<bool> + Clone + Send + Sync + 'static {
    allow(Condition::Role(role.into()))
}

/// Lets users in who have this role in the organization with this id.
pub fn organization_role(
    organization: impl Into<String>,
    role: impl Into<String>,
) -> impl Fn() -> Option<bool> + Clone + Send + Sync + 'static {
    allow(Condition::OrganizationRole {
        organization: organization.into(),
        role: role.into(),
    })
}

fn allow(condition: Condition) -> impl Fn() -> Option<bool> + Clone + Send + Sync + 'static {
    move || {
        #[cfg(feature = "ssr")]
        {
            let access = condition.access(&super::page_state());
            crate::guards::check_page(access, &condition);
            Some(access == Access::Allowed)
        }
        #[cfg(not(feature = "ssr"))]
        match use_session().with(|session| condition.access(session)) {
            Access::Unknown => None,
            access => Some(access == Access::Allowed),
        }
    }
}

/// Returns what `redirect_path` takes: the address of the app's route with
/// [`OpenFromServer`], for the page that is being opened.
pub fn open_from_server(
    route: &'static str,
) -> impl Fn() -> String + Clone + Send + Sync + 'static {
    move || format!("{route}?{PAGE}={}", sides::escaped_page())
}

/// The parameter of [`OpenFromServer`]'s address.
const PAGE: &str = "page";

/// The view of a route that loads a page of this application from the server. The
/// server decides again: it redirects to the sign-in, answers 403, or sends the
/// page.
#[component]
pub fn OpenFromServer() -> impl IntoView {
    sides::open();
}

#[cfg(feature = "ssr")]
mod sides {
    use std::collections::HashMap;

    use axum::{extract::Query, http::request::Parts};
    use leptos::prelude::with_context;
    use leptos_router::location::Url;

    use super::PAGE;
    use crate::request::{redirect, request_session};

    pub(super) fn escaped_page() -> String {
        let page = with_context::<Parts, _>(|parts| {
            let page = parts.uri.path_and_query();
            page.map(|page| Url::escape(page.as_str()))
        });
        page.flatten().unwrap_or_default()
    }

    /// A browser gets here if it loads the route itself again.
    pub(super) fn open() {
        // The router's map of the query decodes values twice.
        let query = with_context::<Parts, _>(|parts| {
            Query::<HashMap<String, String>>::try_from_uri(&parts.uri).ok()
        });
        let query = query.flatten().unwrap_or_default();
        if let Ok(session) = request_session() {
            let page = query.get(PAGE).map(String::as_str);
            let page = session.auth().redirect_target(page);
            redirect(page.as_str(), Vec::new());
        }
    }
}

#[cfg(all(feature = "hydrate", target_arch = "wasm32"))]
mod sides {
    use leptos::prelude::Effect;
    use leptos_router::location::Url;

    use super::PAGE;
    use crate::browser;

    pub(super) fn escaped_page() -> String {
        Url::escape(&browser::address())
    }

    pub(super) fn open() {
        let page = browser::parameter(PAGE);
        Effect::new(move || browser::open(page.as_deref().unwrap_or("/")));
    }
}

#[cfg(not(any(feature = "ssr", all(feature = "hydrate", target_arch = "wasm32"))))]
mod sides {
    pub(super) fn escaped_page() -> String {
        String::new()
    }

    pub(super) fn open() {}
}
