//! All routes of the application, and the layers around them.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use app::{App, ShoppingClient, Users, shell, shopping_api};
use auth_core::{AccessTokenVerifier, Auth, ResourceIndicator};
use auth_leptos::{
    AddressLimits, AuthSetup, PagePolicy, RequestLimits, SecurityHeaders, TrustedProxies,
    WithAuth as _,
};
use auth_sqlx::SqlStore;
use axum::{
    Router,
    body::Body,
    extract::{FromRef, Request, State},
    handler::Handler as _,
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::Response,
    routing::get,
};
use leptos::{config::LeptosOptions, prelude::provide_context};
use leptos_axum::{AxumRouteListing, LeptosRoutes as _, generate_route_list};
use tower::{Layer as _, ServiceBuilder, util::MapResponseLayer};
use tower_http::{catch_panic::CatchPanicLayer, services::ServeDir, trace::TraceLayer};
use tracing::Span;

use crate::Site;

const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const SHORT: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// The routes of the pages. They are generated once per process, before any page is
/// rendered: meanwhile, a flag of the process makes every new resource wait for ever
/// (<https://github.com/leptos-rs/leptos/issues/4773>).
static ROUTES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| generate_route_list(App));

/// What the routes share.
#[derive(Debug)]
#[non_exhaustive]
pub struct AppState {
    auth: Auth,
    sessions: SqlStore,
    site: Site,
    proxies: TrustedProxies,
    address_limits: AddressLimits,
    shopping: Option<(AccessTokenVerifier, ShoppingClient)>,
    users: Option<Users>,
}

impl AppState {
    /// Creates the state. No proxy is trusted, the shopping API is off, and there is no
    /// table of users.
    pub fn new(auth: Auth, sessions: SqlStore, site: Site) -> Self {
        Self {
            auth,
            sessions,
            site,
            proxies: TrustedProxies::default(),
            address_limits: AddressLimits::default(),
            shopping: None,
            users: None,
        }
    }

    /// Sets the proxies whose `X-Forwarded-For` is trusted.
    #[must_use]
    pub fn behind(mut self, proxies: TrustedProxies) -> Self {
        self.proxies = proxies;
        self
    }

    /// Sets the limits for each address.
    #[must_use]
    pub fn with_address_limits(mut self, limits: AddressLimits) -> Self {
        self.address_limits = limits;
        self
    }

    /// Shows the example's own table of users on the profile. Give
    /// [`Users::hooks`] to [`Auth::builder`].
    #[must_use]
    pub fn with_users(mut self, users: Users) -> Self {
        self.users = Some(users);
        self
    }

    /// Adds the shopping API, for access tokens for `resource`. The page of API
    /// resources calls it.
    ///
    /// # Errors
    ///
    /// Fails if TLS cannot be set up.
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

/// The state of the routes. Leptos clones it several times for every request.
#[derive(Clone, Debug)]
struct SharedState(Arc<AppState>);

impl FromRef<SharedState> for LeptosOptions {
    fn from_ref(SharedState(state): &SharedState) -> Self {
        state.site.options.clone()
    }
}

/// Builds the router of the whole application.
pub fn router(state: AppState) -> Router {
    let shared = SharedState(Arc::new(state));
    let SharedState(state) = &shared;
    let config = state.auth.config();
    let hashes_files = state.site.options.hash_files;
    let contexts = {
        let policy = PagePolicy::new(config);
        let state = state.clone();
        move || {
            policy.set();
            if let Some(users) = &state.users {
                provide_context(users.clone());
            }
            if let Some((_, client)) = &state.shopping {
                provide_context(client.clone());
            }
        }
    };
    let document = {
        let state = state.clone();
        move || shell(&state.site.options)
    };
    let verifier = state.shopping.clone().map(|(verifier, _)| verifier);
    let not_found = leptos_axum::render_app_async_with_context(contexts.clone(), document.clone())
        .with_state(());

    // A release build puts a hash of the content into the names of the files.
    // `cargo leptos watch` does not.
    let built = if hashes_files {
        IMMUTABLE
    } else {
        HeaderValue::from_static("no-cache")
    };

    Router::new()
        // Pages, and the server functions.
        .leptos_routes_with_context(&shared, ROUTES.clone(), contexts, document)
        .fallback_service(cached(SHORT).layer(files(state.site.root()).fallback(not_found)))
        // Programs call it.
        .merge(verifier.map_or_else(Router::new, shopping_api))
        .route("/healthz", get(health))
        .nest_service("/pkg", cached(built).layer(files(state.site.pkg())))
        // The last `layer` of a router is the first to run.
        .layer(
            ServiceBuilder::new()
                .layer(CatchPanicLayer::new())
                .layer(RequestLimits::new()),
        )
        .with_auth(
            AuthSetup::new(&state.auth)
                .with_security_headers(SecurityHeaders::new(config))
                .with_address_limits(state.address_limits.clone())
                // Nothing here is for pages of other sites, and a cart needs no
                // session.
                .refuse_all_cross_site_requests(),
        )
        .layer(
            ServiceBuilder::new()
                .layer(
                    TraceLayer::new_for_http()
                        .make_span_with(request_span)
                        .on_request(())
                        .on_response(log_response),
                )
                .layer(state.proxies.clone()),
        )
        .with_state(shared)
}

fn files(folder: impl AsRef<std::path::Path>) -> ServeDir {
    ServeDir::new(folder)
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip()
}

/// Sets `Cache-Control` on files, and leaves it off a 404 and off the pages that
/// the fallback renders.
fn cached<B>(policy: HeaderValue) -> MapResponseLayer<impl Fn(Response<B>) -> Response<B> + Clone> {
    MapResponseLayer::new(move |mut response: Response<B>| {
        let content_type = response.headers().get(CONTENT_TYPE);
        let is_page = content_type.is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
        if response.status().is_success() && !is_page {
            response
                .headers_mut()
                .entry(CACHE_CONTROL)
                .or_insert_with(|| policy.clone());
        }
        response
    })
}

/// Opens a span for a request, at `debug`. It leaves out the query: that of a
/// callback contains the authorization code.
fn request_span(request: &Request<Body>) -> Span {
    tracing::debug_span!("request", method = %request.method(), path = request.uri().path())
}

/// Logs one line for a request, at `debug`.
fn log_response<B>(response: &Response<B>, latency: Duration, _: &Span) {
    let status = response.status().as_u16();
    let milliseconds = latency.as_secs_f64() * 1000.0;
    tracing::debug!(status, milliseconds, "answered");
}

/// Answers 200 if the process runs and the database answers, otherwise 503.
async fn health(State(SharedState(state)): State<SharedState>) -> (StatusCode, &'static str) {
    match state.sessions.check().await {
        Ok(()) => (StatusCode::OK, "ok\n"),
        Err(error) => {
            tracing::error!(%error, "the health check failed, the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "database\n")
        }
    }
}
