//! Pages with blocking resources under load: every request is answered. Former
//! releases of Leptos left some unanswered
//! (<https://github.com/leptos-rs/leptos/issues/4673>).

use std::{
    sync::{
        Arc, LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use axum::Router;
use leptos::{config::LeptosOptions, prelude::*};
use leptos_axum::{AxumRouteListing, LeptosRoutes as _, generate_route_list};
use leptos_router::{
    SsrMode,
    components::{Route, Router as LeptosRouter, Routes},
    path,
};
use tokio::{net::TcpListener, task::JoinSet, time::timeout};

const CONNECTIONS: usize = 64;
const TIME_LIMIT: Duration = Duration::from_secs(300);
/// A request without an answer hangs.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);
const PAGES: [&str; 9] = [
    "/one",
    "/two",
    "/nested",
    "/one-in-order",
    "/two-in-order",
    "/nested-in-order",
    "/one-async",
    "/two-async",
    "/nested-async",
];

static ROUTES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| generate_route_list(Pages));

#[component]
fn Pages() -> impl IntoView {
    view! {
        <LeptosRouter>
            <Routes fallback=|| ()>
                <Route path=path!("/one") view=One />
                <Route path=path!("/two") view=Two />
                <Route path=path!("/nested") view=Nested />
                <Route path=path!("/one-in-order") view=One ssr=SsrMode::InOrder />
                <Route path=path!("/two-in-order") view=Two ssr=SsrMode::InOrder />
                <Route path=path!("/nested-in-order") view=Nested ssr=SsrMode::InOrder />
                <Route path=path!("/one-async") view=One ssr=SsrMode::Async />
                <Route path=path!("/two-async") view=Two ssr=SsrMode::Async />
                <Route path=path!("/nested-async") view=Nested ssr=SsrMode::Async />
            </Routes>
        </LeptosRouter>
    }
}

/// A resource that is ready at once, after other tasks had their turn, or after a
/// while on another thread.
fn data() -> Resource<String> {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);

    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    Resource::new_blocking(
        || (),
        move |()| async move {
            match number % 4 {
                0 => {}
                1 => tokio::task::yield_now().await,
                2 => tokio::time::sleep(Duration::from_micros(500)).await,
                _ => drop(tokio::spawn(tokio::task::yield_now()).await),
            }
            "loaded".to_owned()
        },
    )
}

#[component]
fn One() -> impl IntoView {
    view! { <Part data=data() /> <p>"end"</p> }
}

/// One resource in two places: the header and the content.
#[component]
fn Two() -> impl IntoView {
    let data = data();
    view! { <Part data /> <Part data /> <p>"end"</p> }
}

#[component]
fn Nested() -> impl IntoView {
    let outer = data();
    view! {
        <Suspense>
            {Suspend::new(async move {
                let text = outer.await;
                view! { <p>{text}</p> <Part data=data() /> <Part data=outer /> }
            })}
        </Suspense>
        <p>"end"</p>
    }
}

#[component]
fn Part(data: Resource<String>) -> impl IntoView {
    view! { <Suspense>{Suspend::new(async move { view! { <p>{data.await}</p> } })}</Suspense> }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_with_blocking_resources_hangs() {
    load(5_000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement of up to five minutes: `make bench` runs it and prints its result"]
async fn of_a_million_pages_with_blocking_resources_none_hangs() {
    load(1_000_000).await;
}

/// Sends so many requests, or as many as fit into the time limit.
async fn load(requests: usize) {
    let options = LeptosOptions::builder().output_name("app").build();
    let app = Router::new()
        .leptos_routes(&options, ROUTES.clone(), Pages)
        .with_state(options);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });

    let started = Instant::now();
    let sent = Arc::new(AtomicUsize::new(0));
    let mut connections = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (origin, sent) = (origin.clone(), sent.clone());
        connections.spawn(async move {
            let client = reqwest::Client::new();
            let (mut answered, mut hung) = (0_usize, Vec::new());
            while started.elapsed() < TIME_LIMIT {
                let number = sent.fetch_add(1, Ordering::Relaxed);
                if number >= requests {
                    break;
                }
                let page = PAGES[number % PAGES.len()];
                let answer = client.get(format!("{origin}{page}")).send();
                match timeout(ANSWER_LIMIT, async { answer.await?.text().await }).await {
                    Ok(Ok(html)) if html.contains("loaded") && html.contains("end") => {
                        answered += 1;
                    }
                    other => hung.push(format!("{page}: {other:?}")),
                }
            }
            (answered, hung)
        });
    }
    let (mut answered, mut hung) = (0, Vec::new());
    for (more, failed) in connections.join_all().await {
        answered += more;
        hung.extend(failed);
    }
    eprintln!(
        "{answered} requests answered over {CONNECTIONS} connections in {:?}, {} not",
        started.elapsed(),
        hung.len()
    );
    assert_eq!(hung, [""; 0]);
}
