//! The routes of a sign-in.

use super::{BAD, Expected::*, FORM, JSON, MISSING_CSRF, Row, Sender::*, row};

pub(super) const ROWS: &[Row] = &[
    // signin
    row(
        "GET /api/auth/signin",
        Visitor,
        200,
        &[
            Header("content-type", "text/html; charset=utf-8"),
            Has(r#"<form method="post" action="/api/auth/signin/logto">"#),
            SetsNothing,
        ],
    ),
    row(
        "GET /api/auth/signin?callbackUrl=%2Forders",
        Visitor,
        200,
        &[Has(r#"name="callbackUrl" value="/orders""#)],
    ),
    row(
        "GET /api/auth/signin?error=SessionRequired",
        Visitor,
        200,
        &[Has("Please sign in to see this page.")],
    ),
    row(
        "GET /api/auth/signin?error=OAuthCallbackError",
        Visitor,
        200,
        &[Has("Something went wrong while signing you in.")],
    ),
    row("GET /api/auth/signin/", Visitor, 200, &[Has("<form")]),
    row(
        "GET /api/auth/signin/logto",
        Visitor,
        200,
        &[Has("<form"), SetsNothing],
    ),
    row(
        "POST /api/auth/signin",
        Visitor,
        303,
        &[To("/api/auth/signin")],
    ),
    row(
        "POST /api/auth/signin",
        Visitor,
        303,
        &[To("/api/auth/signin?callbackUrl=%2Forders")],
    )
    .with(FORM, "csrfToken={csrf}&callbackUrl=/orders"),
    row(
        "POST /api/auth/signin",
        Visitor,
        200,
        &[Url("/api/auth/signin")],
    )
    .returning_redirect(),
    row("POST /api/auth/signin", Visitor, 303, &[To(MISSING_CSRF)]).with(FORM, "csrfToken=foreign"),
    row("POST /api/auth/signin", OtherSite, 403, &[SetsNothing]),
    row(
        "POST /api/auth/signin/logto",
        Visitor,
        303,
        &[ToProvider("/auth"), Sets("authjs.3000.state.")],
    )
    .with(FORM, "csrfToken={csrf}&callbackUrl=/orders"),
    row(
        "POST /api/auth/signin/logto",
        Visitor,
        303,
        &[ToProvider("/auth"), Sets("authjs.3000.state.")],
    ),
    row(
        "POST /api/auth/signin/logto/",
        Visitor,
        303,
        &[ToProvider("/auth")],
    ),
    row(
        "POST /api/auth/signin/logto",
        Visitor,
        200,
        &[UrlOfProvider("/auth"), Sets("authjs.3000.state.")],
    )
    .with(
        FORM,
        "csrfToken={csrf}&callbackUrl=http%3A%2F%2Flocalhost%3A3000%2F",
    )
    .returning_redirect(),
    row(
        "POST /api/auth/signin/logto?login_hint=alice&prompt=login",
        Visitor,
        200,
        &[Has("login_hint=alice"), Has("prompt=login+consent")],
    )
    .with(JSON, r#"{"csrfToken":"{csrf}"}"#)
    .returning_redirect(),
    row(
        "POST /api/auth/signin/logto",
        Visitor,
        303,
        &[To(MISSING_CSRF), SetsNothing],
    )
    .with(FORM, "csrfToken=foreign"),
    row(
        "POST /api/auth/signin/logto",
        Visitor,
        303,
        &[To(
            "/api/auth/signin?error=MissingCSRF&callbackUrl=%2Forders",
        )],
    )
    .with(FORM, "csrfToken=foreign&callbackUrl=/orders"),
    row(
        "POST /api/auth/signin/logto",
        Visitor,
        200,
        &[Url(MISSING_CSRF)],
    )
    .with(FORM, "csrfToken=")
    .returning_redirect(),
    row(
        "POST /api/auth/signin/logto",
        OtherSite,
        403,
        &[SetsNothing],
    )
    .with(FORM, "csrfToken={csrf}"),
    row("POST /api/auth/signin/logto", Visitor, 400, BAD).with(JSON, "[1,2]"),
    row("GET /api/auth/signin/github", Visitor, 400, BAD),
    row("POST /api/auth/signin/undefined", Visitor, 400, BAD),
    // callback
    row("GET /api/auth/callback/logto", Visitor, 303, &[SetsNothing]),
    row(
        "GET /api/auth/callback/logto?code=x&state=y",
        User,
        303,
        &[To("/"), SignedIn],
    ),
    row(
        "HEAD /api/auth/callback/logto",
        Visitor,
        400,
        &[SetsNothing],
    ),
    row(
        "POST /api/auth/callback/logto",
        OtherSite,
        200,
        &[
            Has(r#"action="/api/auth/callback/logto""#),
            Has(r#"name="state" value="y""#),
            SetsNothing,
        ],
    )
    .with(FORM, "code=x&state=y"),
    row(
        "POST /api/auth/callback/logto",
        Visitor,
        303,
        &[SetsNothing],
    )
    .with(FORM, "code=x&state=y&sent_again=1"),
    row(
        "POST /api/auth/callback/logto",
        OtherSite,
        303,
        &[SetsNothing],
    )
    .with(FORM, "code=x&state=y&sent_again=1"),
    row("POST /api/auth/callback/logto", OtherSite, 400, BAD).with(JSON, "{}"),
    row("GET /api/auth/callback/credentials", Visitor, 400, BAD),
    row("POST /api/auth/callback/credentials", Visitor, 400, BAD).with(FORM, "csrfToken={csrf}"),
];
