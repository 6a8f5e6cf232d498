use std::collections::BTreeSet;

use auth_core::{BasePath, routes};

use crate::page::{names, page, rows};

const PAGE: &str = "reference/authjs.md";

/// Returns the code spans in the first cells of a section's table.
fn named(heading: &str) -> BTreeSet<String> {
    names(PAGE, heading)
}

#[test]
fn each_row_has_a_verdict_and_each_difference_a_reason() {
    let rows = rows(&page(PAGE));
    assert!(rows.len() > 50, "{}", rows.len());
    for row in &rows {
        let (verdict, why) = (&row[row.len() - 2], &row[row.len() - 1]);
        match verdict.as_str() {
            "same" => assert!(why.is_empty(), "{row:?}"),
            "different on purpose" => assert!(!why.is_empty(), "{row:?}"),
            _ => panic!("{row:?}"),
        }
    }
}

#[test]
fn each_route_of_the_contract_has_a_row() {
    let named = named("Routes");
    for route in [
        routes::SESSION,
        routes::CSRF,
        routes::PROVIDERS,
        routes::SIGN_IN,
        routes::SIGN_IN_LOGTO,
        routes::CALLBACK,
        routes::SIGN_OUT,
        routes::ERROR,
    ] {
        let path = BasePath::DEFAULT.path_of(route);
        assert!(named.contains(&format!("GET {path}")), "{path}");
    }
    for route in [
        routes::SESSION,
        routes::SIGN_IN,
        routes::SIGN_IN_LOGTO,
        routes::CALLBACK,
        routes::SIGN_OUT,
    ] {
        let path = BasePath::DEFAULT.path_of(route);
        assert!(named.contains(&format!("POST {path}")), "{path}");
    }
}

#[test]
fn each_cookie_code_and_variable_of_auth_js_has_a_row() {
    for (heading, names) in [
        (
            "Cookies",
            &[
                "authjs.session-token",
                "authjs.callback-url",
                "authjs.csrf-token",
                "authjs.pkce.code_verifier",
                "authjs.state",
                "authjs.nonce",
                "authjs.challenge",
            ][..],
        ),
        (
            "Error codes",
            &[
                "Configuration",
                "AccessDenied",
                "Verification",
                "Default",
                "Signin",
                "OAuthSignin",
                "OAuthCallbackError",
                "OAuthCreateAccount",
                "EmailCreateAccount",
                "Callback",
                "OAuthAccountNotLinked",
                "EmailSignin",
                "CredentialsSignin",
                "SessionRequired",
                "MissingCSRF",
                "AccountNotLinked",
            ],
        ),
        (
            "Variables",
            &[
                "AUTH_SECRET",
                "AUTH_SECRET_1",
                "AUTH_SECRET_2",
                "AUTH_SECRET_3",
                "AUTH_URL",
                "AUTH_TRUST_HOST",
                "AUTH_REDIRECT_PROXY_URL",
                "AUTH_LOGTO_ID",
                "AUTH_LOGTO_SECRET",
                "AUTH_LOGTO_ISSUER",
                "NEXTAUTH_URL",
                "NEXTAUTH_SECRET",
                "NEXTAUTH_URL_INTERNAL",
                "VERCEL",
                "VERCEL_URL",
                "CF_PAGES",
            ],
        ),
    ] {
        let names: BTreeSet<_> = names.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(named(heading), names, "{heading}");
    }
}
