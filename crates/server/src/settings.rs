//! The settings, from the environment and the file `.env`. They are checked at
//! start, and all errors are reported together.

use std::{
    collections::HashMap,
    env, fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use auth_core::{AuthSecret, Config, ConfigBuilder, ConfigErrors, ConfigProblem, is_loopback};
use auth_leptos::TrustedProxies;
use auth_sqlx::DatabaseUrl;
use url::Url;

const DEFAULT_ADDR: &str = "127.0.0.1:3000";

/// All settings of the server.
#[derive(Debug)]
#[non_exhaustive]
pub struct Settings {
    /// `AUTH_…`: the configuration of sign-in.
    pub auth: Config,
    /// `LEPTOS_SITE_ADDR`: the address to listen on.
    pub addr: SocketAddr,
    /// `DATABASE_URL`: the database of the sessions.
    pub database: DatabaseUrl,
    /// `TRUSTED_PROXIES`: the proxies whose `X-Forwarded-For` is trusted. None by
    /// default.
    pub proxies: TrustedProxies,
}

impl Settings {
    /// Reads the settings from the environment. Those that are not set there are
    /// read from `.env`.
    ///
    /// # Errors
    ///
    /// Fails with all settings that are missing or invalid.
    pub fn read() -> Result<Self, ConfigErrors> {
        let file = read_env_file(Path::new(".env"))?;
        Self::from_vars(|name| env::var(name).ok().or_else(|| file.get(name).cloned()))
    }

    /// Reads the settings from `var`, which returns the value of a variable.
    ///
    /// # Errors
    ///
    /// Fails with all settings that are missing or invalid.
    pub fn from_vars(var: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigErrors> {
        let given = |name: &str| var(name).filter(|value| !value.trim().is_empty());
        let mut problems = Vec::new();

        let addr = given("LEPTOS_SITE_ADDR").unwrap_or_else(|| DEFAULT_ADDR.to_owned());
        let addr: Option<SocketAddr> = addr.trim().parse().map_or_else(
            |_| {
                problems.push(ConfigProblem::new(
                    "LEPTOS_SITE_ADDR",
                    format!("{addr:?} is not an address with a port"),
                    "write it like 127.0.0.1:3000, or 0.0.0.0:3000 to listen on all interfaces",
                ));
                None
            },
            Some,
        );
        let database = given("DATABASE_URL").unwrap_or_else(|| DatabaseUrl::DEFAULT.to_owned());
        let database = DatabaseUrl::parse(database.trim())
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

        let mut auth = ConfigBuilder::from_vars(&var);
        if auth.given_base_url().is_none()
            && let Some(addr) = addr
        {
            auth = auth.base_url(format!("http://localhost:{}", addr.port()));
        }
        if !auth.has_secret()
            && auth
                .given_base_url()
                .and_then(|url| Url::parse(url).ok())
                .is_some_and(|url| is_loopback(&url))
            && let Some(database) = &database
        {
            match local_secret(&secret_file(database)) {
                Ok(secret) => auth = auth.secret(secret.expose()),
                Err(problem) => problems.push(problem),
            }
        }
        match (auth.build(), addr, database, proxies) {
            (Ok(auth), Some(addr), Some(database), Some(proxies)) if problems.is_empty() => {
                Ok(Self {
                    auth,
                    addr,
                    database,
                    proxies,
                })
            }
            (auth, ..) => {
                let mut all = auth.err().unwrap_or_default();
                // The reason why no secret could be created replaces "not set".
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

fn read_env_file(path: &Path) -> Result<HashMap<String, String>, ConfigErrors> {
    let unreadable = |error: dotenvy::Error| {
        let problem = match error {
            dotenvy::Error::Io(error) => format!("cannot be read: {error}"),
            // The error's text contains the line, which may hold a secret.
            _ => "has a line that cannot be read".to_owned(),
        };
        ConfigErrors(vec![ConfigProblem::new(
            ".env",
            problem,
            "write one NAME=value per line, and quote values that contain spaces or #",
        )])
    };
    match dotenvy::from_path_iter(path) {
        Ok(pairs) => pairs.collect::<Result<_, _>>().map_err(unreadable),
        Err(error) if error.not_found() => Ok(HashMap::new()),
        Err(error) => Err(unreadable(error)),
    }
}

/// Returns where an application that only this machine can reach keeps a secret
/// of its own: beside its SQLite file, or in `data`.
fn secret_file(database: &DatabaseUrl) -> PathBuf {
    match database {
        DatabaseUrl::Sqlite(path) => path.with_file_name("auth-secret"),
        _ => Path::new("data").join("auth-secret"),
    }
}

/// Returns the secret of an application that only this machine can reach. It is
/// created once and kept beside the database: a first start needs only the three
/// variables of the tenant, and sessions survive a restart.
fn local_secret(path: &Path) -> Result<AuthSecret, ConfigProblem> {
    let problem = |error: io::Error| {
        ConfigProblem::new(
            "AUTH_SECRET",
            format!(
                "is not set, and none could be read from or written to {}: {error}",
                path.display()
            ),
            "set it to the output of: openssl rand -base64 33",
        )
    };
    match fs::read_to_string(path) {
        Ok(kept) => {
            return AuthSecret::new(kept.trim()).ok_or_else(|| {
                problem(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "the file contains no secret; delete it to create a new one",
                ))
            });
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(problem(error)),
    }
    let secret = AuthSecret::generate().map_err(problem)?;
    if let Some(directory) = path.parent().filter(|path| !path.as_os_str().is_empty()) {
        fs::create_dir_all(directory).map_err(problem)?;
    }
    write_private(path, secret.expose()).map_err(problem)?;
    Ok(secret)
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    use std::io::Write as _;

    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    writeln!(options.open(path)?, "{text}")
}

#[cfg(test)]
mod tests {
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
    fn the_database_is_the_one_that_is_named() {
        let settings = read(&[("DATABASE_URL", "sqlite:///var/lib/auth.db")]).unwrap();
        let file = DatabaseUrl::Sqlite("/var/lib/auth.db".into());
        assert_eq!(settings.database, file);
        let settings = read(&[("DATABASE_URL", " postgres://me:hunter2@db/auth ")]).unwrap();
        assert!(matches!(settings.database, DatabaseUrl::Postgres(_)));
        assert!(!format!("{settings:?}").contains("hunter2"));
        assert_eq!(wrong(&[("DATABASE_URL", "a.db")]), ["DATABASE_URL"]);
    }

    #[test]
    fn the_secret_of_a_local_application_lies_beside_its_database() {
        for (url, file) in [
            ("sqlite:somewhere/auth.db", "somewhere/auth-secret"),
            ("sqlite:auth.db", "auth-secret"),
            ("postgres://localhost/auth", "data/auth-secret"),
        ] {
            let database = DatabaseUrl::parse(url).unwrap();
            assert_eq!(secret_file(&database), Path::new(file), "{url}");
        }
    }

    #[test]
    fn the_base_url_follows_the_port() {
        let settings = read(&[("LEPTOS_SITE_ADDR", "0.0.0.0:8080")]).unwrap();
        assert_eq!(settings.auth.base_url().as_str(), "http://localhost:8080/");
    }

    #[test]
    fn everything_wrong_is_named_at_once_and_no_secret_is_told() {
        let errors = read(&[
            ("AUTH_LOGTO_ISSUER", "http://tenant.logto.app/oidc"),
            ("AUTH_LOGTO_ID", " "),
            ("AUTH_LOGTO_SECRET", ""),
            ("AUTH_SECRET", "too-short-secret"),
            ("AUTH_URL", "ftp://app.example.com"),
            ("LEPTOS_SITE_ADDR", "3000"),
            ("DATABASE_URL", "mysql://root:pw@db/auth"),
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
        ] {
            assert!(named.contains(&name), "{name} is not named in {named:?}");
        }
        let text = errors.to_string();
        assert!(!text.contains("too-short-secret"), "{text}");
        assert!(!text.contains("pw@db"), "{text}");
    }

    #[test]
    fn http_is_taken_for_loopback_only() {
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
    fn a_public_address_needs_a_secret_of_the_operators() {
        assert_eq!(
            wrong(&[("AUTH_URL", "https://app.example.com"), ("AUTH_SECRET", "")]),
            ["AUTH_SECRET"]
        );
    }

    #[test]
    fn a_local_application_keeps_a_secret_of_its_own() {
        let directory = env::temp_dir().join(format!("auth-settings-{}", std::process::id()));
        let database = format!("sqlite:{}/new/auth.db", directory.display());
        let read = || read(&[("AUTH_SECRET", ""), ("DATABASE_URL", &database)]);
        read().unwrap();
        let kept = fs::read_to_string(directory.join("new/auth-secret")).unwrap();
        read().unwrap();
        assert_eq!(
            fs::read_to_string(directory.join("new/auth-secret")).unwrap(),
            kept,
            "a second start takes the same secret"
        );
        fs::write(directory.join("new/auth-secret"), "spoilt").unwrap();
        assert_eq!(read().unwrap_err().0[0].setting, "AUTH_SECRET");
        fs::remove_dir_all(directory).unwrap();
    }
}
