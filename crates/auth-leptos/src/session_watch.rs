//! Detects in the browser that the session changed: in another tab, or while
//! this tab was in the background.

use leptos::prelude::*;

/// Reloads the page when the user is no longer the one that the page was
/// rendered for. Use it once in a page, in the body. Without JavaScript it does
/// nothing.
///
/// It fetches `/api/auth/session` when the tab comes to the front, and when
/// another tab shows another user. Tabs send each other messages over the
/// `BroadcastChannel` of Auth.js's client, `next-auth`.
#[component]
pub fn SessionWatch() -> impl IntoView {
    let user = crate::use_session().map(|session| session.user.id);
    view! {
        <div hidden=true data-auth-user=user.unwrap_or_default()>
            <WatchIsland />
        </div>
    }
}

/// Has no properties: it reads the user from the page, so that the WASM needs no
/// JSON parser.
#[island]
fn WatchIsland() -> impl IntoView {
    #[cfg(feature = "hydrate")]
    browser::watch();
}

#[cfg(feature = "hydrate")]
mod browser {
    use std::rc::Rc;

    use auth_types::routes::SESSION;
    use js_sys::{Object, Reflect};
    use wasm_bindgen::{JsCast, JsValue, closure::Closure};
    use wasm_bindgen_futures::{JsFuture, spawn_local};
    use web_sys::{
        BroadcastChannel, MessageEvent, PageTransitionEvent, Response, VisibilityState, Window,
    };

    const CHANNEL: &str = "next-auth";

    /// The user that a page is rendered for. Empty if signed out.
    type UserId = String;

    pub(super) fn watch() {
        let Some(window) = web_sys::window() else {
            return;
        };
        let Some(shown) = shown_user(&window).map(Rc::<str>::from) else {
            return;
        };
        let check = {
            let (window, shown) = (window.clone(), Rc::clone(&shown));
            move || {
                let (window, shown) = (window.clone(), Rc::clone(&shown));
                spawn_local(async move {
                    // After a failed request the session is unknown.
                    if let Ok(user) = current_user(&window).await
                        && *user != *shown
                    {
                        drop(window.location().reload());
                    }
                });
            }
        };
        on_other_tab(&shown, check.clone());
        on_return(&window, check);
    }

    fn shown_user(window: &Window) -> Option<UserId> {
        window
            .document()?
            .query_selector("[data-auth-user]")
            .ok()??
            .get_attribute("data-auth-user")
    }

    async fn current_user(window: &Window) -> Result<UserId, JsValue> {
        let response: Response = JsFuture::from(window.fetch_with_str(SESSION))
            .await?
            .dyn_into()?;
        if !response.ok() {
            return Err(JsValue::UNDEFINED);
        }
        let session = JsFuture::from(response.json()?).await?;
        if session.is_null() {
            return Ok(UserId::new());
        }
        let user = Reflect::get(&session, &"user".into())?;
        Ok(Reflect::get(&user, &"id".into())?
            .as_string()
            .unwrap_or_default())
    }

    /// Sends the user of this page to the other tabs, and listens to them.
    fn on_other_tab(shown: &Rc<str>, check: impl Fn() + 'static) {
        let Ok(channel) = BroadcastChannel::new(CHANNEL) else {
            return;
        };
        let heard = {
            let shown = Rc::clone(shown);
            Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
                let user = Reflect::get(&message.data(), &"user".into())
                    .ok()
                    .and_then(|user| user.as_string());
                if user.as_deref() != Some(&*shown) {
                    check();
                }
            })
        };
        channel.set_onmessage(Some(heard.into_js_value().unchecked_ref()));
        drop(announcement(shown).and_then(|message| channel.post_message(&message)));
    }

    /// Builds the message of Auth.js's client, with the user added.
    fn announcement(shown: &str) -> Result<JsValue, JsValue> {
        let trigger = if shown.is_empty() {
            "signout"
        } else {
            "getSession"
        };
        let data = Object::new();
        Reflect::set(&data, &"trigger".into(), &trigger.into())?;
        let message = Object::new();
        Reflect::set(&message, &"event".into(), &"session".into())?;
        Reflect::set(&message, &"data".into(), &data)?;
        Reflect::set(&message, &"user".into(), &shown.into())?;
        Ok(message.into())
    }

    /// Calls `check` when the tab comes to the front, and when *Back* restores a
    /// page from the browser's back-forward cache.
    fn on_return(window: &Window, check: impl Fn() + Clone + 'static) {
        let Some(document) = window.document() else {
            return;
        };
        let shown = {
            let (document, check) = (document.clone(), check.clone());
            Closure::<dyn Fn()>::new(move || {
                if document.visibility_state() == VisibilityState::Visible {
                    check();
                }
            })
        };
        let restored =
            Closure::<dyn Fn(PageTransitionEvent)>::new(move |event: PageTransitionEvent| {
                if event.persisted() {
                    check();
                }
            });
        drop(document.add_event_listener_with_callback(
            "visibilitychange",
            shown.into_js_value().unchecked_ref(),
        ));
        drop(window.add_event_listener_with_callback(
            "pageshow",
            restored.into_js_value().unchecked_ref(),
        ));
    }
}
