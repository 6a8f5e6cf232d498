//! Sign-in with [Logto](https://logto.io) for [Leptos](https://leptos.dev) on
//! Axum: to Leptos what Auth.js is to Next.js.
//!
//! | Auth.js | here |
//! |---|---|
//! | `export const { GET, POST } = handlers` | [`auth_routes`] |
//! | `export { auth as middleware }` | [`SessionLayer`] |
//! | `await signIn("logto")` | [`sign_in`] |
//! | `await signOut()` | [`sign_out`] |
//! | `await auth()` | [`auth`] |
//! | refreshing tokens in the callback `jwt`, by hand | [`access_token`], [`organization_token`], [`access_token_claims`] |
//! | `fetch` of `/oidc/me` with a token in the session | [`user_info`], [`organizations`], [`refresh_claims`] |
//! | | [`sessions`], [`end_session`], [`end_other_sessions`], [`end_all_sessions`] |
//! | `useSession()` | [`use_session`], [`SignedIn`], [`SignedOut`] |
//! | `if (!session.user.roles.includes("admin"))`, by hand | [`RequireRole`], [`HasRole`] |
//! | | [`ProtectedApi`], [`Caller`], [`RequireScope`] |
//! | `<SessionProvider>`'s refetching | [`SessionWatch`] |
//!
//! The feature `ssr` builds the server's part, `hydrate` the browser's.

#[cfg(feature = "ssr")]
mod actions;
#[cfg(feature = "ssr")]
mod built_in_pages;
#[cfg(feature = "ssr")]
mod client_address;
mod components;
#[cfg(feature = "ssr")]
mod gate;
#[cfg(feature = "ssr")]
mod protect;
#[cfg(feature = "ssr")]
mod provider_sign_out;
#[cfg(feature = "ssr")]
mod request_session;
#[cfg(feature = "ssr")]
mod response;
#[cfg(feature = "ssr")]
mod routes;
#[cfg(feature = "ssr")]
mod session_layer;
mod session_watch;
#[cfg(feature = "ssr")]
mod tokens;

pub use auth_types::{ErrorKind, PublicSession, User};

#[cfg(feature = "ssr")]
pub use self::{
    actions::{
        MissingSessionLayer, auth, end_all_sessions, end_other_sessions, end_session,
        redirect_to_error, rendered_session, sessions, sign_in, sign_out,
    },
    client_address::RemoteIp,
    protect::{
        Caller, MissingProtectedApi, ProtectedApi, RequireOrganizationRole, RequireRole,
        RequireScope,
    },
    request_session::RequestSession,
    response::session_unavailable,
    routes::auth_routes,
    session_layer::SessionLayer,
    tokens::{
        access_token, access_token_claims, organization_token, organizations, refresh_claims,
        user_info,
    },
};
pub use self::{
    components::{HasOrganizationRole, HasRole, SignedIn, SignedOut, use_session},
    session_watch::SessionWatch,
};

/// The code of README.md, as tests.
#[cfg(all(doctest, feature = "ssr"))]
#[doc = include_str!("../../../README.md")]
struct Readme;
