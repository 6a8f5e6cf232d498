//! The baselines of the benchmark. `/` is an axum handler that reads one row of
//! tower-sessions and returns the page's HTML with a new nonce: it has no sealing, no
//! layers and no templates. `/constant` answers a constant: the most that axum can do.
//! `/leptos` renders a constant with Leptos, without a router: the most that Leptos can do.

use std::{path::Path, sync::Arc};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::IntoResponse,
    routing::get,
    serve::ListenerExt as _,
};
use leptos::{nonce::Nonce, prelude::*};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use tokio::net::TcpListener;
use tower_sessions_core::{SessionStore as _, session::Id};
use tower_sessions_sqlx_store::SqliteStore;

struct Bare {
    store: SqliteStore,
    id: Id,
    /// The page's HTML, split at each nonce.
    page: Vec<String>,
}

pub(crate) async fn serve(database: &str, page: &str) {
    let options = SqliteConnectOptions::new()
        .filename(Path::new(database))
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal);
    let pool = SqlitePoolOptions::new()
        .max_connections(2)
        .test_before_acquire(false)
        .connect_with(options)
        .await
        .unwrap();
    let (id,): (String,) = sqlx::query_as("select id from tower_sessions limit 1")
        .fetch_one(&pool)
        .await
        .unwrap();
    let page = std::fs::read_to_string(page).unwrap();
    let nonce = page
        .split_once("nonce=\"")
        .and_then(|(_, rest)| rest.split_once('"'))
        .unwrap()
        .0;
    let state = Bare {
        store: SqliteStore::new(pool),
        id: id.parse().unwrap(),
        page: page.split(nonce).map(str::to_owned).collect(),
    };
    // Every application lists its routes, which starts Leptos's executor.
    drop(leptos_axum::generate_route_list(hello));
    let app = Router::new()
        .route("/", get(handler))
        .route("/constant", get(async || "Hello"))
        .route("/leptos", get(leptos_axum::render_app_to_stream(hello)))
        .with_state(Arc::new(state));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
    axum::serve(listener, app).await.unwrap();
}

fn hello() -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
            </head>
            <body>"Hello"</body>
        </html>
    }
}

async fn handler(State(bare): State<Arc<Bare>>, headers: HeaderMap) -> impl IntoResponse {
    if !headers.contains_key("cookie") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let record = bare.store.load(&bare.id).await.unwrap();
    assert!(record.is_some_and(|record| !record.data.is_empty()));
    let nonce = Nonce::new();
    (
        [(CONTENT_TYPE, "text/html; charset=utf-8")],
        bare.page.join(nonce.as_inner()),
    )
        .into_response()
}
