//! A `search_path` that has changed, so that the schema has no tables.

mod postgres {
    use auth_core::SessionStore as _;
    use auth_sqlx::{OpenError, SqlStore};

    use crate::stores::{Fresh as _, Schema, key, seconds, session};

    /// A user whose `search_path` is set on the server, with the right to use two
    /// schemas. The user is dropped with [`Self::drop_user`].
    struct User {
        name: String,
        schemas: [Schema; 2],
    }

    impl User {
        async fn new() -> Option<Self> {
            let schemas = [Schema::new().await?, Schema::new().await?];
            let name = format!("user_of_{}", schemas[0].name);
            let user = Self { name, schemas };
            let Self { name, schemas } = &user;
            let [one, other] = schemas.each_ref().map(|schema| &schema.name);
            user.run(&format!(
                "create role {name} login password 'secret';
                 grant create, usage on schema {one} to {name};
                 grant create, usage on schema {other} to {name};"
            ))
            .await;
            user.search(one).await;
            Some(user)
        }

        async fn run(&self, statement: &str) {
            self.schemas[0].run(statement).await;
        }

        /// Sets the user's `search_path` on the server.
        async fn search(&self, schema: &str) {
            let statement = format!("alter role {} set search_path = {schema}", self.name);
            self.run(&statement).await;
        }

        /// Returns a URL without `search_path`, or with this one.
        fn url(&self, search_path: Option<&str>) -> String {
            let mut url = self.schemas[0].address();
            url.set_username(&self.name).unwrap();
            url.set_password(Some("secret")).unwrap();
            url.set_query(Some("sslmode=prefer"));
            match search_path {
                None => url.into(),
                Some(schema) => format!("{url}&options[search_path]={schema}"),
            }
        }

        async fn drop_user(self) {
            let name = &self.name;
            self.run(&format!("drop owned by {name} cascade; drop role {name};"))
                .await;
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_changed_search_path_does_not_start_an_empty_store() {
        let Some(user) = User::new().await else {
            return;
        };
        let [one, other] = user.schemas.each_ref().map(|schema| schema.name.clone());
        let store = SqlStore::open(user.url(None)).await.unwrap();
        store.create(session(1, seconds(3600))).await.unwrap();
        store.close().await;

        user.search(&other).await;
        let error = SqlStore::open(user.url(None)).await.unwrap_err();
        let OpenError::OtherSchema { schema, found, .. } = &error else {
            panic!("{error:?}");
        };
        assert_eq!((schema, found), (&other, &one));
        let said = error.to_string();
        for schema in [&one, &other] {
            assert!(
                said.contains(&format!("?options[search_path]={schema}")),
                "{said}"
            );
        }

        // Either remedy of the message works.
        let store = SqlStore::open(user.url(Some(&one))).await.unwrap();
        assert!(store.load(&key(1)).await.unwrap().is_some());
        store.close().await;
        let store = SqlStore::open(user.url(Some(&other))).await.unwrap();
        assert!(store.load(&key(1)).await.unwrap().is_none());
        store.close().await;
        // Now both schemas have tables.
        SqlStore::open(user.url(None)).await.unwrap().close().await;
        user.drop_user().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_store_of_another_user_does_not_count() {
        let Some(user) = User::new().await else {
            return;
        };
        // The tables of the first schema belong to the user of the tests.
        user.schemas[0].open().await.close().await;
        user.search(&user.schemas[1].name).await;
        let opened = SqlStore::open(user.url(None)).await;
        if let Ok(store) = &opened {
            store.check().await.unwrap();
            store.close().await;
        }
        user.drop_user().await;
        opened.unwrap();
    }
}
