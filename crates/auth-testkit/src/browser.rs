//! A browser without a screen.

use std::collections::HashMap;

use auth_types::routes::{CALLBACK, SIGN_IN_LOGTO};
use axum::{
    Router,
    body::Body,
    http::{
        HeaderMap, Request, StatusCode,
        header::{ACCEPT, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE},
    },
};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;
use url::Url;

use crate::TestProvider;

/// A response whose body has been read.
#[derive(Clone, Debug)]
pub struct TestResponse {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

impl TestResponse {
    /// Returns the first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns where a redirect leads to.
    ///
    /// # Panics
    ///
    /// If the response is not a redirect.
    pub fn location(&self) -> &str {
        self.headers
            .get(LOCATION)
            .unwrap_or_else(|| panic!("not a redirect: {self:?}"))
            .to_str()
            .unwrap()
    }
}

/// Sends requests through a router in this process and keeps the cookies of its
/// responses. It does not follow redirects.
#[derive(Clone, Debug)]
pub struct Browser {
    app: Router,
    /// The values of the cookies, by name.
    pub cookies: HashMap<String, String>,
}

impl Browser {
    /// Returns a browser without cookies.
    pub fn new(app: &Router) -> Self {
        Self {
            app: app.clone(),
            cookies: HashMap::new(),
        }
    }

    /// Sends a request with the cookies, and stores those of the response.
    pub async fn send(&mut self, mut request: Request<Body>) -> TestResponse {
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
        TestResponse {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    /// Opens a page.
    pub async fn get(&mut self, path: &str) -> TestResponse {
        let request = Request::get(path).header(ACCEPT, "text/html");
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Submits a form, as a page without JavaScript does.
    pub async fn post(&mut self, path: &str, form: &str) -> TestResponse {
        let request = Request::post(path)
            .header(ACCEPT, "text/html")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form.to_owned())).unwrap())
            .await
    }

    /// Signs in at the provider and opens the callback. `address` is where the
    /// start of a sign-in redirected to.
    pub async fn complete_sign_in(
        &mut self,
        provider: &TestProvider,
        address: &str,
    ) -> TestResponse {
        let query = provider.authorize(&Url::parse(address).unwrap());
        self.get(&format!("{CALLBACK}?{query}")).await
    }

    /// Signs in, from the form to the page after the callback.
    pub async fn sign_in(&mut self, provider: &TestProvider) {
        let started = self.post(SIGN_IN_LOGTO, "").await;
        let completed = self.complete_sign_in(provider, started.location()).await;
        assert_eq!(completed.location(), "/");
    }

    /// Returns whether there is no session cookie.
    pub fn is_signed_out(&self) -> bool {
        self.cookies
            .keys()
            .all(|name| !name.ends_with("authjs.session-token"))
    }
}
