//! A provider in this process that can be made to answer wrongly. It checks
//! what a real one checks of the relying party: client authentication, PKCE,
//! the redirect URI, and that a code is used once.

#![allow(dead_code, unused_imports, reason = "each test binary uses a part")]

pub mod api_client;
pub mod browser;
pub mod client;
pub mod pushed;
pub mod refresh;
pub mod relying_party;
pub mod signing;
pub mod user_info;
pub mod watched_store;

pub use self::relying_party::{TestClock, Watched, auth, config, settings};

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use auth_core::Clock as _;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{
        HeaderMap, HeaderValue, StatusCode, Uri,
        header::{CONTENT_TYPE, LOCATION},
    },
    response::{IntoResponse, Response},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256, Sha384};
use time::OffsetDateTime;
use tokio::net::TcpListener;
use url::{Url, form_urlencoded};

pub const CLIENT_ID: &str = "client";
/// Holds characters that RFC 6749 §2.3.1 has encoded.
pub const CLIENT_SECRET: &str = "s%cr+t/with:colon";
const MOVED: &str = "/oidc/moved";
pub const SUB: &str = "user-1";
pub const ACCESS_TOKEN: &str = "access-token-value";
pub const REFRESH_TOKEN: &str = "refresh-token-value";

/// A token about to be signed.
pub struct Draft {
    pub header: Map<String, Value>,
    pub claims: Map<String, Value>,
    /// Which key signs; `None` leaves the signature empty.
    pub key: Option<usize>,
}

type Tamper = Box<dyn Fn(&mut Draft) + Send>;
type Answer = (StatusCode, &'static str, String);

#[derive(Default)]
pub struct Inner {
    pub issuer: String,
    pub keys: Vec<(String, Option<u8>)>,
    pub tamper: Option<Tamper>,
    /// Changes to the discovery document.
    pub discovery: Map<String, Value>,
    /// Changes to the JWKS, one for all keys.
    pub jwk: Map<String, Value>,
    /// Changes to the token response.
    pub token: Map<String, Value>,
    /// Answers instead of the endpoint, by its path.
    pub faults: HashMap<&'static str, Answer>,
    pub hits: HashMap<String, usize>,
    /// Answers late, by the endpoint's path.
    pub delays: HashMap<&'static str, Duration>,
    pub revoked: Vec<String>,
    /// The time, where it is not the machine's.
    pub clock: Option<TestClock>,
    codes: HashMap<String, Url>,
    issued: usize,
    pub refresh: refresh::Refresh,
    /// How clients may authenticate.
    pub client: client::Client,
    pub pushed: pushed::Pushed,
    pub user_info: user_info::UserInfo,
}

#[derive(Clone)]
pub struct MockProvider(Arc<Mutex<Inner>>);

impl MockProvider {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let provider = Self(Arc::default());
        {
            let mut inner = provider.inner();
            inner.issuer = format!("http://{}/oidc", listener.local_addr().unwrap());
            inner.keys = vec![("key-1".to_owned(), Some(1))];
        }
        let app = Router::new().fallback(answer).with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        provider
    }

    pub fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    pub fn issuer(&self) -> String {
        self.inner().issuer.clone()
    }

    pub fn hits(&self, path: &str) -> usize {
        self.inner().hits.get(path).copied().unwrap_or_default()
    }

    pub fn tamper(&self, tamper: impl Fn(&mut Draft) + Send + 'static) {
        self.inner().tamper = Some(Box::new(tamper));
    }

    pub fn fail(&self, path: &'static str, status: u16, body: &str) {
        let status = StatusCode::from_u16(status).unwrap();
        let content_type = if body.starts_with('<') {
            "text/html"
        } else {
            "application/json"
        };
        self.inner()
            .faults
            .insert(path, (status, content_type, body.to_owned()));
    }

    /// What the user does at the provider: the query of the callback's
    /// address.
    pub fn authorize(&self, url: &Url) -> String {
        self.authorize_as(url, SUB)
    }

    /// As [`authorize`](Self::authorize), by another user.
    pub fn authorize_as(&self, url: &Url, sub: &str) -> String {
        let mut inner = self.inner();
        let mut url = inner.pushed.parameters_of(url);
        url.query_pairs_mut().append_pair("mock_sub", sub);
        inner.issued += 1;
        let code = format!("code-{}", inner.issued);
        inner.codes.insert(code.clone(), url.clone());
        form_urlencoded::Serializer::new(String::new())
            .append_pair("code", &code)
            .append_pair("state", &param(&url, "state").unwrap())
            .append_pair("iss", &inner.issuer)
            .finish()
    }
}

pub fn param(url: &Url, name: &str) -> Option<String> {
    url.query_pairs()
        .find_map(|(n, value)| (n == name).then(|| value.into_owned()))
}

async fn answer(
    State(provider): State<MockProvider>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.path().to_owned();
    let answer = respond(&provider, &path, &headers, &body);
    let delay = provider.inner().delays.get(path.as_str()).copied();
    if let Some(delay) = delay {
        tokio::time::sleep(delay).await;
    }
    answer
}

fn respond(provider: &MockProvider, path: &str, headers: &HeaderMap, body: &[u8]) -> Response {
    let mut inner = provider.inner();
    *inner.hits.entry(path.to_owned()).or_default() += 1;
    if let Some((status, content_type, body)) = inner.faults.get(path) {
        let headers = [(CONTENT_TYPE, *content_type), (LOCATION, MOVED)];
        return (*status, headers, body.clone()).into_response();
    }
    match path {
        // Where faults of status 302 lead: following one would do no harm here,
        // so that only who follows is told apart.
        "/oidc/.well-known/openid-configuration" | MOVED => json_response(200, &inner.discovery()),
        "/oidc/jwks" => json_response(200, &inner.jwks()),
        "/oidc/token" => inner.token(headers, body),
        "/oidc/request" => inner.push(headers, body),
        "/oidc/me" => inner.me(headers),
        "/oidc/token/revocation" => {
            let token = form(body).remove("token").unwrap();
            inner.refresh.revoke(&token);
            inner.revoked.push(token);
            StatusCode::OK.into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

impl Inner {
    fn discovery(&self) -> Value {
        let issuer = &self.issuer;
        let mut document = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/auth"),
            "token_endpoint": format!("{issuer}/token"),
            "userinfo_endpoint": format!("{issuer}/me"),
            "end_session_endpoint": format!("{issuer}/session/end"),
            "revocation_endpoint": format!("{issuer}/token/revocation"),
            "jwks_uri": format!("{issuer}/jwks"),
            "response_types_supported": ["code id_token", "code", "id_token", "none"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES384"],
            "authorization_response_iss_parameter_supported": true,
        });
        merge(&mut document, &self.discovery);
        document
    }

    fn jwks(&self) -> Value {
        let keys = self.keys.iter().map(|(kid, seed)| {
            let point = signing::key(seed.unwrap())
                .verifying_key()
                .to_sec1_point(false);
            let mut jwk = json!({
                "kty": "EC",
                "crv": "P-384",
                "use": "sig",
                "alg": "ES384",
                "kid": kid,
                "x": URL_SAFE_NO_PAD.encode(point.x().unwrap()),
                "y": URL_SAFE_NO_PAD.encode(point.y().unwrap()),
            });
            merge(&mut jwk, &self.jwk);
            jwk
        });
        json!({ "keys": keys.collect::<Vec<_>>() })
    }

    fn token(&mut self, headers: &HeaderMap, body: &[u8]) -> Response {
        let refused = |status, error: &str| {
            json_response(
                status,
                &json!({"error": error, "error_description": match error {
                    "access_denied" => "user is not a member of the organization",
                    _ => "grant request is invalid",
                },
                       "code": format!("oidc.{error}"), "message": "{{error_description}}"}),
            )
        };
        let form = form(body);
        if !self.client.is_authenticated(&self.issuer, headers, &form) {
            return refused(401, "invalid_client");
        }
        if form["grant_type"] == "refresh_token" {
            return self
                .refresh(&form)
                .unwrap_or_else(|(status, error)| refused(status, error));
        }
        let Some(request) = self.codes.remove(&form["code"]) else {
            return refused(400, "invalid_grant");
        };
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&form["code_verifier"]));
        if param(&request, "code_challenge") != Some(challenge)
            || param(&request, "code_challenge_method").as_deref() != Some("S256")
            || param(&request, "redirect_uri").as_ref() != form.get("redirect_uri")
        {
            return refused(400, "invalid_grant");
        }
        let refresh_token = self.refresh.issue(&form["code"], &request);
        let mut response = json!({
            "access_token": ACCESS_TOKEN,
            "refresh_token": refresh_token,
            "token_type": "Bearer",
            "expires_in": 3600,
            "scope": "openid offline_access profile email",
            "id_token": self.id_token(&request, ACCESS_TOKEN),
        });
        merge(&mut response, &self.token);
        json_response(200, &response)
    }

    /// Seconds since 1970.
    pub fn now(&self) -> i64 {
        match &self.clock {
            Some(clock) => clock.now(),
            None => OffsetDateTime::now_utc(),
        }
        .unix_timestamp()
    }

    fn id_token(&self, request: &Url, access_token: &str) -> String {
        let now = self.now();
        let mut draft = Draft {
            header: object(json!({"alg": "ES384", "typ": "JWT", "kid": self.keys[0].0})),
            claims: object(json!({
                "sub": param(request, "mock_sub"),
                "name": null,
                "username": "alice",
                "picture": null,
                "email": "alice@example.com",
                "created_at": 1_700_000_000_000_i64,
                "updated_at": 1_700_000_000_123_i64,
                "roles": ["shopper"],
                "nonce": param(request, "nonce"),
                "at_hash": URL_SAFE_NO_PAD.encode(&Sha384::digest(access_token)[..24]),
                "sid": "sid-1",
                "aud": CLIENT_ID,
                "exp": now + 3600,
                "iat": now,
                "iss": self.issuer,
            })),
            key: self.keys[0].1.map(usize::from),
        };
        if let Some(tamper) = &self.tamper {
            tamper(&mut draft);
        }
        signing::compact(&draft)
    }
}

fn json_response(status: u16, body: &Value) -> Response {
    (
        StatusCode::from_u16(status).unwrap(),
        [(CONTENT_TYPE, "application/json")],
        body.to_string(),
    )
        .into_response()
}

fn form(body: &[u8]) -> HashMap<String, String> {
    form_urlencoded::parse(body).into_owned().collect()
}

fn merge(document: &mut Value, changes: &Map<String, Value>) {
    let document = document.as_object_mut().unwrap();
    for (name, value) in changes {
        match value {
            Value::Null => drop(document.remove(name)),
            value => drop(document.insert(name.clone(), value.clone())),
        }
    }
}

pub fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is no object"),
    }
}
