//! [`Auth`] is the entry point: every operation, one line each.

pub(crate) mod builder;
pub(crate) mod claims;
mod csrf_token;

use std::sync::Arc;

use self::builder::AuthBuilder;
use crate::{
    AccessToken, AccessTokenRequest, AccessTokenVerifier, AuthError, Clock, Config, DeviceInfo,
    ListedSession, LogoutToken, Organization, RedirectTo, RequestCookies, ResealReport, Session,
    SessionFilter, SessionHandle, SessionInfo, SessionStore, SessionsEnded, SignInCompleted,
    SignInFailure, SignInOptions, SignInStarted, SignOutCompleted, SignOutOptions, SignOutStarted,
    UserInfo, UserSessions, VerifiedAccessToken,
    context::Context,
    error_page::{self, refusal},
    jwt,
    session::load::Extensions,
    sessions::{admin, end, list},
    sign_in::{
        begin,
        complete::{self, Callbacks},
    },
    sign_out::{back_channel, pending, start},
    tokens::{access_token, refresh::Refreshes},
    user::{fresh_claims, organizations, user_info},
    webhooks::Webhooks,
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

impl Auth {
    fn context(&self) -> &Context {
        &self.0.context
    }

    /// Creates an instance that keeps its sessions in `store`.
    ///
    /// # Errors
    ///
    /// [`AuthError::Internal`] if TLS cannot be set up.
    pub fn new(config: Config, store: impl SessionStore) -> Result<Self, AuthError> {
        Self::builder(config, store).build()
    }

    /// Creates an instance like [`new`](Self::new), with a clock of your own.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with_clock(
        config: Config,
        store: impl SessionStore,
        clock: impl Clock,
    ) -> Result<Self, AuthError> {
        Self::builder(config, store).clock(clock).build()
    }

    /// Returns a builder of an instance that keeps its sessions in `store`, for one
    /// with [`Hooks`](crate::Hooks).
    pub fn builder(config: Config, store: impl SessionStore) -> AuthBuilder {
        AuthBuilder::new(config, store)
    }

    /// Returns the configuration.
    pub fn config(&self) -> &Config {
        &self.context().config
    }

    /// Fetches the provider's description before the first sign-in.
    ///
    /// # Errors
    ///
    /// [`AuthError::Unreachable`] if the provider cannot be reached,
    /// [`AuthError::Discovery`] if it is not the configured issuer.
    pub async fn warm_up(&self) -> Result<(), AuthError> {
        self.context().provider.get().await.map(drop)
    }

    /// Waits for refreshes, revocations and events that no request waits for. If a
    /// session that a sign-in replaced could not be deleted, this is tried again every
    /// second, for half a minute. Call it after the last request, before the store is
    /// closed, and with a time limit: the provider may be slow.
    pub async fn finish(&self) {
        self.context().tasks.close();
        self.context().tasks.wait().await;
    }

    /// Logs a failure and returns the address of the error page for it, with the
    /// parameters of [`error_page`](crate::ConfigBuilder::error_page).
    pub fn report(&self, error: &AuthError, redirect_to: Option<&RedirectTo>) -> String {
        error_page::report(self.context(), error, redirect_to)
    }

    /// Returns `target` if it is a page of the application, else the home page.
    pub fn redirect_target(&self, target: Option<&str>) -> RedirectTo {
        self.context().redirect_target(target)
    }
}

/// Sign-in and sign-out.
impl Auth {
    /// Begins a sign-in. Returns where to send the browser, and cookies to set.
    ///
    /// # Errors
    ///
    /// Fails if the provider cannot be reached, is not the configured issuer, or
    /// refuses a pushed authorization request (RFC 9126);
    /// [`AuthError::TooManyRequests`] if too many of them wait.
    pub async fn begin_sign_in(
        &self,
        options: &SignInOptions,
        cookies: &RequestCookies,
    ) -> Result<SignInStarted, AuthError> {
        begin::begin(self.context(), options, cookies).await
    }

    /// Completes a sign-in from the query of the callback's URL (RFC 6749 §4.1.2).
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
            self.context(),
            callbacks,
            extensions,
            query,
            cookies,
            device,
        )
        .await
    }

    /// Returns why the application refused the last sign-in of this browser, for the
    /// error page to show as text if the error is
    /// [`ErrorKind::SignInRefused`](crate::ErrorKind::SignInRefused). `None` if there
    /// is no reason, or it is older than ten minutes.
    pub fn refusal_reason(&self, cookies: &RequestCookies) -> Option<String> {
        refusal::reason(self.context(), cookies)
    }

    /// Signs out. The session ends here first. Then the refresh token is revoked,
    /// and the browser is sent to the provider to end its session there; if the
    /// provider cannot be reached, to a page of the application.
    ///
    /// # Errors
    ///
    /// [`AuthError::Store`] if the store cannot be reached. Tell the user that they
    /// are still signed in then.
    pub async fn sign_out(
        &self,
        options: &SignOutOptions,
        cookies: &RequestCookies,
    ) -> Result<SignOutStarted, AuthError> {
        start::start(self.context(), options, cookies).await
    }

    /// Returns where to go after the provider's end-session page, from a request
    /// to [`Config::post_logout_redirect_uri`]. Returns `None` if it is not the
    /// end of a sign-out of this browser: show the home page then (OpenID Connect
    /// RP-Initiated Logout 1.0 §3).
    pub fn complete_sign_out(
        &self,
        query: &str,
        cookies: &RequestCookies,
    ) -> Option<SignOutCompleted> {
        pending::complete(self.context(), query, cookies)
    }

    /// Carries out a back-channel logout (OpenID Connect Back-Channel Logout
    /// 1.0): verifies the logout token and ends the sessions of the provider
    /// session (`sid`) or user (`sub`) that it names. Revokes their refresh tokens
    /// in the background. Returns how many sessions were ended; may be zero.
    ///
    /// # Errors
    ///
    /// [`AuthError::InvalidLogoutToken`] if the token fails a check or was seen
    /// before; also fails if the provider's keys or the store cannot be reached.
    pub async fn back_channel_logout(&self, logout_token: &str) -> Result<usize, AuthError> {
        back_channel::logout(self.context(), logout_token).await
    }

    /// Returns the façade of Logto's webhooks, which report that a user was
    /// suspended, deleted or changed.
    pub fn webhooks(&self) -> Webhooks {
        Webhooks(self.context().clone())
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
        jwt::logout_token::verify(self.context(), token).await
    }
}

/// The session of a request, its tokens, its user, and the user's other sessions.
impl Auth {
    /// Returns the session of a request, with one read of the store. Extends the
    /// session, with one write at most per
    /// [`extend_after`](crate::ConfigBuilder::extend_after).
    ///
    /// # Errors
    ///
    /// [`AuthError::Store`] if the store cannot be reached: it is unknown then
    /// whether the user is signed in.
    pub async fn session(&self, cookies: &RequestCookies) -> Result<Option<Session>, AuthError> {
        fresh_claims::current(
            self.context(),
            &self.0.extensions,
            &self.0.refreshes,
            cookies,
        )
        .await
    }

    /// Returns an access token of the session's user: the stored one, or a new one
    /// if it ends within a minute. The token must stay on the server.
    ///
    /// # Errors
    ///
    /// - [`AuthError::NotSignedIn`] if the session has ended meanwhile;
    /// - [`AuthError::SessionEnded`] if the provider ended the grant. The
    ///   session has been ended here too;
    /// - [`AuthError::NoRefreshToken`], [`AuthError::UnknownResource`],
    ///   [`AuthError::NotAMember`] or [`AuthError::ScopeMissing`] if no such
    ///   token can be issued to this session;
    /// - [`AuthError::Unreachable`], [`AuthError::TimedOut`],
    ///   [`AuthError::RefreshBusy`] or [`AuthError::Store`] if the provider,
    ///   another refresh or the store does not answer in time. The session stays.
    pub async fn access_token(
        &self,
        session: &Session,
        request: &AccessTokenRequest,
    ) -> Result<AccessToken, AuthError> {
        access_token::get(self.context(), &self.0.refreshes, session, request).await
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
        access_token::claims(self.context(), &self.0.refreshes, session, request).await
    }

    /// Fetches the current claims of the session's user from the userinfo endpoint
    /// (OpenID Connect Core §5.3). Tries once more with a new access token if the
    /// provider does not accept the stored one.
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token); [`AuthError::InvalidAccessToken`]
    /// if the provider accepts no token of the session any more;
    /// [`AuthError::InvalidAnswer`] if the answer is about another user.
    pub async fn user_info(&self, session: &Session) -> Result<UserInfo, AuthError> {
        user_info::user_info(self.context(), &self.0.refreshes, session).await
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
        organizations::organizations(self.context(), &self.0.refreshes, session).await
    }

    /// Returns the user's sessions, last used first (at most 100).
    ///
    /// # Errors
    ///
    /// [`AuthError::Store`] if the store cannot be reached.
    pub async fn sessions(&self, session: &Session) -> Result<Vec<SessionInfo>, AuthError> {
        list::sessions(self.context(), session).await
    }

    /// Ends one session of the user, and revokes its refresh token in the
    /// background. The handle of another user's session ends nothing.
    ///
    /// # Errors
    ///
    /// [`AuthError::Store`] if the store cannot be reached.
    pub async fn end_session(
        &self,
        session: &Session,
        handle: SessionHandle,
    ) -> Result<SessionsEnded, AuthError> {
        end::end(self.context(), session, UserSessions::One(handle.0)).await
    }

    /// Ends all sessions of the user except this one.
    ///
    /// # Errors
    ///
    /// As [`end_session`](Self::end_session).
    pub async fn end_other_sessions(&self, session: &Session) -> Result<SessionsEnded, AuthError> {
        end::end(
            self.context(),
            session,
            UserSessions::AllExcept(session.id_hash),
        )
        .await
    }

    /// Ends all sessions of the user, including this one.
    ///
    /// # Errors
    ///
    /// As [`end_session`](Self::end_session).
    pub async fn end_all_sessions(&self, session: &Session) -> Result<SessionsEnded, AuthError> {
        end::end(self.context(), session, UserSessions::All).await
    }
}

/// For API servers and operators.
impl Auth {
    /// Returns a verifier of access tokens for the API `audience` (its resource
    /// indicator at Logto). It shares the provider's keys with sign-in.
    pub fn access_token_verifier(&self, audience: impl Into<String>) -> AccessTokenVerifier {
        jwt::access_token::verifier(self.context(), audience.into())
    }

    /// Returns a verifier of organization tokens, of any organization;
    /// [`VerifiedAccessToken::organization_id`] returns which one.
    pub fn organization_token_verifier(&self) -> AccessTokenVerifier {
        jwt::access_token::organization_verifier(self.context())
    }

    /// Returns the sessions of the user with this `sub`, last used first (at most
    /// 10,000); or a page of all sessions after `after`, by handle (at most 500).
    ///
    /// # Errors
    ///
    /// [`AuthError::Store`] if the store cannot be reached.
    pub async fn list_sessions(
        &self,
        sub: Option<&str>,
        after: Option<SessionHandle>,
    ) -> Result<Vec<ListedSession>, AuthError> {
        admin::list(self.context(), sub, after).await
    }

    /// Ends sessions, revokes their refresh tokens, and returns their number.
    ///
    /// # Errors
    ///
    /// [`AuthError::Store`] if the store cannot be reached. Some sessions may have
    /// been ended then.
    pub async fn end_sessions(&self, which: &SessionFilter) -> Result<usize, AuthError> {
        admin::end(self.context(), which).await
    }

    /// Seals all rows with the newest secret, so that older secrets can be removed.
    /// Servers that know the newest secret may run meanwhile.
    ///
    /// # Errors
    ///
    /// [`AuthError::Store`] if the store cannot be reached. Call it again then.
    pub async fn reseal_all(&self) -> Result<ResealReport, AuthError> {
        admin::reseal_all(self.context()).await
    }
}
