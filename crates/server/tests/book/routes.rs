use std::collections::BTreeSet;

use auth_core::{Auth, BasePath, MemoryStore};
use auth_leptos::WithAuth as _;
use auth_testkit::{Browser, TestProvider, config};
use axum::{Router, body::Body, http::Request};

use crate::page::{page, rows, spans};

/// The routes that `auth-types` names.
fn named() -> BTreeSet<String> {
    include_str!("../../../auth-types/src/routes.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("pub const ")?.split('"').nth(1))
        .map(|suffix| format!("{}{suffix}", BasePath::DEFAULT))
        .collect()
}

#[tokio::test]
async fn each_route_is_listed_with_the_methods_that_it_answers() {
    let page = page("reference/routes.md");
    let rows: Vec<_> = rows(page.split("\n## Cookies").next().unwrap());
    let listed: BTreeSet<_> = rows
        .iter()
        .map(|row| spans(&row[0])[0].to_owned())
        .collect();
    assert_eq!(listed, named());

    let provider = TestProvider::start().await;
    let auth = Auth::new(
        config(&provider, "http://localhost:3000"),
        MemoryStore::new(),
    )
    .unwrap();
    let app: Router = Router::new().with_auth(&auth);
    for row in &rows {
        let path = spans(&row[0])[0];
        let documented = spans(&row[1]);
        for method in ["GET", "POST", "PUT"] {
            let request = Request::builder().method(method).uri(path);
            let request = request
                .header("host", "localhost:3000")
                // For the form that the provider posts to the callback.
                .header("content-type", "application/x-www-form-urlencoded");
            let answer = Browser::new(&app)
                .send(request.body(Body::empty()).unwrap())
                .await;
            // What every other request under /api/auth is answered.
            let is_unknown = answer.status == 400 && answer.body == "\"Bad request.\"";
            assert_eq!(
                !is_unknown,
                documented.contains(&method),
                "{method} {path} {answer:?}"
            );
        }
    }
}
