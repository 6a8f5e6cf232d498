//! Sign-in with [Logto](https://logto.io) for [Leptos](https://leptos.dev) on
//! Axum: what Auth.js is to Next.js.
//!
//! | Auth.js | here |
//! |---|---|
//! | `export const { GET, POST } = handlers`, `export { auth as middleware }` | [`with_auth`](WithAuth::with_auth); its parts are [`auth_routes`], [`SessionLayer`] and more |
//! | `await signIn("logto")` | [`sign_in`] |
//! | `await signOut()` | [`sign_out`] |
//! | `await auth()` | [`auth`] |
//! | the callback `jwt`, to refresh tokens by hand | [`access_token`], [`organization_token`], [`access_token_claims`] |
//! | a `fetch` of `/oidc/me` with a token in the session | [`user_info`], [`organizations`], [`refresh_claims`] |
//! | | [`sessions`], [`end_session`], [`end_other_sessions`], [`end_all_sessions`] |
//! | `<SessionProvider>`, `useSession()` | [`SessionProvider`], [`use_session`], [`SignedIn`], [`SignedOut`] |
//! | `signIn()`, `signOut()` and `update()` of its client | [`SignInButton`], [`SignOutButton`], [`browser`] |
//! | `if (!session) redirect(…)`, by hand in every page | [`Protected`], [`protected_route`], [`RequireSession`], [`require_session`] |
//! | `if (!session.user.roles.includes("admin"))`, by hand | [`RequireRole`], [`require_role`], [`HasRole`] |
//! | | [`PublicError`], the error of server functions |
//! | | [`ProtectedApi`], [`Caller`], [`RequireScope`] |
//! | the CSRF token of its forms | [`CrossSiteCheck`], in `with_auth` |
//!
//! # Features
//!
//! - `ssr` builds the server's part.
//! - `hydrate` builds the browser's part: the components, and the types that a
//!   browser may see.
//!
//! # One dependency
//!
//! An application's `Cargo.toml` needs only `auth-leptos` and a crate with a
//! session store. With `ssr` this crate re-exports everything of [`auth_axum`],
//! and the types of [`auth_core`] that applications usually name. All others are
//! at `auth_leptos::auth_core`.
//!
//! # Example
//!
//! ```
//! # #[cfg(feature = "ssr")]
//! # mod example {
//! use auth_leptos::{
//!     Auth, SessionProvider, SignInButton, SignOutButton, SignedIn, SignedOut, WithAuth,
//! };
//! use axum::Router;
//! use leptos::prelude::*;
//!
//! fn add_sign_in<S: Clone + Send + Sync + 'static>(pages: Router<S>, auth: &Auth) -> Router<S> {
//!     // After all routes and the fallback. Then serve it with `auth_leptos::serve`.
//!     pages.with_auth(auth)
//! }
//!
//! #[component]
//! fn App() -> impl IntoView {
//!     view! {
//!         <SessionProvider>
//!             <SignedIn>"Welcome" <SignOutButton /></SignedIn>
//!             <SignedOut><SignInButton /></SignedOut>
//!         </SessionProvider>
//!     }
//! }
//! # }
//! ```

#[cfg(feature = "ssr")]
mod actions;
mod base_path;
pub mod browser;
mod components;
mod guards;
#[cfg(feature = "ssr")]
mod page_policy;
mod public_error;
#[cfg(feature = "ssr")]
mod refusal;
#[cfg(feature = "ssr")]
mod request;
#[cfg(feature = "ssr")]
mod server_functions;
mod session_seed;
mod session_state;
#[cfg(feature = "ssr")]
mod sessions;
#[cfg(feature = "ssr")]
mod tokens;
#[cfg(feature = "ssr")]
mod with_auth;

#[cfg(feature = "ssr")]
pub use auth_axum::{self, *};
pub use auth_types::{BasePath, ErrorKind, PublicData, PublicSession, User, routes};

#[cfg(feature = "ssr")]
pub use auth_core::{
    self, AccessToken, AccessTokenRejected, AccessTokenRequest, AccessTokenVerifier, AllowSignIn,
    Auth, AuthBuilder, AuthError, AuthEvent, AuthSecret, Claim, Claims, ClientAuthentication,
    ClientKey, ClientKeyAlgorithm, Config, ConfigBuilder, ConfigErrors, ConfigProblem,
    DirectSignIn, FirstScreen, GUARD_MAX_AGE, HookError, Hooks, IdTokenHint, Identifier,
    InvalidClaim, InvalidClientKey, InvalidSessionHandle, InvalidSignInParameter, Language,
    MemoryStore, OneTimeToken, Organization, OrganizationId, OrganizationRole, ParameterUse,
    Prompt, RefreshDecision, RefreshedSession, ResourceIndicator, Scope, Session, SessionData,
    SessionHandle, SessionInfo, SessionStore, SessionsEnded, SignInDecision, SignInOptions,
    SignOutDestination, SignOutOptions, SignedOutBy, StoreError, UserClaims, UserEvent,
    UserEventKind, UserInfo, VerifiedAccessToken, VerifiedSignIn,
};

#[cfg(feature = "ssr")]
pub use self::{
    actions::{auth, redirect_to_error, sign_in, sign_out},
    guards::{
        require_fresh, require_organization_role, require_role, require_scope, require_session,
    },
    page_policy::PagePolicy,
    refusal::refusal_reason,
    request::{language, rendered_session},
    server_functions::client_errors_as_400,
    sessions::{end_all_sessions, end_other_sessions, end_session, sessions},
    tokens::{
        access_token, access_token_claims, organization_token, organizations, refresh_claims,
        user_info,
    },
    with_auth::WithAuth,
};
pub use self::{
    components::{
        HasOrganizationRole, HasRole, Protected, SessionProvider, SignInButton, SignOutButton,
        SignedIn, SignedOut, protected_route, use_session,
    },
    public_error::{PublicError, PublicErrorEncoding},
    session_state::SessionState,
};
