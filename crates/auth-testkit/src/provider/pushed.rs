//! Pushed authorization requests (RFC 9126).

use std::collections::HashMap;

use axum::{http::HeaderMap, response::Response};
use serde_json::json;
use url::Url;

use super::{ProviderState, endpoints::json_response};
use crate::{CLIENT_ID, param, query::form};

/// The authorization requests that were pushed, by their references.
#[derive(Debug, Default)]
pub struct PushedRequests(HashMap<String, String>);

impl PushedRequests {
    /// Returns the whole request that an address refers to; the address itself
    /// if it does not refer to one.
    pub(super) fn whole_request(&mut self, address: &Url) -> Url {
        let Some(reference) = param(address, "request_uri") else {
            return address.clone();
        };
        assert_eq!(param(address, "client_id").as_deref(), Some(CLIENT_ID));
        assert_eq!(
            address.query_pairs().count(),
            2,
            "an address with a reference has no other parameter: {address}"
        );
        let mut whole = address.clone();
        whole.set_query(self.0.remove(&reference).as_deref());
        whole
    }
}

impl ProviderState {
    pub(super) fn push(&mut self, headers: &HeaderMap, body: &[u8]) -> Response {
        if !self.is_authenticated(headers, &form(body)) {
            return json_response(401, &json!({"error": "invalid_client"}));
        }
        let reference = format!("urn:ietf:params:oauth:request_uri:{}", self.pushed.0.len());
        let query = std::str::from_utf8(body).unwrap().to_owned();
        self.pushed.0.insert(reference.clone(), query);
        json_response(201, &json!({"request_uri": reference, "expires_in": 60}))
    }
}
