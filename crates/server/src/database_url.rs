//! `DATABASE_URL`: which database, and where.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use auth_core::ConfigProblem;
use sqlx::{ConnectOptions as _, postgres::PgConnectOptions};
use url::Url;

/// Where sessions are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DatabaseUrl {
    /// `sqlite:` and the path of a file.
    Sqlite(PathBuf),
    /// `postgres://` or `postgresql://`, as libpq takes it.
    Postgres(PostgresUrl),
}

impl DatabaseUrl {
    /// The database unless another is named.
    pub const DEFAULT: &str = "sqlite:data/auth.db";

    /// Reads a URL.
    ///
    /// # Errors
    ///
    /// What is wrong with it, without its password.
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
                .ok_or_else(|| problem("does not name a PostgreSQL database")),
            _ => Err(problem("names neither an SQLite file nor PostgreSQL")),
        }
    }

    /// Where an application that only this machine can reach keeps a secret of
    /// its own.
    pub(crate) fn secret_file(&self) -> PathBuf {
        match self {
            Self::Sqlite(path) => path.with_file_name("auth-secret"),
            Self::Postgres(_) => Path::new("data").join("auth-secret"),
        }
    }
}

/// The URL of a PostgreSQL database. Shown without user, password and options.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl(Url);

impl PostgresUrl {
    fn parse(url: &str) -> Option<Self> {
        let parsed = Url::parse(url).ok().filter(Url::has_authority)?;
        // An `@` after the host is one of a password that is not encoded, of
        // which host, path or query are a part then.
        let rest = &parsed[url::Position::BeforePath..];
        if rest.contains('@') || parsed.fragment().is_some() {
            return None;
        }
        PgConnectOptions::from_url(&parsed).ok()?;
        Some(Self(parsed))
    }

    /// How to connect.
    pub(crate) fn options(&self) -> Result<PgConnectOptions, sqlx::Error> {
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
            .options()
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
        // Not encoded: what is taken for host, path or query is a password.
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
