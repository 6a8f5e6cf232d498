//! The routes that clients read: session, CSRF token, providers.

use super::{BAD, Expected::*, JSON, Row, Sender::*, row};

pub(super) const ROWS: &[Row] = &[
    // session
    row(
        "GET /api/auth/session",
        Visitor,
        200,
        &[
            Is("null"),
            Header("content-type", JSON),
            Header("expires", "0"),
            Header("pragma", "no-cache"),
            SetsNothing,
        ],
    ),
    row(
        "GET /api/auth/session",
        User,
        200,
        &[
            Has("\"user\":{\"id\":\""),
            Has("\"expires\":\""),
            SetsNothing,
        ],
    ),
    row(
        "GET /api/auth/session/",
        User,
        200,
        &[Has("\"user\":{\"id\":\"")],
    ),
    row("POST /api/auth/session", Visitor, 200, &[Is("null")])
        .with(JSON, r#"{"csrfToken":"{csrf}","data":{"a":1}}"#),
    row(
        "POST /api/auth/session",
        User,
        200,
        &[Has("\"user\":{\"id\":\""), SignedIn],
    )
    .with(
        JSON,
        r#"{"csrfToken":"{csrf}","data":{"user":{"id":"mallory"}}}"#,
    ),
    row(
        "POST /api/auth/session",
        User,
        200,
        &[Has("\"user\":{\"id\":\"")],
    )
    .with(JSON, r#"{"data":null}"#),
    row("POST /api/auth/session", User, 400, &[Is("null"), SignedIn])
        .with(JSON, r#"{"csrfToken":"0123","data":{}}"#),
    row("POST /api/auth/session", User, 400, &[Is("null"), SignedIn])
        .with(JSON, r#"{"csrfToken":"","data":{}}"#),
    row("POST /api/auth/session", User, 400, BAD).with(JSON, "{"),
    row("POST /api/auth/session", OtherSite, 403, &[SetsNothing]).with(JSON, r#"{"data":{}}"#),
    // csrf, providers
    row(
        "GET /api/auth/csrf",
        Visitor,
        200,
        &[
            Has("{\"csrfToken\":\""),
            Header("content-type", JSON),
            Sets("authjs.3000.csrf-token="),
        ],
    ),
    row(
        "GET /api/auth/csrf/",
        User,
        200,
        &[Has("{\"csrfToken\":\"")],
    ),
    row("POST /api/auth/csrf", Visitor, 400, BAD),
    row(
        "GET /api/auth/providers",
        Visitor,
        200,
        &[
            Header("content-type", JSON),
            SetsNothing,
            Has(r#""id":"logto""#),
            Has(r#""name":"Logto""#),
            Has(r#""type":"oidc""#),
            Has(r#""signinUrl":"http://localhost:3000/api/auth/signin/logto""#),
            Has(r#""callbackUrl":"http://localhost:3000/api/auth/callback/logto""#),
        ],
    ),
    row("POST /api/auth/providers", Visitor, 400, BAD),
];
