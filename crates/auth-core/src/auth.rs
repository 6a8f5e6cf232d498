//! [`Auth`] is the entry point: every operation, one line each.

use std::sync::Arc;

use crate::{
    AccessToken, AccessTokenRequest, AccessTokenVerifier, AuthError, Clock, Config, DeviceInfo,
    ListedSession, LogoutToken, Organization, RedirectTo, RequestCookies, ResealReport, Session,
    SessionFilter, SessionHandle, SessionInfo, SessionStore, SessionsEnded, SignInCompleted,
    SignInFailure, SignInOptions, SignInStarted, SignOutCompleted, SignOutOptions, SignOutStarted,
    SystemClock, UserInfo, UserSessions, VerifiedAccessToken,
    context::Context,
    error_page, jwt,
    session::load::{self, Extensions},
    sessions::{admin, end, list},
    sign_in::{
        begin,
        complete::{self, Callbacks},
    },
    sign_out::{back_channel, front_channel, pending, start},
    tokens::{access_token, refresh::Refreshes},
    user::{organizations, refresh_claims, user_info},
};

/// Sign-in with Logto: every operation of an application.
///
/// Cheap to clone; clones share the provider's description and everything else.
#[derive(Clone, Debug)]
pub struct Auth(Arc<Inner>);

/// What the operations share, and the work that concurrent requests share.
#[derive(Debug)]
struct Inner {
    context: Context,
    callbacks: Callbacks,
    extensions: Extensions,
    refreshes: Refreshes,
}

/// Set-up and shutdown.
impl Auth {
    /// Creates an instance that keeps its sessions in `store`.
    ///
    /// # Errors
    ///
    /// [`AuthError::Internal`] if TLS cannot be set up.
    pub fn new(config: Config, store: impl SessionStore) -> Result<Self, AuthError> {
        Self::with_clock(config, store, SystemClock)
    }

    /// Like [`new`](Self::new), with a clock of your own.
    ///
    /// # Errors
    ///
    /// [`AuthError::Internal`] if TLS cannot be set up.
    pub fn with_clock(
        config: Config,
        store: impl SessionStore,
        clock: impl Clock,
    ) -> Result<Self, AuthError> {
        let context = Context::new(config, store, clock)?;
        Ok(Self(Arc::new(Inner {
            callbacks: Callbacks::new(&context.tasks),
            extensions: Extensions::new(&context.tasks),
            refreshes: Refreshes::new(&context.tasks),
            context,
        })))
    }

    /// Returns the configuration.
    pub fn config(&self) -> &Config {
        &self.0.context.config
    }

    /// Fetches the provider's description before the first sign-in.
    ///
    /// # Errors
    ///
    /// [`AuthError::Unreachable`] if the provider cannot be reached,
    /// [`AuthError::Discovery`] if it is not the configured issuer.
    pub async fn warm_up(&self) -> Result<(), AuthError> {
        self.0.context.provider.get().await.map(drop)
    }

    /// Waits for refreshes and revocations that no request waits for.
    ///
    /// Call it at the end of the process, when no more requests come in and
    /// before the store is closed. Limit it in time: the provider may be slow.
    pub async fn finish(&self) {
        self.0.context.tasks.close();
        self.0.context.tasks.wait().await;
    }

    /// Logs a failure and returns the address of the error page for it. The
    /// address has the parameters `error` ([`ErrorKind::code`]), `ref` (to find
    /// the log line) and `callbackUrl` (the page to return to).
    ///
    /// [`ErrorKind::code`]: crate::ErrorKind::code
    pub fn report(&self, error: &AuthError, redirect_to: Option<&RedirectTo>) -> String {
        error_page::report(&self.0.context, error, redirect_to)
    }

    /// Returns the requested page if it is a page of the application, and the
    /// front page otherwise.
    pub fn redirect_target(&self, target: Option<&str>) -> RedirectTo {
        self.0.context.redirect_target(target)
    }
}

/// Sign-in and sign-out.
impl Auth {
    /// Begins a sign-in. Returns where to send the browser, and the cookies that
    /// remember the sign-in.
    ///
    /// # Errors
    ///
    /// Fails if the provider cannot be reached, is not the configured issuer, or
    /// refuses a pushed authorization request (RFC 9126).
    pub async fn begin_sign_in(
        &self,
        options: &SignInOptions,
        cookies: &RequestCookies,
    ) -> Result<SignInStarted, AuthError> {
        begin::begin(&self.0.context, options, cookies).await
    }

    /// Completes a sign-in from the query of the callback's URL (RFC 6749
    /// §4.1.2).
    ///
    /// # Errors
    ///
    /// Fails if the answer fails a check, or if provider or store cannot be
    /// reached. A session that the browser had stays.
    pub async fn complete_sign_in(
        &self,
        query: &str,
        cookies: &RequestCookies,
        device: &DeviceInfo,
    ) -> Result<SignInCompleted, SignInFailure> {
        let (callbacks, extensions) = (&self.0.callbacks, &self.0.extensions);
        complete::complete(
            &self.0.context,
            callbacks,
            extensions,
            query,
            cookies,
            device,
        )
        .await
    }

    /// Signs out. The session ends here first. Then the refresh token is
    /// revoked, and the browser is sent to the provider to end its session
    /// there. If the provider cannot be reached, the browser is sent to a page
    /// of the application instead.
    ///
    /// # Errors
    ///
    /// [`AuthError::Store`] if the store cannot be reached. The user is still
    /// signed in then, and the application has to say so.
    pub async fn sign_out(
        &self,
        options: &SignOutOptions,
        cookies: &RequestCookies,
    ) -> Result<SignOutStarted, AuthError> {
        start::start(&self.0.context, options, cookies).await
    }

    /// Returns where to go after the provider's end-session page, from a request
    /// to [`Config::post_logout_redirect_uri`]. Returns `None` for every other
    /// request, and if `state` is missing or belongs to another sign-out: show
    /// the front page then (OpenID Connect RP-Initiated Logout 1.0 §3).
    pub fn complete_sign_out(
        &self,
        query: &str,
        cookies: &RequestCookies,
    ) -> Option<SignOutCompleted> {
        pending::complete(&self.0.context, query, cookies)
    }

    /// Carries out a back-channel logout (OpenID Connect Back-Channel Logout
    /// 1.0): verifies the logout token and ends the sessions that began in the
    /// provider session it names (`sid`), or all sessions of the user it names
    /// (`sub`). Revokes their refresh tokens in the background. Returns how many
    /// sessions were ended; zero is not a failure.
    ///
    /// # Errors
    ///
    /// [`AuthError::InvalidLogoutToken`] if the token fails a check or was seen
    /// before. Also fails if the provider's keys or the store cannot be reached.
    /// No session has been ended then.
    pub async fn back_channel_logout(&self, logout_token: &str) -> Result<usize, AuthError> {
        back_channel::logout(&self.0.context, logout_token).await
    }

    /// Carries out a front-channel logout (OpenID Connect Front-Channel Logout
    /// 1.0) from the query of its URL. `iss` has to be the issuer. Ends the
    /// sessions that began in the provider session `sid`, without looking at
    /// cookies: browsers send none from a frame of another site.
    ///
    /// # Errors
    ///
    /// [`AuthError::IssuerMismatch`] for another issuer,
    /// [`AuthError::InvalidCallback`] without `sid`, [`AuthError::Store`] if the
    /// store cannot be reached. No session has been ended then.
    pub async fn front_channel_logout(&self, query: &str) -> Result<usize, AuthError> {
        front_channel::logout(&self.0.context, query).await
    }

    /// Verifies a logout token (OpenID Connect Back-Channel Logout 1.0 §2.6).
    /// The caller has to check by its [`jti`](LogoutToken::jti) whether the
    /// token was seen before.
    ///
    /// # Errors
    ///
    /// [`AuthError::InvalidLogoutToken`]; [`AuthError::Unreachable`] or
    /// [`AuthError::Discovery`] if the provider's keys cannot be fetched.
    pub async fn verify_logout_token(&self, token: &str) -> Result<LogoutToken, AuthError> {
        jwt::logout_token::verify(&self.0.context, token).await
    }
}

/// The session of a request, its user and its tokens.
impl Auth {
    /// Returns the session of a request, with one read of the store; `None`
    /// without a session.
    ///
    /// Extends the session, and writes that at most once per
    /// [`extend_after`](crate::ConfigBuilder::extend_after).
    ///
    /// # Errors
    ///
    /// [`AuthError::Store`] if the store cannot be reached. Whether the user is
    /// signed in is unknown then.
    pub async fn session(&self, cookies: &RequestCookies) -> Result<Option<Session>, AuthError> {
        load::current(&self.0.context, &self.0.extensions, cookies).await
    }

    /// Returns an access token of the session's user: the stored one, or a new
    /// one if there is none or it ends within a minute. It must stay on the
    /// server.
    ///
    /// # Errors
    ///
    /// - [`AuthError::NotSignedIn`] if the session has ended meanwhile;
    /// - [`AuthError::SessionEnded`] if the provider ended the grant. The
    ///   session has been ended here too;
    /// - [`AuthError::NoRefreshToken`], [`AuthError::UnknownResource`],
    ///   [`AuthError::NotAMember`] or [`AuthError::ScopeMissing`] if no such
    ///   token can be issued to this session;
    /// - [`AuthError::Unreachable`], [`AuthError::TimedOut`] or
    ///   [`AuthError::Store`] if provider or store cannot be reached and the
    ///   stored token has ended. The session stays.
    pub async fn access_token(
        &self,
        session: &Session,
        request: &AccessTokenRequest,
    ) -> Result<AccessToken, AuthError> {
        let (context, refreshes) = (&self.0.context, &self.0.refreshes);
        access_token::access_token(context, refreshes, session, request).await
    }

    /// Returns the claims of an access token of the session's user: scopes,
    /// expiry, custom claims. Verifies the token as the API does.
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token); [`AuthError::OpaqueToken`] for
    /// the token of the userinfo endpoint, which contains no claims.
    pub async fn access_token_claims(
        &self,
        session: &Session,
        request: &AccessTokenRequest,
    ) -> Result<VerifiedAccessToken, AuthError> {
        let (context, refreshes) = (&self.0.context, &self.0.refreshes);
        access_token::access_token_claims(context, refreshes, session, request).await
    }

    /// Asks the provider's userinfo endpoint for the current claims of the
    /// session's user (OpenID Connect Core §5.3). Refreshes the access token for
    /// it first if it has ended, and once more if the provider does not accept
    /// it.
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token);
    /// [`AuthError::InvalidAccessToken`] if the provider no longer accepts any
    /// token of the session; [`AuthError::InvalidAnswer`] if the answer is about
    /// another user or is not JSON.
    pub async fn user_info(&self, session: &Session) -> Result<UserInfo, AuthError> {
        user_info::user_info(&self.0.context, &self.0.refreshes, session).await
    }

    /// Returns the current organizations of the session's user, with names and
    /// roles, from the userinfo endpoint.
    ///
    /// # Errors
    ///
    /// [`AuthError::ScopeMissing`] if the sign-in did not request
    /// [`Scope::Organizations`](crate::Scope::Organizations); otherwise as
    /// [`user_info`](Self::user_info).
    pub async fn organizations(&self, session: &Session) -> Result<Vec<Organization>, AuthError> {
        organizations::organizations(&self.0.context, &self.0.refreshes, session).await
    }

    /// Fetches the claims of the session's user again, for example after their
    /// roles or organizations changed. Returns the session with the new claims;
    /// later requests see them too. Tokens for APIs and organizations are
    /// fetched again when they are next needed.
    ///
    /// Claims are also updated with every refresh of an access token, about once
    /// an hour while tokens are used.
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token).
    pub async fn refresh_claims(&self, session: &Session) -> Result<Session, AuthError> {
        refresh_claims::refresh_claims(&self.0.context, &self.0.refreshes, session).await
    }
}

/// The user's sessions.
impl Auth {
    /// Returns the sessions of the user of this session, last used first; at
    /// most 100.
    ///
    /// # Errors
    ///
    /// [`AuthError::Store`] if the store cannot be reached.
    pub async fn sessions(&self, session: &Session) -> Result<Vec<SessionInfo>, AuthError> {
        list::sessions(&self.0.context, session).await
    }

    /// Ends one session of the user, on every server at once. Its refresh token
    /// is revoked in the background. The handle of another user's session ends
    /// nothing.
    ///
    /// # Errors
    ///
    /// [`AuthError::Store`] if the store cannot be reached. Nothing has been
    /// ended then.
    pub async fn end_session(
        &self,
        session: &Session,
        handle: SessionHandle,
    ) -> Result<SessionsEnded, AuthError> {
        end::end(&self.0.context, session, UserSessions::One(handle.0)).await
    }

    /// Ends all sessions of the user except this one.
    ///
    /// # Errors
    ///
    /// As [`end_session`](Self::end_session).
    pub async fn end_other_sessions(&self, session: &Session) -> Result<SessionsEnded, AuthError> {
        let others = UserSessions::AllExcept(session.id_hash);
        end::end(&self.0.context, session, others).await
    }

    /// Ends all sessions of the user, including this one.
    ///
    /// # Errors
    ///
    /// As [`end_session`](Self::end_session).
    pub async fn end_all_sessions(&self, session: &Session) -> Result<SessionsEnded, AuthError> {
        end::end(&self.0.context, session, UserSessions::All).await
    }
}

/// For API servers.
impl Auth {
    /// Returns a verifier of access tokens for the API `audience` (its resource
    /// indicator at Logto). It shares the provider's keys with sign-in.
    pub fn access_token_verifier(&self, audience: impl Into<String>) -> AccessTokenVerifier {
        jwt::access_token::verifier(&self.0.context, audience.into())
    }

    /// Returns a verifier of organization tokens, of any organization;
    /// [`VerifiedAccessToken::organization_id`] returns which one.
    pub fn organization_token_verifier(&self) -> AccessTokenVerifier {
        jwt::access_token::organization_verifier(&self.0.context)
    }
}

/// For operators.
impl Auth {
    /// Returns all sessions of the user with this `sub`, last used first (at
    /// most 10,000); or a page of all sessions, in the order of their handles,
    /// after `after` (at most 500).
    ///
    /// # Errors
    ///
    /// [`AuthError::Store`] if the store cannot be reached.
    pub async fn list_sessions(
        &self,
        sub: Option<&str>,
        after: Option<SessionHandle>,
    ) -> Result<Vec<ListedSession>, AuthError> {
        admin::list(&self.0.context, sub, after).await
    }

    /// Ends sessions, revokes their refresh tokens, and returns how many were
    /// ended.
    ///
    /// # Errors
    ///
    /// [`AuthError::Store`] if the store cannot be reached. With
    /// [`SessionFilter::All`], some sessions may have been ended then.
    pub async fn end_sessions(&self, which: &SessionFilter) -> Result<usize, AuthError> {
        admin::end(&self.0.context, which).await
    }

    /// Seals everything in the store with the newest secret, so that older
    /// secrets can be removed. Servers may run meanwhile if all of them know the
    /// newest secret.
    ///
    /// # Errors
    ///
    /// [`AuthError::Store`] if the store cannot be reached. Call it again then.
    pub async fn reseal_all(&self) -> Result<ResealReport, AuthError> {
        admin::reseal_all(&self.0.context).await
    }
}
