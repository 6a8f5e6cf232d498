//! The router of the whole application: a request in, a response out.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

mod files;
mod forms;
mod hooks;
mod pages;
mod security;

use std::{
    fs,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};

use app::Users;
use auth_core::{Auth, Hooks};
use auth_sqlx::{DatabaseUrl, SqlStore};
use auth_testkit::{Browser, TestProvider, config};
use axum::Router;
use leptos::config::LeptosOptions;
use server::{AppState, Site, router};

struct Fixture {
    provider: TestProvider,
    sessions: SqlStore,
    app: Router,
    folder: PathBuf,
}

impl Fixture {
    async fn new(base_url: &str) -> Self {
        Self::with_hooks(base_url, Users::hooks).await
    }

    async fn with_hooks(base_url: &str, hooks: impl FnOnce(&Users) -> Hooks) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("auth-router-{}-{number}", std::process::id()));
        // A test that was killed may have left it, and its process id comes again.
        drop(fs::remove_dir_all(&folder));
        fs::create_dir_all(folder.join("site/pkg")).unwrap();
        fs::write(folder.join("hash.txt"), "js: abc\nwasm: abc\ncss: abc\n").unwrap();
        fs::write(folder.join("site/pkg/app.abc.js"), "plain").unwrap();
        fs::write(folder.join("site/pkg/app.abc.js.br"), "brotli").unwrap();
        fs::write(folder.join("site/robots.txt"), "User-agent: *").unwrap();
        let provider = TestProvider::start().await;
        // A folder whose name has to be percent-encoded in a URL.
        let database = DatabaseUrl::Sqlite(folder.join("50% of #1?/auth.db"));
        let sessions = SqlStore::open(&database).await.unwrap();
        let users = Users::open(&database).await.unwrap();
        let auth = Auth::builder(config(&provider, base_url), sessions.clone())
            .hooks(hooks(&users))
            .build()
            .unwrap();
        let options = LeptosOptions::builder()
            .output_name("app")
            .site_root(folder.join("site").display().to_string())
            .site_pkg_dir("pkg")
            .hash_files(true)
            .hash_file(folder.join("hash.txt").display().to_string().into())
            .build();
        let state = AppState::new(auth, sessions.clone(), Site { options });
        let app = router(state.with_users(users));
        Self {
            provider,
            sessions,
            app,
            folder,
        }
    }

    fn browser(&self) -> Browser {
        Browser::new(&self.app)
    }

    async fn signed_in(&self) -> Browser {
        let mut browser = self.browser();
        browser.sign_in(&self.provider).await;
        browser
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.folder));
    }
}

const LOCAL: &str = "http://localhost:3000";
