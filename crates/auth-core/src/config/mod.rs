//! Settings, from the environment variables of Auth.js's Logto guide or from a
//! builder; checked once, at start, with all problems reported together.

pub(crate) mod builder;
#[cfg(test)]
pub(crate) mod captured_log;
pub(crate) mod client_address;
pub(crate) mod clock_tolerance;
pub(crate) mod connection;
pub(crate) mod cookie_name;
pub(crate) mod env;
pub(crate) mod error;
pub(crate) mod languages;
pub(crate) mod lifetimes;
pub(crate) mod paths;
pub(crate) mod provider_origins;
pub(crate) mod response_mode;
pub(crate) mod validate;
pub(crate) mod webhook_key;

use std::{fmt, sync::Arc, time::Duration};

use auth_types::{
    BasePath, User,
    routes::{self, Route},
};
use openidconnect::core::CoreJwsSigningAlgorithm;
use url::Url;
use zeroize::Zeroizing;

use self::{
    client_address::ClientAddress,
    connection::{
        certificate_authorities::CertificateAuthorities, internal_address::InternalAddress,
    },
    paths::pages::Pages,
    provider_origins::ProviderOrigins,
    response_mode::ResponseMode,
};
use crate::{
    claims::Claims,
    cookies::CookieNames,
    languages::Languages,
    oauth::{
        client_authentication::Credentials, prompt::Prompt, pushed_requests::PushedRequests,
        resource_indicator::ResourceIndicator, scope::Scope,
    },
    sealing::secret::AuthSecrets,
};

/// Maps claims to the user that pages see.
pub(crate) type ProfileFn = Arc<dyn Fn(&Claims) -> User + Send + Sync>;

/// Whether a sign-out names the user to the provider by their ID token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IdTokenHint {
    /// Sends no ID token: `client_id` is enough for Logto, and URLs never
    /// contain a token.
    #[default]
    Omit,
    /// Sends `id_token_hint`, for providers that require it (OpenID Connect
    /// RP-Initiated Logout 1.0 §2). A URL of the provider then contains the ID
    /// token, and so do the browser's history and the provider's log.
    Send,
}

/// The settings of this application as a relying party.
/// [`Config::from_env`] and [`Config::builder`] create and check them.
#[derive(Clone)]
pub struct Config {
    pub(crate) credentials: Credentials,
    pub(crate) secrets: AuthSecrets,
    pub(crate) base_url: Url,
    pub(crate) base_path: BasePath,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) resources: Vec<ResourceIndicator>,
    pub(crate) prompt: Vec<Prompt>,
    /// The only algorithm accepted for ID tokens. `None` accepts every allowed
    /// algorithm that the provider lists.
    pub(crate) id_token_alg: Option<CoreJwsSigningAlgorithm>,
    pub(crate) id_token_hint: IdTokenHint,
    pub(crate) profile: ProfileFn,
    pub(crate) idle_lifetime: Duration,
    pub(crate) absolute_lifetime: Duration,
    pub(crate) extend_after: Duration,
    pub(crate) claims_max_age: Duration,
    pub(crate) claims_max_stale: Duration,
    pub(crate) pages: Pages,
    pub(crate) response_mode: ResponseMode,
    pub(crate) pushed_requests: PushedRequests,
    pub(crate) webhook_key: Option<Zeroizing<String>>,
    pub(crate) client_address: ClientAddress,
    pub(crate) certificate_authorities: CertificateAuthorities,
    pub(crate) internal_address: Option<InternalAddress>,
    /// How far the provider's clock may differ from this server's.
    pub(crate) clock_tolerance: time::Duration,
    /// Audiences that ID tokens may have besides this client.
    pub(crate) trusted_audiences: Vec<String>,
    pub(crate) provider_origins: ProviderOrigins,
    pub(crate) cookie_names: Arc<CookieNames>,
    pub(crate) languages: Languages,
}

impl Config {
    /// Returns the issuer, as configured.
    pub fn issuer(&self) -> &str {
        self.credentials.issuer.as_str()
    }

    /// Returns the client id: the *App ID* of the application in Logto's
    /// console.
    pub(crate) fn client_id(&self) -> &str {
        self.credentials.client_id.as_str()
    }

    /// Returns the application's address: scheme, host and port, with `/` at
    /// the end.
    pub fn base_url(&self) -> &Url {
        &self.base_url
    }

    /// Returns the redirect URI to register at Logto: the provider answers a
    /// sign-in there.
    pub fn redirect_uri(&self) -> String {
        self.url_of(routes::CALLBACK)
    }

    /// Returns the back-channel logout URI to register at Logto. With it,
    /// sessions that Logto ends also end in this application.
    pub fn back_channel_logout_uri(&self) -> String {
        self.url_of(routes::BACK_CHANNEL_LOGOUT)
    }

    /// Returns the absolute URL of a sign-in route.
    pub fn url_of(&self, route: Route) -> String {
        let origin = self.base_url.as_str().trim_end_matches('/');
        format!("{origin}{}", self.base_path.path_of(route))
    }

    /// Returns the post sign-out redirect URI to register at Logto.
    pub fn post_logout_redirect_uri(&self) -> String {
        self.base_url.to_string()
    }

    /// Returns the scopes that every sign-in requests.
    pub fn scopes(&self) -> &[Scope] {
        &self.scopes
    }

    /// Returns the API resources that every sign-in requests, so that access
    /// tokens for them can be issued.
    pub fn resources(&self) -> &[ResourceIndicator] {
        &self.resources
    }

    /// Returns the [`resources`](Self::resources) that are your own APIs: all
    /// except Logto's [`ResourceIndicator::ORGANIZATIONS`].
    pub fn api_resources(&self) -> impl Iterator<Item = &ResourceIndicator> {
        self.resources
            .iter()
            .filter(|resource| resource.as_str() != ResourceIndicator::ORGANIZATIONS)
    }

    /// Returns whether ID tokens and logout tokens signed with `alg` are
    /// accepted, if the provider lists `alg`.
    pub(crate) fn allows(&self, alg: &CoreJwsSigningAlgorithm) -> bool {
        self.id_token_alg.as_ref().is_none_or(|only| only == alg)
    }

    /// Returns how much of the address of a browser is kept.
    pub fn client_address(&self) -> ClientAddress {
        self.client_address
    }

    /// Returns the origins of the provider's pages, for a `Content-Security-Policy` of
    /// your own: the issuer's, and those of the authorization and end-session
    /// endpoints once the discovery document was read
    /// ([`Auth::warm_up`](crate::Auth::warm_up)). The same `Arc` as long as they are
    /// the same.
    pub fn provider_origins(&self) -> Arc<[String]> {
        self.provider_origins.get()
    }
}

/// Prints no secret.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("issuer", &self.issuer())
            .field("client_id", &self.client_id())
            .field("base_url", &self.base_url.as_str())
            .field("base_path", &self.base_path.as_str())
            .field("client_authentication", &self.credentials.method)
            .field("scopes", &self.scopes)
            .field("resources", &self.resources)
            .field("idle_lifetime", &self.idle_lifetime)
            .field("absolute_lifetime", &self.absolute_lifetime)
            .finish_non_exhaustive()
    }
}
