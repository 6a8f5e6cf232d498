//! A browser without a screen.

use std::collections::HashMap;

use auth_types::{
    BasePath,
    routes::{CALLBACK, SIGN_IN_LOGTO},
};
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

use crate::{SUB, TestProvider};

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
    base_path: BasePath,
    /// The values of the cookies, by name.
    pub cookies: HashMap<String, String>,
}

impl Browser {
    /// Returns a browser without cookies.
    pub fn new(app: &Router) -> Self {
        Self {
            app: app.clone(),
            base_path: BasePath::DEFAULT,
            cookies: HashMap::new(),
        }
    }

    /// Sets the path of the sign-in routes, for an application that does not have
    /// them under `/api/auth`: [`Config::base_path`](auth_core::Config::base_path).
    #[must_use]
    pub fn with_base_path(mut self, base_path: BasePath) -> Self {
        self.base_path = base_path;
        self
    }

    /// Returns a browser in which a user of `provider` has signed in: from the form
    /// of `/api/auth/signin/logto` over the provider to the callback, through the
    /// router.
    ///
    /// # Panics
    ///
    /// If a step fails. The message says which, and what the router answered.
    pub async fn signed_in(app: &Router, provider: &TestProvider, user: impl AsRef<str>) -> Self {
        let mut browser = Self::new(app);
        browser.sign_in_as(provider, user).await;
        browser
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

    /// Submits a form of the application's own page, as without JavaScript.
    pub async fn post(&mut self, path: &str, form: &str) -> TestResponse {
        let request = Request::post(path)
            .header(ACCEPT, "text/html")
            .header("sec-fetch-site", "same-origin")
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
        self.open_callback(&query).await
    }

    async fn open_callback(&mut self, query: &str) -> TestResponse {
        let callback = self.base_path.path_of(CALLBACK);
        self.get(&format!("{callback}?{query}")).await
    }

    /// Signs the user [`SUB`] in, from the form to the page after the callback.
    ///
    /// # Panics
    ///
    /// As [`signed_in`](Self::signed_in).
    pub async fn sign_in(&mut self, provider: &TestProvider) {
        self.sign_in_as(provider, SUB).await;
    }

    /// Signs a user in, from the form to the page after the callback. A user who
    /// was signed in before is replaced.
    ///
    /// # Panics
    ///
    /// As [`signed_in`](Self::signed_in).
    pub async fn sign_in_as(&mut self, provider: &TestProvider, user: impl AsRef<str>) {
        let sign_in = self.base_path.path_of(SIGN_IN_LOGTO);
        let started = self.post(&sign_in, "").await;
        let address = started.header("location").map(Url::parse);
        let Some(Ok(address)) = address.filter(|_| started.status.is_redirection()) else {
            panic!(
                "POST {sign_in} did not redirect to the provider: does the router have the \
                 auth routes, and the provider's settings? {started:?}"
            );
        };
        assert!(
            address.as_str().starts_with(&provider.issuer()),
            "the application signs in at {address}, not at the test's provider {}: build its \
             configuration with auth_testkit::config",
            provider.issuer()
        );
        let query = provider.authorize_as(&address, user);
        let completed = self.open_callback(&query).await;
        assert_eq!(
            completed.header("location"),
            Some("/"),
            "the sign-in failed: {completed:?}"
        );
        assert!(!self.is_signed_out(), "no session cookie: {completed:?}");
    }

    /// Returns whether there is no session cookie.
    pub fn is_signed_out(&self) -> bool {
        self.cookies
            .keys()
            .all(|name| !name.ends_with(".session-token"))
    }
}
