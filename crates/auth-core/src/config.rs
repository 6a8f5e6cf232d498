//! Settings, by the names of Auth.js's Logto guide or by a builder; checked
//! once, at start, with everything that is wrong reported together.

use std::{fmt, net::Ipv4Addr, net::Ipv6Addr, sync::Arc, time::Duration};

use openidconnect::{ClientId, ClientSecret, IssuerUrl};
use url::{Host, Url};

use crate::{
    AuthSecret, Claims, ConfigBuilder, ConfigErrors, ConfigProblem, User, secret::AuthSecrets,
};

pub(crate) type ProfileFn = Arc<dyn Fn(&Claims) -> User + Send + Sync>;

/// Settings of the relying party. Made by [`Config::from_env`] or
/// [`Config::builder`], which check them.
#[derive(Clone)]
pub struct Config {
    pub(crate) issuer: IssuerUrl,
    pub(crate) client_id: ClientId,
    pub(crate) client_secret: ClientSecret,
    pub(crate) secrets: AuthSecrets,
    pub(crate) base_url: Url,
    pub(crate) scopes: Vec<String>,
    pub(crate) profile: ProfileFn,
    pub(crate) idle_lifetime: Duration,
    pub(crate) absolute_lifetime: Duration,
    pub(crate) extend_after: Duration,
    pub(crate) error_page: String,
}

impl Config {
    /// Where the routes of `auth-leptos` stand.
    pub const BASE_PATH: &str = "/api/auth";

    /// Starts from nothing.
    pub fn builder() -> ConfigBuilder {
        ConfigBuilder::default()
    }

    /// Reads `AUTH_LOGTO_ISSUER`, `AUTH_LOGTO_ID`, `AUTH_LOGTO_SECRET`,
    /// `AUTH_SECRET` and `AUTH_URL` from the environment; where they are set,
    /// also `AUTH_SECRET_1` to `AUTH_SECRET_3` (the highest number seals, all
    /// open), and `AUTH_SESSION_IDLE` and `AUTH_SESSION_LIFETIME` (how long a
    /// session lives after its last use and at most, like `30d` or `12h`).
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
        let origin = self.base_url.as_str().trim_end_matches('/');
        format!("{origin}{}/callback/logto", Self::BASE_PATH)
    }

    /// The post sign-out redirect URI to register at Logto.
    pub fn post_logout_redirect_uri(&self) -> String {
        self.base_url.to_string()
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
            .field("scopes", &self.scopes)
            .field("idle_lifetime", &self.idle_lifetime)
            .field("absolute_lifetime", &self.absolute_lifetime)
            .finish_non_exhaustive()
    }
}

pub(crate) fn check_issuer(issuer: &str) -> Result<IssuerUrl, ConfigProblem> {
    let wrong = |problem: &str, remedy: &str| {
        Err(ConfigProblem::new(
            "AUTH_LOGTO_ISSUER",
            format!("{issuer:?} {problem}"),
            remedy,
        ))
    };
    let Ok(url) = Url::parse(issuer) else {
        return wrong(
            "is not a URL",
            "write it in full: https://<tenant>.logto.app/oidc",
        );
    };
    if url.path().contains("/.well-known/") {
        return wrong(
            "is the address of the discovery document, not the issuer",
            "leave out /.well-known/openid-configuration",
        );
    }
    // OpenID Connect Discovery 1.0 §3: no query or fragment.
    if url.query().is_some() || url.fragment().is_some() {
        return wrong("has a query or a fragment", "an issuer has neither");
    }
    if !is_secure(&url) {
        return wrong(
            "does not use https",
            "use https; plain http is taken only for localhost, for development",
        );
    }
    IssuerUrl::new(issuer.to_owned()).or_else(|_| wrong("is not a URL", "write it in full"))
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

pub(crate) fn check_secret(
    name: &'static str,
    secret: String,
) -> Result<AuthSecret, ConfigProblem> {
    let length = secret.chars().count();
    AuthSecret::new(secret).ok_or_else(|| {
        ConfigProblem::new(
            name,
            format!(
                "has {length} characters, and {} are the fewest that are safe",
                AuthSecret::MIN_LENGTH
            ),
            "set it to the output of: openssl rand -base64 33",
        )
    })
}

pub(crate) fn check_base_url(base_url: &str) -> Result<Url, ConfigProblem> {
    let wrong = |problem: &str, remedy: &str| {
        Err(ConfigProblem::new(
            "AUTH_URL",
            format!("{base_url:?} {problem}"),
            remedy,
        ))
    };
    let Ok(mut url) = Url::parse(base_url) else {
        return wrong(
            "is not a URL",
            "write scheme and host: https://app.example.com",
        );
    };
    if !is_secure(&url) {
        return wrong(
            "does not use https",
            "use https; plain http is taken only for localhost, for development",
        );
    }
    // Auth.js takes the base path in AUTH_URL as well; ours is fixed.
    let path_fits = matches!(url.path().trim_end_matches('/'), "" | Config::BASE_PATH);
    if !path_fits || url.query().is_some() || url.fragment().is_some() || !url.username().is_empty()
    {
        return wrong(
            "holds more than scheme, host and port",
            "leave out the path, query, fragment and user",
        );
    }
    url.set_path("/");
    Ok(url)
}
