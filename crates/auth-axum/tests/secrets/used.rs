//! The secrets that flows have used.

use std::collections::BTreeSet;

use auth_testkit::{Browser, param};
use url::{Url, form_urlencoded};

/// The secrets that a flow has used.
#[derive(Default)]
pub(crate) struct Secrets(pub(crate) BTreeSet<String>);

impl Secrets {
    pub(crate) fn add(&mut self, secret: impl Into<String>) {
        let secret = secret.into();
        assert!(secret.len() > 5, "{secret}");
        self.0.insert(secret);
    }

    /// Adds the values of cookies: sealed sign-ins, ids of sessions, tokens of forms.
    pub(crate) fn add_cookies(&mut self, browser: &Browser) {
        for value in browser.cookies.values() {
            for part in value.split("%7C") {
                self.add(part);
            }
        }
    }

    /// Adds what the browser's address has while it signs in.
    pub(crate) fn add_address(&mut self, address: &Url) {
        for name in ["state", "nonce", "one_time_token"] {
            if let Some(value) = param(address, name) {
                self.add(value);
            }
        }
    }

    /// Returns the lines of a log that have one of the secrets.
    pub(crate) fn found_in(&self, log: &str) -> Vec<String> {
        log.lines()
            .filter_map(|line| {
                let secret = self.0.iter().find(|secret| line.contains(*secret))?;
                Some(format!("{secret} in: {line:.400}"))
            })
            .collect()
    }

    pub(crate) fn add_answer(&mut self, answer: &str) {
        for (name, value) in form_urlencoded::parse(answer.as_bytes()) {
            if name == "code" {
                self.add(value);
            }
        }
    }
}
