//! Collects settings and checks all of them at once.

use std::{fmt, sync::Arc, time::Duration};

use auth_types::User;
use openidconnect::{ClientId, ClientSecret};

use super::{
    Config, IdTokenHint, ProfileFn,
    error::{ConfigErrors, ConfigProblem},
    validate::{
        DEFAULT_SCOPES, check_alg, check_base_url, check_issuer, check_secret, checked_resources,
        checked_scopes,
    },
};
use crate::{
    claims::Claims,
    oauth::{
        client_authentication::{ClientAuthentication, Credentials},
        prompt::Prompt,
        scope::Scope,
    },
    redirect::RedirectTo,
    sealing::secret::AuthSecrets,
};

/// Browsers keep no cookie longer.
pub(crate) const MAX_LIFETIME: Duration = days(400);
const DEFAULT_IDLE: Duration = days(30);
/// How long a grant of Logto's lives at most: with it end the tokens.
const DEFAULT_ABSOLUTE: Duration = days(180);
const DEFAULT_EXTEND_AFTER: Duration = Duration::from_secs(10 * 60);

/// Gathers settings; [`build`](Self::build) checks them.
#[derive(Default)]
pub struct ConfigBuilder {
    pub(crate) issuer: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret: Option<String>,
    pub(crate) secret: Option<NamedSecret>,
    /// Newest first.
    pub(crate) former_secrets: Vec<NamedSecret>,
    pub(crate) base_url: Option<String>,
    /// Beside those always asked for; [`DEFAULT_SCOPES`] when `None`.
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
    pub(crate) error_page: Option<String>,
    /// What could not be read.
    pub(crate) problems: Vec<ConfigProblem>,
}

/// A secret, and the variable it would stand in.
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
    /// The issuer: `https://<tenant>.logto.app/oidc`.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// The issuer, by the address of its discovery document, as NextAuth v4
    /// takes it in `wellKnown`:
    /// `https://<tenant>.logto.app/oidc/.well-known/openid-configuration`.
    #[must_use]
    pub fn well_known(self, url: impl Into<String>) -> Self {
        let url = url.into();
        // OpenID Connect Discovery 1.0 §4: the issuer, and this after it.
        let issuer = url.strip_suffix("/.well-known/openid-configuration");
        let issuer = issuer.unwrap_or(&url).to_owned();
        self.issuer(issuer)
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
    pub fn scope(mut self, scope: impl Into<Scope>) -> Self {
        self.scopes
            .get_or_insert_with(|| DEFAULT_SCOPES.into())
            .push(scope.into());
        self
    }

    /// Asks for these, and for `openid`, `offline_access` and `profile`, and
    /// for nothing else.
    #[must_use]
    pub fn scopes<S: Into<Scope>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = Some(scopes.into_iter().map(Into::into).collect());
        self
    }

    /// Adds an API that tokens are wanted for, by its indicator. Its
    /// permissions are asked for as [`scope`](Self::scope)s, each of all APIs.
    #[must_use]
    pub fn resource(mut self, indicator: impl Into<String>) -> Self {
        self.resources.push(indicator.into());
        self
    }

    /// What users are asked at a sign-in that does not say it itself:
    /// [`Prompt::Consent`] by default, since Logto issues refresh tokens for
    /// it. Leave all out where Logto issues them always.
    #[must_use]
    pub fn prompt(mut self, prompt: impl IntoIterator<Item = Prompt>) -> Self {
        self.prompt = Some(prompt.into_iter().collect());
        self
    }

    /// How the application authenticates: with its secret in a header by
    /// default.
    #[must_use]
    pub fn client_authentication(mut self, method: ClientAuthentication) -> Self {
        self.client_authentication = method;
        self
    }

    /// Takes ID tokens of this algorithm only, as NextAuth v4 does by its
    /// `id_token_signed_response_alg`. There is no need to name any: what the
    /// provider lists is taken, ES384 among it.
    #[must_use]
    pub fn id_token_signed_response_alg(mut self, alg: impl Into<String>) -> Self {
        self.id_token_alg = Some(alg.into());
        self
    }

    /// Whether sign-outs send the ID token: [`IdTokenHint::Omit`] by default.
    #[must_use]
    pub fn id_token_hint(mut self, hint: IdTokenHint) -> Self {
        self.id_token_hint = hint;
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
        let client_secret = if self.client_authentication.needs_secret() {
            required(
                &mut problems,
                "AUTH_LOGTO_SECRET",
                self.client_secret,
                "copy \"App secret\" from the application's page in Logto's console",
            )
        } else {
            None
        };
        let scopes = checked_scopes(&mut problems, self.scopes);
        let resources = checked_resources(&mut problems, &self.resources, &scopes);
        let prompt = self.prompt.unwrap_or_else(|| vec![Prompt::Consent]);
        if !Prompt::fit_together(&prompt) {
            problems.push(ConfigProblem::new(
                "AUTH_LOGTO_PROMPT",
                "has none beside another prompt",
                "leave one of them out",
            ));
        }
        let id_token_alg = self
            .id_token_alg
            .and_then(|alg| keep(&mut problems, check_alg(&alg)));
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
            if lifetime < Duration::from_secs(1) || lifetime > MAX_LIFETIME {
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

        match (issuer, client_id, secret, base_url) {
            (Some(issuer), Some(client_id), Some(secret), Some(base_url))
                if problems.is_empty() =>
            {
                Ok(Config {
                    credentials: Credentials {
                        issuer,
                        client_id: ClientId::new(client_id),
                        client_secret: client_secret.map(ClientSecret::new),
                        method: self.client_authentication,
                    },
                    secrets: AuthSecrets::new(secret, former_secrets),
                    base_url,
                    scopes,
                    resources,
                    prompt,
                    id_token_alg,
                    id_token_hint: self.id_token_hint,
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

pub(crate) fn keep<T>(
    problems: &mut Vec<ConfigProblem>,
    checked: Result<T, ConfigProblem>,
) -> Option<T> {
    checked.map_err(|problem| problems.push(problem)).ok()
}
