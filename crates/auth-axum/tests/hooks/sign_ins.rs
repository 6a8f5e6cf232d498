//! What the application decides about a sign-in.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use auth_core::{AllowSignIn, Hooks, SignInDecision, VerifiedSignIn};
use auth_testkit::{Browser, REFRESH_TOKEN};

use super::{Customer, Site, at};

fn deciding(
    decide: impl Fn(&VerifiedSignIn) -> SignInDecision + Clone + Send + Sync + 'static,
) -> Hooks {
    Hooks::new().on_sign_in(move |sign_in| {
        let decide = decide.clone();
        async move { Ok(decide(&sign_in)) }
    })
}

#[tokio::test]
async fn the_hook_sees_what_was_verified_and_who_asks() {
    let seen: Arc<Mutex<Vec<VerifiedSignIn>>> = Arc::default();
    let site = Site::new(deciding({
        let seen = Arc::clone(&seen);
        move |sign_in| {
            seen.lock().unwrap().push(sign_in.clone());
            SignInDecision::allow()
        }
    }))
    .await;
    let mut browser = Browser::new(&site.here);
    let callback = site.begin(&mut browser, "alice").await;
    let request = axum::http::Request::get(&callback).header("user-agent", "Firefox/130.0");
    let answer = browser
        .send(request.body(Default::default()).unwrap())
        .await;
    assert_eq!(answer.location(), "/orders");
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    let [sign_in] = &seen[..] else {
        panic!("{seen:?}");
    };
    assert_eq!((sign_in.sub(), &*sign_in.user.id), ("alice", "alice"));
    assert!(sign_in.claims.has_role("member"));
    assert_eq!(sign_in.device.user_agent.as_deref(), Some("Firefox/130.0"));
    assert_eq!(sign_in.redirect_to.as_str(), "/orders");
    let session = site.session(&browser).await.unwrap();
    let user_info = auth_core::AccessTokenRequest::user_info();
    let token = site.app.auth.access_token(&session, &user_info).await;
    assert_eq!(sign_in.access_token().expose(), token.unwrap().expose());
}

#[tokio::test]
async fn stored_data_is_there_on_every_server_and_outlasts_a_refresh() {
    /// Nothing else that is printed contains it.
    const NUMBER: u32 = 904_713_526;
    let site = Site::new(deciding(|_| {
        AllowSignIn::new().data(&Customer { number: NUMBER }).into()
    }))
    .await;
    let browser = site.signed_in("alice").await;
    for router in [&site.here, &site.there] {
        let customer = at(router, &browser).get("/customer").await;
        assert_eq!(customer.body, format!("alice is customer {NUMBER}"));
    }
    let session = site.session(&browser).await.unwrap();
    let renewed = site.app.auth.refresh_claims(&session).await.unwrap();
    assert_eq!(renewed.data(), Some(Customer { number: NUMBER }));
    assert!(
        !format!("{session:?}").contains(&NUMBER.to_string()),
        "sealed"
    );
}

#[tokio::test]
async fn data_of_another_type_counts_as_absent_and_signs_nobody_out() {
    let site = Site::new(deciding(|_| {
        let former = serde_json::json!({"number": "seven", "street": null});
        AllowSignIn::new().data(&former).into()
    }))
    .await;
    let mut browser = site.signed_in("alice").await;
    for _ in 0..2 {
        let answer = browser.get("/customer").await;
        assert_eq!(
            (answer.status.as_u16(), &*answer.body),
            (200, "alice is no customer")
        );
    }
    let session = site.session(&browser).await.unwrap();
    assert!(session.data::<serde_json::Value>().is_some());
}

#[tokio::test]
async fn an_allowed_user_may_be_sent_to_another_page() {
    let site = Site::new(deciding(|sign_in| {
        let page = format!("/welcome?to={}", sign_in.redirect_to);
        AllowSignIn::new().redirect_to(page).into()
    }))
    .await;
    let mut browser = Browser::new(&site.here);
    let answer = site.try_sign_in(&mut browser, "alice").await;
    assert_eq!(answer.location(), "/welcome?to=/orders");
    assert!(site.session(&browser).await.is_some());
}

#[tokio::test]
async fn a_refused_user_is_not_signed_in_and_sees_why() {
    const REASON: &str = "Your account is closed: <b>write</b> to us & we'll \"help\".";
    let site = Site::new(deciding(|sign_in| match sign_in.sub() {
        "alice" => SignInDecision::refuse(format!("  {REASON}\n")),
        _ => SignInDecision::refuse(" "),
    }))
    .await;
    let mut browser = Browser::new(&site.here);
    let answer = site.try_sign_in(&mut browser, "alice").await;
    let location = answer.location().to_owned();
    assert!(
        location.starts_with("/api/auth/error?error=SignInRefused&ref=")
            && location.ends_with("&callbackUrl=%2Forders"),
        "no reason in the address, which anybody could write: {location}"
    );
    assert!(browser.is_signed_out());
    assert_eq!(site.count_sessions().await, 0);
    site.app.auth.finish().await;
    assert_eq!(site.provider.state().revoked, [REFRESH_TOKEN]);

    // The built-in error page shows the reason as text, to this browser only.
    let page = browser.get(&location).await;
    assert_eq!(page.status, 403);
    let escaped = "Your account is closed: &lt;b&gt;write&lt;/b&gt; to us &amp; we&#39;ll \
                   &quot;help&quot;.";
    assert!(page.body.contains(escaped), "{}", page.body);
    let page = Browser::new(&site.here).get(&location).await;
    assert!(
        page.body.contains("does not let you sign in"),
        "{}",
        page.body
    );
    let page = browser.get("/api/auth/error?error=Expired").await;
    assert!(!page.body.contains("closed"), "{}", page.body);

    // On every server, in this browser only, and not for ever.
    for router in [&site.here, &site.there] {
        assert_eq!(at(router, &browser).get("/reason").await.body, REASON);
    }
    assert_eq!(Browser::new(&site.here).get("/reason").await.body, "");
    let cookie = browser.cookies["authjs.3000.refusal"].clone();
    assert!(!cookie.contains("closed"));
    let (start, end) = cookie.split_at(cookie.len() / 2);
    let other = if end.starts_with('A') { "B" } else { "A" };
    let changed = format!("{start}{other}{}", &end[1..]);
    browser
        .cookies
        .insert("authjs.3000.refusal".to_owned(), changed);
    assert_eq!(browser.get("/reason").await.body, "", "changed");
    browser
        .cookies
        .insert("authjs.3000.refusal".to_owned(), cookie);
    site.app.clock.advance(Duration::from_secs(599));
    assert_eq!(browser.get("/reason").await.body, REASON);
    site.app.clock.advance(Duration::from_secs(1));
    assert_eq!(browser.get("/reason").await.body, "");

    // A refusal without a reason does not show that of the one before.
    site.try_sign_in(&mut browser, "alice").await;
    assert_eq!(browser.get("/reason").await.body, REASON);
    let answer = site.try_sign_in(&mut browser, "bob").await;
    assert!(answer.location().contains("error=SignInRefused"));
    assert_eq!(browser.get("/reason").await.body, "");
    let page = browser.get(answer.location()).await;
    let sentence = "does not let you sign in";
    assert!(page.body.contains(sentence), "{}", page.body);
}

#[tokio::test]
async fn a_reason_is_one_line_of_text() {
    let site = Site::new(deciding(|_| {
        SignInDecision::refuse("one\ntwo\u{0}three\u{1b}[31m\u{7f}")
    }))
    .await;
    let mut browser = Browser::new(&site.here);
    site.try_sign_in(&mut browser, "alice").await;
    assert_eq!(browser.get("/reason").await.body, "one two three [31m ");
}

#[tokio::test]
async fn a_long_reason_is_cut_off_and_still_fits_into_a_cookie() {
    let site = Site::new(deciding(|_| {
        SignInDecision::refuse("\u{1f600}\"\\".repeat(1000))
    }))
    .await;
    let mut browser = Browser::new(&site.here);
    let answer = site.try_sign_in(&mut browser, "alice").await;
    let cookie = answer.headers.get_all("set-cookie").iter();
    assert!(cookie.map(axum::http::HeaderValue::len).max().unwrap() < 4096);
    assert_eq!(browser.get("/reason").await.body.chars().count(), 500);
}

#[tokio::test]
async fn a_browser_can_be_sent_elsewhere_without_a_session() {
    let site = Site::new(deciding(|_| {
        SignInDecision::send_to("/waiting-list?from=sign-in")
    }))
    .await;
    let mut browser = Browser::new(&site.here);
    let answer = site.try_sign_in(&mut browser, "alice").await;
    assert_eq!(answer.status, 303);
    assert_eq!(answer.location(), "/waiting-list?from=sign-in");
    assert!(browser.cookies.is_empty(), "{:?}", browser.cookies);
    assert_eq!(site.count_sessions().await, 0);
    site.app.auth.finish().await;
    assert_eq!(site.provider.state().revoked, [REFRESH_TOKEN]);
}

#[tokio::test]
async fn a_page_of_another_site_is_an_error() {
    for page in [
        "https://evil.example/",
        "//evil.example",
        "welcome",
        "/a\r\nb",
    ] {
        for decision in [
            SignInDecision::send_to(page),
            AllowSignIn::new().redirect_to(page).into(),
        ] {
            let site = Site::new(deciding(move |_| decision.clone())).await;
            let mut browser = Browser::new(&site.here);
            let answer = site.try_sign_in(&mut browser, "alice").await;
            let location = answer.location();
            assert!(
                location.starts_with("/api/auth/error?error=Internal&"),
                "{page}: {location}"
            );
            assert!(browser.is_signed_out());
            assert_eq!(site.count_sessions().await, 0);
        }
    }
}

#[tokio::test]
async fn a_refused_user_keeps_the_session_that_the_browser_has() {
    let site = Site::new(deciding(|sign_in| match sign_in.amr.is_empty() {
        true => SignInDecision::refuse("Use a second factor."),
        false => SignInDecision::allow(),
    }))
    .await;
    let amr = |amr: &'static [&str]| {
        site.provider
            .tamper(auth_testkit::signing::claim("amr", serde_json::json!(amr)));
    };
    amr(&["otp"]);
    let mut browser = site.signed_in("alice").await;
    amr(&[]);
    // The same user in the same provider session: their tokens share a grant.
    site.try_sign_in(&mut browser, "alice").await;
    site.app.auth.finish().await;
    assert_eq!(browser.get("/customer").await.body, "alice is no customer");
    assert!(site.provider.state().revoked.is_empty());
    // Another user: their tokens do not.
    site.try_sign_in(&mut browser, "bob").await;
    site.app.auth.finish().await;
    assert_eq!(browser.get("/customer").await.body, "alice is no customer");
    assert_eq!(site.provider.state().revoked.len(), 1);
}

#[tokio::test]
async fn a_callback_that_comes_several_times_runs_the_hook_once() {
    let calls = Arc::new(AtomicUsize::new(0));
    let hooks = Hooks::new().on_sign_in({
        let calls = Arc::clone(&calls);
        move |_| {
            let calls = Arc::clone(&calls);
            async move {
                tokio::time::sleep(Duration::from_millis(50)).await;
                calls.fetch_add(1, Ordering::Relaxed);
                Ok(SignInDecision::allow())
            }
        }
    });
    let site = Site::new(hooks).await;
    let mut browser = Browser::new(&site.here);
    let callback = site.begin(&mut browser, "alice").await;
    let (mut first, mut second) = (browser.clone(), browser.clone());
    let (one, two) = tokio::join!(first.get(&callback), second.get(&callback));
    assert_eq!((one.location(), two.location()), ("/orders", "/orders"));
    assert_eq!(calls.load(Ordering::Relaxed), 1);
    assert_eq!(site.count_sessions().await, 1);
}

/// The hook runs before the session is stored, and the store refuses it then.
#[tokio::test]
async fn a_user_who_is_logged_out_while_the_hook_runs_is_not_signed_in() {
    let hooks = Hooks::new().on_sign_in(|_| async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        Ok(SignInDecision::allow())
    });
    let site = Site::new(hooks).await;
    let mut browser = Browser::new(&site.here);
    let (answer, ended) = tokio::join!(site.try_sign_in(&mut browser, "alice"), async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        let mut logout = site.provider.draft_logout_token();
        logout
            .claims
            .insert("sub".to_owned(), serde_json::json!("alice"));
        logout.claims.remove("sid");
        site.app.auth.back_channel_logout(&logout.sign()).await
    });
    assert_eq!(ended.unwrap(), 0);
    assert!(
        answer
            .location()
            .starts_with("/api/auth/error?error=Expired")
    );
    assert!(browser.is_signed_out());
    assert_eq!(site.count_sessions().await, 0);
}
