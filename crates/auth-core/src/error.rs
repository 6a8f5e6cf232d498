//! What can fail, and in which of the few kinds that a browser may see.

use auth_types::ErrorKind;

use crate::{oauth::organization_id::OrganizationId, sealing::SealError, store::error::StoreError};

/// A failure of sign-in, session or sign-out, with details for the log. A
/// browser is shown [`AuthError::kind`] only.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// The user turned back at the provider: it answered `access_denied`, or
    /// (Logto's consent page) came back with no parameters. Nothing to mend.
    #[error("the user cancelled the sign-in")]
    Cancelled,
    /// No sign-in is under way in this browser: it took longer than ten
    /// minutes, was completed before, or the browser keeps no cookies.
    #[error("no sign-in is under way for this callback")]
    Expired,
    /// Sign-ins are under way in this browser, but none with this `state`
    /// (RFC 6749 §10.12): a forged or mixed-up callback.
    #[error("the callback's state belongs to no sign-in of this browser")]
    StateMismatch,
    /// The callback's parameters are not what RFC 6749 §4.1.2 allows.
    #[error("the callback is malformed: {0}")]
    InvalidCallback(&'static str),
    /// The callback's `iss` (RFC 9207 §2.4) is missing or another issuer's: a
    /// mix-up attack, or `AUTH_LOGTO_ISSUER` is not the issuer's exact name.
    #[error("the callback comes from another issuer than the configured one")]
    IssuerMismatch,
    /// The provider could not be reached, was too slow, or answered with a
    /// server error. Look at its state and at the way there.
    #[error("the provider's {endpoint} endpoint is unavailable: {reason}")]
    Unreachable {
        /// Which endpoint.
        endpoint: &'static str,
        /// What happened on the way.
        reason: String,
    },
    /// The provider took the request and did not answer in time: whether it
    /// carried it out is not known.
    #[error("the provider's {endpoint} endpoint does not answer in time")]
    TimedOut {
        /// Which endpoint.
        endpoint: &'static str,
    },
    /// The discovery document is missing, unreadable, or another issuer's.
    /// Check `AUTH_LOGTO_ISSUER`: it has to equal `issuer` in that document.
    #[error("discovery failed: {0}")]
    Discovery(String),
    /// `invalid_client`: check `AUTH_LOGTO_ID` and `AUTH_LOGTO_SECRET`.
    #[error("the provider does not accept the client's id and secret")]
    InvalidClient,
    /// `invalid_grant` for a code: it was used before, perhaps by another
    /// process of this application, or is older than a minute.
    #[error("the provider does not accept the code: used already, or too old")]
    InvalidGrant,
    /// The provider ended its session while this sign-in was under way: the
    /// user signed out elsewhere, or was signed out. Sign in again.
    #[error("the provider ended its session while this sign-in was under way; sign in again")]
    LoggedOutDuringSignIn,
    /// There is no session, or it ended while the request was under way. Sign
    /// in again.
    #[error("nobody is signed in")]
    NotSignedIn,
    /// Who is signed in may not see the page. After they were given a role it
    /// takes a refresh until their session knows:
    /// [`Auth::refresh_claims`](crate::Auth::refresh_claims).
    #[error("it takes {what}, which the user does not have")]
    Forbidden {
        /// What the page takes: a role, or a scope.
        what: String,
    },
    /// `invalid_grant` for a refresh token: the provider ended the grant
    /// (revoked, user suspended or deleted, older than 180 days, or a refresh
    /// token was used twice). The session has been ended here too; sign in
    /// again.
    #[error("the provider ended the session")]
    SessionEnded,
    /// A token is needed, and there is no refresh token to get it with. Logto
    /// issues one for the scope `offline_access` with `prompt=consent` (the
    /// default here; a silent sign-in has none), or where the application's
    /// setting *Always issue refresh token* is on.
    #[error(
        "an access token is needed, and no refresh token was issued to get it with (Logto issues \
         one for the scope offline_access with prompt=consent)"
    )]
    NoRefreshToken,
    /// `invalid_token` from the userinfo endpoint for a token that has not
    /// ended: the grant was revoked, or the user suspended or deleted. Sign in
    /// again.
    #[error("the provider does not accept the access token any more")]
    InvalidAccessToken,
    /// The access token is for the provider alone and says nothing to others:
    /// that for the userinfo endpoint. Ask for one for an API.
    #[error("the access token is opaque: it holds no claims")]
    OpaqueToken,
    /// `invalid_target` (RFC 8707 §2): Logto knows no such API, or the sign-in
    /// did not name it. Register it in Logto's console, add it to
    /// `AUTH_LOGTO_RESOURCES`, and sign in again.
    #[error(
        "the provider issues no token for the resource {resource:?}: it is not registered there, \
         or the sign-in did not name it (AUTH_LOGTO_RESOURCES)"
    )]
    UnknownResource {
        /// Its indicator; what the provider said about it where it refused the
        /// whole sign-in.
        resource: String,
    },
    /// The user is not, or no longer, a member of the organization.
    #[error("the user is not a member of the organization {organization}")]
    NotAMember {
        /// Which.
        organization: OrganizationId,
    },
    /// The sign-in did not ask for a scope that this takes. Add it to
    /// `AUTH_LOGTO_SCOPES` and sign in again.
    #[error("the sign-in did not ask for the scope {scope:?} (AUTH_LOGTO_SCOPES)")]
    ScopeMissing {
        /// Which; several are parted by blanks.
        scope: String,
    },
    /// `login_required` for a silent sign-in: the user is not signed in at the
    /// provider. Ask for an ordinary sign-in.
    #[error("a silent sign-in is not possible: the user is not signed in at the provider")]
    LoginRequired,
    /// `consent_required` for a silent sign-in: it asks for a scope or resource
    /// that the user has not granted yet. Ask for an ordinary sign-in.
    #[error("a silent sign-in is not possible: it asks for what was not granted yet")]
    ConsentRequired,
    /// `interaction_required` or `account_selection_required` for a silent
    /// sign-in. Ask for an ordinary sign-in.
    #[error("a silent sign-in is not possible: the provider has to ask the user something")]
    InteractionRequired,
    /// A parameter of the sign-in is one that this library sets itself, or
    /// `prompt=none` stands beside another prompt. Leave it out.
    #[error("the sign-in cannot have this parameter: {0}")]
    InvalidSignInOption(String),
    /// The provider answered with another OAuth error.
    #[error("the provider refused: {error} ({description})")]
    OAuth {
        /// The `error` code.
        error: String,
        /// The `error_description`, or nothing.
        description: String,
    },
    /// The provider's answer could not be read.
    #[error("the provider's answer could not be read: {0}")]
    InvalidAnswer(String),
    /// The ID token failed a check of OpenID Connect Core §3.1.3.7.
    #[error("the ID token is not valid: {0}")]
    InvalidIdToken(String),
    /// The logout token failed a check of OpenID Connect Back-Channel Logout
    /// 1.0 §2.6: it is not the provider's, not for this client, or too old.
    /// Nobody has been signed out.
    #[error("the logout token is not valid: {0}")]
    InvalidLogoutToken(String),
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
    /// The kind a browser may be told.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Cancelled => ErrorKind::Cancelled,
            Self::Expired | Self::InvalidGrant | Self::LoggedOutDuringSignIn => ErrorKind::Expired,
            Self::StateMismatch => ErrorKind::StateMismatch,
            Self::NotSignedIn | Self::SessionEnded => ErrorKind::SessionRequired,
            Self::NoRefreshToken | Self::InvalidAccessToken => ErrorKind::NoToken,
            Self::UnknownResource { .. } => ErrorKind::UnknownResource,
            Self::NotAMember { .. } => ErrorKind::NotAMember,
            Self::ScopeMissing { .. } => ErrorKind::ScopeMissing,
            Self::LoginRequired => ErrorKind::LoginRequired,
            Self::ConsentRequired => ErrorKind::ConsentRequired,
            Self::InteractionRequired => ErrorKind::InteractionRequired,
            Self::Forbidden { .. } | Self::CrossSiteRequest => ErrorKind::AccessDenied,
            Self::Unreachable { .. } | Self::TimedOut { .. } => ErrorKind::ProviderUnavailable,
            Self::Discovery(_)
            | Self::InvalidClient
            | Self::OpaqueToken
            | Self::InvalidSignInOption(_)
            | Self::InvalidIssuer(_) => ErrorKind::Configuration,
            Self::Sealing | Self::Internal(_) => ErrorKind::Internal,
            Self::InvalidCallback(_) => ErrorKind::InvalidCallback,
            Self::IssuerMismatch
            | Self::OAuth { .. }
            | Self::InvalidAnswer(_)
            | Self::InvalidIdToken(_)
            | Self::InvalidLogoutToken(_) => ErrorKind::ProviderError,
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
