//! The provider ends its session by itself (an administrator did, or the user
//! in another application) and tells: by a request of its own (OpenID Connect
//! Back-Channel Logout 1.0), or by a frame in its sign-out page (Front-Channel
//! Logout 1.0).

use time::Duration;
use url::form_urlencoded;

use crate::{
    Auth, AuthError, EndedSession, LogoutTarget, ProviderLogout, ProviderLogoutOutcome, StoreError,
    logout_token::MAX_AGE, session::whole_seconds,
};

/// Beyond the time in which a logout token is taken: for clocks that differ.
const MARGIN: Duration = Duration::minutes(2);
/// OpenID Connect gives `sid` no limit; Logto's have 21 characters.
const MAX_SID: usize = 255;

impl Auth {
    /// Carries out a back-channel logout: verifies the logout token, and ends
    /// the sessions that began in the provider session it names (`sid`), or all
    /// of the user's (`sub`), on every server at once. Their refresh tokens are
    /// revoked after that. Gives how many have ended; none is no failure.
    ///
    /// # Errors
    ///
    /// [`AuthError::InvalidLogoutToken`] where the token fails a check or was
    /// seen before; when the provider's keys or the store cannot be reached.
    /// Nothing has then been ended.
    pub async fn back_channel_logout(&self, logout_token: &str) -> Result<usize, AuthError> {
        let token = self.verify_logout_token(logout_token).await?;
        let keys = self.id_hasher().await?;
        let of = match (&token.sid, &token.sub) {
            (Some(sid), _) => LogoutTarget::ProviderSession(keys.provider_session(sid)),
            (None, Some(sub)) => LogoutTarget::User(keys.user(sub)),
            (None, None) => {
                return Err(AuthError::InvalidLogoutToken("it names nobody".to_owned()));
            }
        };
        let remember_until = whole_seconds(self.now() + MAX_AGE + MARGIN);
        let order = ProviderLogout::new(keys.logout_token(&token.jti), of, remember_until);
        self.apply_provider_logout(order).await
    }

    /// Carries out a front-channel logout from the query of its address: `iss`
    /// has to be the issuer, and the sessions that began in the provider
    /// session `sid` end, whether or not the browser sent a cookie: in a frame
    /// of another site's it sends none.
    ///
    /// # Errors
    ///
    /// [`AuthError::IssuerMismatch`] for another issuer,
    /// [`AuthError::InvalidCallback`] without a `sid`, or when the store cannot
    /// be reached. Nothing has then been ended.
    pub async fn front_channel_logout(&self, query: &str) -> Result<usize, AuthError> {
        let parameter = |wanted: &str| {
            form_urlencoded::parse(query.as_bytes())
                .find_map(|(name, value)| (name == wanted).then_some(value))
        };
        // Front-Channel Logout 1.0 §2: "The RP MUST verify that any iss and sid
        // parameters match".
        if parameter("iss").as_deref() != Some(self.config().issuer()) {
            return Err(AuthError::IssuerMismatch);
        }
        let sid = parameter("sid")
            .filter(|sid| (1..=MAX_SID).contains(&sid.len()))
            .ok_or(AuthError::InvalidCallback("it has no sid"))?;
        let key = self.id_hasher().await?.provider_session(&sid);
        self.apply_provider_logout(ProviderLogout::unremembered(LogoutTarget::ProviderSession(
            key,
        )))
        .await
    }

    async fn apply_provider_logout(&self, order: ProviderLogout) -> Result<usize, AuthError> {
        let auth = self.clone();
        // On a task of its own: a provider that closes the connection must not
        // leave refresh tokens alive that nobody knows any more.
        let done = self.inner().tasks.spawn(async move {
            let done = auth.inner().store.apply_provider_logout(&order).await?;
            Ok::<_, StoreError>(match done {
                ProviderLogoutOutcome::Ended(ended) => {
                    let count = ended.len();
                    let ended = ended.into_iter().map(EndedSession::into_parts);
                    auth.revoke_in_background(ended.collect());
                    Some(count)
                }
                ProviderLogoutOutcome::Replayed => None,
            })
        });
        let ended = done
            .await
            .map_err(|_| StoreError::new("ending sessions broke off"))??
            .ok_or_else(|| AuthError::InvalidLogoutToken("it was seen before".to_owned()))?;
        tracing::info!(ended, "the provider ended sessions");
        Ok(ended)
    }
}
