//! Which database to use: the value of `DATABASE_URL`.

use std::{fmt, path::PathBuf};

use auth_core::ConfigProblem;
use sqlx::{ConnectOptions as _, postgres::PgConnectOptions};
use url::Url;

/// The database that holds the sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DatabaseUrl {
    /// The path of an SQLite file.
    Sqlite(PathBuf),
    /// The URL of a PostgreSQL database.
    Postgres(PostgresUrl),
}

impl DatabaseUrl {
    /// The SQLite file to use if `DATABASE_URL` is not set.
    pub const DEFAULT: &str = "sqlite:data/auth.db";

    /// Parses the value of `DATABASE_URL`: `sqlite:` and a path, or a
    /// `postgres://` or `postgresql://` URL in the format of libpq.
    ///
    /// # Errors
    ///
    /// Fails if the URL names neither an SQLite file nor a PostgreSQL database.
    /// The error never contains the URL, which may hold a password.
    pub fn parse(url: &str) -> Result<Self, ConfigProblem> {
        let problem = |problem| {
            ConfigProblem::new(
                "DATABASE_URL",
                problem,
                format!(
                    "write it like {}, or postgres://user:password@host:5432/database \
                     with the special characters of the password percent-encoded",
                    Self::DEFAULT
                ),
            )
        };
        let (scheme, rest) = url.split_once(':').unwrap_or_default();
        match scheme {
            "sqlite" => {
                let path = rest.strip_prefix("//").unwrap_or(rest);
                if path.is_empty() || path.starts_with(":memory:") || path.contains('?') {
                    return Err(problem("does not name an SQLite file"));
                }
                Ok(Self::Sqlite(path.into()))
            }
            "postgres" | "postgresql" => PostgresUrl::parse(url)
                .map(Self::Postgres)
                .ok_or_else(|| problem("is not the URL of a PostgreSQL database")),
            _ => Err(problem("starts with neither sqlite: nor postgres://")),
        }
    }
}

/// The URL of a PostgreSQL database. `Display` and `Debug` leave out user,
/// password and options.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl(Url);

impl PostgresUrl {
    fn parse(url: &str) -> Option<Self> {
        let parsed = Url::parse(url).ok().filter(Url::has_authority)?;
        // An `@` after the host, or a fragment, comes from a password that is
        // not percent-encoded. Part of that password is then in the host, path
        // or query, which would be shown.
        let rest = &parsed[url::Position::BeforePath..];
        if rest.contains('@') || parsed.fragment().is_some() {
            return None;
        }
        PgConnectOptions::from_url(&parsed).ok()?;
        Some(Self(parsed))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn postgres(url: &str) -> PostgresUrl {
        match DatabaseUrl::parse(url) {
            Ok(DatabaseUrl::Postgres(url)) => url,
            other => panic!("{url}: {other:?}"),
        }
    }

    #[test]
    fn sqlite_is_a_plain_file() {
        for (url, path) in [
            ("sqlite:data/auth.db", "data/auth.db"),
            ("sqlite://data/auth.db", "data/auth.db"),
            ("sqlite:///var/lib/auth.db", "/var/lib/auth.db"),
        ] {
            let parsed = DatabaseUrl::parse(url).unwrap();
            assert_eq!(parsed, DatabaseUrl::Sqlite(path.into()), "{url}");
        }
        for url in [
            "sqlite:",
            "sqlite://",
            "sqlite::memory:",
            "sqlite:a.db?mode=rwc",
        ] {
            assert!(DatabaseUrl::parse(url).is_err(), "{url}");
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
    fn other_databases_are_refused() {
        for url in ["", "a.db", "/a.db", "mysql://db/auth", "postgres:db"] {
            let problem = DatabaseUrl::parse(url).unwrap_err();
            assert_eq!(problem.setting, "DATABASE_URL", "{url}");
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
