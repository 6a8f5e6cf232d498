//! The URL of a PostgreSQL database.

use std::{fmt, str::FromStr};

use auth_core::ConfigProblem;
use sqlx::{ConnectOptions as _, postgres::PgConnectOptions};
use url::Url;

use super::{VARIABLE, problem};

/// The URL of a PostgreSQL database. `Display` and `Debug` leave out user,
/// password and options.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl(Url);

impl PostgresUrl {
    /// Parses a `postgres://` or `postgresql://` URL in the format of libpq.
    ///
    /// # Errors
    ///
    /// Fails if it is no such URL. The error never contains the URL, which may
    /// hold a password.
    pub fn parse(url: &str) -> Result<Self, ConfigProblem> {
        let is_postgres = ["postgres:", "postgresql:"]
            .iter()
            .any(|scheme| url.starts_with(scheme));
        let parsed = is_postgres
            .then(|| Self::parse_any(url))
            .flatten()
            .ok_or_else(|| problem("is not the URL of a PostgreSQL database"))?;
        match parsed.connect_options() {
            Ok(_) => Ok(parsed),
            Err(_) => Err(ConfigProblem::new(
                VARIABLE,
                "has a parameter with a wrong value",
                "check the parameters after `?`: sslmode is disable, allow, prefer, require, \
                 verify-ca or verify-full; port and statement-cache-capacity are numbers; \
                 hostaddr is an IP address",
            )),
        }
    }

    fn parse_any(url: &str) -> Option<Self> {
        let parsed = Url::parse(url).ok().filter(Url::has_authority)?;
        // An `@` after the host, or a fragment, comes from a password that is
        // not percent-encoded. Part of that password is then in the host, path
        // or query, which would be shown.
        let rest = &parsed[url::Position::BeforePath..];
        if rest.contains('@') || parsed.fragment().is_some() {
            return None;
        }
        Some(Self(parsed))
    }

    /// Returns the URL with its password, for connections of your own to the same
    /// database. Do not log it.
    pub fn expose(&self) -> &str {
        self.0.as_str()
    }

    pub(crate) fn connect_options(&self) -> Result<PgConnectOptions, sqlx::Error> {
        PgConnectOptions::from_url(&self.0)
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://")?;
        f.write_str(&self.0[url::Position::BeforeHost..url::Position::AfterPath])
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresUrl({self})")
    }
}

impl FromStr for PostgresUrl {
    type Err = ConfigProblem;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        Self::parse(url)
    }
}

impl TryFrom<&str> for PostgresUrl {
    type Error = ConfigProblem;

    fn try_from(url: &str) -> Result<Self, Self::Error> {
        Self::parse(url)
    }
}

impl TryFrom<String> for PostgresUrl {
    type Error = ConfigProblem;

    fn try_from(url: String) -> Result<Self, Self::Error> {
        Self::parse(&url)
    }
}

impl From<&Self> for PostgresUrl {
    fn from(url: &Self) -> Self {
        url.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DatabaseUrl;

    fn postgres(url: &str) -> PostgresUrl {
        match DatabaseUrl::parse(url) {
            Ok(DatabaseUrl::Postgres(url)) => url,
            other => panic!("{url}: {other:?}"),
        }
    }

    #[test]
    fn postgres_is_what_libpq_takes() {
        for url in [
            "postgres://db",
            "postgres://user:pw@db.example.com:5433/auth",
            "postgresql://user:p%40ss%2Fw@db/auth?sslmode=verify-full",
            "postgres:///auth?host=/var/run/postgresql",
            "postgres://user:p@ss@db/auth",
        ] {
            postgres(url);
        }
        let options = postgres("postgresql://user:p%40ss@db:5433/auth?sslmode=require")
            .connect_options()
            .unwrap();
        assert_eq!(options.get_host(), "db");
        assert_eq!(options.get_port(), 5433);
        assert_eq!(options.get_username(), "user");
        assert_eq!(options.get_database(), Some("auth"));
    }

    #[test]
    fn a_wrong_parameter_is_said_to_be_one() {
        for url in ["postgres://db/auth?sslmode=on", "postgres://db/auth?port=x"] {
            let problem = DatabaseUrl::parse(url).unwrap_err();
            let text = problem.to_string();
            assert!(text.contains("verify-full"), "{text}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        for url in [
            "postgres://user:hunter2@db:5432/auth",
            "postgres://hunter2@db/auth",
            "postgres://db/auth?password=hunter2",
            "postgres://db/auth?user=me&sslmode=prefer&password=hunter2",
        ] {
            let url = DatabaseUrl::parse(url).unwrap();
            let shown = format!("{url:?}");
            assert!(!shown.contains("hunter2"), "{shown}");
            assert!(shown.contains("postgres://db"), "{shown}");
        }
        // The password is not percent-encoded: part of it parses as host, path
        // or query.
        for url in [
            "postgres://user:hunter2#x@db/auth",
            "postgres://user:hunter2/x@db/auth",
            "postgres://user:12/hunter2@db/auth",
            "postgres://user:12?hunter2@db/auth",
            "postgres://user:12#hunter2@db/auth",
            "postgres://user:hunter2@db:port/auth",
            "postgres://user:hunter2@db/auth?sslmode=hunter2",
            "mysql://user:hunter2@db/auth",
            "hunter2",
        ] {
            let problem = DatabaseUrl::parse(url).unwrap_err();
            let shown = format!("{problem} {problem:?}");
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }
}
