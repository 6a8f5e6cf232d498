//! What to do with a database, decided from what is found in it.

use std::collections::{BTreeMap, BTreeSet};

use super::schema::{
    Migration, RECORD, RECORD_COLUMNS, SQLX_RECORD, Schema, TABLES, TOWER_SESSIONS,
};

/// Tables and indexes with names that this crate uses, and the columns of each.
#[derive(Debug, Default)]
pub(crate) struct Relations(BTreeMap<String, BTreeSet<String>>);

impl Relations {
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Returns the first of `columns` that the table lacks.
    fn missing<'a>(&self, table: &str, columns: &[&'a str]) -> Option<&'a str> {
        let found = self.0.get(table);
        columns
            .iter()
            .copied()
            .find(|column| !found.is_some_and(|found| found.contains(*column)))
    }

    /// Whether there is a table with the columns of [`RECORD`]. Fails if there
    /// is another table of its name.
    pub(crate) fn has_record(&self) -> Result<bool, Problem> {
        if !self.contains(RECORD) {
            return Ok(false);
        }
        match self.missing(RECORD, RECORD_COLUMNS) {
            None => Ok(true),
            Some(_) => Err(Problem::NotOurs(RECORD.to_owned())),
        }
    }

    /// Whether there is a table in which sqlx records migrations.
    pub(crate) fn has_sqlx_record(&self) -> bool {
        self.contains(SQLX_RECORD)
            && self
                .missing(SQLX_RECORD, &["version", "checksum", "success"])
                .is_none()
    }

    /// Whether there is the table of tower-sessions alone, where it is not made
    /// by the first migration. The former release creates it before it migrates
    /// SQLite, and may have been stopped in between.
    pub(crate) fn has_only_tower_sessions(&self, schema: &Schema) -> bool {
        let (table, columns) = TOWER_SESSIONS;
        schema.tower_sessions.is_some()
            && self.ours().eq([table])
            && self.missing(table, columns).is_none()
            && self.0.get(table).map(BTreeSet::len) == Some(columns.len())
    }

    fn has_any_table(&self) -> bool {
        TABLES.iter().any(|(table, _)| self.contains(table))
    }

    /// Returns the tables and indexes with names that the migrations create.
    fn ours(&self) -> impl Iterator<Item = &str> {
        let names = self.0.keys().map(String::as_str);
        names.filter(|name| ![RECORD, SQLX_RECORD].contains(name))
    }
}

impl FromIterator<(String, String)> for Relations {
    /// Collects pairs of a relation and a column of it.
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        let mut relations = Self::default();
        for (relation, column) in pairs {
            relations.0.entry(relation).or_default().insert(column);
        }
        relations
    }
}

/// A migration that was applied to the database.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) version: i64,
    pub(crate) checksum: Vec<u8>,
    pub(crate) compatible_from: i64,
}

/// Why this release must not use a database.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// Only releases that have migration `needed` may use it.
    TooNew { needed: i64 },
    /// A table or index of this name is not from this crate.
    NotOurs(String),
    /// A table or column is missing.
    Incomplete(String),
    /// A recorded migration is not the one that this release has.
    OtherHistory(i64),
}

/// The steps that bring a database up to date.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    /// Run this before the first migration.
    pub(crate) first: Option<&'static str>,
    /// Record these, which the former release has applied.
    pub(crate) take_over: Vec<&'static Migration>,
    /// Apply and record these.
    pub(crate) apply: Vec<&'static Migration>,
}

/// Decides from this crate's record, and if it is empty from the rows (version
/// and checksum) of sqlx's. `has_empty_tower_sessions`: the answer to
/// [`Relations::has_only_tower_sessions`], and the table has no rows.
pub(crate) fn steps(
    schema: &Schema,
    relations: &Relations,
    record: &[Recorded],
    sqlx_rows: &[(i64, Vec<u8>)],
    has_empty_tower_sessions: bool,
) -> Result<Steps, Problem> {
    if record.is_empty() {
        return steps_without_record(schema, relations, sqlx_rows, has_empty_tower_sessions);
    }
    let newest = schema.newest();
    let needed = record.iter().map(|row| row.compatible_from).max();
    if let Some(needed) = needed.filter(|needed| *needed > newest) {
        return Err(Problem::TooNew { needed });
    }
    let mut steps = Steps::default();
    for migration in schema.migrations {
        match record.iter().find(|row| row.version == migration.version) {
            Some(row) if row.checksum == migration.checksum() => {}
            Some(row) => return Err(Problem::OtherHistory(row.version)),
            None => steps.apply.push(migration),
        }
    }
    if let Some(newer) = record.iter().map(|row| row.version).max()
        && newer > newest
    {
        tracing::info!(
            newest,
            newer,
            "a newer release has migrated the session database; this release can still use it"
        );
    }
    Ok(steps)
}

fn steps_without_record(
    schema: &Schema,
    relations: &Relations,
    sqlx_rows: &[(i64, Vec<u8>)],
    has_empty_tower_sessions: bool,
) -> Result<Steps, Problem> {
    // A row of a user's migration with the same number has another checksum.
    let is_in_sqlx = |migration: &&Migration| {
        sqlx_rows.iter().any(|(version, checksum)| {
            *version == migration.version && *checksum == migration.checksum()
        })
    };
    let (taken, missing): (Vec<_>, Vec<_>) = schema.migrations.iter().partition(is_in_sqlx);
    if !taken.is_empty() && relations.has_any_table() {
        return Ok(Steps {
            first: None,
            take_over: taken,
            apply: missing,
        });
    }
    let all = schema.migrations.iter().collect();
    if has_empty_tower_sessions {
        return Ok(Steps {
            apply: all,
            ..Steps::default()
        });
    }
    // Also if an operator has dropped the former release's tables: that release
    // will find its rows and these tables.
    match relations.ours().next() {
        Some(name) => Err(Problem::NotOurs(name.to_owned())),
        None => Ok(Steps {
            first: schema.tower_sessions,
            take_over: Vec::new(),
            apply: all,
        }),
    }
}

/// Fails if a table or column that this release uses is missing.
pub(crate) fn check_tables(relations: &Relations) -> Result<(), Problem> {
    for (table, columns) in TABLES {
        if !relations.contains(table) {
            return Err(Problem::Incomplete((*table).to_owned()));
        }
        if let Some(column) = relations.missing(table, columns) {
            return Err(Problem::Incomplete(format!("{table}.{column}")));
        }
    }
    Ok(())
}
