//! The store of the former release: its statements, word for word (revision
//! 98572ac, `crates/server/src/sql_*.rs`), with the types and method names of
//! this release. Its pools are smaller and do not survive a lost database.
//!
//! Do not change the statements: servers of that release run them.
//!
//! This release gives a store lifetimes. Here they become times by the clock of
//! the process, as that release computed them. [`unknown`] has the operations
//! that it does not know; it reads and writes nothing of what they change.

mod hash_keys;
mod lists;
mod logouts;
mod methods;
mod postgres;
mod rows;
mod sessions;
mod sqlite;
mod tokens;
mod unknown;

use auth_core::{SessionStore, StoreError};
use time::OffsetDateTime;

pub(super) use self::methods::implement_store;
pub use self::{postgres::FormerPostgres, sqlite::FormerSqlite};
use super::super::{
    programs::Programs,
    stores::{Folder, Schema},
};

/// A database that the former release can open.
pub trait FormerRelease: Programs {
    type Store: FormerStore + Clone;

    /// Starts a server of the former release: it applies its migrations, or
    /// checks that they have been applied, and opens its store.
    async fn open_former(&self) -> Self::Store;
}

/// What the former release does besides [`SessionStore`].
pub trait FormerStore: SessionStore {
    async fn delete_expired(&self, now: OffsetDateTime, limit: u32) -> Result<u64, StoreError>;
    async fn close(&self);
}

impl FormerRelease for Folder {
    type Store = FormerSqlite;

    async fn open_former(&self) -> FormerSqlite {
        self.start_former().await.unwrap();
        FormerSqlite::connect(&self.file()).await
    }
}

impl FormerRelease for Schema {
    type Store = FormerPostgres;

    async fn open_former(&self) -> FormerPostgres {
        self.start_former().await.unwrap();
        FormerPostgres::connect(self).await
    }
}
