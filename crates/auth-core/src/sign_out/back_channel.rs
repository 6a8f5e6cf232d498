//! Back-channel logout (OpenID Connect Back-Channel Logout 1.0): the provider
//! ends its session, because an administrator or the user in another
//! application asked for it, and sends a logout token.

use time::Duration;

use super::provider_logout;
use crate::{
    config::clock_tolerance::DEFAULT_CLOCK_TOLERANCE,
    context::Context,
    error::AuthError,
    hooks::event::SignedOutBy,
    jwt::logout_token::{self, MAX_AGE},
    store::provider_logout::{LogoutTarget, ProviderLogout},
};

/// How long a report of the provider is remembered after it is too old to be
/// accepted, for servers with different clocks.
const MARGIN: Duration = Duration::minutes(1);

/// Returns how long a report of the provider is remembered: longer than it is
/// accepted, by a provider whose clock is ahead; and longer than a sign-in that
/// is under way can take.
pub(crate) fn keep_for(context: &Context) -> std::time::Duration {
    let tolerance = context.config.clock_tolerance.max(DEFAULT_CLOCK_TOLERANCE);
    (MAX_AGE + tolerance + MARGIN).unsigned_abs()
}

/// Verifies a logout token and ends the sessions that it names. Returns how many
/// were ended.
pub(crate) async fn logout(context: &Context, logout_token: &str) -> Result<usize, AuthError> {
    let token = logout_token::verify(context, logout_token).await?;
    let hasher = context.id_hasher().await?;
    let session = token.sid.as_deref().map(|sid| hasher.provider_session(sid));
    let user = token.sub.as_deref().map(|sub| hasher.user(sub));
    let target = match (session, user) {
        (Some(session), Some(user)) => LogoutTarget::ProviderSessionOfUser(session, user),
        (Some(session), None) => LogoutTarget::ProviderSession(session),
        (None, Some(user)) => LogoutTarget::User(user),
        (None, None) => {
            return Err(AuthError::InvalidLogoutToken(
                "it names neither a user nor a session".to_owned(),
            ));
        }
    };
    let key = hasher.logout_token(&token.jti);
    let logout = ProviderLogout::new(key, target, token.issued_at, keep_for(context));
    provider_logout::apply(context, logout, SignedOutBy::Provider)
        .await?
        .ok_or_else(|| AuthError::InvalidLogoutToken("it was seen before".to_owned()))
}
