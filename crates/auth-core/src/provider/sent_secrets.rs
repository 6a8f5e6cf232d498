//! The secrets of a request. A provider that repeats one in an error must not bring
//! it into the log.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use openidconnect::{HttpRequest, http::header::AUTHORIZATION};
use url::form_urlencoded;

/// The parameters that hold secrets (RFC 6749 §4.1.3 and §6, RFC 7009 §2.1, RFC 7521
/// §4.2, RFC 7636 §4.5).
const PARAMETERS: [&str; 7] = [
    "client_assertion",
    "client_secret",
    "code",
    "code_verifier",
    "one_time_token",
    "refresh_token",
    "token",
];
/// What stands in place of a secret.
const REMOVED: &str = "[a secret of this application]";

pub(super) struct SentSecrets(Vec<String>);

impl SentSecrets {
    pub(super) fn of(request: &HttpRequest) -> Self {
        let mut secrets: Vec<_> = form_urlencoded::parse(request.body())
            .filter(|(name, _)| PARAMETERS.contains(&name.as_ref()))
            .map(|(_, value)| value.into_owned())
            .collect();
        let credentials = request
            .headers()
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.split_once(' '));
        if let Some((_, credentials)) = credentials {
            secrets.push(credentials.to_owned());
            secrets.extend(basic_secret(credentials));
        }
        secrets.retain(|secret| !secret.is_empty());
        // A secret may begin with another one.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self(secrets)
    }

    /// Removes the secrets from the body of an error.
    pub(super) fn remove_from(&self, body: Vec<u8>) -> Vec<u8> {
        let Ok(mut text) = String::from_utf8(body) else {
            // It is not JSON, so nothing of it is logged.
            return Vec::new();
        };
        for secret in &self.0 {
            if text.contains(secret) {
                text = text.replace(secret, REMOVED);
            }
        }
        text.into_bytes()
    }
}

/// Returns the secret in `client_id:client_secret`, of which both are form-encoded
/// (RFC 6749 §2.3.1).
fn basic_secret(credentials: &str) -> Option<String> {
    let decoded = String::from_utf8(STANDARD.decode(credentials).ok()?).ok()?;
    let (_, secret) = decoded.split_once(':')?;
    let secret = format!("secret={secret}");
    let (_, secret) = form_urlencoded::parse(secret.as_bytes()).next()?;
    Some(secret.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_repeats_no_secret_of_its_request() {
        let request = openidconnect::http::Request::builder()
            .header(
                AUTHORIZATION,
                format!("Basic {}", STANDARD.encode("id:s%25cr%2Bt")),
            )
            .body(b"grant_type=refresh_token&refresh_token=a%2Bb&code=a".to_vec())
            .unwrap();
        let sent = SentSecrets::of(&request);
        let error = |text: &str| {
            let body = format!(r#"{{"error":"invalid_grant","error_description":"{text}"}}"#);
            String::from_utf8(sent.remove_from(body.into_bytes())).unwrap()
        };
        for secret in ["s%cr+t", "a+b"] {
            let found = error(&format!("no: {secret}!"));
            assert!(!found.contains(secret), "{found}");
            assert!(found.contains(REMOVED), "{found}");
        }
        assert!(sent.remove_from(vec![0xff]).is_empty());
    }
}
