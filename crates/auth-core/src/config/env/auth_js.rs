//! Variables of Auth.js and NextAuth that have another name or meaning here.

use crate::config::error::ConfigProblem;

/// Reads `AUTH_URL` or, with a warning, NextAuth v4's `NEXTAUTH_URL`.
pub(super) fn base_url(var: &impl Fn(&str) -> Option<String>) -> Option<String> {
    with_legacy(var("AUTH_URL"), "AUTH_URL", "NEXTAUTH_URL", var)
}

/// Reads NextAuth v4's `NEXTAUTH_SECRET`, with a warning, if `current` has none of
/// the variables of this library.
pub(super) fn secret(
    current: Option<(&'static str, String)>,
    var: &impl Fn(&str) -> Option<String>,
) -> Option<(&'static str, String)> {
    const LEGACY: &str = "NEXTAUTH_SECRET";
    let (name, current) = current.unzip();
    let is_legacy = current.is_none();
    let value = with_legacy(current, "AUTH_SECRET", LEGACY, var)?;
    let own = name.unwrap_or("AUTH_SECRET");
    Some((if is_legacy { LEGACY } else { own }, value))
}

fn with_legacy(
    current: Option<String>,
    name: &'static str,
    legacy: &'static str,
    var: &impl Fn(&str) -> Option<String>,
) -> Option<String> {
    let former = var(legacy);
    match (&current, &former) {
        (Some(_), Some(_)) => tracing::warn!(
            "{legacy} is ignored, because {name} is set; remove {legacy}, the name that NextAuth \
             v4 uses"
        ),
        (None, Some(_)) => {
            tracing::warn!("{legacy} is the name that NextAuth v4 uses; rename it to {name}");
        }
        _ => {}
    }
    current.or(former)
}

/// Checks `AUTH_TRUST_HOST`. Addresses are never built from the header `Host`, so
/// `false` is what always applies, and `true` cannot replace `AUTH_URL`.
///
/// Auth.js takes every text that is not empty for true, `false` included.
pub(super) fn check_trust_host(
    base_url: Option<&str>,
    var: &impl Fn(&str) -> Option<String>,
) -> Result<(), ConfigProblem> {
    const NAME: &str = "AUTH_TRUST_HOST";
    let Some(value) = var(NAME) else {
        return Ok(());
    };
    match (value.to_ascii_lowercase().as_str(), base_url) {
        ("false" | "0" | "no" | "off", _) => Ok(()),
        ("true" | "1" | "yes" | "on", Some(_)) => {
            tracing::warn!(
                "{NAME} is {value:?} and has no effect: all addresses begin with AUTH_URL, never \
                 with the header Host; remove {NAME}"
            );
            Ok(())
        }
        ("true" | "1" | "yes" | "on", None) => Err(ConfigProblem::new(
            NAME,
            format!(
                "is {value:?} and AUTH_URL is not set; this library never takes its address from \
                 the header Host"
            ),
            "set AUTH_URL to the URL at which browsers reach this application, and remove \
             AUTH_TRUST_HOST",
        )),
        _ => Err(ConfigProblem::new(
            NAME,
            format!("is {value:?}, which is neither true nor false"),
            "remove it: the address is always that of AUTH_URL",
        )),
    }
}

#[cfg(test)]
mod tests {
    use crate::{Config, ConfigBuilder, ConfigErrors, config::captured_log::CapturedLog};

    const SECRET: &str = "0123456789012345678901234567890123456789";

    /// Reads settings with these variables; returns the result and the log.
    fn read(vars: &[(&str, &str)]) -> (Result<Config, ConfigErrors>, String) {
        let log = CapturedLog::start();
        let config = ConfigBuilder::from_vars(|name| {
            let fixed = [
                ("AUTH_LOGTO_ISSUER", "https://tenant.logto.app/oidc"),
                ("AUTH_LOGTO_ID", "id"),
                ("AUTH_LOGTO_SECRET", "secret"),
            ];
            let mut all = vars.iter().chain(&fixed);
            all.find_map(|(known, value)| (*known == name).then(|| (*value).to_owned()))
        })
        .build();
        (config, log.text())
    }

    fn problem(vars: &[(&str, &str)]) -> (&'static str, String) {
        let problems = read(vars).0.unwrap_err().0;
        assert_eq!(problems.len(), 1, "{problems:?}");
        (problems[0].setting, problems[0].problem.clone())
    }

    #[test]
    fn the_names_of_nextauth_v4_are_read_with_a_warning() {
        let (config, log) = read(&[
            ("NEXTAUTH_URL", "https://app.test/api/auth"),
            ("NEXTAUTH_SECRET", SECRET),
        ]);
        assert_eq!(config.unwrap().base_url().as_str(), "https://app.test/");
        // Its path is the base path, in v4 too.
        let (other, _) = read(&[
            ("NEXTAUTH_URL", "https://app.test/app/login"),
            ("NEXTAUTH_SECRET", SECRET),
        ]);
        assert_eq!(other.unwrap().base_path().as_str(), "/app/login");
        for text in ["rename it to AUTH_URL", "rename it to AUTH_SECRET"] {
            assert!(log.contains(text), "{log}");
        }
        let (config, log) = read(&[
            ("AUTH_URL", "https://app.test"),
            ("NEXTAUTH_URL", "https://former.test"),
            ("AUTH_SECRET", SECRET),
            ("NEXTAUTH_SECRET", "short"),
        ]);
        assert_eq!(config.unwrap().base_url().as_str(), "https://app.test/");
        assert!(log.contains("NEXTAUTH_URL is ignored"), "{log}");
        assert!(log.contains("NEXTAUTH_SECRET is ignored"), "{log}");
        assert!(!log.contains(SECRET), "{log}");
        // The problem names the variable that has it.
        let url = ("AUTH_URL", "https://app.test");
        let (setting, _) = problem(&[url, ("NEXTAUTH_SECRET", "short")]);
        assert_eq!(setting, "NEXTAUTH_SECRET");
        let (_, log) = read(&[url, ("AUTH_SECRET", SECRET)]);
        assert_eq!(log, "");
    }

    #[test]
    fn a_base_path_that_has_no_effect_is_named() {
        for (path, warns) in [
            ("/other", true),
            ("/auth", false),
            ("/", false),
            ("", false),
        ] {
            let log = CapturedLog::start();
            let settings = ConfigBuilder::default()
                .issuer("https://tenant.logto.app/oidc")
                .client_id("id")
                .client_secret("secret")
                .secret(SECRET);
            let settings = settings.base_url(format!("https://app.test{path}"));
            let config = settings.base_path("/auth").build().unwrap();
            assert_eq!(config.base_path().as_str(), "/auth", "{path}");
            let log = log.text();
            assert_eq!(
                log.contains("/other of AUTH_URL has no effect"),
                warns,
                "{log}"
            );
            assert_eq!(log.is_empty(), !warns, "{log}");
        }
    }

    #[test]
    fn trust_host_never_replaces_the_address() {
        let url = ("AUTH_URL", "https://app.test");
        let secret = ("AUTH_SECRET", SECRET);
        for value in ["false", "0", "FALSE", "no", "off", "", " "] {
            let (config, log) = read(&[url, secret, ("AUTH_TRUST_HOST", value)]);
            assert!(config.is_ok(), "{value}");
            assert_eq!(log, "", "{value}");
            // False means that the header Host is not trusted: an address is needed.
            let (setting, _) = problem(&[secret, ("AUTH_TRUST_HOST", value)]);
            assert_eq!(setting, "AUTH_URL", "{value}");
        }
        for value in ["true", "1", "True"] {
            let (config, log) = read(&[url, secret, ("AUTH_TRUST_HOST", value)]);
            assert_eq!(config.unwrap().base_url().as_str(), "https://app.test/");
            assert!(
                log.contains("AUTH_TRUST_HOST") && log.contains("no effect"),
                "{log}"
            );
            let problems = read(&[secret, ("AUTH_TRUST_HOST", value)]).0.unwrap_err().0;
            assert!(
                problems.iter().any(|it| it.setting == "AUTH_TRUST_HOST"),
                "{problems:?}"
            );
        }
        let (setting, problem) = problem(&[url, secret, ("AUTH_TRUST_HOST", "maybe")]);
        assert_eq!(setting, "AUTH_TRUST_HOST");
        assert!(problem.contains("maybe"), "{problem}");
    }
}
