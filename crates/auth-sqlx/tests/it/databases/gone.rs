//! Databases that disappear while the server runs, and come back.

mod sqlite {
    use std::{
        fs,
        path::Path,
        time::{Duration, Instant},
    };

    use auth_core::{SessionAdmin as _, SessionStore as _};
    use auth_sqlx::SqlStore;
    use sqlx::Connection as _;

    use crate::stores::{Folder, Fresh as _, key, seconds, session, user};

    /// Waits until the store works, or until it fails.
    async fn until(store: &SqlStore, works: bool) {
        let began = Instant::now();
        while store.check().await.is_ok() != works {
            assert!(began.elapsed() < Duration::from_secs(10), "{works}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn everything_fails(store: &SqlStore) {
        let end = seconds(60);
        assert!(store.check().await.is_err());
        assert!(store.load(&key(1)).await.is_err());
        assert!(store.create(session(9, end)).await.is_err());
        assert!(store.delete(&key(1)).await.is_err());
        assert!(store.load_tokens(&key(1)).await.is_err());
        assert!(store.save_tokens(&key(1), 1, b"new").await.is_err());
        assert!(store.list_for_user(&user(1), 9).await.is_err());
    }

    async fn has(store: &SqlStore, number: u8) -> bool {
        store.load(&key(number)).await.unwrap().is_some()
    }

    /// Copies the database as it is now.
    async fn back_up(folder: &Folder, to: &Path) {
        let mut connection = folder.connect().await;
        sqlx::query("vacuum into $1")
            .bind(to.to_str().unwrap())
            .execute(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
    }

    async fn is_sound(folder: &Folder) {
        let mut connection = folder.connect().await;
        let (found,): (String,) = sqlx::query_as("pragma integrity_check")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(found, "ok");
        connection.close().await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_file_that_is_moved_away_and_back_keeps_its_sessions() {
        let folder = Folder::new();
        let store = folder.open().await;
        store.create(session(1, seconds(3600))).await.unwrap();
        let aside = folder.0.join("aside.db");
        fs::rename(folder.file(), &aside).unwrap();
        until(&store, false).await;
        everything_fails(&store).await;
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert!(!folder.file().exists(), "no new database is made");
        fs::rename(&aside, folder.file()).unwrap();
        until(&store, true).await;
        assert!(has(&store, 1).await);
        store.create(session(2, seconds(3600))).await.unwrap();
        store.close().await;
        let store = folder.open().await;
        assert!(has(&store, 1).await && has(&store, 2).await);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_folder_can_be_moved_away_and_back() {
        let folder = Folder::new();
        let store = folder.open().await;
        store.create(session(1, seconds(3600))).await.unwrap();
        let (nested, aside) = (folder.0.join("nested"), folder.0.join("aside"));
        fs::rename(&nested, &aside).unwrap();
        until(&store, false).await;
        everything_fails(&store).await;
        fs::rename(&aside, &nested).unwrap();
        until(&store, true).await;
        assert!(has(&store, 1).await);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_backup_can_replace_a_deleted_file() {
        let folder = Folder::new();
        let store = folder.open().await;
        store.create(session(1, seconds(3600))).await.unwrap();
        let backup = folder.0.join("backup.db");
        back_up(&folder, &backup).await;
        for number in 2..50 {
            let newer = session(number, seconds(3600));
            store.create(newer).await.unwrap();
        }
        fs::remove_file(folder.file()).unwrap();
        until(&store, false).await;
        everything_fails(&store).await;
        fs::copy(&backup, folder.file()).unwrap();
        until(&store, true).await;
        assert!(has(&store, 1).await);
        assert!(!has(&store, 2).await, "it is newer than the backup");
        store.create(session(60, seconds(3600))).await.unwrap();
        is_sound(&folder).await;
    }

    /// The write-ahead log belongs to the file: its changes must not get into the
    /// backup, and the file must not lose them.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_backup_that_replaces_the_file_is_opened_without_the_old_log() {
        let folder = Folder::new();
        let store = folder.open().await;
        store.create(session(1, seconds(3600))).await.unwrap();
        let (backup, kept) = (folder.0.join("backup.db"), Folder::new());
        back_up(&folder, &backup).await;
        for number in 2..50 {
            let newer = session(number, seconds(3600));
            store.create(newer).await.unwrap();
        }
        // The file keeps a second name.
        fs::create_dir_all(kept.file().parent().unwrap()).unwrap();
        fs::hard_link(folder.file(), kept.file()).unwrap();
        fs::rename(&backup, folder.file()).unwrap();
        until(&store, false).await;
        until(&store, true).await;
        assert!(has(&store, 1).await);
        assert!(!has(&store, 2).await, "it is newer than the backup");
        store.create(session(60, seconds(3600))).await.unwrap();
        is_sound(&folder).await;
        is_sound(&kept).await;
        let before = kept.open().await;
        assert!(has(&before, 1).await && has(&before, 49).await);
        assert!(!has(&before, 60).await);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_file_that_is_no_database_is_refused_and_an_older_database_is_migrated() {
        let folder = Folder::new();
        let store = folder.open().await;
        fs::rename(folder.file(), folder.0.join("aside.db")).unwrap();
        until(&store, false).await;
        let text = "this is a text, long enough to be read as a header ".repeat(10);
        fs::write(folder.file(), &text).unwrap();
        tokio::time::sleep(Duration::from_secs(4)).await;
        everything_fails(&store).await;
        assert_eq!(fs::read_to_string(folder.file()).unwrap(), text);
        fs::remove_file(folder.file()).unwrap();
        // A database of a time when there was only the table of tower-sessions.
        let older = Folder::new();
        fs::create_dir_all(older.file().parent().unwrap()).unwrap();
        fs::write(older.file(), "").unwrap();
        older
            .run(
                "create table tower_sessions
                 (id text primary key not null, data blob not null, expiry_date integer not null);",
            )
            .await;
        fs::rename(older.file(), folder.file()).unwrap();
        until(&store, true).await;
        store.create(session(1, seconds(3600))).await.unwrap();
        assert!(has(&store, 1).await);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_closed_store_is_not_opened_again() {
        let folder = Folder::new();
        let store = folder.open().await;
        let aside = folder.0.join("aside.db");
        fs::rename(folder.file(), &aside).unwrap();
        until(&store, false).await;
        store.close().await;
        fs::rename(&aside, folder.file()).unwrap();
        tokio::time::sleep(Duration::from_secs(4)).await;
        assert!(store.check().await.is_err());
    }
}

mod postgres {
    use std::time::{Duration, Instant};

    use auth_core::{SessionStore as _, WriteOutcome};
    use auth_sqlx::{DatabaseUrl, SqlStore};
    use tokio::time::timeout;

    use crate::{
        databases::tcp_proxy::TcpProxy,
        stores::{Fresh as _, Schema, key, seconds, session},
    };

    /// Returns the schema's URL, through the proxy.
    fn proxied(schema: &Schema, proxy: &TcpProxy) -> DatabaseUrl {
        let mut url = schema.address();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(proxy.port)).unwrap();
        DatabaseUrl::parse(url.as_str()).unwrap()
    }

    async fn behind_a_proxy(schema: &Schema) -> (TcpProxy, SqlStore) {
        let url = schema.address();
        let host = url.host_str().filter(|host| !host.is_empty());
        let port = url.port().unwrap_or(5432);
        let proxy = TcpProxy::start(format!("{}:{port}", host.unwrap_or("localhost"))).await;
        let store = SqlStore::open(&proxied(schema, &proxy)).await.unwrap();
        store.create(session(1, seconds(3600))).await.unwrap();
        (proxy, store)
    }

    async fn fails_within(store: &SqlStore, seconds: u64) {
        let began = Instant::now();
        assert!(store.load(&key(1)).await.is_err());
        let took = began.elapsed();
        assert!(took < Duration::from_secs(seconds), "{took:?}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn operations_fail_while_the_server_is_stopped_and_work_after_it_restarts() {
        let Some(schema) = Schema::new().await else {
            return;
        };
        let (mut proxy, store) = behind_a_proxy(&schema).await;
        proxy.stop().await;
        fails_within(&store, 8).await;
        assert!(store.check().await.is_err());
        proxy.resume().await;
        assert!(store.load(&key(1)).await.unwrap().is_some());
        // Restarts while the store is idle.
        proxy.stop().await;
        proxy.resume().await;
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert!(store.load(&key(1)).await.unwrap().is_some());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn operations_fail_in_time_if_the_server_does_not_answer() {
        let Some(schema) = Schema::new().await else {
            return;
        };
        let (proxy, store) = behind_a_proxy(&schema).await;
        proxy.pass(false);
        fails_within(&store, 15).await;
        proxy.pass(true);
        assert!(store.load(&key(1)).await.unwrap().is_some());
    }

    /// Otherwise its connection is in a transaction that nobody ends, and what the next
    /// operation writes is not committed.
    #[tokio::test(flavor = "multi_thread")]
    async fn an_operation_that_is_dropped_while_its_transaction_begins_leaves_none() {
        let Some(schema) = Schema::new().await else {
            return;
        };
        let (proxy, store) = behind_a_proxy(&schema).await;
        proxy.answer(false);
        let given_up = timeout(Duration::from_millis(50), store.delete(&key(2))).await;
        assert!(given_up.is_err(), "{given_up:?}");
        proxy.answer(true);
        // Until the connection is back in the pool.
        tokio::time::sleep(Duration::from_millis(50)).await;
        let saved = store.save_tokens(&key(1), 1, b"new").await;
        assert_eq!(saved.unwrap(), WriteOutcome::Applied);
        let other = schema.open().await;
        let tokens = other.load_tokens(&key(1)).await.unwrap().unwrap();
        assert_eq!(tokens.sealed, b"new", "it is not committed");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn opening_waits_for_a_server_that_starts_later() {
        let Some(schema) = Schema::new().await else {
            return;
        };
        let (mut proxy, store) = behind_a_proxy(&schema).await;
        store.close().await;
        proxy.stop().await;
        let url = proxied(&schema, &proxy);
        let opening = tokio::spawn(async move { SqlStore::open(&url).await });
        tokio::time::sleep(Duration::from_secs(1)).await;
        proxy.resume().await;
        let store = opening.await.unwrap().unwrap();
        assert!(store.load(&key(1)).await.unwrap().is_some());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn connections_that_the_network_dropped_are_replaced() {
        let Some(schema) = Schema::new().await else {
            return;
        };
        let (mut proxy, store) = behind_a_proxy(&schema).await;
        // Opens all connections and keeps them in use.
        let load = || async { store.load(&key(1)).await };
        futures_util::future::join_all((0..20).map(|_| load())).await;
        proxy.strand();
        let failed = futures_util::future::join_all((0..20).map(|_| load())).await;
        assert!(failed.iter().any(Result::is_err));
        let began = Instant::now();
        while store.load(&key(1)).await.is_err() {
            assert!(began.elapsed() < Duration::from_secs(10), "it recovers");
        }
        let after = futures_util::future::join_all((0..20).map(|_| load())).await;
        assert!(after.iter().all(Result::is_ok), "all of them");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn connections_that_the_server_ended_are_replaced() {
        let Some(schema) = Schema::new().await else {
            return;
        };
        let store = schema.open().await;
        store.create(session(1, seconds(3600))).await.unwrap();
        let end_all = format!(
            "select pg_terminate_backend(pid) from pg_stat_activity
             where application_name = '{}' and pid <> pg_backend_pid()",
            schema.name
        );
        schema.run(&end_all).await;
        // Connections in constant use are not tested.
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert!(store.load(&key(1)).await.unwrap().is_some());
    }
}
