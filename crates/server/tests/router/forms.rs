//! The forms that the pages post to server functions.

use axum::{body::Body, http::Request};

use super::{Fixture, LOCAL};

#[tokio::test]
async fn a_form_ends_one_or_all_sessions() {
    let fixture = Fixture::new(LOCAL).await;
    let (mut mine, mut theirs) = (fixture.signed_in().await, fixture.signed_in().await);
    let page = mine.get("/sessions").await.body;
    let id = page
        .split(r#"name="which" value=""#)
        .filter_map(|rest| rest.split('"').next())
        .find(|value| value.len() == 32)
        .unwrap();
    let done = mine.post("/api/sign_out_of", &format!("which={id}")).await;
    assert_eq!((done.status.as_u16(), done.location()), (302, "/sessions"));
    assert!(
        theirs
            .get("/sessions")
            .await
            .body
            .contains(">Sign in</button>")
    );

    let done = mine.post("/api/sign_out_of", "which=everywhere").await;
    assert_eq!(done.location(), "/");
    assert!(mine.cookies.is_empty());
}

#[tokio::test]
async fn an_invalid_session_handle_is_answered_400() {
    let fixture = Fixture::new(LOCAL).await;
    let mut browser = fixture.signed_in().await;
    for form in [
        "",
        "which=",
        "which=all",
        "which=Others",
        "which=others%20",
        "which=everywhere%00",
        "which=0",
        "which=%00",
        "which=a&which=b",
    ] {
        let script = Request::post("/api/sign_out_of")
            .header("accept", "application/json")
            .header("content-type", "application/x-www-form-urlencoded");
        let answer = browser.send(script.body(Body::from(form)).unwrap()).await;
        assert_eq!(answer.status, 400, "{form}: {answer:?}");
        let answer = browser.post("/api/sign_out_of", form).await;
        assert_eq!(answer.status, 302, "{form}: {answer:?}");
    }
    assert!(browser.get("/").await.body.contains(">Sign out</button>"));
}

#[tokio::test]
async fn the_body_of_a_server_function_call_is_limited() {
    let fixture = Fixture::new(LOCAL).await;
    let body = "x".repeat(100_000);
    let post = Request::post("/api/sign_in").header("content-length", body.len());
    let with_length = fixture
        .browser()
        .send(post.body(Body::from(body.clone())).unwrap())
        .await;
    assert_eq!(with_length.status, 413);
    // Without a length, the server notices while it reads.
    let without_length = fixture.browser().post("/api/sign_in", &body).await;
    assert!(
        without_length.body.contains("InvalidRequest"),
        "{without_length:?}"
    );
    assert_eq!(without_length.location(), "/", "no sign-in has begun");
}

#[tokio::test]
async fn a_malformed_form_causes_no_server_error() {
    let fixture = Fixture::new(LOCAL).await;
    let long = "A".repeat(20_000);
    let long = format!("{long}=1&{long}=2");
    for body in [
        long.as_str(),
        "%%%",
        "redirect_to=%ff%00",
        "redirect_to[a]=b",
        "redirect_to=/a&redirect_to=/b",
        "\u{0}",
    ] {
        for path in [
            "/api/sign_in",
            "/api/sign_out",
            "/api/sign_out_of",
            "/api/auth",
            "/api/nothing",
        ] {
            let script = Request::post(path)
                .header("accept", "application/json")
                .header("content-type", "application/x-www-form-urlencoded");
            let answer = fixture
                .browser()
                .send(script.body(Body::from(body.to_owned())).unwrap())
                .await;
            assert!(
                !answer.status.is_server_error(),
                "{path} {body:?}: {answer:?}"
            );
            let answer = fixture.browser().post(path, body).await;
            assert!(
                !answer.status.is_server_error(),
                "{path} {body:?}: {answer:?}"
            );
        }
    }
}
