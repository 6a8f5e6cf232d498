//! What is read from outside, without I/O, for tests with invented input: each
//! function checks what has to hold for every input, and panics if it does not.
//!
//! It exists only in tests and in builds with `--cfg fuzzing`, for the targets in
//! `fuzz/`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a panic is how a check fails"
)]

#[cfg(test)]
mod invented;
mod tokens;
mod world;

use serde_json::{Value, json};

pub use self::tokens::{access_token, id_token, logout_token};
use self::world::{CLIENT_ID, ISSUER, NOW, WORLD, new_keyring, new_secret};
use crate::{
    cookies::RequestCookies,
    redirect::RedirectTo,
    sealing::Purpose,
    sign_in::{
        callback::Callback,
        pending::{self, Found, PendingSignIn},
    },
    webhooks::{
        event::{self, Report},
        signature,
    },
};

/// The query of a callback.
pub fn callback_query(input: &[u8]) {
    let query = String::from_utf8_lossy(input);
    let Ok(callback) = Callback::parse(&query) else {
        return;
    };
    let count = |wanted: &str| {
        url::form_urlencoded::parse(query.as_bytes())
            .filter(|(name, _)| name == wanted)
            .count()
    };
    for name in ["code", "state", "iss", "error", "error_description"] {
        assert!(count(name) <= 1, "{name} appears twice");
    }
    let from_issuer = callback.check_issuer(ISSUER, true).is_ok();
    assert_eq!(from_issuer, callback.iss.as_deref() == Some(ISSUER));
    match callback.into_code() {
        Ok(code) => assert!(!code.is_empty() && count("error") == 0),
        Err(error) => {
            let text = error.to_string();
            assert!(
                !text.contains(['\n', '\r', '\u{1b}', '\u{2028}']),
                "{text:?}"
            );
        }
    }
}

/// The header `Cookie`: no invented cookie is one of a sign-in under way.
pub fn cookies(input: &[u8]) {
    let (keyring, names) = (&new_keyring(), &WORLD.names);
    let cookies = RequestCookies::parse([input]);
    let found = pending::find("state", &cookies, names, keyring, NOW);
    assert!(matches!(found, Found::None), "an invented cookie opens");
    assert!(pending::only(&cookies, names, keyring, NOW).is_none());
    let sign_in = PendingSignIn::new(
        "state".to_owned(),
        "nonce".to_owned(),
        "verifier".to_owned(),
        &RedirectTo::home(),
        NOW,
    );
    let set = sign_in.remember(&cookies, names, keyring, NOW).unwrap();
    let genuine = set.last().unwrap();
    let header = format!("{}={}", genuine.name, genuine.value);
    // The same cookie among invented ones is found, if it comes first.
    let both = RequestCookies::parse([header.as_bytes(), input]);
    let found = pending::find("state", &both, names, keyring, NOW);
    assert!(matches!(found, Found::One(..)));
    let found = pending::find("other", &both, names, keyring, NOW);
    assert!(matches!(found, Found::Others));
}

/// A sealed envelope: neither an invented one opens, nor one that was changed.
pub fn envelope(input: &[u8]) {
    const PLACE: &[u8] = b"place";
    let keyring = &new_keyring();
    let open = |envelope: &[u8]| keyring.open::<Value>(Purpose::Session, PLACE, envelope);
    assert!(open(input).is_err(), "an invented envelope opens");
    let value = json!({"sub": "user-1"});
    let sealed = &keyring.seal(Purpose::Session, PLACE, &value).unwrap();
    let mut changed = sealed.clone();
    for change in input.chunks_exact(2) {
        let at = usize::from(change[0]) % changed.len();
        changed[at] ^= change[1];
    }
    if input.len() % 2 == 1 {
        changed.truncate(usize::from(input[0]) % (changed.len() + 1));
    }
    assert_eq!(open(&changed).is_ok(), changed == *sealed);
    let moved = keyring.open::<Value>(Purpose::Session, b"another place", sealed);
    assert!(moved.is_err());
    let for_another_purpose = keyring.open::<Value>(Purpose::Tokens, PLACE, sealed);
    assert!(for_another_purpose.is_err());
}

/// The body of a webhook, after its signature in hexadecimal and a line break.
pub fn webhook_body(input: &[u8]) {
    let (signature, body) = match input.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&input[..end], &input[end + 1..]),
        None => (&b""[..], input),
    };
    let signature = String::from_utf8_lossy(signature);
    let key = new_secret().into();
    assert!(
        signature::verify(&key, body, &signature).is_none(),
        "an invented signature is accepted"
    );
    if let Ok(Report::Of(event)) = event::read(body) {
        assert!(!event.subs.is_empty());
        for sub in event.subs {
            assert!((1..=255).contains(&sub.len()), "{sub}");
        }
    }
}
