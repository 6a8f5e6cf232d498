//! Settings, by the names of Auth.js's Logto guide or by a builder; checked
//! once, at start, with everything that is wrong reported together.

use std::{fmt, net::Ipv4Addr, net::Ipv6Addr, sync::Arc, time::Duration};

use openidconnect::{ClientId, ClientSecret, IssuerUrl, core::CoreJwsSigningAlgorithm};
use url::{Host, Url};

use crate::{
    Claims, ClientAuthentication, ConfigBuilder, ConfigErrors, Prompt, ResourceIndicator, Scope,
    User, routes, secret::AuthSecrets,
};

pub(crate) type ProfileFn = Arc<dyn Fn(&Claims) -> User + Send + Sync>;

/// Whether a sign-out names the user to the provider by their ID token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IdTokenHint {
    /// No: `client_id` is enough for Logto, and no token ever stands in an
    /// address.
    #[default]
    Omit,
    /// Yes, for providers that want `id_token_hint` (OpenID Connect
    /// RP-Initiated Logout 1.0 §2). The ID token then stands in an address of
    /// the provider's: in the browser's history, and in the provider's log.
    Send,
}

/// Settings of the relying party. Made by [`Config::from_env`] or
/// [`Config::builder`], which check them.
#[derive(Clone)]
pub struct Config {
    pub(crate) issuer: IssuerUrl,
    pub(crate) client_id: ClientId,
    /// There is one, unless `client_authentication` needs none.
    pub(crate) client_secret: Option<ClientSecret>,
    pub(crate) client_authentication: ClientAuthentication,
    pub(crate) secrets: AuthSecrets,
    pub(crate) base_url: Url,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) resources: Vec<ResourceIndicator>,
    pub(crate) prompt: Vec<Prompt>,
    /// The one algorithm taken for ID tokens; any that the provider lists and
    /// this library allows when `None`.
    pub(crate) id_token_alg: Option<CoreJwsSigningAlgorithm>,
    pub(crate) id_token_hint: IdTokenHint,
    pub(crate) profile: ProfileFn,
    pub(crate) idle_lifetime: Duration,
    pub(crate) absolute_lifetime: Duration,
    pub(crate) extend_after: Duration,
    pub(crate) error_page: String,
}

impl Config {
    /// Where the routes of `auth-leptos` stand.
    pub const BASE_PATH: &str = routes::BASE_PATH;

    /// Starts from nothing.
    pub fn builder() -> ConfigBuilder {
        ConfigBuilder::default()
    }

    /// Reads `AUTH_LOGTO_ISSUER`, `AUTH_LOGTO_ID`, `AUTH_LOGTO_SECRET`,
    /// `AUTH_SECRET` and `AUTH_URL` from the environment; where they are set,
    /// also:
    ///
    /// - `AUTH_SECRET_1` to `AUTH_SECRET_3`: the highest number seals, all open;
    /// - `AUTH_SESSION_IDLE` and `AUTH_SESSION_LIFETIME`: how long a session
    ///   lives after its last use and at most, like `30d` or `12h`;
    /// - `AUTH_LOGTO_SCOPES`: what is asked for beside `openid`,
    ///   `offline_access` and `profile`, parted by blanks; `email` when it is
    ///   not set;
    /// - `AUTH_LOGTO_RESOURCES`: the APIs that tokens are wanted for, by their
    ///   indicators, parted by blanks;
    /// - `AUTH_LOGTO_PROMPT`: `consent` when it is not set; `login consent`;
    /// - `AUTH_LOGTO_AUTH_METHOD`: `client_secret_basic` when it is not set;
    ///   `client_secret_post`; `private_key_jwt` with
    ///   `AUTH_LOGTO_PRIVATE_KEY` (PKCS#8 in PEM), `AUTH_LOGTO_PRIVATE_KEY_ALG`
    ///   (`ES384` when it is not set) and `AUTH_LOGTO_PRIVATE_KEY_ID` (the
    ///   key's `kid`).
    ///
    /// # Errors
    ///
    /// All settings that are missing or wrong, at once.
    pub fn from_env() -> Result<Self, ConfigErrors> {
        ConfigBuilder::from_vars(|name| std::env::var(name).ok()).build()
    }

    /// The issuer, as configured.
    pub fn issuer(&self) -> &str {
        self.issuer.as_str()
    }

    /// The application's address: scheme, host and port, with `/` at the end.
    pub fn base_url(&self) -> &Url {
        &self.base_url
    }

    /// The redirect URI to register at Logto, for the way back from a sign-in.
    pub fn redirect_uri(&self) -> String {
        self.route(routes::CALLBACK)
    }

    /// The back-channel logout URI to register at Logto, so that sessions that
    /// it ends by itself end here too.
    pub fn back_channel_logout_uri(&self) -> String {
        self.route(routes::BACK_CHANNEL_LOGOUT)
    }

    /// The front-channel logout URI, for providers that do it so; Logto uses
    /// the back channel.
    pub fn front_channel_logout_uri(&self) -> String {
        self.route(routes::FRONT_CHANNEL_LOGOUT)
    }

    fn route(&self, path: &str) -> String {
        let origin = self.base_url.as_str().trim_end_matches('/');
        format!("{origin}{path}")
    }

    /// The post sign-out redirect URI to register at Logto.
    pub fn post_logout_redirect_uri(&self) -> String {
        self.base_url.to_string()
    }

    /// What every sign-in asks for.
    pub fn scopes(&self) -> &[Scope] {
        &self.scopes
    }

    /// The APIs that every sign-in names, so that tokens for them can be had.
    pub fn resources(&self) -> &[ResourceIndicator] {
        &self.resources
    }

    /// Those of them that are APIs of yours: all but Logto's own
    /// [`ResourceIndicator::ORGANIZATIONS`].
    pub fn api_resources(&self) -> impl Iterator<Item = &ResourceIndicator> {
        self.resources
            .iter()
            .filter(|resource| resource.as_str() != ResourceIndicator::ORGANIZATIONS)
    }

    /// Whether ID tokens signed with `alg` are taken, if the provider lists it.
    pub(crate) fn allows(&self, alg: &CoreJwsSigningAlgorithm) -> bool {
        self.id_token_alg.as_ref().is_none_or(|only| only == alg)
    }

    /// The page of the application that tells what went wrong.
    pub fn error_page(&self) -> &str {
        &self.error_page
    }

    /// Whether the browser reaches the application over TLS, and cookies can
    /// therefore be `Secure` and carry the prefix `__Host-`.
    pub(crate) fn is_https(&self) -> bool {
        self.base_url.scheme() == "https"
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("issuer", &self.issuer.as_str())
            .field("client_id", &self.client_id.as_str())
            .field("base_url", &self.base_url.as_str())
            .field("client_authentication", &self.client_authentication)
            .field("scopes", &self.scopes)
            .field("resources", &self.resources)
            .field("idle_lifetime", &self.idle_lifetime)
            .field("absolute_lifetime", &self.absolute_lifetime)
            .finish_non_exhaustive()
    }
}

/// Whether a URL may carry secrets: over TLS, or within this machine.
pub(crate) fn is_secure(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.host().is_some(),
        "http" => is_loopback(url),
        _ => false,
    }
}

/// Whether the host of a URL is this machine (RFC 6761 §6.3 for the names).
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => Ipv4Addr::is_loopback(&address),
        Some(Host::Ipv6(address)) => Ipv6Addr::is_loopback(&address),
        None => false,
    }
}
