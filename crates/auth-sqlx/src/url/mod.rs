//! Which database to use: the value of `DATABASE_URL`.

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "sqlite")]
use std::path::PathBuf;
use std::{env, str::FromStr};

use auth_core::{ConfigProblem, SecretSetting};

#[cfg(feature = "postgres")]
pub use self::postgres::PostgresUrl;

const VARIABLE: &str = "DATABASE_URL";
const SETTING: SecretSetting = SecretSetting::new(VARIABLE, "DATABASE_URL_FILE");

/// The database that holds the sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DatabaseUrl {
    /// The path of an SQLite file. Needs the feature `sqlite`.
    #[cfg(feature = "sqlite")]
    Sqlite(PathBuf),
    /// The URL of a PostgreSQL database. Needs the feature `postgres`.
    #[cfg(feature = "postgres")]
    Postgres(PostgresUrl),
}

impl DatabaseUrl {
    /// The SQLite file to use if `DATABASE_URL` is not set.
    pub const DEFAULT: &str = "sqlite:data/auth.db";

    /// Returns the database that `DATABASE_URL` names, or the URL in the file that
    /// `DATABASE_URL_FILE` names, or else [`DEFAULT`](Self::DEFAULT).
    ///
    /// # Errors
    ///
    /// Fails if the URL names no database, see [`parse`](Self::parse), and if the
    /// file cannot be read.
    pub fn from_env() -> Result<Self, ConfigProblem> {
        if let Err(env::VarError::NotUnicode(_)) = env::var(VARIABLE) {
            return Err(problem("is not valid UTF-8"));
        }
        Self::from_vars(|name| env::var(name).ok())
    }

    /// Like [`from_env`](Self::from_env). `var` returns the value of a variable;
    /// blank counts as not set.
    ///
    /// # Errors
    ///
    /// As [`from_env`](Self::from_env).
    pub fn from_vars(var: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigProblem> {
        let url = SETTING.read(var)?.map(|(_, url)| url);
        Self::parse(url.as_deref().unwrap_or(Self::DEFAULT))
    }

    /// Parses a value of `DATABASE_URL`: `sqlite:` and a path, or a
    /// `postgres://` or `postgresql://` URL in the format of libpq.
    ///
    /// `sqlite:data/auth.db` and `sqlite://data/auth.db` are the same file; their
    /// path is relative to the working directory of the process.
    /// `sqlite:///var/lib/auth.db` is absolute. The path is percent-decoded, as by
    /// sqlx: write `?` as `%3F`. Of sqlx's parameters, those that say what this
    /// crate does anyway are accepted, such as `mode=rwc`.
    ///
    /// # Errors
    ///
    /// Fails if the URL names neither an SQLite file nor a PostgreSQL database,
    /// or the cargo feature of its database is off. The error never contains
    /// the URL, which may hold a password.
    pub fn parse(url: &str) -> Result<Self, ConfigProblem> {
        let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
        match scheme {
            #[cfg(feature = "sqlite")]
            "sqlite" => sqlite::path(url).map(Self::Sqlite),
            #[cfg(feature = "postgres")]
            "postgres" | "postgresql" => PostgresUrl::parse(url).map(Self::Postgres),
            #[cfg(not(feature = "sqlite"))]
            "sqlite" => Err(feature_is_off("SQLite", "sqlite")),
            #[cfg(not(feature = "postgres"))]
            "postgres" | "postgresql" => Err(feature_is_off("PostgreSQL", "postgres")),
            _ => Err(problem("starts with neither sqlite: nor postgres://")),
        }
    }
}

/// Says what is wrong with the URL, and how to write it.
fn problem(problem: &str) -> ConfigProblem {
    ConfigProblem::new(
        VARIABLE,
        problem,
        format!(
            "write it like {}, or postgres://user:password@host:5432/database with the special \
             characters of the password percent-encoded",
            DatabaseUrl::DEFAULT
        ),
    )
}

#[cfg(not(all(feature = "sqlite", feature = "postgres")))]
fn feature_is_off(database: &str, feature: &str) -> ConfigProblem {
    ConfigProblem::new(
        VARIABLE,
        format!("names a database of {database}, but auth-sqlx was built without it"),
        format!("enable the feature `{feature}` of auth-sqlx in Cargo.toml, or change the URL"),
    )
}

impl FromStr for DatabaseUrl {
    type Err = ConfigProblem;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        Self::parse(url)
    }
}

impl TryFrom<&str> for DatabaseUrl {
    type Error = ConfigProblem;

    fn try_from(url: &str) -> Result<Self, Self::Error> {
        Self::parse(url)
    }
}

impl TryFrom<String> for DatabaseUrl {
    type Error = ConfigProblem;

    fn try_from(url: String) -> Result<Self, Self::Error> {
        Self::parse(&url)
    }
}

impl TryFrom<&String> for DatabaseUrl {
    type Error = ConfigProblem;

    fn try_from(url: &String) -> Result<Self, Self::Error> {
        Self::parse(url)
    }
}

impl From<&Self> for DatabaseUrl {
    fn from(url: &Self) -> Self {
        url.clone()
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use super::*;

    #[test]
    fn other_databases_are_refused() {
        for url in ["", "a.db", "/a.db", "mysql://db/auth", "postgres:db"] {
            let problem = DatabaseUrl::parse(url).unwrap_err();
            assert_eq!(problem.setting, "DATABASE_URL", "{url}");
        }
    }

    #[test]
    fn a_variable_that_is_blank_or_missing_is_the_default() {
        for value in [None, Some(""), Some("  ")] {
            let url = DatabaseUrl::from_vars(|name| {
                (name == VARIABLE).then(|| value.map(str::to_owned))?
            })
            .unwrap();
            assert_eq!(url, DatabaseUrl::Sqlite("data/auth.db".into()), "{value:?}");
        }
        let url =
            DatabaseUrl::from_vars(|name| (name == VARIABLE).then(|| " sqlite:a.db\n".to_owned()))
                .unwrap();
        assert_eq!(url, DatabaseUrl::Sqlite("a.db".into()));
    }

    #[test]
    fn the_url_can_be_in_a_file() {
        let path = env::temp_dir().join(format!("auth-database-url-{}", std::process::id()));
        let read = || {
            DatabaseUrl::from_vars(|name| {
                (name == "DATABASE_URL_FILE").then(|| path.display().to_string())
            })
        };
        assert_eq!(read().unwrap_err().setting, "DATABASE_URL_FILE");
        std::fs::write(&path, "sqlite:of-a-file.db\n").unwrap();
        assert_eq!(read().unwrap(), DatabaseUrl::Sqlite("of-a-file.db".into()));
        std::fs::remove_file(path).unwrap();
    }

    #[cfg(not(feature = "postgres"))]
    #[test]
    fn a_feature_that_is_off_is_named() {
        let problem = DatabaseUrl::parse("postgres://user:hunter2@db/auth").unwrap_err();
        let text = problem.to_string();
        assert!(text.contains("feature `postgres`"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[cfg(all(test, not(feature = "sqlite")))]
mod tests_without_sqlite {
    use super::*;

    #[test]
    fn a_feature_that_is_off_is_named() {
        let problem = DatabaseUrl::from_vars(|_| None).unwrap_err();
        let text = problem.to_string();
        assert!(text.contains("feature `sqlite`"), "{text}");
    }
}
