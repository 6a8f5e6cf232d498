//! Gathering settings, and checking them all at once.

use std::{fmt, sync::Arc, time::Duration};

use openidconnect::{ClientId, ClientSecret};

use crate::{
    Claims, Config, ConfigErrors, ConfigProblem, RedirectTo, User,
    config::{ProfileFn, check_base_url, check_issuer, check_secret},
    secret::AuthSecrets,
};

/// Browsers keep no cookie longer.
pub(crate) const LONGEST_LIFETIME: Duration = days(400);
const DEFAULT_IDLE: Duration = days(30);
/// How long a grant of Logto's lives at most: with it end the tokens.
const DEFAULT_ABSOLUTE: Duration = days(180);
const DEFAULT_EXTEND_AFTER: Duration = Duration::from_secs(10 * 60);

/// The variables of the secrets, newest first, as in Auth.js.
const SECRETS: [&str; 4] = [
    "AUTH_SECRET_3",
    "AUTH_SECRET_2",
    "AUTH_SECRET_1",
    "AUTH_SECRET",
];

/// The scopes of Auth.js's Logto provider.
const DEFAULT_SCOPES: [&str; 4] = ["openid", "offline_access", "profile", "email"];

/// Gathers settings; [`build`](Self::build) checks them.
#[derive(Default)]
pub struct ConfigBuilder {
    issuer: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    secret: Option<NamedSecret>,
    /// Newest first.
    former_secrets: Vec<NamedSecret>,
    base_url: Option<String>,
    scopes: Vec<String>,
    profile: Option<ProfileFn>,
    idle_lifetime: Option<Duration>,
    absolute_lifetime: Option<Duration>,
    extend_after: Option<Duration>,
    error_page: Option<String>,
    /// What could not be read.
    problems: Vec<ConfigProblem>,
}

/// A secret, and the variable it would stand in.
type NamedSecret = (&'static str, String);

impl fmt::Debug for ConfigBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigBuilder").finish_non_exhaustive()
    }
}

impl ConfigBuilder {
    /// Takes what `var` knows of the variables named at
    /// [`Config::from_env`]. An empty value counts as none.
    pub fn from_vars(var: impl Fn(&str) -> Option<String>) -> Self {
        let var = |name| {
            var(name)
                .map(|value| value.trim().to_owned())
                .filter(|value| !value.is_empty())
        };
        let mut problems = Vec::new();
        let mut lifetime = |name| {
            let value = var(name)?;
            keep(
                &mut problems,
                humantime::parse_duration(&value).map_err(|error| {
                    ConfigProblem::new(
                        name,
                        format!("{value:?} is no length of time: {error}"),
                        "write it like 30d, 12h or 90m",
                    )
                }),
            )
        };
        let idle_lifetime = lifetime("AUTH_SESSION_IDLE");
        let absolute_lifetime = lifetime("AUTH_SESSION_LIFETIME");
        let mut secrets = SECRETS
            .into_iter()
            .filter_map(|name| Some((name, var(name)?)));
        Self {
            issuer: var("AUTH_LOGTO_ISSUER"),
            client_id: var("AUTH_LOGTO_ID"),
            client_secret: var("AUTH_LOGTO_SECRET"),
            secret: secrets.next(),
            former_secrets: secrets.collect(),
            base_url: var("AUTH_URL"),
            idle_lifetime,
            absolute_lifetime,
            problems,
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
    /// [`AuthSecret::MIN_LENGTH`](crate::AuthSecret::MIN_LENGTH) characters.
    #[must_use]
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.secret = Some(("AUTH_SECRET", secret.into()));
        self
    }

    /// Adds a secret that was used before: what was sealed with it still
    /// opens. Give the newest of them first.
    #[must_use]
    pub fn former_secret(mut self, secret: impl Into<String>) -> Self {
        self.former_secrets.push(("AUTH_SECRET", secret.into()));
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

    /// How long a session lives after the last request: 30 days by default,
    /// 400 at most (browsers keep no cookie longer).
    #[must_use]
    pub fn idle_lifetime(mut self, lifetime: Duration) -> Self {
        self.idle_lifetime = Some(lifetime);
        self
    }

    /// How long a session lives at most, however much it is used: 180 days by
    /// default, as long as a grant of Logto's; 400 at most.
    #[must_use]
    pub fn absolute_lifetime(mut self, lifetime: Duration) -> Self {
        self.absolute_lifetime = Some(lifetime);
        self
    }

    /// The shortest time between two writes that move a session's expiry and
    /// its *last used*: by default ten minutes, or a thirtieth of a shorter
    /// [`idle_lifetime`](Self::idle_lifetime).
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
        let mut problems = self.problems;

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
        let (name, secret) = self.secret.unzip();
        let secret = required(
            &mut problems,
            name.unwrap_or("AUTH_SECRET"),
            secret,
            "set it to the output of: openssl rand -base64 33",
        )
        .and_then(|secret| {
            keep(
                &mut problems,
                check_secret(name.unwrap_or("AUTH_SECRET"), secret),
            )
        });
        let former_secrets: Vec<_> = self
            .former_secrets
            .into_iter()
            .filter_map(|(name, secret)| keep(&mut problems, check_secret(name, secret)))
            .collect();
        let base_url = required(
            &mut problems,
            "AUTH_URL",
            self.base_url,
            "set it to the address at which browsers reach this application",
        )
        .and_then(|url| keep(&mut problems, check_base_url(&url)));

        let idle_lifetime = self.idle_lifetime.unwrap_or(DEFAULT_IDLE);
        let absolute_lifetime = self.absolute_lifetime.unwrap_or(DEFAULT_ABSOLUTE);
        let extend_after = self
            .extend_after
            .unwrap_or_else(|| DEFAULT_EXTEND_AFTER.min(idle_lifetime / 30));
        for (name, lifetime) in [
            ("AUTH_SESSION_IDLE", idle_lifetime),
            ("AUTH_SESSION_LIFETIME", absolute_lifetime),
        ] {
            // Sessions end at whole seconds.
            if lifetime < Duration::from_secs(1) || lifetime > LONGEST_LIFETIME {
                problems.push(ConfigProblem::new(
                    name,
                    format!("is {lifetime:?}"),
                    "give it at least a second and at most 400 days",
                ));
            }
        }
        if extend_after >= idle_lifetime {
            problems.push(ConfigProblem::new(
                "extend_after",
                "is not shorter than idle_lifetime, so that no session would live on",
                "leave it out, or make it a fraction of idle_lifetime",
            ));
        }
        let error_page = self.error_page.unwrap_or_else(|| "/auth/error".to_owned());
        if let Some(base_url) = &base_url
            && (error_page.contains(['?', '#'])
                || RedirectTo::parse(&error_page, base_url)
                    .is_none_or(|page| page.as_str() != error_page))
        {
            problems.push(ConfigProblem::new(
                "error_page",
                format!("{error_page:?} is no plain path of the application"),
                "write it like /auth/error, percent-encoded and without a query",
            ));
        }

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
                    secrets: AuthSecrets::new(secret, former_secrets),
                    base_url,
                    scopes,
                    profile: self.profile.unwrap_or_else(|| Arc::new(Claims::to_user)),
                    idle_lifetime,
                    absolute_lifetime,
                    extend_after,
                    error_page,
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
    let value = value.filter(|value| !value.trim().is_empty());
    if value.is_none() {
        problems.push(ConfigProblem::new(name, "is not set", remedy));
    }
    value
}

fn keep<T>(problems: &mut Vec<ConfigProblem>, checked: Result<T, ConfigProblem>) -> Option<T> {
    checked.map_err(|problem| problems.push(problem)).ok()
}
