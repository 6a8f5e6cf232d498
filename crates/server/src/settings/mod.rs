//! The settings, from the environment and the file `.env`. They are checked at
//! start, and all problems are reported together.

mod env_file;
mod local_secret;
mod source;

use std::net::SocketAddr;

use auth_core::{
    Config, ConfigBuilder, ConfigErrors, ConfigProblem, is_loopback, unknown_variables,
};
use auth_leptos::{AddressLimits, TrustedProxies};
use auth_sqlx::DatabaseUrl;
use url::Url;

pub(crate) use self::source::Source;

const DEFAULT_ADDR: &str = "127.0.0.1:3000";
const ADDRESS_LIMIT: &str = "ADDRESS_LIMIT";
/// The page of the crate `app`, in place of the built-in one.
const ERROR_PAGE: &str = "/auth/error";

/// All settings of the server.
#[derive(Debug)]
#[non_exhaustive]
pub struct Settings {
    /// `AUTH_*`: sign-in and sessions.
    pub auth: Config,
    /// `LEPTOS_SITE_ADDR`: the address to listen on.
    pub addr: SocketAddr,
    /// `DATABASE_URL`: the database of the sessions.
    pub database: DatabaseUrl,
    /// `TRUSTED_PROXIES`: the proxies whose `X-Forwarded-For` is believed; by
    /// default none.
    pub proxies: TrustedProxies,
    /// `ADDRESS_LIMIT`: how much may fail in a minute for each address.
    pub address_limits: AddressLimits,
}

impl Settings {
    /// Reads the environment, and `.env` for variables that are not set there.
    ///
    /// # Errors
    ///
    /// Returns all settings that are missing or wrong.
    pub fn read() -> Result<Self, ConfigErrors> {
        let source = Source::read()?;
        for unknown in unknown_variables(source.names()) {
            tracing::warn!("{unknown}");
        }
        Self::from_vars(|name| source.var(name))
    }

    /// Reads the settings from `var`, which returns the value of a variable.
    ///
    /// # Errors
    ///
    /// Returns all settings that are missing or wrong.
    pub fn from_vars(var: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigErrors> {
        let given = |name: &str| var(name).filter(|value| !value.trim().is_empty());
        let mut problems = Vec::new();

        let addr = given("LEPTOS_SITE_ADDR").unwrap_or_else(|| DEFAULT_ADDR.to_owned());
        let addr: Option<SocketAddr> = addr.trim().parse().map_or_else(
            |_| {
                problems.push(ConfigProblem::new(
                    "LEPTOS_SITE_ADDR",
                    format!("is not an address and a port: {addr:?}"),
                    "write it like 127.0.0.1:3000, or 0.0.0.0:3000 to accept connections from the network",
                ));
                None
            },
            Some,
        );
        let database = DatabaseUrl::from_vars(&var)
            .map_err(|problem| problems.push(problem))
            .ok();

        let proxies = given("TRUSTED_PROXIES").unwrap_or_default();
        let proxies = proxies
            .parse::<TrustedProxies>()
            .map_err(|error| {
                problems.push(ConfigProblem::new(
                    "TRUSTED_PROXIES",
                    error.to_string(),
                    "write it like 10.0.0.0/8, 192.0.2.7",
                ));
            })
            .ok();

        let address_limits = address_limit(given(ADDRESS_LIMIT).as_deref())
            .map_err(|problem| problems.push(problem))
            .ok();

        let mut auth = ConfigBuilder::from_vars(&var).error_page(ERROR_PAGE);
        if auth.given_base_url().is_none()
            && let Some(addr) = addr
        {
            let url = format!("http://localhost:{}", addr.port());
            if addr.ip().is_unspecified() {
                tracing::warn!(
                    "LEPTOS_SITE_ADDR is {addr}, which accepts connections from the network, and \
                     AUTH_URL is not set: all addresses begin with {url}, so browsers on other \
                     machines cannot sign in; set AUTH_URL to the URL at which browsers reach \
                     this application"
                );
            }
            auth = auth.base_url(url);
        }
        if !auth.has_secret()
            && auth
                .given_base_url()
                .and_then(|url| Url::parse(url).ok())
                .is_some_and(|url| is_loopback(&url))
            && let Some(database) = &database
        {
            match local_secret::read_or_generate(&local_secret::path(database)) {
                Ok(secret) => auth = auth.secret(secret.expose()),
                Err(problem) => problems.push(problem),
            }
        }
        match (auth.build(), addr, database, proxies, address_limits) {
            (Ok(auth), Some(addr), Some(database), Some(proxies), Some(address_limits))
                if problems.is_empty() =>
            {
                Ok(Self {
                    auth,
                    addr,
                    database,
                    proxies,
                    address_limits,
                })
            }
            (auth, ..) => {
                let mut all = auth.err().unwrap_or_default();
                // Report a secret that could not be generated once, with its cause.
                if problems
                    .iter()
                    .any(|problem| problem.setting == "AUTH_SECRET")
                {
                    all.0.retain(|problem| problem.setting != "AUTH_SECRET");
                }
                all.0.extend(problems);
                Err(all)
            }
        }
    }
}

fn address_limit(value: Option<&str>) -> Result<AddressLimits, ConfigProblem> {
    match value.map(str::trim) {
        None => Ok(AddressLimits::default()),
        Some("off") => Ok(AddressLimits::off()),
        Some(number) => match number.parse() {
            Ok(number) if number > 0 => Ok(AddressLimits::per_minute(number)),
            _ => Err(ConfigProblem::new(
                ADDRESS_LIMIT,
                format!("is {number:?}, which is neither a positive number nor off"),
                "set it to how much may fail in a minute for each address, or to off",
            )),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, env, fs, path::Path};

    use super::*;

    const GOOD: [(&str, &str); 4] = [
        ("AUTH_LOGTO_ISSUER", "https://tenant.logto.app/oidc"),
        ("AUTH_LOGTO_ID", "id"),
        ("AUTH_LOGTO_SECRET", "app-secret-value"),
        ("AUTH_SECRET", "0123456789012345678901234567890123456789"),
    ];

    fn read(changes: &[(&str, &str)]) -> Result<Settings, ConfigErrors> {
        let mut vars: HashMap<_, _> = GOOD.into_iter().collect();
        vars.extend(changes.iter().copied());
        Settings::from_vars(|name| vars.get(name).map(|&value| value.to_owned()))
    }

    fn wrong(changes: &[(&str, &str)]) -> Vec<&'static str> {
        let errors = read(changes).unwrap_err();
        errors.0.iter().map(|problem| problem.setting).collect()
    }

    #[test]
    fn four_variables_are_enough() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.addr.to_string(), DEFAULT_ADDR);
        let file = DatabaseUrl::Sqlite("data/auth.db".into());
        assert_eq!(settings.database, file);
        assert_eq!(settings.auth.base_url().as_str(), "http://localhost:3000/");
        assert_eq!(
            settings.auth.redirect_uri(),
            "http://localhost:3000/api/auth/callback/logto"
        );
    }

    #[test]
    fn database_url_selects_the_database() {
        let settings = read(&[("DATABASE_URL", "sqlite:///var/lib/auth.db")]).unwrap();
        let file = DatabaseUrl::Sqlite("/var/lib/auth.db".into());
        assert_eq!(settings.database, file);
        let settings = read(&[("DATABASE_URL", " postgres://me:hunter2@db/auth ")]).unwrap();
        assert!(matches!(settings.database, DatabaseUrl::Postgres(_)));
        assert!(!format!("{settings:?}").contains("hunter2"));
        assert_eq!(wrong(&[("DATABASE_URL", "a.db")]), ["DATABASE_URL"]);
    }

    #[test]
    fn the_secret_of_a_local_application_is_beside_its_database() {
        for (url, file) in [
            ("sqlite:somewhere/auth.db", "somewhere/auth-secret"),
            ("sqlite:auth.db", "auth-secret"),
            ("postgres://localhost/auth", "data/auth-secret"),
        ] {
            let database = DatabaseUrl::parse(url).unwrap();
            assert_eq!(local_secret::path(&database), Path::new(file), "{url}");
        }
    }

    #[test]
    fn the_default_base_url_has_the_port() {
        let settings = read(&[("LEPTOS_SITE_ADDR", "0.0.0.0:8080")]).unwrap();
        assert_eq!(settings.auth.base_url().as_str(), "http://localhost:8080/");
    }

    #[test]
    fn all_problems_are_reported_together_without_secrets() {
        let errors = read(&[
            ("AUTH_LOGTO_ISSUER", "http://tenant.logto.app/oidc"),
            ("AUTH_LOGTO_ID", " "),
            ("AUTH_LOGTO_SECRET", ""),
            ("AUTH_SECRET", "too-short-secret"),
            ("AUTH_URL", "ftp://app.example.com"),
            ("LEPTOS_SITE_ADDR", "3000"),
            ("DATABASE_URL", "mysql://root:pw@db/auth"),
            ("ADDRESS_LIMIT", "0"),
        ])
        .unwrap_err();
        let named: Vec<_> = errors.0.iter().map(|problem| problem.setting).collect();
        for name in [
            "AUTH_LOGTO_ISSUER",
            "AUTH_LOGTO_ID",
            "AUTH_LOGTO_SECRET",
            "AUTH_SECRET",
            "AUTH_URL",
            "LEPTOS_SITE_ADDR",
            "DATABASE_URL",
            "ADDRESS_LIMIT",
        ] {
            assert!(named.contains(&name), "{name} is not reported in {named:?}");
        }
        let text = errors.to_string();
        assert!(!text.contains("too-short-secret"), "{text}");
        assert!(!text.contains("pw@db"), "{text}");
    }

    #[test]
    fn http_is_accepted_for_loopback_only() {
        for issuer in [
            "http://localhost:3001/oidc",
            "http://127.0.0.1:3001/oidc",
            "http://[::1]:3001/oidc",
            "http://logto.localhost/oidc",
        ] {
            assert!(read(&[("AUTH_LOGTO_ISSUER", issuer)]).is_ok(), "{issuer}");
        }
        for issuer in [
            "http://tenant.logto.app/oidc",
            "http://localhost.evil.test/oidc",
            "http://192.168.0.1/oidc",
            "http://0.0.0.0/oidc",
            "tenant.logto.app/oidc",
            "https://tenant.logto.app/oidc?x=1",
            "https://tenant.logto.app/oidc/.well-known/openid-configuration",
        ] {
            assert_eq!(
                wrong(&[("AUTH_LOGTO_ISSUER", issuer)]),
                ["AUTH_LOGTO_ISSUER"],
                "{issuer}"
            );
        }
    }

    #[test]
    fn a_public_address_needs_auth_secret() {
        assert_eq!(
            wrong(&[("AUTH_URL", "https://app.example.com"), ("AUTH_SECRET", "")]),
            ["AUTH_SECRET"]
        );
    }

    #[test]
    fn a_local_application_generates_and_keeps_a_secret() {
        let directory = env::temp_dir().join(format!("auth-settings-{}", std::process::id()));
        let database = format!("sqlite:{}/new/auth.db", directory.display());
        let read = || read(&[("AUTH_SECRET", ""), ("DATABASE_URL", &database)]);
        read().unwrap();
        let kept = fs::read_to_string(directory.join("new/auth-secret")).unwrap();
        read().unwrap();
        assert_eq!(
            fs::read_to_string(directory.join("new/auth-secret")).unwrap(),
            kept,
            "a second start uses the same secret"
        );
        fs::write(directory.join("new/auth-secret"), "damaged").unwrap();
        assert_eq!(read().unwrap_err().0[0].setting, "AUTH_SECRET");
        fs::remove_dir_all(directory).unwrap();
    }
}
