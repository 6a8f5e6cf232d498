//! The claims that are checked in the same way in every token of the provider (RFC
//! 7519 §4.1), after its signature was verified.

use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

use crate::clock::LEEWAY;

/// The longest `sub` accepted: it "MUST NOT exceed 255 ASCII characters"
/// (OpenID Connect Core §2).
pub(crate) const MAX_SUB: usize = 255;

/// Why a check failed. Continues the sentence "the token is not valid:".
pub(crate) type Reason = &'static str;

/// A payload with a verified signature, and the time of the check.
#[derive(Clone, Copy)]
pub(crate) struct JwtClaims<'a> {
    pub(crate) payload: &'a Map<String, Value>,
    pub(crate) now: OffsetDateTime,
}

impl<'a> JwtClaims<'a> {
    /// Checks that `iss` is exactly the issuer's name (RFC 8725 §3.8).
    pub(crate) fn check_issuer(self, issuer: &str) -> Result<(), Reason> {
        match self.payload.get("iss") {
            Some(Value::String(iss)) if iss == issuer => Ok(()),
            _ => Err("it is another issuer's (iss)"),
        }
    }

    /// Returns `aud`: a string or a list of strings (RFC 7519 §4.1.3).
    pub(crate) fn audiences(self) -> Result<Vec<&'a str>, Reason> {
        match self.payload.get("aud") {
            Some(Value::String(audience)) => Ok(vec![audience]),
            Some(Value::Array(audiences)) => audiences
                .iter()
                .map(|audience| {
                    audience
                        .as_str()
                        .ok_or("its aud contains more than strings")
                })
                .collect(),
            _ => Err("it has no audience (aud)"),
        }
    }

    /// Returns `iat`. It has to be present and not in the future.
    pub(crate) fn issued_at(self) -> Result<OffsetDateTime, Reason> {
        match self.numeric_date("iat", "its iat is not a time")? {
            Some(issued_at) if issued_at > self.now + LEEWAY => {
                Err("it was issued in the future (iat)")
            }
            Some(issued_at) => Ok(issued_at),
            None => Err("it does not say when it was issued (iat)"),
        }
    }

    /// Returns `exp`, if present. The caller checks it with [`is_past`].
    pub(crate) fn expires_at(self) -> Result<Option<OffsetDateTime>, Reason> {
        self.numeric_date("exp", "its exp is not a time")
    }

    /// Checks `nbf`, if present (RFC 7519 §4.1.5).
    pub(crate) fn check_not_before(self) -> Result<(), Reason> {
        match self.numeric_date("nbf", "its nbf is not a time")? {
            Some(not_before) if not_before > self.now + LEEWAY => Err("it is not valid yet (nbf)"),
            _ => Ok(()),
        }
    }

    /// Returns a claim that is a name, if present: a string of 1 to [`MAX_SUB`]
    /// bytes.
    pub(crate) fn name(self, claim: &str, wrong: Reason) -> Result<Option<&'a str>, Reason> {
        match self.payload.get(claim) {
            None => Ok(None),
            Some(Value::String(name)) if (1..=MAX_SUB).contains(&name.len()) => Ok(Some(name)),
            Some(_) => Err(wrong),
        }
    }

    /// Returns a `NumericDate`, which may have a fraction (RFC 7519 §2).
    fn numeric_date(self, claim: &str, wrong: Reason) -> Result<Option<OffsetDateTime>, Reason> {
        let Some(value) = self.payload.get(claim) else {
            return Ok(None);
        };
        value
            .as_f64()
            .and_then(Duration::checked_seconds_f64)
            .and_then(|since| OffsetDateTime::UNIX_EPOCH.checked_add(since))
            .map(Some)
            .ok_or(wrong)
    }
}

/// Returns whether an `exp` has passed, even if the provider's clock differs.
pub(crate) fn is_past(expires_at: OffsetDateTime, now: OffsetDateTime) -> bool {
    expires_at <= now - LEEWAY
}
