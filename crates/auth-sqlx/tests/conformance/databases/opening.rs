//! Errors of a database that cannot be opened.

mod sqlite {
    use std::{fs, path::Path};

    use auth_sqlx::{DatabaseUrl, OpenError, SqlStore};

    use crate::stores::Folder;

    #[tokio::test]
    async fn it_is_said_what_is_wrong_with_a_file_that_cannot_be_used() {
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
}

mod postgres {
    use auth_sqlx::{DatabaseUrl, OpenError, SqlStore};

    use crate::stores::{Fresh as _, Schema};

    #[tokio::test]
    async fn a_database_that_is_missing_is_named_without_the_password() {
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
    async fn a_schema_that_is_missing_is_said() {
        let Some(schema) = Schema::new().await else {
            return;
        };
        schema.run(&format!("drop schema {}", schema.name)).await;
        let error = SqlStore::open(&schema.url()).await.unwrap_err();
        assert!(matches!(error, OpenError::Schema { .. }), "{error:?}");
        assert!(error.to_string().contains("search_path"), "{error}");
    }
}
