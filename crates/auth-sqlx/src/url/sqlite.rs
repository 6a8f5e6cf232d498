//! The URL of an SQLite file.

use std::path::PathBuf;

use auth_core::ConfigProblem;
use sqlx::sqlite::SqliteConnectOptions;

use super::{VARIABLE, problem};

/// Returns the path that a URL names. The forms are those of sqlx, without what
/// this crate does not support: databases in memory, read-only ones, and a cache
/// that connections share.
pub(super) fn path(url: &str) -> Result<PathBuf, ConfigProblem> {
    let rest = url.strip_prefix("sqlite:").unwrap_or(url);
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let (encoded, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    // sqlx decodes it, so that one URL names one file in both.
    let path = format!("sqlite://{encoded}")
        .parse::<SqliteConnectOptions>()
        .map_err(|_| problem("has a path that is not UTF-8 after percent-decoding"))?
        .get_filename()
        .to_owned();
    let name = path.to_string_lossy();
    if encoded.starts_with(":memory:") || name.starts_with(":memory:") {
        return Err(in_memory());
    }
    if name.is_empty() {
        return Err(problem("names no SQLite file"));
    }
    if name.starts_with("file:") {
        return Err(ConfigProblem::new(
            VARIABLE,
            "has a URI of SQLite after sqlite:",
            "leave out `file:`, as in sqlite:data/auth.db",
        ));
    }
    parameters
        .split('&')
        .filter(|parameter| !parameter.is_empty())
        .try_for_each(check_parameter)?;
    Ok(path)
}

/// Accepts the parameters of sqlx that say what this crate does anyway.
fn check_parameter(parameter: &str) -> Result<(), ConfigProblem> {
    let remove = |what: &str, remedy: &str| Err(ConfigProblem::new(VARIABLE, what, remedy));
    match parameter {
        "mode=rwc" | "cache=private" | "immutable=false" | "immutable=0" => Ok(()),
        "mode=memory" => Err(in_memory()),
        "mode=rw" => remove(
            "has the parameter mode=rw, but a file that does not exist is always created",
            "remove mode=rw, or write mode=rwc",
        ),
        "mode=ro" | "immutable=true" | "immutable=1" => remove(
            "opens the SQLite file read-only, but sessions are written",
            "remove the parameters after `?`",
        ),
        "cache=shared" => remove(
            "has the parameter cache=shared, but connections do not share a cache",
            "remove cache=shared",
        ),
        _ => remove(
            "has a parameter after `?` that is not supported for SQLite",
            "remove the parameters; percent-encode a `?` in the path as %3F",
        ),
    }
}

fn in_memory() -> ConfigProblem {
    ConfigProblem::new(
        VARIABLE,
        "names an SQLite database in memory, which would lose all sessions at a restart",
        format!(
            "name a file, as in {}; for tests, use auth_core::MemoryStore",
            super::DatabaseUrl::DEFAULT
        ),
    )
}

#[cfg(test)]
mod tests {
    use crate::DatabaseUrl;

    #[test]
    fn a_url_names_a_file() {
        for (url, path) in [
            ("sqlite:data/auth.db", "data/auth.db"),
            ("sqlite://data/auth.db", "data/auth.db"),
            ("sqlite:/var/lib/auth.db", "/var/lib/auth.db"),
            ("sqlite:///var/lib/auth.db", "/var/lib/auth.db"),
            ("sqlite:../auth.db", "../auth.db"),
            ("sqlite://app.db?mode=rwc", "app.db"),
            ("sqlite:app.db?mode=rwc&cache=private", "app.db"),
            ("sqlite:app.db?", "app.db"),
        ] {
            let parsed = DatabaseUrl::parse(url).unwrap();
            assert_eq!(parsed, DatabaseUrl::Sqlite(path.into()), "{url}");
        }
    }

    #[test]
    fn a_path_is_percent_decoded_as_by_sqlx() {
        for (url, path) in [
            ("sqlite:my%20data/auth.db", "my data/auth.db"),
            ("sqlite:my data/auth.db", "my data/auth.db"),
            ("sqlite:///srv/%C3%BC.db", "/srv/ü.db"),
            ("sqlite:what%3F%23.db", "what?#.db"),
            ("sqlite:a#b.db", "a#b.db"),
            ("sqlite:100%.db", "100%.db"),
        ] {
            let parsed = DatabaseUrl::parse(url).unwrap();
            assert_eq!(parsed, DatabaseUrl::Sqlite(path.into()), "{url}");
            let options: sqlx::sqlite::SqliteConnectOptions = url.parse().unwrap();
            assert_eq!(options.get_filename(), std::path::Path::new(path), "{url}");
        }
    }

    #[test]
    fn other_urls_of_sqlite_are_refused_with_a_remedy() {
        for (url, remedy) in [
            ("sqlite:", "sqlite:data/auth.db"),
            ("sqlite://", "sqlite:data/auth.db"),
            ("sqlite:?mode=rwc", "sqlite:data/auth.db"),
            ("sqlite::memory:", "MemoryStore"),
            ("sqlite://:memory:", "MemoryStore"),
            ("sqlite:%3Amemory%3A", "MemoryStore"),
            ("sqlite:a.db?mode=memory", "MemoryStore"),
            ("sqlite:file:a.db", "leave out `file:`"),
            ("sqlite:a.db?mode=rw", "remove mode=rw"),
            ("sqlite:a.db?mode=ro", "remove the parameters"),
            ("sqlite:a.db?mode=rwc&immutable=1", "remove the parameters"),
            ("sqlite:a.db?cache=shared", "remove cache=shared"),
            ("sqlite:a.db?vfs=unix", "remove the parameters"),
            ("sqlite:a.db?journal_mode=wal", "remove the parameters"),
            ("sqlite:%FF.db", "sqlite:data/auth.db"),
        ] {
            let problem = DatabaseUrl::parse(url).unwrap_err();
            assert_eq!(problem.setting, "DATABASE_URL", "{url}");
            let text = problem.to_string();
            assert!(text.contains(remedy), "{url}: {text}");
        }
    }
}
