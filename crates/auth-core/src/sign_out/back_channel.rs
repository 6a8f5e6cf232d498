//! Back-channel logout (OpenID Connect Back-Channel Logout 1.0): the provider
//! ends its session, because an administrator or the user in another
//! application asked for it, and sends a logout token.

use time::Duration;

use super::provider_logout;
use crate::{
    context::Context,
    error::AuthError,
    jwt::logout_token::{self, MAX_AGE},
    session::lifetime::whole_seconds,
    store::provider_logout::{LogoutTarget, ProviderLogout},
};

/// How long a token is remembered after it is too old to be accepted, for
/// servers with different clocks.
const MARGIN: Duration = Duration::minutes(2);

/// Verifies a logout token and ends the sessions that it names. Returns how many
/// were ended.
pub(crate) async fn logout(context: &Context, logout_token: &str) -> Result<usize, AuthError> {
    let token = logout_token::verify(context, logout_token).await?;
    let hasher = context.id_hasher().await?;
    let target = match (&token.sid, &token.sub) {
        (Some(sid), _) => LogoutTarget::ProviderSession(hasher.provider_session(sid)),
        (None, Some(sub)) => LogoutTarget::User(hasher.user(sub)),
        (None, None) => {
            return Err(AuthError::InvalidLogoutToken(
                "it names neither a user nor a session".to_owned(),
            ));
        }
    };
    let remember_until = whole_seconds(context.now() + MAX_AGE + MARGIN);
    let logout = ProviderLogout::new(hasher.logout_token(&token.jti), target, remember_until);
    provider_logout::apply(context, logout).await
}
