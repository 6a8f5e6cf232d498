//! Cases for the SQLite file only.

use std::fs;

use auth_core::SessionStore as _;
use tokio::task::JoinSet;

use crate::stores::{Folder, Fresh as _, key, seconds, session};

/// A migration deletes its sessions, because the hashes have changed since.
#[tokio::test]
async fn a_database_of_the_first_version_is_migrated() {
    let folder = Folder::new();
    fs::create_dir_all(folder.file().parent().unwrap()).unwrap();
    fs::write(folder.file(), "").unwrap();
    folder
        .run(
            "create table tower_sessions
             (id text primary key not null, data blob not null, expiry_date integer not null);",
        )
        .await;
    folder
        .run(include_str!(
            "../../../migrations/sqlite/0001_auth_tokens.sql"
        ))
        .await;
    let checksum = {
        use sha2::{Digest as _, Sha384};
        let text = include_str!("../../../migrations/sqlite/0001_auth_tokens.sql");
        folder.bytes(&Sha384::digest(text))
    };
    folder
        .run(&format!(
            "create table _sqlx_migrations (version bigint primary key, description text not null,
             installed_on timestamp not null default current_timestamp, success boolean not null,
             checksum blob not null, execution_time bigint not null);
             insert into _sqlx_migrations values
             (1, 'auth tokens', current_timestamp, true, {checksum}, 1);
             insert into tower_sessions values ('old', x'00', '2999-01-01T00:00:00Z');
             insert into auth_tokens (session_id, sealed) values ('old', x'00');"
        ))
        .await;
    let store = folder.open().await;
    store.create(session(1, seconds(3600))).await.unwrap();
    let mut connection = folder.connect().await;
    for table in ["tower_sessions", "auth_tokens", "auth_sessions"] {
        let count = format!("select count(*) from {table}");
        let (count,): (i64,) = sqlx::query_as(&count)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(count, 1, "{table}");
    }
}

/// Several sessions are read with one statement.
#[tokio::test]
async fn a_row_that_cannot_be_read_fails_alone() {
    let folder = Folder::new();
    let store = folder.open().await;
    for number in 0..40 {
        store.create(session(number, seconds(3600))).await.unwrap();
    }
    let damaged = "update tower_sessions set expiry_date = '9999-99'
                   where id = (select session_id from auth_sessions where session_key = ";
    let damaged = format!("{damaged}{})", folder.bytes(key(7).as_bytes()));
    folder.run(&damaged).await;
    let mut reads = JoinSet::new();
    for number in 0..40 {
        let store = store.clone();
        reads.spawn(async move { (number, store.load(&key(number)).await) });
    }
    for (number, found) in reads.join_all().await {
        assert_eq!(found.is_err(), number == 7, "{number}: {found:?}");
    }
}

/// Simulates a full disk by a limit on the size of files, in a process of its
/// own.
#[cfg(unix)]
mod full {
    use std::process::Command;

    use auth_sqlx::{DatabaseUrl, SqlStore};
    use nix::sys::resource::{Resource, getrlimit, setrlimit};

    use super::*;

    const FILE: &str = "AUTH_TEST_FILE_OF_A_FULL_DISK";

    #[tokio::test(flavor = "multi_thread")]
    async fn a_full_disk_is_an_error_and_loses_nothing() {
        if let Some(file) = std::env::var_os(FILE) {
            return fill(&DatabaseUrl::Sqlite(file.into())).await;
        }
        let folder = Folder::new();
        // Without the trap, SIGXFSZ ends a process that writes past the limit.
        let output = Command::new("sh")
            .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture"])
            .arg("databases::sqlite_file::full::a_full_disk_is_an_error_and_loses_nothing")
            .env(FILE, folder.file())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{output:?}");
        assert!(said.contains("1 passed"), "{said}");
    }

    async fn fill(url: &DatabaseUrl) {
        let store = SqlStore::open(url).await.unwrap();
        store.create(session(0, seconds(3600))).await.unwrap();
        let (_, most) = getrlimit(Resource::RLIMIT_FSIZE).unwrap();
        setrlimit(Resource::RLIMIT_FSIZE, 300_000, most).unwrap();
        let mut full = None;
        for number in 1..=127 {
            let mut session = session(number, seconds(3600));
            session.sealed_tokens = vec![number; 10_000];
            if store.create(session).await.is_err() {
                full = Some(number);
                break;
            }
        }
        let full = full.unwrap();
        assert!(full > 1);
        assert!(store.load(&key(0)).await.unwrap().is_some(), "reads go on");
        assert!(store.load(&key(full)).await.unwrap().is_none());
        setrlimit(Resource::RLIMIT_FSIZE, most, most).unwrap();
        let again = session(full, seconds(3600));
        store.create(again).await.unwrap();
        for number in 0..=full {
            let kept = store.delete(&key(number)).await.unwrap();
            assert!(kept.is_some(), "{number}");
        }
    }
}
