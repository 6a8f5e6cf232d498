//! A short run of every check with invented input, in every test run. `make fuzz`
//! runs them longer, guided by what code an input reaches.

use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Map, Value, json};

use super::{
    CLIENT_ID, ISSUER, NOW, access_token, callback_query, cookies, envelope, id_token,
    logout_token, tokens, webhook_body, world::API,
};

type Members = Map<String, Value>;

/// A valid token of a kind: header and claims.
fn valid(kind: &str) -> (Members, Members) {
    let now = NOW.unix_timestamp();
    let (typ, claims) = match kind {
        "id" => (
            "JWT",
            json!({
                "iss": ISSUER, "sub": "user-1", "aud": CLIENT_ID, "nonce": "nonce-1",
                "exp": now + 60, "iat": now, "sid": "sid-1", "name": "Alice",
            }),
        ),
        "access" => (
            "at+jwt",
            json!({
                "iss": ISSUER, "sub": "user-1", "aud": API, "exp": now + 60, "iat": now,
                "client_id": CLIENT_ID, "jti": "1", "scope": "read write",
            }),
        ),
        _ => (
            "logout+jwt",
            json!({
                "iss": ISSUER, "sub": "user-1", "sid": "sid-1", "aud": CLIENT_ID, "iat": now,
                "jti": "1",
                "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
            }),
        ),
    };
    let header = json!({"alg": "ES384", "kid": "key-1", "typ": typ});
    (
        header.as_object().unwrap().clone(),
        claims.as_object().unwrap().clone(),
    )
}

/// Values that are right somewhere, nearly right, or of another type.
fn value() -> impl Strategy<Value = Value> {
    let now = NOW.unix_timestamp();
    let odd = vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1e300),
        json!(1.5),
        json!(""),
        json!("user-1"),
        json!(ISSUER),
        json!(format!("{ISSUER}/")),
        json!(CLIENT_ID),
        json!([CLIENT_ID]),
        json!([CLIENT_ID, "other"]),
        json!([]),
        json!([1]),
        json!({}),
        json!({"a": {"b": []}}),
        json!("nonce-1"),
        json!("x".repeat(256)),
        json!("ES384"),
        json!("none"),
        json!("HS256"),
        json!("RS256"),
        json!("jwt"),
        json!("application/JWT"),
        json!("at+jwt"),
        json!("logout+jwt"),
        json!("JOSE"),
        json!("key-1"),
        json!("key-2"),
        json!(["exp"]),
    ];
    prop_oneof![
        select(odd),
        (-200_i64..200).prop_map(move |ahead| json!(now + ahead)),
        (-200.0_f64..200.0).prop_map(move |ahead| json!(NOW.unix_timestamp() as f64 + ahead)),
        "\\PC{0,8}".prop_map(Value::String),
    ]
}

fn claim() -> impl Strategy<Value = String> {
    const CLAIMS: [&str; 20] = [
        "iss",
        "sub",
        "aud",
        "azp",
        "nonce",
        "at_hash",
        "sid",
        "acr",
        "amr",
        "auth_time",
        "exp",
        "iat",
        "nbf",
        "jti",
        "events",
        "scope",
        "client_id",
        "organization_id",
        "name",
        "updated_at",
    ];
    select(CLAIMS.to_vec()).prop_map(str::to_owned)
}

fn member() -> impl Strategy<Value = String> {
    let members = ["alg", "kid", "typ", "cty", "crit", "jku", "b64"];
    select(members.to_vec()).prop_map(str::to_owned)
}

fn written((header, claims): &(Members, Members), twice: Option<&str>) -> Vec<u8> {
    let mut payload = serde_json::to_string(claims).unwrap();
    if let Some(name) = twice {
        payload.pop();
        payload += &format!(",\"{name}\":\"user-2\"}}");
    }
    format!("{}\n{payload}", serde_json::to_string(header).unwrap()).into_bytes()
}

/// A token of a kind with a few changes.
fn token(kind: &'static str) -> impl Strategy<Value = Vec<u8>> {
    (
        vec((claim(), proptest::option::of(value())), 0..3),
        vec((member(), proptest::option::of(value())), 0..2),
        proptest::option::weighted(0.1, claim()),
    )
        .prop_map(move |(claims, members, twice)| {
            let mut token = valid(kind);
            let change = |to: &mut Members, changes: Vec<(String, Option<Value>)>| {
                for (name, value) in changes {
                    match value {
                        Some(value) => drop(to.insert(name, value)),
                        None => drop(to.remove(&name)),
                    }
                }
            };
            change(&mut token.1, claims);
            change(&mut token.0, members);
            written(&token, twice.as_deref())
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_accepted_as_an_id_token_openidconnect_accepts(token in token("id")) {
        id_token(&token);
    }

    #[test]
    fn what_is_accepted_as_an_access_token_has_what_it_needs(token in token("access")) {
        access_token(&token);
    }

    #[test]
    fn what_is_accepted_as_a_logout_token_has_what_it_needs(token in token("logout")) {
        logout_token(&token);
    }

    #[test]
    fn no_token_is_one_of_another_kind(
        token in prop_oneof![token("id"), token("access"), token("logout")],
    ) {
        id_token(&token);
        access_token(&token);
        logout_token(&token);
    }

    #[test]
    fn invented_bytes_are_nothing(bytes in vec(any::<u8>(), 0..300)) {
        for check in [
            id_token, access_token, logout_token, callback_query, cookies, envelope, webhook_body,
        ] {
            check(&bytes);
        }
    }

    #[test]
    fn callbacks(query in r"((code|state|iss|error|error_description)=?([a-z%0-9A-F+&=;]|\PC){0,9}&?){0,5}") {
        callback_query(query.as_bytes());
    }

    #[test]
    fn cookie_headers(header in r"((__Host-)?authjs\.(state\.|session-token)?[a-zA-Z0-9_=;\- ]{0,40}; ?){0,4}") {
        cookies(header.as_bytes());
    }
}

/// The comparison says something only if valid tokens reach it.
#[test]
fn valid_tokens_are_accepted() {
    for kind in ["id", "access", "logout"] {
        let token = valid(kind);
        assert!(tokens::is_accepted(kind, &written(&token, None)), "{kind}");
        assert!(
            !tokens::is_accepted(kind, &written(&token, Some("sub"))),
            "{kind}"
        );
    }
}
