//! Collects settings.

mod build;

use std::{fmt, sync::Arc, time::Duration};

use auth_types::User;

use super::{
    Config, IdTokenHint, ProfileFn, client_address::ClientAddress, error::ConfigProblem,
    paths::pages::Pages, response_mode::ResponseMode, validate::DEFAULT_SCOPES,
};
use crate::{
    claims::Claims,
    languages::given::Given,
    oauth::{
        client_authentication::ClientAuthentication, prompt::Prompt,
        pushed_requests::PushedRequests, scope::Scope,
    },
};

/// Collects settings; [`build`](Self::build) checks them.
#[derive(Default)]
pub struct ConfigBuilder {
    pub(crate) issuer: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret: Option<String>,
    pub(crate) secret: Option<NamedSecret>,
    /// Newest first.
    pub(crate) former_secrets: Vec<NamedSecret>,
    pub(crate) base_url: Option<String>,
    pub(crate) base_path: Option<String>,
    /// In addition to [`Scope::ALWAYS`]; `None` for [`DEFAULT_SCOPES`].
    pub(crate) scopes: Option<Vec<Scope>>,
    pub(crate) resources: Vec<String>,
    pub(crate) prompt: Option<Vec<Prompt>>,
    pub(crate) client_authentication: ClientAuthentication,
    pub(crate) id_token_alg: Option<String>,
    pub(crate) id_token_hint: IdTokenHint,
    pub(crate) profile: Option<ProfileFn>,
    pub(crate) idle_lifetime: Option<Duration>,
    pub(crate) absolute_lifetime: Option<Duration>,
    pub(crate) extend_after: Option<Duration>,
    pub(crate) claims_max_age: Option<Duration>,
    pub(crate) claims_max_stale: Option<Duration>,
    pub(crate) pages: Pages,
    pub(crate) response_mode: ResponseMode,
    pub(crate) pushed_requests: PushedRequests,
    pub(crate) webhook_key: Option<String>,
    pub(crate) client_address: ClientAddress,
    pub(crate) certificate_authorities: Option<Vec<u8>>,
    pub(crate) internal_url: Option<String>,
    pub(crate) cookie_name: Option<String>,
    pub(crate) languages: Vec<Given>,
    pub(crate) clock_tolerance: Option<Duration>,
    pub(crate) trusted_audiences: Vec<String>,
    /// Problems found while reading variables.
    pub(crate) problems: Vec<ConfigProblem>,
}

/// A secret, and the name of its variable.
pub(crate) type NamedSecret = (&'static str, String);

impl fmt::Debug for ConfigBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigBuilder").finish_non_exhaustive()
    }
}

impl Config {
    /// Returns a builder without any settings.
    pub fn builder() -> ConfigBuilder {
        ConfigBuilder::default()
    }
}

impl ConfigBuilder {
    /// Sets the issuer: `https://<tenant>.logto.app/oidc`.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Sets the issuer from the URL of its discovery document, like NextAuth v4's
    /// `wellKnown`:
    /// `https://<tenant>.logto.app/oidc/.well-known/openid-configuration`.
    #[must_use]
    pub fn well_known(self, url: impl Into<String>) -> Self {
        let url = url.into();
        // OpenID Connect Discovery 1.0 §4: the URL is the issuer and this suffix.
        let issuer = url.strip_suffix("/.well-known/openid-configuration");
        let issuer = issuer.unwrap_or(&url).to_owned();
        self.issuer(issuer)
    }

    /// Sets the client id: the *App ID* of the application in Logto's console.
    #[must_use]
    pub fn client_id(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// Sets the client secret: the *App secret* of the application in Logto's
    /// console.
    #[must_use]
    pub fn client_secret(mut self, client_secret: impl Into<String>) -> Self {
        self.client_secret = Some(client_secret.into());
        self
    }

    /// Sets the application's own secret, of at least
    /// [`AuthSecret::MIN_LENGTH`](crate::AuthSecret::MIN_LENGTH) characters.
    #[must_use]
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.secret = Some(("AUTH_SECRET", secret.into()));
        self
    }

    /// Adds a former secret, with which sealed values can still be opened. Add
    /// the newest one first.
    #[must_use]
    pub fn former_secret(mut self, secret: impl Into<String>) -> Self {
        self.former_secrets.push(("AUTH_SECRET", secret.into()));
        self
    }

    /// Sets the URL at which browsers reach the application. Its path, if it has
    /// one, is the [`base_path`](Self::base_path).
    #[must_use]
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Some(base_url.into());
        self
    }

    /// Returns the URL set so far.
    pub fn given_base_url(&self) -> Option<&str> {
        self.base_url.as_deref()
    }

    /// Returns whether a secret was set so far, also one whose file cannot be
    /// read.
    pub fn has_secret(&self) -> bool {
        let is_wrong = |problem: &ConfigProblem| problem.setting.starts_with("AUTH_SECRET");
        self.secret.is_some() || self.problems.iter().any(is_wrong)
    }

    /// Adds a scope to `openid`, `offline_access`, `profile` and `email`.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<Scope>) -> Self {
        self.scopes
            .get_or_insert_with(|| DEFAULT_SCOPES.into())
            .push(scope.into());
        self
    }

    /// Requests these scopes and `openid`, `offline_access` and `profile`, and no
    /// others.
    #[must_use]
    pub fn scopes<S: Into<Scope>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = Some(scopes.into_iter().map(Into::into).collect());
        self
    }

    /// Adds an API that access tokens are needed for, by its indicator. Add its
    /// permissions as [`scope`](Self::scope)s; each is requested at all APIs.
    #[must_use]
    pub fn resource(mut self, indicator: impl Into<String>) -> Self {
        self.resources.push(indicator.into());
        self
    }

    /// Sets the prompt of sign-ins that set none themselves. Default:
    /// [`Prompt::Consent`], because Logto issues refresh tokens with it. Set an
    /// empty list if Logto always issues them.
    #[must_use]
    pub fn prompt(mut self, prompt: impl IntoIterator<Item = Prompt>) -> Self {
        self.prompt = Some(prompt.into_iter().collect());
        self
    }

    /// Sets how the application authenticates at the provider. Default:
    /// [`ClientAuthentication::SecretBasic`].
    #[must_use]
    pub fn client_authentication(mut self, method: ClientAuthentication) -> Self {
        self.client_authentication = method;
        self
    }

    /// Accepts only ID tokens that are signed with this algorithm, like NextAuth
    /// v4's `id_token_signed_response_alg`. By default every asymmetric algorithm
    /// that the provider lists is accepted, including ES384.
    #[must_use]
    pub fn id_token_signed_response_alg(mut self, alg: impl Into<String>) -> Self {
        self.id_token_alg = Some(alg.into());
        self
    }

    /// Sets whether sign-outs send the ID token. Default: [`IdTokenHint::Omit`].
    #[must_use]
    pub fn id_token_hint(mut self, hint: IdTokenHint) -> Self {
        self.id_token_hint = hint;
        self
    }

    /// Sets how far the provider's clock may differ from this server's, in the times
    /// of tokens and webhooks; ten minutes at most. Default: one minute.
    #[must_use]
    pub const fn clock_tolerance(mut self, tolerance: Duration) -> Self {
        self.clock_tolerance = Some(tolerance);
        self
    }

    /// Trusts an audience that ID tokens may have besides this client: another
    /// client of yours, or an API. By default a token for a further audience is
    /// refused (OpenID Connect Core §3.1.3.7, step 3). An ID token for several
    /// audiences also has to say, in `azp`, that it was issued to this client.
    #[must_use]
    pub fn trusted_audience(mut self, audience: impl Into<String>) -> Self {
        self.trusted_audiences.push(audience.into());
        self
    }

    /// Sets how claims become a [`User`]. Default: [`Claims::to_user`].
    #[must_use]
    pub fn profile(mut self, map: impl Fn(&Claims) -> User + Send + Sync + 'static) -> Self {
        self.profile = Some(Arc::new(map));
        self
    }

    /// Accepts certificates of the provider that one of these authorities has
    /// signed, besides those of the system. `pem` is the content of a PEM file.
    #[must_use]
    pub fn certificate_authorities(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.certificate_authorities = Some(pem.into());
        self
    }

    /// Sets the address, with scheme, host and port, at which this server reaches
    /// the provider, if it is not the one of the issuer: `http://logto:3001` in a
    /// network of containers. Browsers are still sent to the issuer's address, and
    /// tokens still have to be the issuer's. With `http`, the client's secret and
    /// the users' tokens cross that network unencrypted.
    #[must_use]
    pub fn internal_url(mut self, url: impl Into<String>) -> Self {
        self.internal_url = Some(url.into());
        self
    }
}
