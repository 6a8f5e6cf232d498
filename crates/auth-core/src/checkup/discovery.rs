//! Checks of the discovery document, the keys and the provider's clock.

use openidconnect::{
    AsyncHttpClient as _,
    http::{HeaderMap, Method, header::DATE},
};
use time::{Duration, OffsetDateTime, PrimitiveDateTime, macros::format_description};

use super::{Checkup, Finding};
use crate::provider::{discovery::discover, metadata::Provider};

/// A difference of clocks from which on somebody should look at it.
const NOTICEABLE: Duration = Duration::seconds(5);

impl Checkup<'_> {
    pub(super) async fn discovery(&self, findings: &mut Vec<Finding>) -> Option<Provider> {
        const SUBJECT: &str = "discovery";
        let issuer = self.config.issuer();
        match discover(issuer, &self.http, self.now).await {
            Ok(provider) => {
                findings.push(Finding::ok(
                    SUBJECT,
                    format!("{issuer}; keys: {}", provider.keys.len()),
                ));
                Some(provider)
            }
            Err(failure) => {
                findings.push(Finding::wrong(
                    SUBJECT,
                    failure.error.to_string(),
                    "check AUTH_LOGTO_ISSUER, and that this machine reaches that address",
                ));
                None
            }
        }
    }

    /// Compares the provider's clock with this machine's. `None` if the provider
    /// does not answer or sends no time.
    pub(super) async fn clock(&self) -> Option<Finding> {
        const SUBJECT: &str = "clock";
        let request = openidconnect::http::Request::builder()
            .method(Method::GET)
            .uri(self.config.issuer())
            .body(Vec::new())
            .ok()?;
        let answer = self.http.call(request).await.ok()?;
        let difference = date(answer.headers())? - self.now;
        let found = format!(
            "Logto's clock is {} s {} this machine's",
            difference.whole_seconds().unsigned_abs(),
            if difference.is_negative() {
                "behind"
            } else {
                "ahead of"
            },
        );
        let remedy = "synchronize this machine's clock (NTP)";
        let difference = difference.abs();
        Some(if difference > self.config.clock_tolerance {
            Finding::wrong(SUBJECT, found, remedy)
        } else if difference > NOTICEABLE {
            Finding::check(SUBJECT, found, remedy)
        } else {
            Finding::ok(SUBJECT, found)
        })
    }
}

/// Reads the header `Date` (RFC 9110 §5.6.7). It has whole seconds.
fn date(headers: &HeaderMap) -> Option<OffsetDateTime> {
    let format = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    let value = headers.get(DATE)?.to_str().ok()?;
    Some(PrimitiveDateTime::parse(value, &format).ok()?.assume_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read() {
        let headers = [(DATE, "Sun, 06 Nov 1994 08:49:37 GMT".parse().unwrap())];
        let read = date(&HeaderMap::from_iter(headers)).unwrap();
        assert_eq!(read.unix_timestamp(), 784_111_777);
        assert_eq!(date(&HeaderMap::new()), None);
    }
}
