//! Renewing access tokens: ahead of their end, once however many ask, and so
//! that a refresh token is never lost and never sent by two at a time.
//!
//! Logto forgives a refresh token's second use for three seconds; after that
//! it revokes the whole grant, and the user is signed out. Hence:
//!
//! 1. in this process, all who ask for a session's token share one refresh
//!    ([`SingleFlight`]), on a task that no closed connection cancels;
//! 2. across processes, a lease in the token row lets one refresh, while the
//!    others wait for the row to change;
//! 3. under the lease the row is read anew: what has been renewed meanwhile is
//!    not renewed again;
//! 4. the new tokens are stored, by compare-and-swap on the row's version,
//!    before anyone sees them;
//! 5. if the session ended meanwhile, the new refresh token is revoked.
//!
//! [`SingleFlight`]: crate::single_flight::SingleFlight

use std::{
    convert::Infallible,
    future::Future,
    time::{Duration, Instant},
};

use openidconnect::{OAuth2TokenResponse as _, RefreshToken, TokenResponse as _};
use rand::Rng as _;

use crate::{
    AccessToken, Auth, AuthError, LeaseHolder, LeaseOutcome, SessionIdHash, StoredTokens,
    TokensVersion, WriteOutcome,
    client_authentication::assertion,
    id_token::{self, Expected, GrantType, VerifiedIdToken},
    seal::Purpose,
    token_endpoint::{client, token_request_failed},
    tokens::{IdToken, IssuedToken, RefreshPurpose, TokenSet},
};

/// How long a lease lasts if its holder dies. Who lives lengthens it.
pub(crate) const LEASE: Duration = Duration::from_secs(6);
/// How often.
const LENGTHEN: Duration = Duration::from_secs(2);
/// How long a request waits for another process's refresh: longer than for the
/// lease of one that died.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two looks at the row.
pub(crate) const POLL: Duration = Duration::from_millis(40);
/// How long tokens that were received are tried to be stored: they exist
/// nowhere else.
const STORING: Duration = Duration::from_secs(12);
/// Between two tries.
const STORING_PAUSE: Duration = Duration::from_millis(250);

impl Auth {
    /// A new access token for the userinfo endpoint, whatever there is.
    pub(crate) async fn renew_for_userinfo(
        &self,
        key: &SessionIdHash,
    ) -> Result<AccessToken, AuthError> {
        let (tokens, stored) = self.tokens(key).await?.ok_or(AuthError::NotSignedIn)?;
        if tokens.refresh_token.is_none() {
            return Err(AuthError::NoRefreshToken);
        }
        self.renewed(*key, stored.version, RefreshPurpose::Claims)
            .await
    }

    /// Begins a refresh, or joins the one under way; it goes on if nobody
    /// waits.
    pub(crate) fn renewed(
        &self,
        key: SessionIdHash,
        version: TokensVersion,
        goal: RefreshPurpose,
    ) -> impl Future<Output = Result<AccessToken, AuthError>> + use<> {
        let refresh = self
            .inner()
            .refreshes
            .run((key, version, goal.clone()), || {
                let auth = self.clone();
                async move { auth.refresh(key, goal).await }
            });
        async move {
            refresh.await.unwrap_or_else(|| {
                Err(AuthError::InvalidAnswer(
                    "renewing the access token broke off".to_owned(),
                ))
            })
        }
    }

    /// The tokens of a session that has not ended.
    pub(crate) async fn tokens(
        &self,
        key: &SessionIdHash,
    ) -> Result<Option<(TokenSet, StoredTokens)>, AuthError> {
        let Some(stored) = self.inner().store.load_tokens(key).await? else {
            return Ok(None);
        };
        match self
            .inner()
            .keyring
            .open(Purpose::Tokens, key.as_bytes(), &stored.sealed)
        {
            Ok(tokens) => Ok(Some((tokens, stored))),
            Err(reason) => {
                tracing::warn!(?key, %reason, "a session's tokens do not open");
                Ok(None)
            }
        }
    }

    /// Renews a session's tokens, or waits for who does.
    async fn refresh(
        self,
        key: SessionIdHash,
        goal: RefreshPurpose,
    ) -> Result<AccessToken, AuthError> {
        let began = Instant::now();
        let holder = rand::rng().random();
        loop {
            let (tokens, stored) = self.tokens(&key).await?.ok_or(AuthError::NotSignedIn)?;
            if let RefreshPurpose::Token(wanted) = &goal
                && let Some(issued) = tokens.issued(wanted)
                && !issued.is_due(self.now())
            {
                return Ok(issued.to_access_token());
            }
            let leased = self
                .inner()
                .store
                .lease_tokens(&key, stored.version, holder, LEASE)
                .await?;
            if leased == LeaseOutcome::Granted {
                let version = stored.version;
                let renewed = tokio::select! {
                    answer = self.refresh_leased(key, &goal, tokens, stored, holder) => answer?,
                    never = self.keep_lease(key, version, holder) => match never {},
                };
                if let Some(token) = renewed {
                    return Ok(token);
                }
            }
            if began.elapsed() > PATIENCE {
                return Err(AuthError::Unreachable {
                    endpoint: "token",
                    reason: "another request's refresh takes too long".to_owned(),
                });
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Lengthens a lease again and again.
    async fn keep_lease(
        &self,
        key: SessionIdHash,
        version: TokensVersion,
        holder: LeaseHolder,
    ) -> Infallible {
        loop {
            tokio::time::sleep(LENGTHEN).await;
            let store = &self.inner().store;
            if let Err(error) = store.lease_tokens(&key, version, holder, LEASE).await {
                tracing::warn!(?key, %error, "a lease could not be lengthened");
            }
        }
    }

    /// Asks the provider. Who calls this holds the lease. `None` where it lapsed
    /// and others have renewed the tokens, but not for this goal.
    async fn refresh_leased(
        &self,
        key: SessionIdHash,
        goal: &RefreshPurpose,
        old: TokenSet,
        stored: StoredTokens,
        holder: LeaseHolder,
    ) -> Result<Option<AccessToken>, AuthError> {
        let store = &self.inner().store;
        match self.ask_for_refresh(&old, goal).await {
            Ok((new, claims)) => {
                let token = self.store_refreshed(key, goal, new, stored).await?;
                if let Some(claims) = claims {
                    self.renew_claims(key, claims, goal).await?;
                }
                Ok(token)
            }
            Err(AuthError::SessionEnded) => {
                tracing::info!(?key, "the provider ended the grant: the session ends");
                match store.delete_if_version(&key, stored.version).await? {
                    WriteOutcome::Applied => Err(AuthError::SessionEnded),
                    // It was renewed after all, by who held the lease before.
                    WriteOutcome::NotApplied => match self.tokens(&key).await? {
                        Some((tokens, _)) => Ok(tokens
                            .issued(&goal.wanted())
                            .filter(|issued| issued.is_valid(self.now()))
                            .map(IssuedToken::to_access_token)),
                        None => Err(AuthError::SessionEnded),
                    },
                }
            }
            Err(error) => {
                tracing::warn!(?key, %error, "an access token could not be renewed");
                // The provider may still be at work on the request: the lease
                // keeps others from sending the same refresh token.
                if let AuthError::TimedOut { .. } = error {
                    return Err(error);
                }
                if let Err(error) = store.release_tokens(&key, holder).await {
                    tracing::warn!(?key, %error, "a lease could not be given back; it will lapse");
                }
                Err(error)
            }
        }
    }

    /// Sends the refresh token and validates the answer (OpenID Connect Core
    /// §12); gives the new tokens and, where an ID token came and was verified,
    /// what it says.
    async fn ask_for_refresh(
        &self,
        old: &TokenSet,
        goal: &RefreshPurpose,
    ) -> Result<(TokenSet, Option<VerifiedIdToken>), AuthError> {
        let inner = self.inner();
        let config = &inner.config;
        let provider = inner.provider.get().await?;
        let asked_at = self.now();
        let wanted = goal.wanted();
        let refresh_token = old
            .refresh_token
            .as_ref()
            .ok_or(AuthError::NoRefreshToken)?;
        let refresh_token = RefreshToken::new(refresh_token.to_string());
        let client = client(&provider, config)?;
        let mut request = client
            .exchange_refresh_token(&refresh_token)
            .map_err(|error| AuthError::Discovery(error.to_string()))?;
        for (name, value) in wanted
            .parameters()
            .into_iter()
            .chain(assertion(config, asked_at)?)
        {
            request = request.add_extra_param(name, value);
        }
        let response = request.request_async(&inner.http).await.map_err(|error| {
            wanted.refused(token_request_failed(error, AuthError::SessionEnded))
        })?;
        let now = self.now();
        let refreshed = |id_token| old.refreshed(&response, goal, id_token, now);
        let Some(id_token) = response.id_token() else {
            return Ok((refreshed(IdToken::Unverified), None));
        };
        let expected = Expected {
            occasion: GrantType::Refresh { sub: &old.sub },
            nonce: &old.nonce,
            started_at: asked_at.unix_timestamp(),
            authenticated_since: None,
            access_token: response.access_token(),
            now,
        };
        match id_token::verify(id_token, &provider, &inner.provider, config, &expected).await {
            Ok(verified) => {
                // With fewer scopes it says less than there is.
                let says_all = wanted.scopes().next().is_none();
                Ok((refreshed(IdToken::Verified), says_all.then_some(verified)))
            }
            // Its key cannot be fetched now. The tokens came from the provider
            // all the same, over TLS, and would be lost.
            Err(error @ (AuthError::Unreachable { .. } | AuthError::Discovery(_))) => {
                tracing::warn!(%error, "a renewed ID token could not be verified: left out");
                Ok((refreshed(IdToken::Unverified), None))
            }
            Err(error) => {
                let new = refreshed(IdToken::Unverified);
                // Where it is the same, the session lives on with it.
                if new.refresh_token != old.refresh_token {
                    self.revoke(&new).await;
                }
                Err(error)
            }
        }
    }

    /// Stores new tokens before anyone sees them.
    async fn store_refreshed(
        &self,
        key: SessionIdHash,
        goal: &RefreshPurpose,
        new: TokenSet,
        stored: StoredTokens,
    ) -> Result<Option<AccessToken>, AuthError> {
        let inner = self.inner();
        let wanted = goal.wanted();
        let at_hand = |tokens: &TokenSet| {
            let issued = tokens.issued(&wanted);
            Ok(issued.map(IssuedToken::to_access_token))
        };
        let sealed = inner.keyring.seal(Purpose::Tokens, key.as_bytes(), &new)?;
        let began = Instant::now();
        let written = loop {
            match inner.store.save_tokens(&key, stored.version, &sealed).await {
                Ok(written) => break written,
                Err(error) if began.elapsed() < STORING => {
                    tracing::warn!(?key, %error, "new tokens could not be stored yet");
                    tokio::time::sleep(STORING_PAUSE).await;
                }
                Err(error) => {
                    tracing::error!(?key, %error, "new tokens could not be stored and are lost");
                    return Err(error.into());
                }
            }
        };
        if written == WriteOutcome::Applied {
            return at_hand(&new);
        }
        match self.tokens(&key).await? {
            Some((tokens, newer)) if newer.version > stored.version => {
                // Only after a lease that lapsed. What is in the store is what
                // the others have.
                tracing::warn!(?key, "tokens were renewed twice");
                at_hand(&tokens)
            }
            _ => {
                tracing::info!(?key, "the session ended while its tokens were renewed");
                self.revoke(&new).await;
                Err(AuthError::NotSignedIn)
            }
        }
    }
}
