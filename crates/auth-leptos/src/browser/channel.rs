//! Messages between the tabs of a browser, in the form of Auth.js's client.

use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;
use web_sys::BroadcastChannel;

use super::{
    events::on,
    object::{call, member, text},
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
        // Any script of this origin can send anything.
        if let Some(message) = member(&message, "data")
            && text(&message, "event").as_deref() == Some("session")
        {
            heard(text(&message, "user"));
        }
    });
    Some(channel)
}

/// Sends Auth.js's message. It names the user in addition, unless the session
/// has changed for the same user: a tab that shows the user already need not ask
/// the server.
pub(super) fn send(channel: &BroadcastChannel, trigger: Trigger, user: Option<&str>) {
    let data = object(&[("trigger", trigger.name().into())]);
    let message = object(&[
        ("event", "session".into()),
        ("data", data),
        ("user", user.map_or(JsValue::UNDEFINED, JsValue::from_str)),
    ]);
    call(channel, "postMessage", &message);
}

fn object(members: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new().into();
    for (name, value) in members {
        drop(Reflect::set(&object, &JsValue::from_str(name), value));
    }
    object
}
