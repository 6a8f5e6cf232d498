//! Applications on one machine: cookies ignore ports (RFC 6265 §8.5), so a browser
//! sends those of one to the other.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

use std::collections::HashMap;

use auth_axum::{RequestSession, WithAuth as _, append_cookies};
use auth_core::{Auth, ConfigBuilder, MemoryStore};
use auth_testkit::{Browser, TestProvider, TestUser, settings};
use axum::{Router, http::HeaderMap, routing::post};

/// The cookies of a browser, which it sends to every port of a host.
type Jar = HashMap<String, String>;

/// An application with a store of its own.
struct App {
    router: Router,
    provider: TestProvider,
}

impl App {
    async fn start(
        base_url: &str,
        change: impl FnOnce(ConfigBuilder) -> ConfigBuilder,
    ) -> (Self, Auth) {
        let provider = TestProvider::start().await;
        let config = change(settings(&provider, base_url)).build().unwrap();
        let auth = Auth::new(config, MemoryStore::new()).unwrap();
        let router = Router::new()
            .route("/end/this", post(end_this_session))
            .route("/end/this/fresh", post(end_this_session_with_fresh_claims))
            .route("/end/all", post(end_all_sessions))
            .with_auth(&auth);
        (Self { router, provider }, auth)
    }

    async fn at(base_url: &str) -> Self {
        Self::start(base_url, |settings| settings).await.0
    }

    async fn named(base_url: &str, name: &str) -> Self {
        Self::start(base_url, |settings| settings.cookie_name(name))
            .await
            .0
    }

    /// Lets the browser with these cookies visit the application.
    async fn visit<T>(&self, jar: &mut Jar, what: impl AsyncFnOnce(&mut Browser) -> T) -> T {
        let mut browser = Browser::new(&self.router);
        std::mem::swap(&mut browser.cookies, jar);
        let done = what(&mut browser).await;
        std::mem::swap(&mut browser.cookies, jar);
        done
    }

    async fn sign_in(&self, jar: &mut Jar) {
        self.visit(jar, async |browser| browser.sign_in(&self.provider).await)
            .await;
    }

    async fn sign_out(&self, jar: &mut Jar) {
        let left = self
            .visit(jar, async |browser| {
                browser.post("/api/auth/signout", "").await
            })
            .await;
        assert!(left.status.is_redirection(), "{left:?}");
    }

    async fn is_signed_in(&self, jar: &mut Jar) -> bool {
        let session = self
            .visit(jar, async |browser| browser.get("/api/auth/session").await)
            .await;
        assert_eq!(session.status, 200);
        session.body != "null"
    }
}

async fn end_this_session(session: RequestSession) -> (HeaderMap, String) {
    let sessions = session.sessions().await.unwrap();
    let this = sessions.iter().find(|it| it.is_current).unwrap();
    let ended = session.end_session(this.id).await.unwrap();
    let mut headers = HeaderMap::new();
    append_cookies(&mut headers, ended.cookies);
    (headers, ended.ended.to_string())
}

async fn end_this_session_with_fresh_claims(session: RequestSession) -> (HeaderMap, String) {
    session.refresh_claims().await.unwrap();
    end_this_session(session).await
}

async fn end_all_sessions(session: RequestSession) -> (HeaderMap, String) {
    let ended = session.end_all_sessions().await.unwrap();
    let mut headers = HeaderMap::new();
    append_cookies(&mut headers, ended.cookies);
    (headers, ended.ended.to_string())
}

/// Signs in to both and out again. What each does leaves the other alone.
async fn live_together(one: App, other: App) {
    let jar = &mut Jar::new();
    one.sign_in(jar).await;
    assert!(!other.is_signed_in(jar).await);
    other.sign_in(jar).await;
    assert!(one.is_signed_in(jar).await, "another sign-in: {jar:?}");
    assert!(other.is_signed_in(jar).await);

    // A sign-in and a CSRF token of one, with those of the other between.
    let begun = one
        .visit(jar, async |browser| {
            browser.post("/api/auth/signin/logto", "").await
        })
        .await;
    let csrf = async |app: &App, jar: &mut Jar| {
        app.visit(jar, async |browser| browser.get("/api/auth/csrf").await)
            .await
            .body
    };
    let token = csrf(&one, jar).await;
    assert_ne!(csrf(&other, jar).await, token);
    other.sign_in(jar).await;
    assert_eq!(csrf(&one, jar).await, token);
    let completed = one
        .visit(jar, async |browser| {
            browser
                .complete_sign_in(&one.provider, begun.location())
                .await
        })
        .await;
    assert_eq!(completed.location(), "/");

    one.sign_out(jar).await;
    assert!(!one.is_signed_in(jar).await);
    assert!(other.is_signed_in(jar).await, "another sign-out: {jar:?}");
    other.sign_out(jar).await;
    assert!(!other.is_signed_in(jar).await);
}

#[tokio::test]
async fn two_applications_at_different_ports_do_not_sign_each_other_out() {
    let one = App::at("http://localhost:3000").await;
    live_together(one, App::at("http://localhost:3001").await).await;
    let one = App::at("http://127.0.0.1:8080").await;
    live_together(one, App::at("http://127.0.0.1").await).await;
    let one = App::named("http://localhost:3000", "shop").await;
    live_together(one, App::named("http://localhost:3001", "shop").await).await;
}

#[tokio::test]
async fn names_of_their_own_keep_applications_on_one_host_apart() {
    let one = App::named("https://app.test", "shop").await;
    live_together(one, App::named("https://app.test:8443", "office").await).await;
    let one = App::at("https://app.test").await;
    live_together(one, App::named("https://app.test", "authjs.2").await).await;
    let one = App::named("http://localhost:3000", "shop").await;
    live_together(one, App::at("http://localhost:3000").await).await;
}

/// A piece of Auth.js's session begins with `authjs.session-token`.
#[tokio::test]
async fn an_application_with_auth_js_stays_signed_in() {
    let app = App::at("http://localhost:3000").await;
    let of_auth_js = Jar::from([
        ("authjs.session-token.0".to_owned(), "eyJ".to_owned()),
        ("authjs.session-token.1".to_owned(), "fQ".to_owned()),
        ("authjs.csrf-token".to_owned(), "a%7Cb".to_owned()),
        ("authjs.state".to_owned(), "eyJ".to_owned()),
    ]);
    for mut others in [
        of_auth_js.clone(),
        Jar::from([("authjs.session-token".to_owned(), "A".repeat(43))]),
    ] {
        let mut jar = others.clone();
        app.sign_in(&mut jar).await;
        assert!(app.is_signed_in(&mut jar).await);
        let own = jar.keys().filter(|name| !others.contains_key(*name));
        for name in own {
            assert!(name.starts_with("authjs.3000."), "{name}");
        }
        app.sign_out(&mut jar).await;
        app.is_signed_in(&mut jar).await;
        jar.retain(|name, _| others.contains_key(name));
        assert_eq!(jar, others);
        // Without a cookie of its own, too.
        app.sign_out(&mut others).await;
        others.retain(|name, _| !name.starts_with("authjs.3000."));
        assert_eq!(jar, others);
    }
}

/// Returns the cookies as the release before this one named them.
fn as_named_before(jar: &Jar) -> Jar {
    jar.iter()
        .map(|(name, value)| (name.replace("authjs.3000.", "authjs."), value.clone()))
        .collect()
}

#[tokio::test]
async fn a_session_with_the_former_name_goes_on_and_ends() {
    let app = App::at("http://localhost:3000").await;
    let other = App::at("http://localhost:3001").await;
    let mut jar = Jar::new();
    app.sign_in(&mut jar).await;
    let before = as_named_before(&jar);
    assert!(before.contains_key("authjs.session-token"), "{jar:?}");

    let mut jar = before.clone();
    assert!(app.is_signed_in(&mut jar).await);
    assert!(!other.is_signed_in(&mut jar).await);
    other.sign_in(&mut jar).await;
    other.sign_out(&mut jar).await;
    assert!(app.is_signed_in(&mut jar).await, "{jar:?}");

    app.sign_out(&mut jar).await;
    assert!(!jar.contains_key("authjs.session-token"), "{jar:?}");
    assert!(!app.is_signed_in(&mut before.clone()).await);
}

#[tokio::test]
async fn a_new_sign_in_replaces_the_session_with_the_former_name() {
    let app = App::at("http://localhost:3000").await;
    let mut jar = Jar::new();
    app.sign_in(&mut jar).await;
    let before = as_named_before(&jar);
    let mut jar = before.clone();
    app.sign_in(&mut jar).await;
    assert!(!jar.contains_key("authjs.session-token"), "{jar:?}");
    assert!(app.is_signed_in(&mut jar).await);
    assert!(!app.is_signed_in(&mut before.clone()).await);
}

/// As after a return to the former release and back.
#[tokio::test]
async fn a_sign_out_ends_the_sessions_of_both_names() {
    let app = App::at("http://localhost:3000").await;
    let (mut one, mut other) = (Jar::new(), Jar::new());
    app.sign_in(&mut one).await;
    app.sign_in(&mut other).await;
    let mut both = as_named_before(&other);
    both.extend(one);
    app.sign_out(&mut both).await;
    assert!(!app.is_signed_in(&mut both).await);
    assert!(!app.is_signed_in(&mut other).await);
}

/// As [`a_sign_out_ends_the_sessions_of_both_names`], from the list of sessions.
#[tokio::test]
async fn the_list_of_sessions_ends_the_current_session_of_both_names() {
    for page in ["/end/this", "/end/this/fresh", "/end/all"] {
        let app = App::at("http://localhost:3000").await;
        let (mut one, mut other, mut elsewhere) = (Jar::new(), Jar::new(), Jar::new());
        app.sign_in(&mut one).await;
        app.sign_in(&mut other).await;
        app.sign_in(&mut elsewhere).await;
        let mut both = as_named_before(&other);
        both.extend(one);
        let ended = app
            .visit(&mut both, async |browser| browser.post(page, "").await)
            .await;
        let is_all = page == "/end/all";
        assert_eq!(ended.body, if is_all { "3" } else { "2" }, "{page}");
        assert!(!both.contains_key("authjs.session-token"), "{both:?}");
        assert!(!app.is_signed_in(&mut both).await, "{page}");
        assert!(!app.is_signed_in(&mut other).await, "{page}");
        assert_eq!(app.is_signed_in(&mut elsewhere).await, !is_all, "{page}");
    }
}

/// The browser would go on as that user.
#[tokio::test]
async fn the_list_of_sessions_ends_another_users_session_with_the_former_name() {
    for page in ["/end/this", "/end/all"] {
        let app = App::at("http://localhost:3000").await;
        app.provider.add_user(TestUser::new("bob"));
        let (mut one, mut bobs) = (Jar::new(), Jar::new());
        app.sign_in(&mut one).await;
        app.visit(&mut bobs, async |browser| {
            browser.sign_in_as(&app.provider, "bob").await;
        })
        .await;
        let mut both = as_named_before(&bobs);
        both.extend(one);
        app.visit(&mut both, async |browser| browser.post(page, "").await)
            .await;
        assert!(!app.is_signed_in(&mut both).await, "{page}");
        assert!(!app.is_signed_in(&mut bobs).await, "{page}");
    }
}

#[tokio::test]
async fn the_list_of_sessions_ends_a_session_with_the_former_name_and_no_strangers() {
    let app = App::at("http://localhost:3000").await;
    let mut jar = Jar::new();
    app.sign_in(&mut jar).await;
    let mut former = as_named_before(&jar);
    app.visit(&mut former, async |browser| {
        browser.post("/end/this", "").await
    })
    .await;
    assert!(!former.contains_key("authjs.session-token"), "{former:?}");
    assert!(!app.is_signed_in(&mut jar).await);

    // A cookie of that name that is another application's stays.
    let other = App::at("http://localhost:3001").await;
    let mut jar = Jar::new();
    other.sign_in(&mut jar).await;
    let mut jar: Jar = (jar.into_iter())
        .map(|(name, value)| (name.replace("authjs.3001.", "authjs."), value))
        .collect();
    app.sign_in(&mut jar).await;
    app.visit(&mut jar, async |browser| {
        browser.post("/end/this", "").await
    })
    .await;
    assert!(!app.is_signed_in(&mut jar).await);
    assert!(other.is_signed_in(&mut jar).await, "{jar:?}");
}
