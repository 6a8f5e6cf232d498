//! Signs in and out from event handlers, and fetches the session again.
//!
//! These functions have a module of their own because [`sign_in`] and
//! [`sign_out`] do what `auth_leptos::sign_in` and `auth_leptos::sign_out` do on
//! the server, and code for both sides may need both. On the server, which runs
//! no event handlers, they fail with [`RequestError::NotInBrowser`].
//!
//! A [`SignInButton`](crate::SignInButton) needs no JavaScript, so prefer it.
//!
//! ```
//! use auth_leptos::browser;
//! use leptos::{prelude::*, task::spawn_local};
//!
//! #[component]
//! fn Menu() -> impl IntoView {
//!     let problem = RwSignal::new(None);
//!     let sign_out = move |_| {
//!         spawn_local(async move {
//!             if let Err(error) = browser::sign_out(None).await {
//!                 problem.set(Some(error.to_string()));
//!             }
//!         });
//!     };
//!     view! {
//!         <button on:click=sign_out>"Sign out"</button>
//!         <p role="alert">{problem}</p>
//!     }
//! }
//! ```

mod request_error;

#[cfg(all(feature = "hydrate", target_arch = "wasm32"))]
mod base_path;
#[cfg(all(feature = "hydrate", target_arch = "wasm32"))]
mod channel;
#[cfg(all(feature = "hydrate", target_arch = "wasm32"))]
mod events;
#[cfg(all(feature = "hydrate", target_arch = "wasm32"))]
mod http;
#[cfg(all(feature = "hydrate", target_arch = "wasm32"))]
mod json;
#[cfg(all(feature = "hydrate", target_arch = "wasm32"))]
mod leave;
#[cfg(all(feature = "hydrate", target_arch = "wasm32"))]
mod object;
#[cfg(all(feature = "hydrate", target_arch = "wasm32"))]
mod page;
#[cfg(all(feature = "hydrate", target_arch = "wasm32"))]
mod session;

pub use self::request_error::RequestError;
#[cfg(all(feature = "hydrate", target_arch = "wasm32"))]
pub(crate) use self::{
    base_path::path_of,
    json::texts_of,
    leave::{address, go_to_sign_in, open, parameter},
    session::{follow, follow_in_whole_page, session},
};

/// The island of `SessionProvider`, which follows the session in a page with islands.
/// The script of Leptos calls it by the name in the HTML. It has no view, and so
/// needs none of the code that hydrates one.
#[cfg(all(feature = "hydrate", target_arch = "wasm32"))]
#[doc(hidden)]
#[wasm_bindgen::prelude::wasm_bindgen(js_name = "followAuthSession")]
pub fn follow_session() {
    follow();
}

/// Starts a sign-in and goes to Logto's page. Afterwards the browser returns to
/// `redirect_to`, or to the current page.
///
/// # Errors
///
/// If the server cannot be reached, or does not start the sign-in. The page then
/// stays as it is.
pub async fn sign_in(redirect_to: Option<&str>) -> Result<(), RequestError> {
    #[cfg(all(feature = "hydrate", target_arch = "wasm32"))]
    {
        let page = redirect_to.map_or_else(http::current_page, str::to_owned);
        session::leave(http::post_and_go(
            auth_types::routes::SIGN_IN_LOGTO,
            Some(&page),
        ))
        .await
    }
    #[cfg(not(all(feature = "hydrate", target_arch = "wasm32")))]
    {
        let _ = redirect_to;
        Err(RequestError::NotInBrowser)
    }
}

/// Signs out here and at Logto. Afterwards the browser goes to `redirect_to`, or
/// to the home page.
///
/// # Errors
///
/// If the server cannot be reached, or does not sign the user out. The page then
/// stays as it is.
pub async fn sign_out(redirect_to: Option<&str>) -> Result<(), RequestError> {
    #[cfg(all(feature = "hydrate", target_arch = "wasm32"))]
    {
        session::leave(http::post_and_go(auth_types::routes::SIGN_OUT, redirect_to)).await?;
        session::announce_sign_out();
        Ok(())
    }
    #[cfg(not(all(feature = "hydrate", target_arch = "wasm32")))]
    {
        let _ = redirect_to;
        Err(RequestError::NotInBrowser)
    }
}

/// Fetches the session again, in all tabs, because it has changed on the server:
/// for example after a server function that calls
/// `auth_leptos::refresh_claims`. The counterpart of `update()` of Auth.js's
/// `useSession()`.
///
/// # Errors
///
/// If the server cannot be reached, or its answer is not a session. The session
/// then stays as it is.
pub async fn update() -> Result<(), RequestError> {
    #[cfg(all(feature = "hydrate", target_arch = "wasm32"))]
    {
        session::update().await
    }
    #[cfg(not(all(feature = "hydrate", target_arch = "wasm32")))]
    {
        Err(RequestError::NotInBrowser)
    }
}
