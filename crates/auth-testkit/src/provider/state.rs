//! What the provider knows, and how it answers.

use std::{collections::HashMap, fmt, time::Duration};

use auth_core::Clock as _;
use serde_json::{Map, Value};
use time::OffsetDateTime;
use url::Url;

use super::{AcceptedAuthentication, Delivery, PushedRequests, RefreshGrant, UserInfoEndpoint};
use crate::{TestClock, TokenDraft, directory::Directory};

type Tamper = Box<dyn Fn(&mut TokenDraft) + Send>;

/// What a [`TestProvider`](super::TestProvider) knows and how it answers.
/// *Changes* to a JSON document set its members; `null` removes one.
#[derive(Default)]
pub struct ProviderState {
    /// The issuer, also the address that all endpoints begin with.
    pub issuer: String,
    /// The keys of the JWKS. The first signs.
    pub keys: Vec<ProviderKey>,
    /// Changes to the discovery document.
    pub discovery: Map<String, Value>,
    /// Changes to each key of the JWKS.
    pub jwk: Map<String, Value>,
    /// Changes to the token response of the authorization code grant.
    pub token_response: Map<String, Value>,
    /// Answers instead of an endpoint, by its path.
    pub faults: HashMap<&'static str, Fault>,
    /// How the answer of an endpoint arrives, by its path. By default at once.
    pub deliveries: HashMap<&'static str, Delivery>,
    /// How long an endpoint waits before it answers, by its path.
    pub delays: HashMap<&'static str, Duration>,
    /// How many requests each path has had.
    pub hits: HashMap<String, usize>,
    /// The most requests to each path that were in progress at the same time.
    pub most_at_once: HashMap<String, usize>,
    pub(super) in_progress: HashMap<String, usize>,
    /// The tokens that were revoked, in order.
    pub revoked: Vec<String>,
    /// The clock that issued tokens follow; without one, the system's.
    pub clock: Option<TestClock>,
    /// The grant `refresh_token`.
    pub refresh: RefreshGrant,
    /// How the client must authenticate.
    pub client_authentication: AcceptedAuthentication,
    /// Does not compare PKCE verifiers with the challenges.
    pub ignores_pkce: bool,
    /// Pushed authorization requests.
    pub pushed: PushedRequests,
    /// The userinfo endpoint.
    pub user_info: UserInfoEndpoint,
    pub(super) tamper: Option<Tamper>,
    pub(super) directory: Directory,
    /// Access tokens for the userinfo endpoint of users in the directory, and the
    /// authorization requests they come from.
    pub(super) user_info_tokens: HashMap<String, Url>,
    /// How many access tokens were signed.
    pub(super) signed_tokens: usize,
    /// Codes that were issued and not used yet, and their requests.
    codes: HashMap<String, Url>,
    issued_codes: usize,
}

impl ProviderState {
    /// Returns the provider's time in seconds since 1970.
    pub fn now(&self) -> i64 {
        match &self.clock {
            Some(clock) => clock.now(),
            None => OffsetDateTime::now_utc(),
        }
        .unix_timestamp()
    }

    pub(super) fn issue_code(&mut self, request: Url) -> String {
        self.issued_codes += 1;
        let code = format!("code-{}", self.issued_codes);
        self.codes.insert(code.clone(), request);
        code
    }

    pub(super) fn use_code(&mut self, code: &str) -> Option<Url> {
        self.codes.remove(code)
    }
}

impl fmt::Debug for ProviderState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderState")
            .field("issuer", &self.issuer)
            .field("keys", &self.keys)
            .field("hits", &self.hits)
            .finish_non_exhaustive()
    }
}

/// A signing key of the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderKey {
    /// Its name in the JWKS and in the headers of tokens.
    pub kid: String,
    /// The number that the key is derived from (see
    /// [`signing`](crate::signing)).
    pub seed: u8,
}

impl ProviderKey {
    /// Returns the key derived from `seed`, under the name `kid`.
    pub fn new(kid: &str, seed: u8) -> Self {
        Self {
            kid: kid.to_owned(),
            seed,
        }
    }
}

/// An answer instead of an endpoint's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The HTTP status.
    pub status: u16,
    /// The header `Content-Type`.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
    /// The header `Retry-After`, in seconds.
    pub retry_after: Option<u32>,
}

impl Fault {
    /// Returns an answer of type HTML if the body starts with `<`, otherwise of
    /// type JSON.
    pub fn new(status: u16, body: &str) -> Self {
        Self {
            status,
            content_type: if body.starts_with('<') {
                "text/html"
            } else {
                "application/json"
            },
            body: body.to_owned(),
            retry_after: None,
        }
    }

    /// Asks the client to wait this many seconds.
    #[must_use]
    pub const fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}
