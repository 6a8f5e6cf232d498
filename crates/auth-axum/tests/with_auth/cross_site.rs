//! Requests that another site makes a browser send.

use auth_axum::{AuthSetup, DangerouslyAllowCrossSiteRequests, SessionLayer, auth_routes};
use auth_testkit::{Browser, SUB};
use axum::{Extension, Router};

use super::{send, start_site, start_site_with};

/// The headers that a browser sends for a page of another site.
const FOREIGN: [(&str, &str); 4] = [
    ("sec-fetch-site", "cross-site"),
    ("sec-fetch-site", "same-site"),
    ("origin", "https://evil.test"),
    ("origin", "null"),
];

#[tokio::test]
async fn another_site_cannot_act_for_a_signed_in_user() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    for foreign in FOREIGN {
        for path in [
            "/orders",
            "/leave",
            "/nowhere",
            "/api/auth/signout",
            "/api/auth/signin/logto?login_hint=attacker",
        ] {
            for method in ["POST", "PUT", "PATCH", "DELETE"] {
                let answer = send(&mut browser, method, path, &[foreign]).await;
                assert_eq!(answer.status, 403, "{method} {path} {foreign:?}");
                assert!(answer.body.contains("another site"), "{answer:?}");
            }
        }
        // A `GET` changes nothing, and CORS hides the answer from the page.
        assert_eq!(send(&mut browser, "GET", "/", &[foreign]).await.body, SUB);
    }
    let own = [
        ("origin", "http://localhost:3000"),
        ("sec-fetch-site", "same-origin"),
    ];
    assert_eq!(
        send(&mut browser, "POST", "/orders", &own).await.body,
        "ordered"
    );
    // A program sends neither header.
    assert_eq!(
        send(&mut browser, "POST", "/orders", &[]).await.body,
        "ordered"
    );
}

#[tokio::test]
async fn another_site_cannot_start_a_sign_in_for_a_signed_out_user() {
    let site = start_site().await;
    // Sign-in and sign-out check the sender themselves.
    let parts = auth_routes(site.auth.clone());
    for app in [&site.app, &parts] {
        let mut browser = Browser::new(app);
        for foreign in FOREIGN {
            for path in [
                "/api/auth/signin/logto?login_hint=attacker",
                "/api/auth/signout",
            ] {
                let answer = send(&mut browser, "POST", path, &[foreign]).await;
                assert_eq!(answer.status, 403, "{path} {foreign:?}");
                assert!(browser.cookies.is_empty());
            }
        }
    }
    let leave = send(&mut site.browser(), "POST", "/leave", &[FOREIGN[0]]).await;
    assert_eq!(leave.status, 403, "inside of sign_out(): {leave:?}");
}

#[tokio::test]
async fn apis_for_other_origins_and_webhooks_keep_working() {
    let site = start_site().await;
    let token = site.provider.draft_access_token().sign();
    let bearer = format!("Bearer {token}");
    for foreign in FOREIGN {
        let headers = [foreign, ("authorization", &*bearer)];
        let answer = send(&mut site.browser(), "POST", "/api/items", &headers).await;
        assert_eq!(answer.body, SUB, "{foreign:?}");
        let answer = send(&mut site.browser(), "POST", "/webhook", &[foreign]).await;
        assert_eq!(answer.body, "noted", "{foreign:?}");
    }
}

#[tokio::test]
async fn requests_of_the_provider_are_accepted() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    for foreign in FOREIGN {
        for path in [
            "/api/auth/backchannel-logout/logto",
            "/api/auth/callback/logto",
        ] {
            let answer = send(&mut browser, "POST", path, &[foreign]).await;
            assert_eq!(
                answer.status, 400,
                "{path} {foreign:?}: for its body, not its sender"
            );
        }
    }
}

#[tokio::test]
async fn the_opt_out_turns_every_check_off() {
    let site =
        start_site_with(|auth| AuthSetup::new(auth).dangerously_allow_cross_site_requests()).await;
    let mut browser = site.signed_in().await;
    for foreign in FOREIGN {
        let answer = send(&mut browser, "POST", "/orders", &[foreign]).await;
        assert_eq!(answer.body, "ordered", "{foreign:?}");
        let answer = send(&mut browser, "POST", "/api/auth/signin/logto", &[foreign]).await;
        assert_eq!(answer.status, 303, "{foreign:?}");
    }
    for headers in HANDSHAKES {
        let headers = [headers, &[FOREIGN[0]]].concat();
        assert_eq!(send(&mut browser, "GET", "/", &headers).await.body, SUB);
    }
    for method in ["POST", "GET"] {
        let mut browser = site.signed_in().await;
        let answer = send(&mut browser, method, "/leave", &[FOREIGN[0]]).await;
        assert_eq!(answer.status, 200, "{method}: {answer:?}");
    }
}

/// Either header marks a request that opens a WebSocket.
const HANDSHAKES: [&[(&str, &str)]; 2] = [
    &[("connection", "Upgrade"), ("upgrade", "h2c, WebSocket")],
    &[("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")],
];

#[tokio::test]
async fn another_site_cannot_open_a_web_socket() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    for handshake in HANDSHAKES {
        for foreign in FOREIGN {
            let headers = [handshake, &[foreign]].concat();
            for path in ["/", "/nowhere"] {
                let answer = send(&mut browser, "GET", path, &headers).await;
                assert_eq!(answer.status, 403, "{path} {headers:?}");
            }
            let answer = send(&mut site.browser(), "GET", "/", &headers).await;
            assert_eq!(answer.body, "nobody", "without a cookie: {headers:?}");
        }
        let own = [handshake, &[("origin", "http://localhost:3000")]].concat();
        for headers in [handshake, &own] {
            assert_eq!(send(&mut browser, "GET", "/", headers).await.body, SUB);
        }
    }
    let answer = send(&mut browser, "GET", "/", &[FOREIGN[0], ("upgrade", "h2c")]).await;
    assert_eq!(answer.body, SUB, "another protocol");
}

#[tokio::test]
async fn a_link_of_another_site_does_not_sign_out() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    for path in ["/leave", "/leave-everywhere"] {
        for foreign in FOREIGN {
            for method in ["GET", "HEAD"] {
                let answer = send(&mut browser, method, path, &[foreign]).await;
                assert_eq!(answer.status, 403, "{method} {path} {foreign:?}");
            }
            assert_eq!(send(&mut browser, "GET", "/", &[foreign]).await.body, SUB);
            let answer = send(&mut browser, "GET", "/enter", &[foreign]).await;
            assert_eq!(answer.status, 200, "a page may begin a sign-in: {answer:?}");
        }
    }
    for own in [
        &[][..],
        &[("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "none")],
    ] {
        for path in ["/leave", "/leave-everywhere"] {
            let mut browser = site.signed_in().await;
            let answer = send(&mut browser, "GET", path, own).await;
            assert_eq!(answer.status, 200, "{path} {own:?}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn the_opt_out_has_to_be_outside_of_the_session_layer() {
    let site = start_site().await;
    let opt_out = Extension(DangerouslyAllowCrossSiteRequests);
    let session = SessionLayer::new(site.auth.clone());
    let routes: Router = auth_routes(site.auth.clone());
    let outside = routes.clone().layer(session.clone()).layer(opt_out);
    let inside = routes.layer(opt_out).layer(session);
    for (app, status) in [(outside, 303), (inside, 403)] {
        for path in ["/api/auth/signin/logto", "/api/auth/signout"] {
            let answer = send(&mut Browser::new(&app), "POST", path, &[FOREIGN[0]]).await;
            assert_eq!(answer.status, status, "{path}");
        }
    }
}
