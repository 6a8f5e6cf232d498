//! The verification of JWT access tokens (RFC 9068), for an API: offline, with the
//! provider's keys.

use std::sync::Arc;

use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::{
    cache::TokenCache,
    checks::{self, Expects},
    clocks::Clocks,
    jws::{Algs, MAX_LENGTH, UnverifiedJws},
    table::{self, Form, Presence, Read, Rejection, Row, ensure, row, unchecked},
    verified_access_token::{AccessTokenRejected, Content, VerifiedAccessToken},
};
use crate::{
    clock::{Clock, SystemClock},
    config::{
        clock_tolerance::{self, DEFAULT_CLOCK_TOLERANCE},
        connection::certificate_authorities::CertificateAuthorities,
        validate::check_issuer,
    },
    context::Context,
    error::AuthError,
    oauth::organization_id::OrganizationId,
    provider::{ProviderCache, TokenOrigin, http::ProviderHttp},
};

/// The audience that a token has to have.
#[derive(Clone, Debug)]
enum Audience {
    /// An API, by its resource indicator.
    Api(Arc<str>),
    /// Any organization.
    Organizations,
}

/// Whether a verifier for an API accepts tokens within an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OrganizationTokens {
    Accepted,
    Rejected,
}

/// Verifies the access tokens with which clients call an API.
///
/// A token for the API *within an organization* is rejected unless
/// [`within_organizations`](Self::within_organizations) accepts it: its scopes
/// hold in that organization only.
///
/// Needs the provider only for its keys. Keeps a verified token for a minute, and
/// at most until it expires. So create one verifier for an API and clone it: the
/// clones share the kept tokens.
#[derive(Clone, Debug)]
pub struct AccessTokenVerifier {
    issuer: Arc<str>,
    audience: Audience,
    organization_tokens: OrganizationTokens,
    providers: Arc<ProviderCache>,
    clock: Arc<dyn Clock>,
    clock_tolerance: time::Duration,
    verified: Arc<TokenCache>,
    origin: TokenOrigin,
}

/// Returns a verifier of access tokens for the API with this indicator.
pub(crate) fn verifier(context: &Context, audience: String) -> AccessTokenVerifier {
    AccessTokenVerifier::sharing(context, Audience::Api(audience.into()))
}

/// Returns a verifier of organization tokens, of any organization.
pub(crate) fn organization_verifier(context: &Context) -> AccessTokenVerifier {
    AccessTokenVerifier::sharing(context, Audience::Organizations)
}

impl AccessTokenVerifier {
    /// Creates a verifier for an API server without sign-in: of the tokens that
    /// `issuer` (`https://<tenant>.logto.app/oidc`) issues for the API `audience`.
    ///
    /// # Errors
    ///
    /// [`AuthError::InvalidIssuer`] if `issuer` is not an `https` URL without
    /// query and fragment; [`AuthError::Internal`] if TLS cannot be set up.
    pub fn new(issuer: &str, audience: impl Into<String>) -> Result<Self, AuthError> {
        Self::of_issuer(issuer, Audience::Api(audience.into().into()))
    }

    /// Creates a verifier for an API server without sign-in whose callers act in
    /// organizations: of organization tokens, of any organization.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn for_organizations(issuer: &str) -> Result<Self, AuthError> {
        Self::of_issuer(issuer, Audience::Organizations)
    }

    /// Shares the provider's keys with sign-in.
    fn sharing(context: &Context, audience: Audience) -> Self {
        Self {
            issuer: context.config.issuer().into(),
            audience,
            organization_tokens: OrganizationTokens::Rejected,
            providers: Arc::clone(&context.provider),
            clock: Arc::clone(&context.clock),
            clock_tolerance: context.config.clock_tolerance,
            verified: Arc::default(),
            origin: TokenOrigin::AccessToken,
        }
    }

    /// Verifies tokens that the provider sent in an answer: those that others send do
    /// not delay them.
    pub(crate) fn of_answers(mut self) -> Self {
        self.origin = TokenOrigin::Provider;
        self
    }

    fn of_issuer(issuer: &str, audience: Audience) -> Result<Self, AuthError> {
        let url = check_issuer(issuer).map_err(|problem| {
            AuthError::InvalidIssuer(format!("it {}; {}", problem.problem, problem.remedy))
        })?;
        let http = ProviderHttp::new(&CertificateAuthorities::default(), None)?;
        Ok(Self {
            issuer: issuer.into(),
            audience,
            organization_tokens: OrganizationTokens::Rejected,
            providers: Arc::new(ProviderCache::new(url, http, Arc::new(SystemClock))),
            clock: Arc::new(SystemClock),
            clock_tolerance: DEFAULT_CLOCK_TOLERANCE,
            verified: Arc::default(),
            origin: TokenOrigin::AccessToken,
        })
    }

    /// Sets the clock.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        // The keys that are shared with sign-in keep the clock of sign-in.
        if let Some(own) = Arc::get_mut(&mut self.providers) {
            own.set_clock(Arc::clone(&self.clock));
        }
        self
    }

    /// Sets how far the provider's clock may differ from this server's; ten minutes
    /// at most. Default: one minute.
    #[must_use]
    pub fn with_clock_tolerance(mut self, tolerance: std::time::Duration) -> Self {
        self.clock_tolerance = clock_tolerance::within_limits(tolerance);
        self
    }

    /// Accepts tokens for the API within an organization as well. Their scopes
    /// hold in that organization only: serve only the data of
    /// [`VerifiedAccessToken::organization_id`].
    #[must_use]
    pub const fn within_organizations(mut self) -> Self {
        self.organization_tokens = OrganizationTokens::Accepted;
        self
    }

    /// Returns the issuer whose tokens are accepted.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns the API whose tokens are accepted; `None` for organization tokens.
    pub fn audience(&self) -> Option<&str> {
        match &self.audience {
            Audience::Api(api) => Some(api),
            Audience::Organizations => None,
        }
    }

    /// Verifies a token (RFC 9068 §4).
    ///
    /// # Errors
    ///
    /// [`AccessTokenRejected::Unavailable`] if the provider's keys cannot be
    /// fetched; another variant if the token is not valid.
    pub async fn verify(&self, token: &str) -> Result<VerifiedAccessToken, AccessTokenRejected> {
        // Too long to be a token; do not even hash it.
        if token.len() > MAX_LENGTH {
            return Err(AccessTokenRejected::Malformed);
        }
        let now = self.clock.now();
        let key = TokenCache::key(token);
        let remembered = self.verified.get(&key, now);
        let is_new = remembered.is_none();
        let verified = match remembered {
            Some(verified) => verified,
            None => self.verify_new(token, now).await?,
        };
        self.check_expiry(&verified, now)?;
        if is_new {
            self.verified.put(key, verified.clone(), now);
        }
        // Clones share what is remembered, and may differ in this.
        let is_rejected = match self.audience {
            Audience::Api(_) => self.organization_tokens == OrganizationTokens::Rejected,
            Audience::Organizations => false,
        };
        if is_rejected && verified.organization_id().is_some() {
            return Err(AccessTokenRejected::WithinOrganization);
        }
        Ok(verified)
    }

    fn check_expiry(
        &self,
        token: &VerifiedAccessToken,
        now: OffsetDateTime,
    ) -> Result<(), AccessTokenRejected> {
        let clocks = self.clocks(now);
        let not_expired = clocks.not_past(token.expires_at(), "it has expired (exp)");
        not_expired.map_err(|rejection| {
            tracing::debug!("an access token is not valid: {}", rejection.into_reason());
            AccessTokenRejected::Expired
        })
    }

    /// Checks everything except whether the token has expired.
    async fn verify_new(
        &self,
        token: &str,
        now: OffsetDateTime,
    ) -> Result<VerifiedAccessToken, AccessTokenRejected> {
        let jws = UnverifiedJws::parse_presented(token)?;
        Self::check_typ(&jws)?;
        let provider = self
            .providers
            .get()
            .await
            .map_err(AccessTokenRejected::Unavailable)?;
        // The signature costs a hundred times as much as all other checks, so a token
        // that would be refused anyway does not get that far.
        let claimed = self.check(jws.claimed().clone(), now)?;
        self.check_expiry(&claimed, now)?;
        let verified = jws
            .verify(&provider, &self.providers, Algs::Allowed, self.origin)
            .await?;
        Ok(self.check(verified.payload, now)?)
    }

    /// RFC 9068 §4: "any other value" than at+jwt is rejected, so that neither an ID
    /// token nor a logout token is accepted as an access token.
    pub(crate) fn check_typ(jws: &UnverifiedJws<'_>) -> Result<(), Rejection> {
        ensure(
            jws.typ().as_deref() == Some("at+jwt"),
            "its typ is not that of an access token",
        )
    }

    /// Checks the claims of a token with a verified signature, except whether it
    /// has expired.
    pub(crate) fn check(
        &self,
        payload: Map<String, Value>,
        now: OffsetDateTime,
    ) -> Result<VerifiedAccessToken, Rejection> {
        let against = Against {
            verifier: self,
            clocks: self.clocks(now),
        };
        let read = table::check(&payload, &claims(), &against)?;
        let within = match read.get("aud") {
            Some(aud) => self.audience.check(aud.audiences())?,
            None => None,
        };
        let claimed = read.text("organization_id");
        if let (Some(claimed), Some(within)) = (&claimed, &within) {
            ensure(claimed == within, "it names two organizations")?;
        }
        // RFC 8693 §4.2: a string of space-separated scopes.
        let scope = read.text("scope").unwrap_or_default();
        Ok(VerifiedAccessToken::new(Content {
            sub: read.text("sub").unwrap_or_default(),
            client_id: read.text("client_id"),
            scope: scope.split_whitespace().map(str::to_owned).collect(),
            organization_id: claimed.or(within),
            expires_at: read.time("exp").unwrap_or(now),
            issued_at: read.time("iat").unwrap_or(now),
            jti: read.text("jti"),
            claims: payload,
        }))
    }

    fn clocks(&self, now: OffsetDateTime) -> Clocks {
        Clocks {
            now,
            tolerance: self.clock_tolerance,
        }
    }
}

struct Against<'a> {
    verifier: &'a AccessTokenVerifier,
    clocks: Clocks,
}

impl Expects for Against<'_> {
    fn issuer(&self) -> &str {
        &self.verifier.issuer
    }

    fn clocks(&self) -> Clocks {
        self.clocks
    }
}

/// The claims of an access token (RFC 9068 §2.2). The audience is checked by
/// [`Audience::check`], and `exp` with every use of a token that is kept.
fn claims<'a>() -> [Row<Against<'a>>; 10] {
    use Presence::{Optional, Required};
    [
        row("iss", Required, Form::Text, checks::issuer),
        row(
            "aud",
            Required,
            Form::Audience,
            |aud: &Read<'_>, against: &Against<'_>| {
                against.verifier.audience.check(aud.audiences()).map(drop)
            },
        ),
        row("exp", Required, Form::Time, unchecked),
        row("iat", Required, Form::Time, checks::issued),
        row("nbf", Optional, Form::Time, checks::not_before),
        row("sub", Required, Form::Name, unchecked),
        row("client_id", Optional, Form::Name, unchecked),
        row("jti", Optional, Form::Name, unchecked),
        row("organization_id", Optional, Form::Name, unchecked),
        row("scope", Optional, Form::Text, unchecked),
    ]
}

impl Audience {
    /// Returns the organization, if the audience is one.
    fn check(&self, audiences: &[&str]) -> Result<Option<String>, Rejection> {
        match self {
            Self::Api(api) => {
                ensure(audiences.contains(&&**api), "it is for another API (aud)")?;
                Ok(None)
            }
            Self::Organizations => {
                let mut organizations = audiences
                    .iter()
                    .filter_map(|audience| audience.strip_prefix(OrganizationId::AUDIENCE_PREFIX))
                    .filter(|id| !id.is_empty());
                match (organizations.next(), organizations.next()) {
                    (Some(id), None) => Ok(Some(id.to_owned())),
                    (None, _) => Err("it is for no organization (aud)".into()),
                    (Some(_), Some(_)) => Err("it is for several organizations (aud)".into()),
                }
            }
        }
    }
}
