//! Every route, and what each request passes on its way.

use std::time::Duration;

use app::{App, ShoppingClient, load_page_data, shell, shopping_api};
use auth_core::{AccessTokenVerifier, Auth, ResourceIndicator};
use auth_leptos::{
    PagePolicy, RequestLimits, SecurityHeaders, SessionLayer, TrustedProxies, auth_routes,
    client_errors_as_400, cross_site_check, logout_errors_as_400,
};
use auth_sqlx::SqlStore;
use axum::{
    Router,
    body::Body,
    extract::{FromRef, Request, State},
    handler::Handler as _,
    http::{HeaderValue, StatusCode, header::CACHE_CONTROL},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use leptos::config::LeptosOptions;
use leptos_axum::{LeptosRoutes as _, generate_route_list};
use tower::{Layer as _, ServiceBuilder, util::MapResponseLayer};
use tower_http::{catch_panic::CatchPanicLayer, services::ServeDir, trace::TraceLayer};
use tracing::Span;

use crate::{Site, loopback::LoopbackName};

const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const SHORT: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// What the routes share.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AppState {
    auth: Auth,
    sessions: SqlStore,
    site: Site,
    proxies: TrustedProxies,
    shopping: Option<(AccessTokenVerifier, ShoppingClient)>,
}

impl AppState {
    /// The state of an application.
    pub fn new(auth: Auth, sessions: SqlStore, site: Site) -> Self {
        Self {
            auth,
            sessions,
            site,
            proxies: TrustedProxies::default(),
            shopping: None,
        }
    }

    /// Believes what these proxies say about where a request comes from.
    #[must_use]
    pub fn behind(mut self, proxies: TrustedProxies) -> Self {
        self.proxies = proxies;
        self
    }

    /// Serves the shopping API as well, to access tokens for `resource`, and
    /// has the page of API resources use it.
    ///
    /// # Errors
    ///
    /// When the TLS back end cannot be set up.
    pub fn with_shopping_api(
        mut self,
        resource: &ResourceIndicator,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let verifier = self.auth.access_token_verifier(resource.as_str());
        let client = ShoppingClient::new(self.auth.config().base_url(), resource.clone())?;
        self.shopping = Some((verifier, client));
        Ok(self)
    }
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.site.options.clone()
    }
}

/// The whole application.
pub fn router(state: AppState) -> Router {
    let config = state.auth.config();
    let options = state.site.options.clone();
    let page_policy = {
        let policy = PagePolicy::new(config);
        move || policy.set()
    };
    let document = {
        let options = options.clone();
        move || shell(options.clone())
    };
    let sessions = SessionLayer::new(state.auth.clone());
    let (verifier, shopping) = state.shopping.clone().unzip();
    let gate = Gate {
        shopping,
        loopback: LoopbackName::new(config.base_url()),
    };
    let not_found =
        leptos_axum::render_app_async_with_context(page_policy.clone(), document.clone())
            .layer(from_fn(load_page_data))
            .layer(sessions.clone())
            .with_state(());

    // Their names change with their content, but for `cargo leptos watch`.
    let built = if options.hash_files {
        IMMUTABLE
    } else {
        HeaderValue::from_static("no-cache")
    };

    Router::new()
        // Pages, and the server functions.
        .leptos_routes_with_context(&state, generate_route_list(App), page_policy, document)
        .merge(auth_routes(state.auth.clone()))
        // On the routes so far, and not on files; the last is the first to run.
        .route_layer(from_fn(load_page_data))
        .route_layer(sessions.clone())
        .route_layer(state.proxies.clone())
        .route_layer(from_fn_with_state(gate, around_page))
        // Its callers are programs: they have no session.
        .merge(verifier.map_or_else(Router::new, shopping_api))
        .route("/healthz", get(health))
        .nest_service("/pkg", cached(built).layer(files(state.site.pkg())))
        .fallback_service(cached(SHORT).layer(files(state.site.root()).fallback(not_found)))
        .layer(
            ServiceBuilder::new()
                .layer(
                    TraceLayer::new_for_http()
                        .make_span_with(request_span)
                        .on_request(())
                        .on_response(log_response),
                )
                .layer(SecurityHeaders::new(config))
                .layer(CatchPanicLayer::new())
                .layer(RequestLimits::new())
                .layer(cross_site_check(config)),
        )
        .layer(from_fn(logout_errors_as_400))
        .with_state(state)
}

fn files(folder: impl AsRef<std::path::Path>) -> ServeDir {
    ServeDir::new(folder)
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip()
}

/// Lets a file be cached; not the answer that there is none.
fn cached<B>(policy: HeaderValue) -> MapResponseLayer<impl Fn(Response<B>) -> Response<B> + Clone> {
    MapResponseLayer::new(move |mut response: Response<B>| {
        if response.status().is_success() {
            response
                .headers_mut()
                .entry(CACHE_CONTROL)
                .or_insert_with(|| policy.clone());
        }
        response
    })
}

/// What pages and `/api` are behind, and files are not.
#[derive(Clone, Debug)]
struct Gate {
    loopback: LoopbackName,
    /// For pages and server functions.
    shopping: Option<ShoppingClient>,
}

async fn around_page(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    if let Some(url) = gate.loopback.elsewhere(&request) {
        return Redirect::temporary(url.as_str()).into_response();
    }
    if let Some(shopping) = gate.shopping {
        request.extensions_mut().insert(shopping);
    }
    client_errors_as_400(next.run(request).await).await
}

/// A span per request, at `debug`, without the query: a callback's holds the
/// code.
fn request_span(request: &Request<Body>) -> Span {
    tracing::debug_span!("request", method = %request.method(), path = request.uri().path())
}

/// A line per request, at `debug`.
fn log_response<B>(response: &Response<B>, latency: Duration, _: &Span) {
    let status = response.status().as_u16();
    let milliseconds = latency.as_secs_f64() * 1000.0;
    tracing::debug!(status, milliseconds, "answered");
}

/// Ready to serve: the process runs and the database answers.
async fn health(State(state): State<AppState>) -> (StatusCode, &'static str) {
    match state.sessions.check().await {
        Ok(()) => (StatusCode::OK, "ok\n"),
        Err(error) => {
            tracing::error!(%error, "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "database\n")
        }
    }
}
