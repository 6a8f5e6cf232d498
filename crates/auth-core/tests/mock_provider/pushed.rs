//! Pushed authorization requests (RFC 9126).

use std::collections::HashMap;

use axum::{http::HeaderMap, response::Response};
use serde_json::json;
use url::Url;

use super::{CLIENT_ID, Inner, form, json_response, param};

/// The requests that were pushed, by their references.
#[derive(Default)]
pub struct Pushed(HashMap<String, String>);

impl Pushed {
    /// The whole authorization request behind an address.
    pub fn parameters_of(&mut self, url: &Url) -> Url {
        let Some(reference) = param(url, "request_uri") else {
            return url.clone();
        };
        assert_eq!(param(url, "client_id").as_deref(), Some(CLIENT_ID));
        assert_eq!(
            url.query_pairs().count(),
            2,
            "nothing else stands there: {url}"
        );
        let mut whole = url.clone();
        whole.set_query(self.0.remove(&reference).as_deref());
        whole
    }
}

impl Inner {
    pub(super) fn push(&mut self, headers: &HeaderMap, body: &[u8]) -> Response {
        let form = form(body);
        if !self.client.is_authenticated(&self.issuer, headers, &form) {
            return json_response(401, &json!({"error": "invalid_client"}));
        }
        let reference = format!("urn:ietf:params:oauth:request_uri:{}", self.pushed.0.len());
        let query = std::str::from_utf8(body).unwrap().to_owned();
        self.pushed.0.insert(reference.clone(), query);
        json_response(201, &json!({"request_uri": reference, "expires_in": 60}))
    }
}
