//! The verification of a userinfo answer that the provider has signed (OpenID
//! Connect Core §5.3.2).

use serde_json::{Map, Value};

use super::{
    checks::{self, ForClient},
    clocks::Clocks,
    jws::{Algs, JwsError, UnverifiedJws},
    table::{self, Form, Presence, Row, row, unchecked},
};
use crate::{context::Context, error::AuthError, provider::TokenOrigin};

/// Verifies the answer and returns its claims. If its key is unknown, fetches the
/// provider's keys once more.
pub(crate) async fn verify(
    context: &Context,
    token: &str,
) -> Result<Map<String, Value>, AuthError> {
    let invalid =
        |reason: &str| AuthError::InvalidAnswer(format!("the signed userinfo answer: {reason}"));
    let not_signed = |error| match error {
        JwsError::Unavailable(error) => error,
        error => invalid(error.reason()),
    };
    if token.split('.').count() == 5 {
        return Err(invalid(
            "it is encrypted, which is not supported; turn encryption off in the provider's \
             settings of this application",
        ));
    }
    let jws = UnverifiedJws::parse(token).map_err(not_signed)?;
    // RFC 8725 §3.11: a token of another kind must not pass.
    if jws.typ().is_some_and(|typ| typ != "jwt") {
        return Err(invalid("its typ is not that of a userinfo answer"));
    }
    let current = context.provider.get().await?;
    // The discovery document lists the algorithms of ID tokens, not of this.
    let verified = jws
        .verify(
            &current,
            &context.provider,
            Algs::Allowed,
            TokenOrigin::Provider,
        )
        .await
        .map_err(not_signed)?;
    let against = ForClient {
        config: &context.config,
        clocks: Clocks {
            now: context.now(),
            tolerance: context.config.clock_tolerance,
        },
    };
    table::check(&verified.payload, &claims(), &against)
        .map_err(|rejection| invalid(&rejection.into_reason()))?;
    Ok(verified.payload)
}

/// The claims of a signed userinfo answer: "the `UserInfo` Response MUST contain the
/// Claims iss (issuer) and aud (audience) as members". Whose it is, is checked
/// with every answer.
fn claims<'a>() -> [Row<ForClient<'a>>; 6] {
    use Presence::{Nullable, Required};
    [
        row("iss", Required, Form::Text, checks::issuer),
        row("aud", Required, Form::Audience, checks::names_client),
        row("sub", Required, Form::Name, unchecked),
        row("exp", Nullable, Form::Time, checks::not_expired),
        row("iat", Nullable, Form::Time, checks::issued),
        row("nbf", Nullable, Form::Time, checks::not_before),
    ]
}
