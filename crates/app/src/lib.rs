//! The pages of an application that signs its users in with Logto.
//!
//! Pages are rendered on the server only, and every form is an ordinary form;
//! what runs in a browser are the islands (`auth_leptos::SessionWatch`).

mod actions;
#[cfg(feature = "ssr")]
mod app;
#[cfg(feature = "ssr")]
mod components;
#[cfg(feature = "ssr")]
mod page_data;
#[cfg(feature = "ssr")]
mod pages;
#[cfg(feature = "ssr")]
mod shell;
#[cfg(feature = "ssr")]
mod shopping;

#[cfg(feature = "ssr")]
pub use self::{
    app::App,
    page_data::load_page_data,
    shell::shell,
    shopping::{ShoppingClient, shopping_api},
};
pub use actions::{
    AddItem, Auth, EVERYWHERE, OTHERS, RefreshClaims, SignIn, SignInWith, SignOut, SignOutOf,
    SignUp, add_item, auth, refresh_claims, sign_in, sign_in_with, sign_out, sign_out_of, sign_up,
};

/// Brings the islands of a page to life.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    // Names the crate of the islands, so that the linker keeps them.
    use auth_leptos as _;

    leptos::mount::hydrate_islands();
}
