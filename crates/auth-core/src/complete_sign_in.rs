//! Completing a sign-in: the answer is validated, the code exchanged, the
//! session begun.

use std::time::{Duration, Instant};

use rand::Rng as _;

use crate::{
    Auth, AuthError, DeviceInfo, LeaseHolder, LeaseOutcome, RequestCookies, Session, SessionIdHash,
    SetCookie, SignInCompleted, SignInFailure,
    auth::Inner,
    callback::Callback,
    config_builder::LONGEST_LIFETIME,
    device::Device,
    id_token::VerifiedIdToken,
    pending::{self, Found, PendingSignIn},
    refresh::{LEASE, POLL},
    session,
    sign_in::exchange,
    tokens::TokenSet,
};

impl Auth {
    /// Completes a sign-in from the query of the callback's address.
    ///
    /// # Errors
    ///
    /// When the answer fails a check, or provider or store cannot be reached.
    /// A session the browser had stays.
    pub async fn complete_sign_in(
        &self,
        query: &str,
        cookies: &RequestCookies,
        device_info: &DeviceInfo,
    ) -> Result<SignInCompleted, SignInFailure> {
        let Inner { keyring, names, .. } = self.inner();
        let now = self.now();
        let callback = Callback::parse(query)?;
        let (pending, forget) = if callback.is_bare() {
            return Err(SignInFailure {
                error: AuthError::Cancelled,
                redirect_to: pending::only(cookies, names, keyring, now)
                    .map(|pending| pending.redirect_to(self.config().base_url())),
                cookies: Vec::new(),
            });
        } else if let Some(state) = &callback.state {
            match pending::find(state, cookies, names, keyring, now) {
                Found::One(pending, forget) => (pending, forget),
                Found::None => return Err(AuthError::Expired.into()),
                Found::Others => return Err(AuthError::StateMismatch.into()),
            }
        } else {
            return Err(AuthError::InvalidCallback("it has no state").into());
        };
        let redirect_to = pending.redirect_to(self.config().base_url());
        // Once, also when a browser sends the callback several times at once:
        // Logto answers a code's second use by revoking the tokens of its
        // first (RFC 6749 §4.1.2).
        let answer = self
            .inner()
            .callbacks
            .run(pending.state.clone(), || {
                let (auth, cookies) = (self.clone(), cookies.clone());
                let device = Device::of(device_info);
                async move { auth.redeem(callback, &pending, &cookies, &device).await }
            })
            .await;
        match answer {
            Some(Ok((session, cookie))) => Ok(SignInCompleted {
                session,
                redirect_to,
                cookies: vec![cookie, forget],
            }),
            broken => Err(SignInFailure {
                error: broken.and_then(Result::err).unwrap_or_else(|| {
                    AuthError::InvalidAnswer("completing the sign-in broke off".to_owned())
                }),
                redirect_to: Some(redirect_to),
                cookies: vec![forget],
            }),
        }
    }

    /// Validates the answer, exchanges the code and begins the session.
    async fn redeem(
        &self,
        callback: Callback,
        pending: &PendingSignIn,
        cookies: &RequestCookies,
        device: &Device,
    ) -> Result<(Session, SetCookie), AuthError> {
        let Inner {
            config,
            keyring,
            names,
            store,
            http,
            provider: providers,
            ..
        } = self.inner();
        let id_hasher = self.id_hasher().await?;
        let provider = providers.get().await?;
        callback.check_issuer(
            config.issuer(),
            provider
                .metadata
                .additional_metadata()
                .authorization_response_iss_parameter_supported,
        )?;
        let code = callback.into_code()?;
        let former = self.session(cookies).await?;
        let (token, mut tokens) =
            exchange(code, pending, provider, providers, http, config, || {
                self.now()
            })
            .await?;
        let former = match former {
            Some(session) => self.give_way(session, &token, &mut tokens).await?,
            None => Former::None,
        };
        let keys = session::Keys {
            sealing: keyring,
            rows: id_hasher,
        };
        let begun = session::begin(token, &tokens, device, config, &keys, self.now())?;
        if let Err(error) = session::keep(&**store, begun.row).await {
            // Nobody will ever use the tokens; but the former session lives on,
            // and so must its grant.
            if let Former::OfSameGrant(key, holder) = former
                && !matches!(error, AuthError::LoggedOutDuringSignIn)
            {
                drop(store.release_tokens(&key, holder).await);
            } else {
                let auth = self.clone();
                let revoke = async move { auth.revoke(&tokens).await };
                self.inner().tasks.spawn(revoke);
            }
            return Err(error);
        }
        self.end_former(former).await;
        // The server alone ends a session. A cookie that lived as long would
        // have to be set again and again, and one set late by a slow answer
        // would bring back a session that has been replaced.
        let cookie = names.set(&names.session, begun.id, LONGEST_LIFETIME);
        Ok((begun.session, cookie))
    }

    /// Prepares the browser's former session for its end.
    ///
    /// Who signs in again within one session of the provider's (to step up, or
    /// silently) gets tokens of the same grant: Logto, which revokes the whole
    /// grant with any refresh token of it, would take back the new ones too. A
    /// silent sign-in gets no refresh token; the former one stays good.
    async fn give_way(
        &self,
        former: Session,
        token: &VerifiedIdToken,
        tokens: &mut TokenSet,
    ) -> Result<Former, AuthError> {
        let key = former.key;
        let is_same_grant = former.sid.is_some()
            && former.sid == token.sid
            && former.claims.str("sub") == Some(token.sub.as_str());
        if !is_same_grant {
            return Ok(Former::OfAnotherGrant(key));
        }
        // With the lease, so that no refresh is under way: it would revoke what
        // it gets once it finds its session gone.
        let holder = rand::rng().random();
        let began = Instant::now();
        loop {
            let Some((former, stored)) = self.tokens(&key).await? else {
                return Ok(Former::None);
            };
            let store = &self.inner().store;
            let leased = store
                .lease_tokens(&key, stored.version, holder, LEASE)
                .await?;
            if leased == LeaseOutcome::Granted || began.elapsed() > PATIENCE {
                tokens.take_over(&former);
                return Ok(Former::OfSameGrant(key, holder));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// The browser's former session has no cookie any more: nobody could sign
    /// out of it.
    async fn end_former(&self, former: Former) {
        let (key, revoke) = match former {
            Former::None => return,
            Former::OfSameGrant(key, _) => (key, Revoke::No),
            Former::OfAnotherGrant(key) => (key, Revoke::Yes),
        };
        match (self.inner().store.delete(&key).await, revoke) {
            (Ok(Some(sealed)), Revoke::Yes) => self.revoke_in_background(vec![(key, sealed)]),
            (Ok(_), _) => {}
            (Err(error), _) => {
                tracing::warn!(%error, ?key, "a replaced session could not be deleted");
            }
        }
    }
}

/// The session that a browser had before it signed in.
#[derive(Clone, Copy)]
enum Former {
    /// None.
    None,
    /// One whose tokens come from the same grant as the new ones; its lease is
    /// held.
    OfSameGrant(SessionIdHash, LeaseHolder),
    /// One with a grant of its own.
    OfAnotherGrant(SessionIdHash),
}

enum Revoke {
    Yes,
    No,
}

/// How long a sign-in waits for a refresh of the former session that is under
/// way.
const PATIENCE: Duration = Duration::from_secs(6);
