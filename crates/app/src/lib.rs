//! The pages of an application that signs its users in with Logto.
//!
//! Pages are rendered on the server, and every form works without JavaScript. Only the
//! island of `auth_leptos::SessionProvider` runs in the browser.

mod actions;
#[cfg(feature = "ssr")]
mod app;
#[cfg(all(doctest, feature = "ssr"))]
mod book;
#[cfg(feature = "ssr")]
mod components;
#[cfg(feature = "ssr")]
mod pages;
#[cfg(feature = "ssr")]
mod queries;
#[cfg(feature = "ssr")]
mod shell;
#[cfg(feature = "ssr")]
mod shopping;
#[cfg(feature = "ssr")]
mod users;

#[cfg(feature = "ssr")]
pub use self::{
    app::App,
    shell::shell,
    shopping::{ShoppingClient, shopping_api},
    users::Users,
};
pub use actions::{
    ALL_SESSIONS, AddItem, Auth, EndSessions, OTHER_SESSIONS, RefreshClaims, SignIn, SignInWith,
    SignOut, SignUp, add_item, auth, end_sessions, refresh_claims, sign_in, sign_in_with, sign_out,
    sign_up,
};

/// Called by the script of Leptos before it starts the islands of a page. This
/// application has only that of `SessionProvider`, which needs nothing else. With islands
/// of your own, call `leptos::mount::hydrate_islands()` here.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    // Without this reference the linker drops the crate's islands.
    use auth_leptos as _;
}
