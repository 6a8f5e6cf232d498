//! A browser without a screen: sends a request through a router in this
//! process and keeps the cookies of the answer.

#![allow(dead_code, reason = "each test binary uses a part")]

use std::collections::HashMap;

use axum::{
    Router,
    body::Body,
    http::{
        HeaderMap, Method, Request, StatusCode,
        header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE},
    },
};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;
use url::Url;

use super::mock_provider::MockProvider;

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub fn location(&self) -> &str {
        self.headers
            .get(LOCATION)
            .unwrap_or_else(|| panic!("no redirect: {self:?}"))
            .to_str()
            .unwrap()
    }
}

#[derive(Clone)]
pub struct Browser {
    app: Router,
    pub cookies: HashMap<String, String>,
}

impl Browser {
    pub fn new(app: &Router) -> Self {
        Self {
            app: app.clone(),
            cookies: HashMap::new(),
        }
    }

    pub async fn send(&mut self, mut request: Request<Body>) -> Answer {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            let cookies = cookies.join("; ").parse().unwrap();
            request.headers_mut().append(COOKIE, cookies);
        }
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split_once(';').unwrap().0.split_once('=').unwrap();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        let request = Request::get(path).header("accept", "text/html");
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Submits a form, as a page without JavaScript does.
    pub async fn post(&mut self, path: &str, form: &str) -> Answer {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header("accept", "text/html")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form.to_owned())).unwrap())
            .await
    }

    /// Comes back from the provider.
    pub async fn come_back(&mut self, provider: &MockProvider, authorize: &str) -> Answer {
        let query = provider.authorize(&Url::parse(authorize).unwrap());
        self.get(&format!("/api/auth/callback/logto?{query}")).await
    }

    /// Whether it has no session cookie.
    pub fn is_signed_out(&self) -> bool {
        self.cookies
            .keys()
            .all(|name| !name.ends_with("authjs.session-token"))
    }

    pub async fn sign_in(&mut self, provider: &MockProvider) {
        let started = self.post("/api/auth/signin/logto", "").await;
        let completed = self.come_back(provider, started.location()).await;
        assert_eq!(completed.location(), "/");
    }
}
