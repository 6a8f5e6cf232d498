//! The provider's answer to a sign-in, from the query of the callback's URL.

use url::form_urlencoded;

use crate::{error::AuthError, outside::printable::printable, provider::answer::remedy};

/// The longest query read, in bytes. Logto's answers have a few hundred.
const MAX_LENGTH: usize = 8 * 1024;

/// Whether a callback has been answered before. For a short time, a browser that sends
/// it again gets the same answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Delivery {
    /// This is the first time.
    First,
    /// It was sent before, and completed the sign-in then.
    Repeated,
}

/// The parameters of RFC 6749 §4.1.2 and RFC 9207 §2.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Callback {
    pub(crate) code: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) iss: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) error_description: Option<String>,
}

impl Callback {
    pub(crate) fn parse(query: &str) -> Result<Self, AuthError> {
        if query.len() > MAX_LENGTH {
            return Err(AuthError::InvalidCallback("it is too long"));
        }
        let mut callback = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let slot = match name.as_ref() {
                "code" => &mut callback.code,
                "state" => &mut callback.state,
                "iss" => &mut callback.iss,
                "error" => &mut callback.error,
                "error_description" => &mut callback.error_description,
                // RFC 6749 §4.1.2: unrecognized parameters are ignored.
                _ => continue,
            };
            // RFC 6749 §3.1: "parameters MUST NOT be included more than once".
            if slot.replace(value.into_owned()).is_some() {
                return Err(AuthError::InvalidCallback("a parameter appears twice"));
            }
        }
        Ok(callback)
    }

    /// Returns whether there are no parameters: Logto's consent page answers
    /// *Cancel* like this.
    pub(crate) fn is_bare(&self) -> bool {
        *self == Self::default()
    }

    /// Checks that `iss` is the issuer, compared as plain text (RFC 9207 §2.4). It
    /// may be absent if the provider's metadata does not promise it.
    pub(crate) fn check_issuer(&self, issuer: &str, is_promised: bool) -> Result<(), AuthError> {
        match &self.iss {
            Some(iss) if iss == issuer => Ok(()),
            None if !is_promised => Ok(()),
            _ => Err(AuthError::IssuerMismatch),
        }
    }

    /// Returns the code, or the error that the provider sent instead.
    pub(crate) fn into_code(self) -> Result<String, AuthError> {
        match (self.code, self.error) {
            (Some(code), None) if !code.is_empty() => Ok(code),
            (_, None) => Err(AuthError::InvalidCallback("it has no code")),
            (Some(_), Some(_)) => Err(AuthError::InvalidCallback("it has a code and an error")),
            (None, Some(error)) => {
                let error = printable(&error);
                let description = printable(&self.error_description.unwrap_or_default());
                let reason = match description.as_str() {
                    "" => String::new(),
                    reason => format!(" ({reason})"),
                };
                let answer = format!(
                    "the error {error}{reason} in the callback{}",
                    remedy(&error)
                );
                Err(authorization_error(AuthError::OAuth {
                    error,
                    description,
                    answer,
                }))
            }
        }
    }
}

/// Returns what an OAuth error means for an authorization request (RFC 6749
/// §4.1.2.1, RFC 8707 §2, OpenID Connect Core §3.1.2.6).
pub(crate) fn authorization_error(refusal: AuthError) -> AuthError {
    let AuthError::OAuth {
        error,
        description,
        answer,
    } = &refusal
    else {
        return refusal;
    };
    match error.as_str() {
        // What Logto answers if the user leaves its page. With a reason, it was not
        // the user: an unverified address, a policy.
        "oidc.aborted" => AuthError::Cancelled,
        "access_denied" if is_cancelled(description) => AuthError::Cancelled,
        "invalid_target" => AuthError::UnknownResource {
            resource: description.clone(),
        },
        "login_required" => AuthError::LoginRequired,
        "consent_required" => AuthError::ConsentRequired,
        "interaction_required" | "account_selection_required" => AuthError::InteractionRequired,
        "temporarily_unavailable" | "server_error" => AuthError::Unreachable {
            endpoint: "authorization",
            reason: format!("it answered with {answer}"),
        },
        _ => refusal,
    }
}

/// Returns whether a description of `access_denied` says no more than that the user
/// cancelled: it is empty, or that of `oidc-provider`, on which Logto is built.
fn is_cancelled(description: &str) -> bool {
    let description = description.trim();
    description.is_empty() || description.eq_ignore_ascii_case("End-User aborted interaction")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_repeated_parameter_is_refused() {
        for query in ["code=a&code=b", "state=s&code=a&state=s", "iss=&iss="] {
            assert!(
                matches!(
                    Callback::parse(query),
                    Err(AuthError::InvalidCallback("a parameter appears twice"))
                ),
                "{query}"
            );
        }
    }

    #[test]
    fn a_query_that_is_too_long_is_refused() {
        let of_length = |length: usize| format!("code={}", "a".repeat(length - 5));
        assert!(Callback::parse(&of_length(MAX_LENGTH)).is_ok());
        let parsed = Callback::parse(&of_length(MAX_LENGTH + 1));
        assert!(matches!(parsed, Err(AuthError::InvalidCallback(_))));
    }

    #[test]
    fn the_issuer_is_compared_as_plain_text() {
        let issuer = "https://logto.test/oidc";
        let check = |query: &str, promised| {
            Callback::parse(query)
                .unwrap()
                .check_issuer(issuer, promised)
                .is_ok()
        };
        assert!(check("iss=https://logto.test/oidc", true));
        assert!(check("code=x", false));
        assert!(!check("code=x", true));
        assert!(!check("iss=https://logto.test/oidc/", true));
        assert!(!check("iss=https://evil.test/oidc", false));
    }

    proptest! {
        #[test]
        fn no_query_causes_a_panic(query in r"([a-z_]{0,6}|code|state|iss|error|[=&%;+]|\PC){0,20}") {
            if let Ok(callback) = Callback::parse(&query) {
                drop(callback.into_code());
            }
        }
    }
}
