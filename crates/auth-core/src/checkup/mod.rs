//! Tests the settings against the provider before users do, for a command such as
//! the example's `server doctor`.

mod addresses;
mod credentials;
mod discovery;

use std::fmt;

use time::OffsetDateTime;

use crate::{
    clock::{Clock as _, SystemClock},
    config::Config,
    provider::{http::ProviderHttp, metadata::Provider},
};

/// What a check has found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// What was checked.
    pub subject: &'static str,
    /// Whether it is right.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// What to do; empty if nothing.
    pub remedy: String,
}

/// Whether what was checked is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is right.
    Ok,
    /// It may be wrong: look at it.
    Check,
    /// It is wrong: users notice.
    Wrong,
}

impl Verdict {
    /// Returns `ok`, `check` or `wrong`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Check => "check",
            Self::Wrong => "wrong",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Finding {
    /// Returns that something is right.
    pub fn ok(subject: &'static str, found: impl Into<String>) -> Self {
        Self::new(subject, Verdict::Ok, found, "")
    }

    /// Returns that something may be wrong.
    pub fn check(
        subject: &'static str,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::new(subject, Verdict::Check, found, remedy)
    }

    /// Returns that something is wrong.
    pub fn wrong(
        subject: &'static str,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::new(subject, Verdict::Wrong, found, remedy)
    }

    fn new(
        subject: &'static str,
        verdict: Verdict,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            subject,
            verdict,
            found: found.into(),
            remedy: remedy.into(),
        }
    }
}

/// What the checks need.
struct Checkup<'c> {
    config: &'c Config,
    http: ProviderHttp,
    now: OffsetDateTime,
}

/// Tests the settings against the provider: its discovery document and keys, its
/// clock, the client's credentials, the redirect URI and the post sign-out
/// redirect URI, scopes and resources. Nobody signs in, and nothing changes.
///
/// ```no_run
/// # async fn checkup(config: auth_core::Config) {
/// for finding in auth_core::check_provider(&config).await {
///     println!("{:5} {}: {}", finding.verdict, finding.subject, finding.found);
/// }
/// # }
/// ```
pub async fn check_provider(config: &Config) -> Vec<Finding> {
    let http = ProviderHttp::new(
        &config.certificate_authorities,
        config.internal_address.clone(),
    );
    let http = match http {
        Ok(http) => http,
        Err(error) => return vec![Finding::wrong("TLS", error.to_string(), "")],
    };
    let checkup = Checkup {
        config,
        http,
        now: SystemClock.now(),
    };
    let mut findings = Vec::new();
    let (provider, clock) =
        futures_util::future::join(checkup.discovery(&mut findings), checkup.clock()).await;
    findings.extend(clock);
    if let Some(provider) = provider {
        findings.extend(checkup.with(&provider).await);
    }
    findings.push(refresh_tokens(config));
    findings
}

impl Checkup<'_> {
    async fn with(&self, provider: &Provider) -> Vec<Finding> {
        let (credentials, sign_in, sign_out) = futures_util::future::join3(
            self.credentials(provider),
            self.redirect_uri(provider),
            self.post_logout_redirect_uri(provider),
        )
        .await;
        [credentials]
            .into_iter()
            .chain(sign_in)
            .chain(sign_out)
            .collect()
    }
}

/// Whether Logto issues refresh tokens. Only a sign-in can tell for certain.
fn refresh_tokens(config: &Config) -> Finding {
    const SUBJECT: &str = "refresh tokens";
    if config
        .prompt
        .contains(&crate::oauth::prompt::Prompt::Consent)
    {
        return Finding::ok(
            SUBJECT,
            "sign-ins ask for consent, with which Logto issues them",
        );
    }
    Finding::check(
        SUBJECT,
        "AUTH_LOGTO_PROMPT has no consent",
        "switch on \"Always issue refresh token\" of the application in Logto's console, or add \
         consent",
    )
}
