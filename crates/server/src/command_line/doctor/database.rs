//! Checks that the database can be reached, and that its tables are right.

use auth_core::Finding;
use auth_sqlx::{DatabaseUrl, SqlStore};

const SUBJECT: &str = "database";

/// Opens the database as the server does.
pub(super) async fn check(database: &DatabaseUrl) -> Finding {
    match SqlStore::open(database.clone()).await {
        Ok(store) => {
            store.close().await;
            Finding::ok(SUBJECT, format!("{database:?} is open and migrated"))
        }
        Err(error) => Finding::wrong(SUBJECT, error.to_string(), ""),
    }
}
