//! The checks that every kind of token has (RFC 7519 §4.1), for the tables of
//! [`table`](super::table).

use super::{
    clocks::Clocks,
    table::{Read, Rejection, ensure},
};
use crate::config::Config;

/// What every token has to match.
pub(crate) trait Expects {
    /// The name of the issuer.
    fn issuer(&self) -> &str;
    /// The time of the check.
    fn clocks(&self) -> Clocks;
}

/// What a token for this client has to match.
pub(crate) struct ForClient<'a> {
    pub(crate) config: &'a Config,
    pub(crate) clocks: Clocks,
}

impl Expects for ForClient<'_> {
    fn issuer(&self) -> &str {
        self.config.issuer()
    }

    fn clocks(&self) -> Clocks {
        self.clocks
    }
}

/// Checks that `aud` names this client, perhaps among others.
pub(crate) fn names_client(aud: &Read<'_>, expected: &ForClient<'_>) -> Result<(), Rejection> {
    ensure(
        aud.audiences().contains(&expected.config.client_id()),
        "it is for another client (aud)",
    )
}

/// Checks that `iss` is exactly the issuer's name (RFC 8725 §3.8).
pub(crate) fn issuer(iss: &Read<'_>, expected: &impl Expects) -> Result<(), Rejection> {
    ensure(
        iss.text() == expected.issuer(),
        "it is another issuer's (iss)",
    )
}

/// Checks that `exp` has not passed.
pub(crate) fn not_expired(exp: &Read<'_>, expected: &impl Expects) -> Result<(), Rejection> {
    expected
        .clocks()
        .not_past(exp.time(), "it has expired (exp)")
}

/// Checks that `iat` is not in the future.
pub(crate) fn issued(iat: &Read<'_>, expected: &impl Expects) -> Result<(), Rejection> {
    expected
        .clocks()
        .not_future(iat.time(), "it was issued in the future (iat)")
}

/// Checks that `nbf` has been reached.
pub(crate) fn not_before(nbf: &Read<'_>, expected: &impl Expects) -> Result<(), Rejection> {
    expected
        .clocks()
        .not_future(nbf.time(), "it is not valid yet (nbf)")
}

/// Checks that `aud` names this client, and besides it only audiences that are
/// trusted (OpenID Connect Core §3.1.3.7, step 3).
pub(crate) fn audience(
    aud: &Read<'_>,
    client_id: &str,
    trusted: &[String],
) -> Result<(), Rejection> {
    let audiences = aud.audiences();
    ensure(
        audiences.contains(&client_id),
        "it is for another client (aud)",
    )?;
    let is_trusted = |audience: &&str| {
        *audience == client_id || trusted.iter().any(|trusted| trusted == audience)
    };
    ensure(
        audiences.iter().all(is_trusted),
        "it is also for an audience that is not trusted (aud); if it is yours, name it in \
         AUTH_LOGTO_TRUSTED_AUDIENCES",
    )
}
