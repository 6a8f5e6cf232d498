//! Messages between the tabs of a browser, in the form of Auth.js's client.

use js_sys::{Object, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

use super::{
    events::on,
    json::{member, text},
};

const NAME: &str = "next-auth";

/// Why a message is sent: the field `trigger` of Auth.js.
#[derive(Clone, Copy)]
pub(super) enum Trigger {
    GetSession,
    SignOut,
}

impl Trigger {
    fn name(self) -> &'static str {
        match self {
            Self::GetSession => "getSession",
            Self::SignOut => "signout",
        }
    }
}

/// Opens the channel, and calls `heard` for each message of another tab, with
/// the user that it names.
pub(super) fn open(heard: impl Fn(Option<String>) + 'static) -> Option<BroadcastChannel> {
    let channel = BroadcastChannel::new(NAME).ok()?;
    on(&channel, "message", move |message| {
        let message = message.unchecked_into::<MessageEvent>().data();
        // Any script of this origin can send anything.
        if text(&message, "event").as_deref() == Some("session") {
            heard(member(&message, "user").and_then(|user| user.as_string()));
        }
    });
    Some(channel)
}

/// Sends Auth.js's message. It names the user in addition, unless the session
/// has changed for the same user: a tab that shows the user already need not ask
/// the server.
pub(super) fn send(channel: &BroadcastChannel, trigger: Trigger, user: Option<&str>) {
    let build = || -> Result<JsValue, JsValue> {
        let data = Object::new();
        Reflect::set(&data, &"trigger".into(), &trigger.name().into())?;
        let message = Object::new();
        Reflect::set(&message, &"event".into(), &"session".into())?;
        Reflect::set(&message, &"data".into(), &data)?;
        if let Some(user) = user {
            Reflect::set(&message, &"user".into(), &user.into())?;
        }
        Ok(message.into())
    };
    drop(build().and_then(|message| channel.post_message(&message)));
}
