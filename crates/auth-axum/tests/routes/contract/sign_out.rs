//! Sign-out, the error page, and what no route is for.

use super::{BAD, Expected::*, FORM, JSON, Row, Sender::*, row};

pub(super) const ROWS: &[Row] = &[
    // signout
    row(
        "GET /api/auth/signout",
        User,
        200,
        &[
            Has(r#"<form method="post" action="/api/auth/signout">"#),
            SetsNothing,
            SignedIn,
        ],
    ),
    row(
        "GET /api/auth/signout/?callbackUrl=/bye",
        User,
        200,
        &[Has(r#"value="/bye""#), SignedIn],
    ),
    row(
        "POST /api/auth/signout",
        User,
        303,
        &[
            ToProvider("/session/end"),
            Sets("authjs.3000.session-token=;"),
            SignedOut,
        ],
    )
    .with(FORM, "csrfToken={csrf}"),
    row(
        "POST /api/auth/signout",
        User,
        303,
        &[ToProvider("/session/end"), SignedOut],
    ),
    row(
        "POST /api/auth/signout",
        User,
        200,
        &[
            UrlOfProvider("/session/end"),
            Sets("authjs.3000.session-token=;"),
            SignedOut,
        ],
    )
    .with(FORM, "csrfToken={csrf}&callbackUrl=/bye")
    .returning_redirect(),
    row("POST /api/auth/signout", Visitor, 303, &[To("/bye")])
        .with(FORM, "csrfToken={csrf}&callbackUrl=/bye"),
    row(
        "POST /api/auth/signout?callbackUrl=/bye",
        Visitor,
        200,
        &[Url("/bye")],
    )
    .returning_redirect(),
    row(
        "POST /api/auth/signout",
        User,
        303,
        &[
            To("/api/auth/signout?error=MissingCSRF"),
            SetsNothing,
            SignedIn,
        ],
    )
    .with(FORM, "csrfToken=foreign"),
    row(
        "POST /api/auth/signout",
        User,
        200,
        &[Url("/api/auth/signout?error=MissingCSRF"), SignedIn],
    )
    .with(JSON, r#"{"csrfToken":"foreign"}"#)
    .returning_redirect(),
    // Bodies of other types are ignored.
    row(
        "POST /api/auth/signout",
        User,
        303,
        &[ToProvider("/session/end"), SignedOut],
    )
    .with("text/plain", "csrfToken=foreign"),
    row("POST /api/auth/signout", User, 400, &[SignedIn])
        .with(FORM, "csrfToken={csrf}&csrfToken=foreign"),
    row("POST /api/auth/signout", User, 400, &[SignedIn]).with(JSON, r#"{"csrfToken":5}"#),
    row("POST /api/auth/signout", User, 400, &[SignedIn]).with(JSON, ""),
    row("POST /api/auth/signout", OtherSite, 403, &[SetsNothing]),
    // error
    row(
        "GET /api/auth/error?error=Configuration",
        Visitor,
        500,
        &[Has("Sign-in is not set up correctly on this site.")],
    ),
    row(
        "GET /api/auth/error?error=AccessDenied",
        Visitor,
        403,
        &[Has("You do not have permission to see this page.")],
    ),
    row(
        "GET /api/auth/error?error=Verification",
        Visitor,
        200,
        &[Has("Something went wrong while signing you in.")],
    ),
    row(
        "GET /api/auth/error?error=undefined",
        Visitor,
        200,
        &[Has("Something went wrong while signing you in.")],
    ),
    row(
        "GET /api/auth/error",
        Visitor,
        200,
        &[Has("Something went wrong while signing you in.")],
    ),
    row("POST /api/auth/error", Visitor, 400, BAD),
    // everything else
    row("GET /api/auth", Visitor, 400, BAD),
    row("GET /api/auth/", Visitor, 400, BAD),
    row("GET /api/auth/bogus", Visitor, 400, BAD),
    row("GET /api/auth/verify-request", Visitor, 400, BAD),
    row(
        "GET /api/auth/webauthn-options/logto?action=register",
        Visitor,
        400,
        BAD,
    ),
    // Auth.js drops empty segments.
    row("GET /api/auth//session", User, 400, BAD),
    row("POST /api/auth/signin//logto", Visitor, 400, BAD),
    row("GET /api/auth/session/extra", User, 400, BAD),
    row("GET /api/auth/signin/logto/extra", Visitor, 400, BAD),
    row("GET /api/auth/csrf/extra/more", Visitor, 400, BAD),
    row("PUT /api/auth/session", User, 400, BAD),
    row("OPTIONS /api/auth/signin", Visitor, 400, BAD),
    row("DELETE /api/auth/signout", User, 400, &[SignedIn]),
    row("PATCH /api/auth/csrf", Visitor, 400, BAD),
    row("POST /api/auth/_log", Visitor, 400, BAD),
];
