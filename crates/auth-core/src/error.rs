//! The errors of all operations, and the few kinds of them that a browser may
//! see.

use std::time::Duration;

use auth_types::ErrorKind;

use crate::{
    oauth::organization_id::OrganizationId, redirect::RedirectTo, sealing::SealError,
    store::error::StoreError,
};

/// An error of an operation, with details for the log. A browser may see only
/// [`AuthError::kind`].
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// The user cancelled the sign-in at the provider: it answered `oidc.aborted`, or
    /// `access_denied` without a reason, or (Logto's consent page) without
    /// parameters. Nothing has to be corrected.
    #[error("the user cancelled the sign-in")]
    Cancelled,
    /// No sign-in is under way in this browser: it took longer than ten minutes,
    /// is already completed, or the browser stores no cookies.
    #[error("no sign-in is under way for this callback")]
    Expired,
    /// Sign-ins are under way in this browser, but none with this `state` (RFC
    /// 6749 §10.12): the callback is forged or belongs to another browser.
    #[error("the callback's state belongs to no sign-in of this browser")]
    StateMismatch,
    /// The callback's parameters do not conform to RFC 6749 §4.1.2.
    #[error("the callback is malformed: {0}")]
    InvalidCallback(&'static str),
    /// The callback's `iss` (RFC 9207 §2.4) is missing or names another issuer: a
    /// mix-up attack, or `AUTH_LOGTO_ISSUER` is not exactly the issuer's name.
    #[error(
        "the callback comes from another issuer than AUTH_LOGTO_ISSUER; set it to the value of \
         `issuer` in the provider's discovery document"
    )]
    IssuerMismatch,
    /// The provider could not be reached, was too slow, or answered with a server
    /// error. Check the provider and the network.
    #[error("the provider's {endpoint} endpoint is unavailable: {reason}")]
    Unreachable {
        /// The endpoint.
        endpoint: &'static str,
        /// The reason.
        reason: String,
    },
    /// The provider received the request and did not answer in time. It may have
    /// carried out the request.
    #[error("the provider's {endpoint} endpoint does not answer in time")]
    TimedOut {
        /// The endpoint.
        endpoint: &'static str,
    },
    /// The request was not sent to the provider: too many wait already, or the
    /// provider asked for a pause (429, `Retry-After`). Nothing has changed; try again.
    #[error(
        "the provider's {endpoint} endpoint has too many requests; try again in {retry_after:?}"
    )]
    TooManyRequests {
        /// The endpoint.
        endpoint: &'static str,
        /// When to try again.
        retry_after: Duration,
    },
    /// Too many tokens wait until their signatures are verified. Nothing is known
    /// of the token; try again.
    #[error("too many tokens wait until their signatures are verified; try again")]
    VerificationBusy,
    /// The address from which the request comes has begun too many sign-ins that were
    /// not completed, or sent too many callbacks that failed. Nothing has changed.
    #[error("too many sign-ins of this address failed or were not completed; try again later")]
    TooManySignIns {
        /// When to try again.
        retry_after: Duration,
    },
    /// Other refreshes of the session's tokens, here or on another server, have
    /// held the lease on them for too long; or a server that held it died. Nothing
    /// has changed; try again.
    #[error("other refreshes of this session's tokens have taken too long; try again")]
    RefreshBusy,
    /// The discovery document is missing, cannot be read, or names another issuer
    /// (OpenID Connect Discovery 1.0 §4.3). Check `AUTH_LOGTO_ISSUER`: it has to
    /// equal `issuer` in that document.
    #[error("cannot use the provider's discovery document (AUTH_LOGTO_ISSUER): {0}")]
    Discovery(String),
    /// `invalid_client` (RFC 6749 §5.2). Check `AUTH_LOGTO_ID`,
    /// `AUTH_LOGTO_SECRET` and `AUTH_LOGTO_AUTH_METHOD`.
    #[error(
        "the provider does not accept the client's credentials: it answered with {answer}; check \
         AUTH_LOGTO_ID, AUTH_LOGTO_SECRET and AUTH_LOGTO_AUTH_METHOD"
    )]
    InvalidClient {
        /// What it answered: status, content type, error and description.
        answer: String,
    },
    /// `invalid_grant` for a code (RFC 6749 §5.2): the code is older than a minute
    /// or was used before, perhaps by another process of this application.
    #[error("the provider does not accept the code: it was used before or is too old")]
    InvalidGrant,
    /// The provider ended its session while this sign-in was under way: the user
    /// signed out elsewhere, or was signed out. Sign in again. If all sessions of the
    /// user were ended, that also is the answer to a sign-in in the same second,
    /// because ID tokens tell only whole seconds.
    #[error("the provider ended its session during this sign-in; sign in again")]
    LoggedOutDuringSignIn,
    /// The application's own code,
    /// [`Hooks::on_sign_in`](crate::Hooks::on_sign_in), refused the sign-in.
    /// [`Auth::refusal_reason`](crate::Auth::refusal_reason) returns the reason to
    /// the error page.
    #[error("the application's on_sign_in refused the sign-in: {reason:?}")]
    SignInRefused {
        /// The reason that the user sees.
        reason: String,
    },
    /// The application's own code, [`Hooks::on_sign_in`](crate::Hooks::on_sign_in),
    /// let no session begin and sends the browser to another page, which
    /// [`Auth::report`](crate::Auth::report) returns.
    #[error("the application's on_sign_in sends the browser to {page} instead of signing in")]
    SentElsewhere {
        /// The page.
        page: RedirectTo,
    },
    /// The application's own code failed, panicked or took too long. The text says
    /// what happened.
    #[error("the application's {hook} failed: {reason}")]
    HookFailed {
        /// The method of [`Hooks`](crate::Hooks) that it was given to.
        hook: &'static str,
        /// What happened.
        reason: String,
    },
    /// There is no session, or it ended during the request. Sign in again.
    #[error("nobody is signed in")]
    NotSignedIn,
    /// The user does not have the necessary permission. A role that was granted
    /// after the sign-in appears in the session after a refresh:
    /// [`Auth::refresh_claims`](crate::Auth::refresh_claims).
    #[error("this requires {what}, which the user does not have")]
    Forbidden {
        /// What is required: a role or a scope.
        what: String,
    },
    /// `invalid_grant` for a refresh token: the provider ended the grant (it was
    /// revoked, the user was suspended or deleted, it is older than 180 days, or
    /// a refresh token was used twice). The session has been ended here too; sign
    /// in again.
    #[error("the provider ended the session")]
    SessionEnded,
    /// A new access token is needed, and the session has no refresh token. Logto
    /// issues one for the scope `offline_access` with `prompt=consent` (the
    /// default here; a silent sign-in gets none), or if the application's setting
    /// *Always issue refresh token* is on.
    #[error(
        "an access token is needed, and no refresh token was issued to get it with (Logto issues \
         one for the scope offline_access with prompt=consent)"
    )]
    NoRefreshToken,
    /// The user's claims are older than required, and the session has no refresh
    /// token to renew them with. Sign in again.
    #[error("the claims are too old, and the session has no refresh token to renew them with")]
    ClaimsOutdated,
    /// The user's claims are older than required and allowed
    /// (`AUTH_CLAIMS_MAX_STALE`), and the provider is down, so they cannot be
    /// renewed. The session stays; try again later.
    #[error(
        "the claims are too old, and the provider is down, so they cannot be renewed; it is asked \
         again in {retry_after:?} (AUTH_CLAIMS_MAX_STALE)"
    )]
    ClaimsUnconfirmed {
        /// When to try again.
        retry_after: Duration,
    },
    /// `invalid_token` from the userinfo endpoint for an access token that has
    /// not ended: the grant was revoked, or the user was suspended or deleted.
    /// Sign in again.
    #[error("the provider no longer accepts the access token")]
    InvalidAccessToken,
    /// The access token contains no claims: it is the one for the provider's
    /// userinfo endpoint. Request one for an API instead.
    #[error("the access token is opaque: it contains no claims")]
    OpaqueToken,
    /// `invalid_target` (RFC 8707 §2): Logto does not know the API, or the sign-in
    /// did not request it. Register it in Logto's console, add it to
    /// `AUTH_LOGTO_RESOURCES`, and sign in again.
    #[error(
        "the provider issues no token for the resource {resource:?}: it is not registered there, \
         or the sign-in did not request it (AUTH_LOGTO_RESOURCES)"
    )]
    UnknownResource {
        /// The API's indicator. If the provider refused the whole sign-in: its
        /// error description.
        resource: String,
    },
    /// The user is not a member of the organization.
    #[error("the user is not a member of the organization {organization}")]
    NotAMember {
        /// The organization.
        organization: OrganizationId,
    },
    /// The sign-in did not request a necessary scope. Add it to
    /// `AUTH_LOGTO_SCOPES` and sign in again.
    #[error("the sign-in did not request the scope {scope:?} (AUTH_LOGTO_SCOPES)")]
    ScopeMissing {
        /// The scope, or several space-separated scopes.
        scope: String,
    },
    /// `login_required` for a silent sign-in: the user is not signed in at the
    /// provider. Start an ordinary sign-in.
    #[error("a silent sign-in is not possible: the user is not signed in at the provider")]
    LoginRequired,
    /// `consent_required` for a silent sign-in: it requests a scope or resource
    /// that the user has not allowed yet. Start an ordinary sign-in.
    #[error("a silent sign-in is not possible: the user has not allowed all that it requests")]
    ConsentRequired,
    /// `interaction_required` or `account_selection_required` for a silent
    /// sign-in. Start an ordinary sign-in.
    #[error("a silent sign-in is not possible: the provider has to ask the user something")]
    InteractionRequired,
    /// The sign-in has a parameter that this library sets itself, or combines
    /// `prompt=none` with another prompt. Remove it.
    #[error("the sign-in cannot have this parameter: {0}")]
    InvalidSignInOption(String),
    /// The provider answered with another OAuth error (RFC 6749 §5.2).
    #[error("the provider answered with {answer}")]
    OAuth {
        /// The `error` code.
        error: String,
        /// The `error_description`; may be empty.
        description: String,
        /// What it answered, for the log: also status and content type.
        answer: String,
    },
    /// The provider's answer could not be read.
    #[error("the provider's answer could not be read: {0}")]
    InvalidAnswer(String),
    /// The ID token failed a check of OpenID Connect Core §3.1.3.7.
    #[error("the ID token is not valid: {0}")]
    InvalidIdToken(String),
    /// The logout token failed a check of OpenID Connect Back-Channel Logout 1.0
    /// §2.6: it is not the provider's, not for this client, or too old. No
    /// session was ended.
    #[error("the logout token is not valid: {0}")]
    InvalidLogoutToken(String),
    /// A webhook has a wrong signature or body, or is too old. Nothing was done.
    /// Check `AUTH_LOGTO_WEBHOOK_KEY`: it has to be the signing key of the webhook
    /// in Logto's console.
    #[error("the webhook is not valid: {0}")]
    InvalidWebhook(String),
    /// The session store failed.
    #[error("the session store failed")]
    Store(#[from] StoreError),
    /// A value could not be sealed or opened: the operating system provides no
    /// randomness, or something else changed the hash key in the database.
    #[error("cannot seal or open a value")]
    Sealing,
    /// The issuer of an [`AccessTokenVerifier`](crate::AccessTokenVerifier) is
    /// not usable. The text says why and how to correct it.
    #[error("the issuer is not usable: {0}")]
    InvalidIssuer(String),
    /// Something failed in this application itself: TLS could not be set up, a
    /// JWT could not be signed, or a task panicked. The text says what.
    #[error("internal error: {0}")]
    Internal(String),
    /// Another site made the browser send this request, so nothing was done. If
    /// the page that sent it is the application's own, `AUTH_URL` is not the
    /// address at which browsers reach it, or a proxy changes `Origin`.
    #[error("the request was sent by a page of another site")]
    CrossSiteRequest,
}

impl AuthError {
    /// Returns the kind of the error, which a browser may see.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Cancelled => ErrorKind::Cancelled,
            Self::Expired | Self::InvalidGrant | Self::LoggedOutDuringSignIn => ErrorKind::Expired,
            Self::StateMismatch => ErrorKind::StateMismatch,
            Self::TooManySignIns { .. } => ErrorKind::TooManyRequests,
            Self::NotSignedIn | Self::SessionEnded | Self::ClaimsOutdated => {
                ErrorKind::SessionRequired
            }
            Self::SignInRefused { .. } | Self::SentElsewhere { .. } => ErrorKind::SignInRefused,
            Self::NoRefreshToken | Self::InvalidAccessToken => ErrorKind::NoToken,
            Self::UnknownResource { .. } => ErrorKind::UnknownResource,
            Self::NotAMember { .. } => ErrorKind::NotAMember,
            Self::ScopeMissing { .. } => ErrorKind::ScopeMissing,
            Self::LoginRequired => ErrorKind::LoginRequired,
            Self::ConsentRequired => ErrorKind::ConsentRequired,
            Self::InteractionRequired => ErrorKind::InteractionRequired,
            Self::Forbidden { .. } | Self::CrossSiteRequest => ErrorKind::AccessDenied,
            Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::ClaimsUnconfirmed { .. }
            | Self::TooManyRequests { .. }
            | Self::VerificationBusy
            | Self::RefreshBusy => ErrorKind::ProviderUnavailable,
            Self::Discovery(_)
            | Self::InvalidClient { .. }
            | Self::OpaqueToken
            | Self::InvalidSignInOption(_)
            | Self::InvalidIssuer(_) => ErrorKind::Configuration,
            Self::Sealing | Self::Internal(_) | Self::HookFailed { .. } => ErrorKind::Internal,
            Self::InvalidCallback(_) => ErrorKind::InvalidCallback,
            Self::IssuerMismatch
            | Self::OAuth { .. }
            | Self::InvalidAnswer(_)
            | Self::InvalidIdToken(_)
            | Self::InvalidLogoutToken(_)
            | Self::InvalidWebhook(_) => ErrorKind::ProviderError,
            Self::Store(_) => ErrorKind::StoreUnavailable,
        }
    }
}

impl From<SealError> for AuthError {
    fn from(error: SealError) -> Self {
        tracing::error!(%error, "cannot seal a value");
        Self::Sealing
    }
}
