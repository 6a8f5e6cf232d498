//! Every route, and what each request passes on its way.

use std::time::Duration;

use app::{App, ShoppingClient, load_page_data, shell, shopping_api};
use auth_core::{AccessTokenVerifier, Auth, ResourceIndicator};
use auth_leptos::{SessionLayer, auth_routes};
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
use tower_http::{
    catch_panic::CatchPanicLayer, csrf::CsrfLayer, limit::RequestBodyLimitLayer,
    services::ServeDir, timeout::TimeoutLayer, trace::TraceLayer,
};
use tracing::Span;

use crate::{
    Site, TrustedProxies, headers::SecurityHeaders, loopback::LoopbackName,
    server_functions::client_errors_as_400,
};

/// Forms here hold an address; server functions of yours may need more.
const MAX_BODY: usize = 64 * 1024;
/// More than the provider is waited for.
const TIMEOUT: Duration = Duration::from_secs(30);
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
    let headers = SecurityHeaders::new(state.auth.config());
    let options = state.site.options.clone();
    let page_policy = {
        let headers = headers.clone();
        move || headers.add_page_policy()
    };
    let document = {
        let options = options.clone();
        move || shell(options.clone())
    };
    let sessions = SessionLayer::new(state.auth.clone());
    let (verifier, shopping) = state.shopping.clone().unzip();
    let gate = Gate {
        shopping,
        loopback: LoopbackName::new(state.auth.config().base_url()),
        proxies: state.proxies.clone(),
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
                .layer(MapResponseLayer::new(move |response| headers.add(response)))
                .layer(CatchPanicLayer::new())
                .layer(TimeoutLayer::with_status_code(
                    StatusCode::SERVICE_UNAVAILABLE,
                    TIMEOUT,
                ))
                .layer(RequestBodyLimitLayer::new(MAX_BODY))
                .layer(csrf(&state.auth)),
        )
        .layer(from_fn(answer_logouts))
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

/// Refuses what another site makes a browser send, on every unsafe method:
/// server functions have no defence of their own.
fn csrf(auth: &Auth) -> CsrfLayer {
    let origin = auth.config().base_url().origin().ascii_serialization();
    // Behind a proxy `Host` may be another than browsers see.
    CsrfLayer::new()
        .add_trusted_origin(&origin)
        .unwrap_or_else(|error| {
            tracing::warn!(%error, origin, "the origin cannot be trusted by name");
            CsrfLayer::new()
        })
}

/// What pages and `/api` are behind, and files are not.
#[derive(Clone, Debug)]
struct Gate {
    loopback: LoopbackName,
    proxies: TrustedProxies,
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
    let request = gate.proxies.note_address(request);
    client_errors_as_400(next.run(request).await).await
}

/// What the layers above answer to a logout of the provider's (too long, too
/// slow, not its sender's), in the words of OpenID Connect Back-Channel Logout
/// 1.0 §2.8: it knows 200 and 400, and neither may be cached.
async fn answer_logouts(request: Request, next: Next) -> Response {
    let is_logout = request.uri().path() == auth_core::routes::BACK_CHANNEL_LOGOUT;
    let mut response = next.run(request).await;
    if is_logout && !matches!(response.status(), StatusCode::OK | StatusCode::BAD_REQUEST) {
        *response.status_mut() = StatusCode::BAD_REQUEST;
        response
            .headers_mut()
            .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
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
