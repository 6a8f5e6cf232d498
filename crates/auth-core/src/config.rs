//! Settings, by the names of Auth.js's Logto guide or by a builder; checked
//! once, at start, with everything that is wrong reported together.

use std::{fmt, net::Ipv4Addr, net::Ipv6Addr, sync::Arc, time::Duration};

use openidconnect::{ClientId, ClientSecret, IssuerUrl};
use url::{Host, Url};

use crate::{AuthSecret, Claims, User};

pub(crate) type ProfileFn = Arc<dyn Fn(&Claims) -> User + Send + Sync>;

/// The scopes of Auth.js's Logto provider.
const DEFAULT_SCOPES: [&str; 4] = ["openid", "offline_access", "profile", "email"];

/// Settings of the relying party. Made by [`Config::from_env`] or
/// [`Config::builder`], which check them.
#[derive(Clone)]
pub struct Config {
    pub(crate) issuer: IssuerUrl,
    pub(crate) client_id: ClientId,
    pub(crate) client_secret: ClientSecret,
    pub(crate) secret: AuthSecret,
    pub(crate) base_url: Url,
    pub(crate) scopes: Vec<String>,
    pub(crate) profile: ProfileFn,
    pub(crate) idle_lifetime: Duration,
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
    /// `AUTH_SECRET` and `AUTH_URL` from the environment.
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
        format!("{}api/auth/callback/logto", self.base_url)
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
            .finish_non_exhaustive()
    }
}

/// Gathers settings; [`build`](Self::build) checks them.
#[derive(Default)]
pub struct ConfigBuilder {
    issuer: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    secret: Option<String>,
    base_url: Option<String>,
    scopes: Vec<String>,
    profile: Option<ProfileFn>,
    idle_lifetime: Option<Duration>,
    extend_after: Option<Duration>,
    error_page: Option<String>,
}

impl fmt::Debug for ConfigBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigBuilder").finish_non_exhaustive()
    }
}

impl ConfigBuilder {
    /// Takes what `var` knows of the five variables. An empty value counts as
    /// none.
    pub fn from_vars(var: impl Fn(&str) -> Option<String>) -> Self {
        let var = |name| {
            var(name)
                .map(|value| value.trim().to_owned())
                .filter(|value| !value.is_empty())
        };
        Self {
            issuer: var("AUTH_LOGTO_ISSUER"),
            client_id: var("AUTH_LOGTO_ID"),
            client_secret: var("AUTH_LOGTO_SECRET"),
            secret: var("AUTH_SECRET"),
            base_url: var("AUTH_URL"),
            ..Self::default()
        }
    }

    /// The issuer: `https://<tenant>.logto.app/oidc`.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// The *App ID* of the application in Logto's console.
    #[must_use]
    pub fn client_id(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// The *App secret* of the application in Logto's console.
    #[must_use]
    pub fn client_secret(mut self, client_secret: impl Into<String>) -> Self {
        self.client_secret = Some(client_secret.into());
        self
    }

    /// The application's own secret, at least
    /// [`AuthSecret::MIN_LENGTH`] characters.
    #[must_use]
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.secret = Some(secret.into());
        self
    }

    /// The address at which browsers reach the application.
    #[must_use]
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Some(base_url.into());
        self
    }

    /// The address given so far.
    pub fn given_base_url(&self) -> Option<&str> {
        self.base_url.as_deref()
    }

    /// Whether a secret was given so far.
    pub fn has_secret(&self) -> bool {
        self.secret.is_some()
    }

    /// Adds a scope to `openid`, `offline_access`, `profile` and `email`.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scopes.push(scope.into());
        self
    }

    /// Replaces [`Claims::to_user`].
    #[must_use]
    pub fn profile(mut self, map: impl Fn(&Claims) -> User + Send + Sync + 'static) -> Self {
        self.profile = Some(Arc::new(map));
        self
    }

    /// How long a session lives after the last request: 30 days by default.
    #[must_use]
    pub fn idle_lifetime(mut self, lifetime: Duration) -> Self {
        self.idle_lifetime = Some(lifetime);
        self
    }

    /// The shortest time between two writes that move a session's expiry: a
    /// day by default.
    #[must_use]
    pub fn extend_after(mut self, interval: Duration) -> Self {
        self.extend_after = Some(interval);
        self
    }

    /// The page that tells what went wrong: `/auth/error` by default. It is
    /// given `?error=` ([`crate::ErrorKind::code`]), `&ref=` (to find the
    /// line in the log) and `&callbackUrl=` (the page to return to).
    #[must_use]
    pub fn error_page(mut self, path: impl Into<String>) -> Self {
        self.error_page = Some(path.into());
        self
    }

    /// Checks all settings.
    ///
    /// # Errors
    ///
    /// Everything that is missing or wrong, at once.
    pub fn build(self) -> Result<Config, ConfigErrors> {
        let mut problems = Vec::new();

        let issuer = required(
            &mut problems,
            "AUTH_LOGTO_ISSUER",
            self.issuer,
            "set it to your tenant's issuer: https://<tenant>.logto.app/oidc",
        )
        .and_then(|issuer| keep(&mut problems, check_issuer(&issuer)));
        let client_id = required(
            &mut problems,
            "AUTH_LOGTO_ID",
            self.client_id,
            "copy \"App ID\" from the application's page in Logto's console",
        );
        let client_secret = required(
            &mut problems,
            "AUTH_LOGTO_SECRET",
            self.client_secret,
            "copy \"App secret\" from the application's page in Logto's console",
        );
        let secret = required(
            &mut problems,
            "AUTH_SECRET",
            self.secret,
            "set it to the output of: openssl rand -base64 33",
        )
        .and_then(|secret| keep(&mut problems, check_secret(secret)));
        let base_url = required(
            &mut problems,
            "AUTH_URL",
            self.base_url,
            "set it to the address at which browsers reach this application",
        )
        .and_then(|url| keep(&mut problems, check_base_url(&url)));

        match (issuer, client_id, client_secret, secret, base_url) {
            (Some(issuer), Some(client_id), Some(client_secret), Some(secret), Some(base_url))
                if problems.is_empty() =>
            {
                let mut scopes: Vec<String> = DEFAULT_SCOPES.map(str::to_owned).into();
                for scope in self.scopes {
                    if !scopes.contains(&scope) {
                        scopes.push(scope);
                    }
                }
                Ok(Config {
                    issuer,
                    client_id: ClientId::new(client_id),
                    client_secret: ClientSecret::new(client_secret),
                    secret,
                    base_url,
                    scopes,
                    profile: self.profile.unwrap_or_else(|| Arc::new(Claims::to_user)),
                    idle_lifetime: self.idle_lifetime.unwrap_or(days(30)),
                    extend_after: self.extend_after.unwrap_or(days(1)),
                    error_page: self.error_page.unwrap_or_else(|| "/auth/error".to_owned()),
                })
            }
            _ => Err(ConfigErrors(problems)),
        }
    }
}

const fn days(days: u64) -> Duration {
    Duration::from_secs(days * 24 * 60 * 60)
}

fn required(
    problems: &mut Vec<ConfigProblem>,
    name: &'static str,
    value: Option<String>,
    remedy: &str,
) -> Option<String> {
    if value.is_none() {
        problems.push(ConfigProblem::new(name, "is not set", remedy));
    }
    value
}

fn keep<T>(problems: &mut Vec<ConfigProblem>, checked: Result<T, ConfigProblem>) -> Option<T> {
    checked.map_err(|problem| problems.push(problem)).ok()
}

fn check_issuer(issuer: &str) -> Result<IssuerUrl, ConfigProblem> {
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
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => Ipv4Addr::is_loopback(&address),
        Some(Host::Ipv6(address)) => Ipv6Addr::is_loopback(&address),
        None => false,
    }
}

fn check_secret(secret: String) -> Result<AuthSecret, ConfigProblem> {
    let length = secret.chars().count();
    AuthSecret::new(secret).ok_or_else(|| {
        ConfigProblem::new(
            "AUTH_SECRET",
            format!(
                "has {length} characters, and {} are the fewest that are safe",
                AuthSecret::MIN_LENGTH
            ),
            "set it to the output of: openssl rand -base64 33",
        )
    })
}

fn check_base_url(base_url: &str) -> Result<Url, ConfigProblem> {
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

/// One setting that is missing or wrong, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigProblem {
    /// The environment variable.
    pub setting: &'static str,
    /// What is wrong with it; never the value of a secret.
    pub problem: String,
    /// How to mend it.
    pub remedy: String,
}

impl ConfigProblem {
    /// `setting` has `problem`; do `remedy`.
    pub fn new(
        setting: &'static str,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            setting,
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            setting,
            problem,
            remedy,
        } = self;
        write!(f, "{setting} {problem}\n      -> {remedy}")
    }
}

/// Everything that is wrong with the settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<ConfigProblem>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => writeln!(f, "1 setting needs mending:")?,
            many => writeln!(f, "{many} settings need mending:")?,
        }
        for problem in &self.0 {
            writeln!(f, "  - {problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}
