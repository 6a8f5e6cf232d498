//! The settings that can be tested, even if others are wrong.

use std::{cell::RefCell, collections::BTreeSet, net::SocketAddr};

use auth_core::{Config, ConfigBuilder, ConfigErrors, Finding, is_loopback, unknown_variables};
use auth_sqlx::DatabaseUrl;

use crate::settings::{Settings, Source};

/// A value for each setting that has nothing to do with the provider, so that the
/// others can be tested although it is wrong.
const STAND_INS: [(&str, &str); 2] = [
    (
        "AUTH_SECRET",
        "a stand-in that seals nothing, and is long enough",
    ),
    ("AUTH_URL", "http://localhost:3000"),
];
/// A secret with fewer different characters is a word or a pattern: one of
/// `openssl rand -hex 32` has 15 or 16.
const FEW_CHARACTERS: usize = 12;

/// What the server reads, as far as it can be used.
pub(super) struct SettingsUnderTest {
    source: Source,
    /// What is wrong with the settings.
    pub(super) problems: ConfigErrors,
    /// The settings of sign-in, if those of the provider are right.
    pub(super) config: Option<Config>,
    /// The database, if its URL is right.
    pub(super) database: Option<DatabaseUrl>,
}

impl SettingsUnderTest {
    /// Fails if the file `.env` cannot be read.
    pub(super) fn read() -> Result<Self, ConfigErrors> {
        let source = Source::read()?;
        let var = |name: &str| source.var(name);
        let (problems, config) = match Settings::from_vars(var) {
            Ok(settings) => (ConfigErrors::default(), Some(settings.auth)),
            Err(problems) => {
                let config = without(&problems, &source);
                (problems, config)
            }
        };
        Ok(Self {
            database: DatabaseUrl::from_vars(var).ok(),
            problems,
            config,
            source,
        })
    }

    /// What the settings themselves tell.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings: Vec<_> = unknown_variables(self.source.names())
            .iter()
            .map(|unknown| Finding::check("setting", unknown.to_string(), "correct or remove it"))
            .collect();
        if self.problems.0.is_empty() {
            findings.push(Finding::ok("settings", "all are set and valid"));
        }
        findings.extend(self.secret());
        if let Some(config) = &self.config {
            findings.extend(self.address(config));
        }
        findings
    }

    fn secret(&self) -> Option<Finding> {
        let secret = self.source.var("AUTH_SECRET")?;
        let different: BTreeSet<_> = secret.chars().collect();
        (different.len() < FEW_CHARACTERS).then(|| {
            Finding::check(
                "AUTH_SECRET",
                format!("it has only {} different characters", different.len()),
                "replace it by the output of: server secrets new",
            )
        })
    }

    fn address(&self, config: &Config) -> Option<Finding> {
        const SUBJECT: &str = "AUTH_URL";
        let url = config.base_url();
        let listens: Option<SocketAddr> = self
            .source
            .var("LEPTOS_SITE_ADDR")
            .and_then(|addr| addr.trim().parse().ok());
        let is_public = listens.is_some_and(|addr| !addr.ip().is_loopback());
        if self
            .problems
            .0
            .iter()
            .any(|problem| problem.setting == SUBJECT)
        {
            return None;
        }
        if is_loopback(url) && is_public {
            return Some(Finding::check(
                SUBJECT,
                format!(
                    "all addresses begin with {url}, but the server accepts connections from the network"
                ),
                "set AUTH_URL to the URL at which browsers reach this application",
            ));
        }
        let has_proxies = self.source.var("TRUSTED_PROXIES").is_some();
        if !is_loopback(url) && !has_proxies {
            return Some(Finding::check(
                "TRUSTED_PROXIES",
                format!("browsers use {url}, and no proxy is trusted"),
                "if a proxy is in front, set it to its address: otherwise the list of sessions shows \
                 that address for all browsers, and the limits for each address are off or shared by \
                 all users",
            ));
        }
        Some(Finding::ok(SUBJECT, format!("browsers use {url}")))
    }
}

/// Reads the settings of sign-in once more, with stand-ins for those that are wrong
/// and have nothing to do with the provider.
fn without(problems: &ConfigErrors, source: &Source) -> Option<Config> {
    let wrong = RefCell::new(BTreeSet::new());
    for problem in &problems.0 {
        wrong.borrow_mut().insert(problem.setting.to_owned());
    }
    let var = |name: &str| {
        let is_wrong = wrong.borrow().contains(name);
        let stand_in = STAND_INS.iter().find(|(known, _)| *known == name);
        match stand_in {
            Some((_, value)) if is_wrong || source.var(name).is_none() => Some((*value).to_owned()),
            _ if is_wrong => None,
            _ => source.var(name),
        }
    };
    ConfigBuilder::from_vars(var).build().ok()
}
