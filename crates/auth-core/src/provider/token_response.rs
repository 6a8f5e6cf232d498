//! The answer of the token endpoint (RFC 6749 §5.1, OpenID Connect Core
//! §3.1.3.3): only what is used is read.

use openidconnect::HttpResponse;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::{error::AuthError, outside::json_object};

/// The longest lifetime that makes sense, in seconds: a hundred years.
const MAX_LIFETIME: u64 = 100 * 366 * 24 * 60 * 60;

/// The tokens of an answer.
pub(crate) struct TokenResponse {
    pub(crate) access_token: Zeroizing<String>,
    /// How long the access token is valid, in seconds; `None` if the answer does not
    /// say, or says what makes no sense.
    pub(crate) lifetime: Option<u64>,
    /// What was granted; `None` if the answer does not say.
    pub(crate) scope: Option<Vec<String>>,
    pub(crate) refresh_token: Option<Zeroizing<String>>,
    pub(crate) id_token: Option<Zeroizing<String>>,
}

impl TokenResponse {
    /// Reads an answer. The error repeats no value: it may be a token.
    pub(crate) fn parse(answer: &HttpResponse) -> Result<Self, AuthError> {
        let invalid =
            |reason: &str| AuthError::InvalidAnswer(format!("the token response: {reason}"));
        let body = json_object::parse(answer.body()).map_err(invalid)?;
        // RFC 6749 §7.1: "The client MUST NOT use an access token if it does not
        // understand the token type." Some providers leave it out.
        match body.get("token_type") {
            None | Some(Value::Null) => {}
            Some(Value::String(kind)) if kind.eq_ignore_ascii_case("bearer") => {}
            Some(_) => return Err(invalid("its token_type is not Bearer")),
        }
        let token = |name: &'static str| {
            text(&body, name).map_err(|()| invalid(&format!("its {name} is not a string")))
        };
        Ok(Self {
            access_token: token("access_token")?
                .ok_or_else(|| invalid("it has no access_token"))?,
            lifetime: body.get("expires_in").and_then(lifetime),
            scope: match body.get("scope") {
                None | Some(Value::Null) => None,
                // Empty if nothing was granted.
                Some(Value::String(scope)) => {
                    Some(scope.split_whitespace().map(str::to_owned).collect())
                }
                Some(_) => return Err(invalid("its scope is not a string")),
            },
            refresh_token: token("refresh_token")?,
            id_token: token("id_token")?,
        })
    }
}

/// Returns a token. A blank one counts as absent: it must not take the place of one
/// that is stored.
fn text(body: &Map<String, Value>, name: &str) -> Result<Option<Zeroizing<String>>, ()> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
        Some(Value::String(text)) => Ok(Some(Zeroizing::new(text.clone()))),
        Some(_) => Err(()),
    }
}

/// Returns a lifetime in whole seconds. Some providers write it as a string or
/// with a fraction.
fn lifetime(value: &Value) -> Option<u64> {
    let seconds = match value {
        Value::Number(seconds) => seconds
            .as_u64()
            .or_else(|| whole_seconds(seconds.as_f64()?)),
        Value::String(seconds) => {
            let seconds = seconds.trim();
            seconds
                .parse()
                .ok()
                .or_else(|| whole_seconds(seconds.parse().ok()?))
        }
        _ => None,
    };
    seconds.filter(|seconds| *seconds <= MAX_LIFETIME)
}

fn whole_seconds(seconds: f64) -> Option<u64> {
    std::time::Duration::try_from_secs_f64(seconds)
        .ok()
        .map(|lifetime| lifetime.as_secs())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(body: &Value) -> Result<TokenResponse, AuthError> {
        TokenResponse::parse(&HttpResponse::new(body.to_string().into_bytes()))
    }

    #[test]
    fn a_lifetime_that_makes_no_sense_is_unknown() {
        for (value, lifetime) in [
            (json!(3600), Some(3600)),
            (json!(0), Some(0)),
            (json!("3600"), Some(3600)),
            (json!(" 3600 "), Some(3600)),
            (json!(3600.5), Some(3600)),
            (json!("3600.5"), Some(3600)),
            (json!(-1), None),
            (json!(-0.5), None),
            (json!("-1"), None),
            (json!("soon"), None),
            (json!("inf"), None),
            (json!("NaN"), None),
            (json!(""), None),
            (json!(1e300), None),
            (json!(u64::MAX), None),
            (json!(null), None),
            (json!([3600]), None),
            (json!(true), None),
        ] {
            let response = parse(&json!({"access_token": "a", "expires_in": value})).unwrap();
            assert_eq!(response.lifetime, lifetime, "{value}");
        }
    }

    #[test]
    fn only_bearer_tokens_are_taken() {
        for (kind, is_taken) in [
            (json!("Bearer"), true),
            (json!("bEARER"), true),
            (json!(null), true),
            (json!("mac"), false),
            (json!("DPoP"), false),
            (json!("Bearer "), false),
            (json!(""), false),
            (json!(1), false),
            (json!(["Bearer"]), false),
        ] {
            let response = parse(&json!({"access_token": "a", "token_type": kind}));
            assert_eq!(response.is_ok(), is_taken, "{kind}");
        }
        assert!(parse(&json!({"access_token": "a"})).is_ok());
    }

    #[test]
    fn blank_tokens_are_absent_and_tokens_of_another_type_are_refused() {
        for blank in [json!(""), json!("  "), json!("\n"), json!(null)] {
            let response = parse(&json!({
                "access_token": "a", "refresh_token": blank, "id_token": blank,
            }))
            .unwrap();
            assert!(response.refresh_token.is_none(), "{blank}");
            assert!(response.id_token.is_none(), "{blank}");
            assert!(parse(&json!({"access_token": blank})).is_err(), "{blank}");
        }
        for name in ["access_token", "refresh_token", "id_token", "scope"] {
            let mut body = json!({"access_token": "a"});
            body[name] = json!({"secret": "value"});
            let error = parse(&body).err().unwrap().to_string();
            assert!(error.contains(name) && !error.contains("value"), "{error}");
        }
    }

    #[test]
    fn scopes_are_split_and_an_empty_text_grants_nothing() {
        let scope = |scope: Value| {
            parse(&json!({"access_token": "a", "scope": scope}))
                .unwrap()
                .scope
        };
        assert_eq!(scope(json!("a  b ")).unwrap(), ["a", "b"]);
        assert_eq!(scope(json!("")), Some(Vec::new()));
        assert_eq!(scope(json!(null)), None);
    }
}
