//! Databases for the cases, deleted when they are dropped, and the sessions that
//! the cases insert.

use std::{
    io::Write as _,
    path::PathBuf,
    sync::{
        Once,
        atomic::{AtomicU32, Ordering},
    },
};

use auth_sqlx::{DatabaseUrl, SqlStore};
pub use auth_testkit::conformance::rows::{EXPIRED, key, seconds, session, session_of, user};
use sqlx::{
    ConnectOptions as _, Connection as _, PgConnection, SqliteConnection,
    sqlite::SqliteConnectOptions,
};
use url::Url;

/// Makes a test of each case for each database.
macro_rules! for_each_database {
    ($($case:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                super::$case(&crate::stores::Folder::new()).await;
            })+
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                let Some(schema) = crate::stores::Schema::new().await else { return };
                super::$case(&schema).await;
            })+
        }
    };
}

fn number() -> u32 {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    NUMBER.fetch_add(1, Ordering::Relaxed)
}

/// A database that no other test uses.
pub trait Fresh {
    fn url(&self) -> DatabaseUrl;

    /// Runs a statement on a connection outside every store.
    async fn run(&self, statement: &str);

    /// Writes bytes as a literal of SQL.
    fn bytes(&self, bytes: &[u8]) -> String;

    /// Opens a store; several stores are several servers.
    async fn open(&self) -> SqlStore {
        SqlStore::open(&self.url()).await.unwrap()
    }
}

/// A folder for an SQLite file, deleted on drop.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        let name = format!("auth-store-{}-{}", std::process::id(), number());
        let folder = std::env::temp_dir().join(name);
        // A test that was killed may have left it, and its process id comes again.
        drop(std::fs::remove_dir_all(&folder));
        Self(folder)
    }

    pub fn file(&self) -> PathBuf {
        self.0.join("nested/auth.db")
    }

    /// Opens a connection outside every store.
    pub async fn connect(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(self.file());
        options.connect().await.unwrap()
    }
}

impl Fresh for Folder {
    fn url(&self) -> DatabaseUrl {
        DatabaseUrl::Sqlite(self.file())
    }

    async fn run(&self, statement: &str) {
        let mut connection = self.connect().await;
        sqlx::raw_sql(statement)
            .execute(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
    }

    fn bytes(&self, bytes: &[u8]) -> String {
        format!("x'{}'", hex(bytes))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// A schema in the database of `TEST_POSTGRES_URL`, deleted on drop.
pub struct Schema {
    pub name: String,
    server: Url,
}

impl Schema {
    /// Returns `None` and prints a line if `TEST_POSTGRES_URL` is not set.
    pub async fn new() -> Option<Self> {
        static SAID: Once = Once::new();
        let Some(server) = std::env::var("TEST_POSTGRES_URL")
            .ok()
            .filter(|url| !url.is_empty())
        else {
            SAID.call_once(|| {
                drop(writeln!(
                    std::io::stderr(),
                    "The PostgreSQL tests did not run: set TEST_POSTGRES_URL, or use \
                     end2end/postgres.sh."
                ));
            });
            return None;
        };
        let schema = Self {
            name: format!("test_{}_{}", std::process::id(), number()),
            server: Url::parse(&server).unwrap(),
        };
        schema
            .run_anywhere(&format!("create schema {}", schema.name))
            .await;
        Some(schema)
    }

    /// Returns a URL whose `search_path` is this schema.
    pub fn address(&self) -> Url {
        let mut url = self.server.clone();
        url.query_pairs_mut()
            .append_pair("options[search_path]", &self.name)
            .append_pair("application_name", &self.name);
        url
    }

    /// Opens a connection outside every store.
    pub async fn connect(&self) -> PgConnection {
        PgConnection::connect(self.address().as_str())
            .await
            .unwrap()
    }

    async fn run_anywhere(&self, statement: &str) {
        let mut connection = PgConnection::connect(self.server.as_str()).await.unwrap();
        sqlx::raw_sql(statement)
            .execute(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
    }
}

impl Fresh for Schema {
    fn url(&self) -> DatabaseUrl {
        DatabaseUrl::parse(self.address().as_str()).unwrap()
    }

    async fn run(&self, statement: &str) {
        let mut connection = self.connect().await;
        sqlx::raw_sql(statement)
            .execute(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
    }

    fn bytes(&self, bytes: &[u8]) -> String {
        format!("'\\x{}'", hex(bytes))
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        let statement = format!("drop schema if exists {} cascade", self.name);
        // A runtime cannot block on another one in its own thread. This thread
        // waits for another thread, also after a panic.
        std::thread::scope(|scope| {
            scope.spawn(|| {
                tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .unwrap()
                    .block_on(self.run_anywhere(&statement));
            });
        });
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;

    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}
