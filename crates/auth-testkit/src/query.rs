//! Parameters of addresses and forms.

use std::collections::HashMap;

use url::{Url, form_urlencoded};

/// Returns the first query parameter of that name.
pub fn param(url: &Url, name: &str) -> Option<String> {
    url.query_pairs()
        .find_map(|(n, value)| (n == name).then(|| value.into_owned()))
}

/// Reads a body of `application/x-www-form-urlencoded`.
pub(crate) fn form(body: &[u8]) -> HashMap<String, String> {
    form_urlencoded::parse(body).into_owned().collect()
}
