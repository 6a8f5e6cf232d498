//! Ways to open a database, and errors of one that cannot be opened.

use auth_sqlx::{DatabaseUrl, OpenError, SqlStore};

use crate::stores::{Folder, Fresh as _};

#[tokio::test]
async fn a_store_opens_from_text_or_from_a_parsed_url() {
    let folder = Folder::new();
    let text = format!("sqlite:{}", folder.file().display());
    let parsed: DatabaseUrl = text.parse().unwrap();
    assert_eq!(parsed, folder.url());
    for store in [
        SqlStore::open(text.as_str()).await,
        SqlStore::open(&text).await,
        SqlStore::open(&parsed).await,
        SqlStore::open(parsed).await,
        SqlStore::open(text).await,
    ] {
        store.unwrap().close().await;
    }
}

#[tokio::test]
async fn a_wrong_url_is_an_error_without_the_password() {
    for url in [
        "",
        "auth.db",
        "mysql://me:hunter2@db/auth",
        "sqlite::memory:",
    ] {
        let error = SqlStore::open(url).await.unwrap_err();
        assert!(matches!(error, OpenError::Url(_)), "{error:?}");
        let said = format!("{error} {error:?}");
        assert!(
            said.contains("DATABASE_URL") && said.contains("sqlite:"),
            "{said}"
        );
        assert!(!said.contains("hunter2"), "{said}");
    }
}

/// Runs in a process of its own, because all tests share one environment.
#[tokio::test]
async fn the_environment_names_the_database() {
    const FOLDER: &str = "AUTH_TEST_FOLDER_OF_THE_DATABASE";
    if let Some(folder) = std::env::var_os(FOLDER) {
        std::env::set_current_dir(folder).unwrap();
        SqlStore::from_env().await.unwrap().close().await;
        return;
    }
    for (value, file) in [
        (None, "data/auth.db"),
        (Some("sqlite:other.db"), "other.db"),
    ] {
        let folder = Folder::new();
        std::fs::create_dir_all(&folder.0).unwrap();
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        child
            .args([
                "--exact",
                "databases::opening::the_environment_names_the_database",
            ])
            .env(FOLDER, &folder.0)
            .env_remove("DATABASE_URL")
            .envs(value.map(|value| ("DATABASE_URL", value)));
        let output = child.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert!(folder.0.join(file).is_file(), "{file}");
    }
}

mod sqlite {
    use std::{fs, path::Path};

    use auth_core::SessionAdmin as _;
    use auth_sqlx::{DatabaseUrl, OpenError, SqlStore, SqliteStore};
    use sqlx::{Connection as _, Executor as _};

    use crate::stores::{Folder, Fresh as _};

    #[tokio::test]
    async fn the_error_names_a_file_that_cannot_be_used() {
        let folder = Folder::new();
        fs::create_dir_all(&folder.0).unwrap();
        let no_database = folder.0.join("text.db");
        fs::write(
            &no_database,
            "this is a text, long enough to be read as a header ".repeat(10),
        )
        .unwrap();
        for path in [&no_database, &folder.0, Path::new("/dev/null/auth.db")] {
            let url = DatabaseUrl::Sqlite(path.to_owned());
            let error = SqlStore::open(&url).await.unwrap_err();
            assert!(
                matches!(error, OpenError::Open { .. } | OpenError::Directory { .. }),
                "{error:?}"
            );
            let path = path.display().to_string();
            assert!(error.to_string().contains(&path), "{error}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_sqlite_store_converts_into_a_sql_store() {
        let folder = Folder::new();
        let store = SqliteStore::open(folder.file()).await.unwrap();
        assert!(store.list_page(None, 1).await.unwrap().is_empty());
        let store = SqlStore::from(store);
        store.check().await.unwrap();
        store.close().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_file_that_stays_locked_is_an_error_that_says_so() {
        let folder = Folder::new();
        SqlStore::open(folder.url()).await.unwrap().close().await;
        let mut other = folder.connect().await;
        other.execute("begin immediate").await.unwrap();
        let error = SqlStore::open(folder.url()).await.unwrap_err();
        assert!(matches!(error, OpenError::Locked { .. }), "{error:?}");
        assert!(error.to_string().contains("another program"), "{error}");
        other.execute("rollback").await.unwrap();
        other.close().await.unwrap();
        SqlStore::open(folder.url()).await.unwrap().close().await;
    }
}

mod postgres {
    use auth_sqlx::{DatabaseUrl, OpenError, PostgresStore, SqlStore};
    use sqlx::{Connection as _, Executor as _};

    use crate::stores::{Fresh as _, Schema};

    #[tokio::test]
    async fn the_error_names_a_missing_database_without_the_password() {
        let Some(schema) = Schema::new().await else {
            return;
        };
        let mut url = schema.address();
        url.set_path("no_such_database");
        url.query_pairs_mut().append_pair("password", "hunter2");
        let url = DatabaseUrl::parse(url.as_str()).unwrap();
        let error = SqlStore::open(&url).await.unwrap_err();
        assert!(matches!(error, OpenError::Connect { .. }), "{error:?}");
        let said = format!("{error} {error:?}");
        assert!(said.contains("no_such_database"), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }

    #[tokio::test]
    async fn a_missing_schema_is_an_error_that_names_search_path() {
        let Some(schema) = Schema::new().await else {
            return;
        };
        schema.run(&format!("drop schema {}", schema.name)).await;
        let error = SqlStore::open(&schema.url()).await.unwrap_err();
        assert!(matches!(error, OpenError::Schema { .. }), "{error:?}");
        assert!(error.to_string().contains("search_path"), "{error}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_postgres_store_converts_into_a_sql_store() {
        let Some(schema) = Schema::new().await else {
            return;
        };
        let store = PostgresStore::open(schema.address().as_str())
            .await
            .unwrap();
        let error = PostgresStore::open("sqlite:auth.db").await.unwrap_err();
        assert!(matches!(error, OpenError::Url(_)), "{error:?}");
        let store = SqlStore::from(store);
        store.check().await.unwrap();
        store.close().await;
    }

    /// Since PostgreSQL 15 an ordinary user cannot create tables in `public`.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_user_without_rights_gets_an_error_that_names_them() {
        let Some(schema) = Schema::new().await else {
            return;
        };
        let role = format!("user_of_{}", schema.name);
        schema
            .run(&format!(
                "create role {role} login password 'secret';
                 grant usage on schema {} to {role};
                 create table _sqlx_migrations (version bigint, checksum bytea, success bool);",
                schema.name
            ))
            .await;
        let mut url = schema.address();
        url.set_username(&role).unwrap();
        url.set_password(Some("secret")).unwrap();
        let url = url.as_str();
        let error = SqlStore::open(url).await.unwrap_err();
        // When the tables exist, the right to read and write them is enough, even
        // beside a `_sqlx_migrations` of another user.
        schema.open().await.close().await;
        schema
            .run(&format!(
                "grant select, insert, update, delete on all tables in schema {} to {role};
                 revoke all on _sqlx_migrations from {role};",
                schema.name
            ))
            .await;
        let opened = SqlStore::open(url).await;
        if let Ok(store) = &opened {
            store.check().await.unwrap();
            store.close().await;
        }
        schema
            .run(&format!("drop owned by {role}; drop role {role};"))
            .await;
        assert!(matches!(error, OpenError::Permission { .. }), "{error:?}");
        assert!(error.to_string().contains("grant create"), "{error}");
        opened.unwrap();
    }

    /// sqlx's lock for migrations, which the former release takes too.
    #[tokio::test(flavor = "multi_thread")]
    async fn opening_waits_for_another_migration() {
        let Some(schema) = Schema::new().await else {
            return;
        };
        let mut other = schema.connect().await;
        sqlx::migrate::Migrate::lock(&mut other).await.unwrap();
        let url = schema.url();
        let opening = tokio::spawn(async move { SqlStore::open(url).await });
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        assert!(!opening.is_finished());
        other
            .execute("select pg_advisory_unlock_all()")
            .await
            .unwrap();
        other.close().await.unwrap();
        opening.await.unwrap().unwrap().close().await;
    }
}
