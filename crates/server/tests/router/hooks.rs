//! The example's own code at sign-in, and what its pages show of it.

use auth_core::{AllowSignIn, Hooks, SignInDecision};

use super::{Fixture, LOCAL};

#[tokio::test]
async fn the_profile_shows_the_row_that_the_sign_in_wrote() {
    let fixture = Fixture::new(LOCAL).await;
    let mut first = fixture.signed_in().await;
    let mut second = fixture.signed_in().await;
    for (browser, number) in [(&mut first, 1), (&mut second, 2)] {
        let page = browser.get("/profile").await;
        assert_eq!(page.status, 200);
        let text = without_markers(&page.body);
        assert!(text.contains("<dt>Sign-ins here</dt><dd>2</dd>"), "{text}");
        let session = format!("<dd>began with sign-in {number}</dd>");
        assert!(text.contains(&session), "{text}");
        let shown = browser.get("/api/auth/session").await.body;
        let data = format!(r#""data":{{"visit":"{number}"}}"#);
        assert!(shown.contains(&data), "{shown}");
    }
}

#[tokio::test]
async fn a_session_without_data_and_a_user_without_a_row_are_no_error() {
    let fixture = Fixture::with_hooks(LOCAL, |_| {
        Hooks::new().on_sign_in(|_| async { Ok(AllowSignIn::new().data("no visit").into()) })
    })
    .await;
    let page = fixture.signed_in().await.get("/profile").await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("Sign-ins here"), "{}", page.body);
}

#[tokio::test]
async fn a_refused_user_reads_the_reason_as_text() {
    const REASON: &str = "<script>alert(1)</script> & <b>no</b>";
    let fixture = Fixture::with_hooks(LOCAL, |_| {
        Hooks::new().on_sign_in(|_| async { Ok(SignInDecision::refuse(REASON)) })
    })
    .await;
    let mut browser = fixture.browser();
    let started = browser.post("/api/sign_in", "").await;
    let answer = browser
        .complete_sign_in(&fixture.provider, started.location())
        .await;
    let page = browser.get(answer.location()).await;
    assert_eq!(page.status, 403);
    let shown = "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;no&lt;/b&gt;";
    assert!(page.body.contains(shown), "{}", page.body);
    assert!(!page.body.contains("<script>alert"), "{}", page.body);
    assert!(page.body.contains(">Try again</button>"));
    // Another error in this browser is another one, and so is another browser.
    for (browser, address) in [
        (&mut browser, "/auth/error?error=Expired"),
        (&mut fixture.browser(), answer.location()),
    ] {
        let page = browser.get(address).await.body;
        assert!(!page.contains("alert(1)"), "{page}");
    }
    assert!(
        browser
            .get("/profile")
            .await
            .body
            .contains("Sign in to see")
    );
}

/// Removes what Leptos writes between texts.
fn without_markers(html: &str) -> String {
    html.replace("<!>", "").replace("<!---->", "")
}
