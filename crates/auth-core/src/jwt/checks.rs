//! The claims that are checked alike in every token of the provider's (RFC
//! 7519 §4.1), once its signature is known to be right.

use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

use crate::clock::LEEWAY;

/// The longest `sub` accepted: it "MUST NOT exceed 255 ASCII characters"
/// (OpenID Connect Core §2).
pub(crate) const MAX_SUB: usize = 255;

/// A check that failed, to be told after "the token is not valid:".
pub(crate) type Reason = &'static str;

/// A verified payload at a moment.
#[derive(Clone, Copy)]
pub(crate) struct JwtClaims<'a> {
    pub(crate) payload: &'a Map<String, Value>,
    pub(crate) now: OffsetDateTime,
}

impl<'a> JwtClaims<'a> {
    /// RFC 8725 §3.8: the keys must belong to the issuer, by its exact name.
    pub(crate) fn check_issuer(self, issuer: &str) -> Result<(), Reason> {
        match self.payload.get("iss") {
            Some(Value::String(iss)) if iss == issuer => Ok(()),
            _ => Err("it is another issuer's (iss)"),
        }
    }

    /// RFC 7519 §4.1.3: a text or a list of texts.
    pub(crate) fn audiences(self) -> Result<Vec<&'a str>, Reason> {
        match self.payload.get("aud") {
            Some(Value::String(audience)) => Ok(vec![audience]),
            Some(Value::Array(audiences)) => audiences
                .iter()
                .map(|audience| audience.as_str().ok_or("its aud holds more than texts"))
                .collect(),
            _ => Err("it has no audience (aud)"),
        }
    }

    /// `iat`, which has to be there and not to lie ahead.
    pub(crate) fn issued_at(self) -> Result<OffsetDateTime, Reason> {
        match self.numeric_date("iat", "its iat is no time")? {
            Some(issued_at) if issued_at > self.now + LEEWAY => {
                Err("it was issued in the future (iat)")
            }
            Some(issued_at) => Ok(issued_at),
            None => Err("it does not tell when it was issued (iat)"),
        }
    }

    /// `exp`, where it is there, past or not: [`is_past`].
    pub(crate) fn expires_at(self) -> Result<Option<OffsetDateTime>, Reason> {
        self.numeric_date("exp", "its exp is no time")
    }

    /// RFC 7519 §4.1.5.
    pub(crate) fn check_not_before(self) -> Result<(), Reason> {
        match self.numeric_date("nbf", "its nbf is no time")? {
            Some(not_before) if not_before > self.now + LEEWAY => Err("it is not valid yet (nbf)"),
            _ => Ok(()),
        }
    }

    /// A name, where it is there: of `sub`, OpenID Connect Core §2 says that
    /// it "MUST NOT exceed 255 ASCII characters".
    pub(crate) fn name(self, claim: &str, wrong: Reason) -> Result<Option<&'a str>, Reason> {
        match self.payload.get(claim) {
            None => Ok(None),
            Some(Value::String(name)) if (1..=MAX_SUB).contains(&name.len()) => Ok(Some(name)),
            Some(_) => Err(wrong),
        }
    }

    /// RFC 7519 §2: a `NumericDate` may have a fraction.
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

/// Whether an `exp` has passed, by the provider's clock as well.
pub(crate) fn is_past(expires_at: OffsetDateTime, now: OffsetDateTime) -> bool {
    expires_at <= now - LEEWAY
}
