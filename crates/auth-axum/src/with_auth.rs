//! Everything that an application's router needs, with one call.

use std::sync::Arc;

use auth_core::{Auth, BasePath, routes};
use axum::{
    Router,
    body::Body,
    extract::OriginalUri,
    http::{Request, StatusCode},
    middleware::from_fn_with_state,
    response::{IntoResponse as _, Response},
};
use tower::Layer;
use tower_http::catch_panic::CatchPanicLayer;

use crate::{
    AddressLimits, CrossSiteCheck, DangerouslyAllowCrossSiteRequests, LoopbackRedirect,
    RequestLimits, SecurityHeaders, SessionLayer,
    gate::{Gate, GateService},
    logout_errors_as_400,
    response::no_store,
    routes::{MAX_WEBHOOK, user_routes, webhook_routes},
    session::CachePolicy,
};

/// Adds sign-in to a router.
pub trait WithAuth: Sized {
    /// Adds the routes under `/api/auth`, or under another
    /// [`base_path`](auth_core::ConfigBuilder::base_path), and these layers around all routes and
    /// the fallback, from the outside in:
    ///
    /// 1. [`SecurityHeaders::essential`]: headers that break no page. Responses
    ///    may set other values. The pages under `/api/auth` get all of
    ///    [`SecurityHeaders::new`];
    /// 2. [`LoopbackRedirect`], for pages: in development a browser that opens
    ///    `127.0.0.1` is sent to `localhost`, or the other way round;
    /// 3. [`CrossSiteCheck`]: 403 if another site makes the browser of a
    ///    signed-in user send something;
    /// 4. [`SessionLayer`]: [`AddressLimits`] for sign-ins, logouts and webhooks, and
    ///    the session for handlers, guards, server functions
    ///    and components, read only when somebody asks. Files cost no read.
    ///
    /// Call it once, on the outermost router, after all routes and the fallback:
    /// what is added later has no session. Layers that are added later run
    /// earlier; that is the place for [`TrustedProxies`](crate::TrustedProxies).
    /// Add [`RequestLimits`] before, as in the example: then the responses to
    /// refused requests have the security headers. The routes under `/api/auth`
    /// have limits already.
    ///
    /// ```
    /// use auth_axum::{RequestLimits, WithAuth};
    /// use auth_core::Auth;
    /// use axum::{Router, routing::get};
    ///
    /// fn router(auth: &Auth) -> Router {
    ///     Router::new()
    ///         .route("/", get(|| async { "Hello" }))
    ///         .fallback(async || "not found")
    ///         .layer(RequestLimits::new())
    ///         .with_auth(auth)
    /// }
    /// ```
    ///
    /// An [`AuthSetup`] changes what is added.
    ///
    /// # Panics
    ///
    /// If the router has the routes already: `with_auth` was called twice, or
    /// [`auth_routes`](crate::auth_routes) was merged.
    ///
    /// Two mistakes show with the first request only. A router with `with_auth`
    /// inside another one with `with_auth`, or nested under a path, where the
    /// provider would not find the callback: both are logged, and every request
    /// is answered with 500. A layer around it that rewrites paths looks like the
    /// second.
    #[must_use]
    fn with_auth(self, setup: impl Into<AuthSetup>) -> Self;
}

/// What [`with_auth`](WithAuth::with_auth) adds: `&auth`, or `&auth` with
/// changes.
///
/// ```
/// use auth_axum::{AuthSetup, WithAuth};
/// use auth_core::Auth;
/// use axum::Router;
///
/// fn add_auth(router: Router, auth: &Auth) -> Router {
///     router.with_auth(AuthSetup::new(auth).without_security_headers())
/// }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct AuthSetup {
    auth: Auth,
    headers: Option<SecurityHeaders>,
    cross_site: CrossSite,
    address_limits: AddressLimits,
}

#[derive(Clone, Debug)]
enum CrossSite {
    Checked(CrossSiteCheck),
    DangerouslyAllowed,
}

impl AuthSetup {
    /// Creates the setup with everything that
    /// [`with_auth`](WithAuth::with_auth) lists.
    pub fn new(auth: &Auth) -> Self {
        Self {
            auth: auth.clone(),
            headers: Some(SecurityHeaders::essential(auth.config())),
            cross_site: CrossSite::Checked(CrossSiteCheck::new(auth.config())),
            address_limits: AddressLimits::default(),
        }
    }

    /// Sets the limits for each address: more or fewer than the default, or none.
    pub fn with_address_limits(mut self, limits: AddressLimits) -> Self {
        self.address_limits = limits;
        self
    }

    /// Sets the security headers of the application's own responses. Pages with
    /// scripts or inline styles need a `Content-Security-Policy` of their own with
    /// [`SecurityHeaders::new`].
    pub fn with_security_headers(mut self, headers: SecurityHeaders) -> Self {
        self.headers = Some(headers);
        self
    }

    /// Leaves out the security headers of the application's own responses, for
    /// an application or a proxy that sets its own.
    pub fn without_security_headers(mut self) -> Self {
        self.headers = None;
        self
    }

    /// Refuses cross-site requests that come without the session cookie too: see
    /// [`CrossSiteCheck::of_all_requests`].
    pub fn refuse_all_cross_site_requests(mut self) -> Self {
        let check = CrossSiteCheck::new(self.auth.config());
        self.cross_site = CrossSite::Checked(check.of_all_requests());
        self
    }

    /// Turns all cross-site checks off, those of sign-in and sign-out included.
    /// Any site can then act in the name of a signed-in user whose browser sends
    /// the session cookie.
    ///
    /// An API that other sites call with access tokens does not need this, and
    /// neither do webhooks: requests without the session cookie are not checked.
    pub fn dangerously_allow_cross_site_requests(mut self) -> Self {
        self.cross_site = CrossSite::DangerouslyAllowed;
        self
    }
}

impl From<&Auth> for AuthSetup {
    fn from(auth: &Auth) -> Self {
        Self::new(auth)
    }
}

impl<S: Clone + Send + Sync + 'static> WithAuth for Router<S> {
    fn with_auth(self, setup: impl Into<AuthSetup>) -> Self {
        let AuthSetup {
            auth,
            headers,
            cross_site,
            address_limits,
        } = setup.into();
        let config = auth.config();
        assert_has_no_auth(&self, config.base_path());
        let own_routes = user_routes(auth.clone())
            .layer(RequestLimits::new())
            .merge(webhook_routes(auth.clone()).layer(RequestLimits::new().max_body(MAX_WEBHOOK)))
            .layer(CatchPanicLayer::new())
            .layer(SecurityHeaders::new(config))
            .layer(from_fn_with_state(auth.clone(), logout_errors_as_400));
        let gates = Gates {
            loopback: LoopbackRedirect::of_pages(config),
            session: SessionLayer::new(auth).with_address_limits(address_limits),
            headers,
            cross_site,
        };
        self.merge(own_routes).layer(AuthLayer(Arc::new(gates)))
    }
}

/// All layers of `with_auth` as one service. A service for each of them would
/// clone all services inside of it for every request.
#[derive(Clone, Debug)]
struct AuthLayer(Arc<Gates>);

#[derive(Debug)]
struct Gates {
    headers: Option<SecurityHeaders>,
    loopback: LoopbackRedirect,
    cross_site: CrossSite,
    session: SessionLayer,
}

impl Gates {
    /// Passes a request through the gates in the order that
    /// [`with_auth`](WithAuth::with_auth) documents.
    async fn pass(
        &self,
        mut request: Request<Body>,
    ) -> Result<(Request<Body>, CachePolicy), Response> {
        if let Some(refusal) = refuse_wrong_router(&mut request) {
            return Err(refusal);
        }
        let (mut request, ()) = self.loopback.pass(request).await?;
        match &self.cross_site {
            CrossSite::Checked(check) => (request, ()) = check.pass(request).await?,
            CrossSite::DangerouslyAllowed => {
                let extensions = request.extensions_mut();
                extensions.insert(DangerouslyAllowCrossSiteRequests);
            }
        }
        self.session.pass(request).await
    }

    fn set_headers(&self, response: &mut Response) {
        if let Some(headers) = &self.headers {
            headers.set(response.headers_mut());
        }
    }
}

impl<S> Layer<S> for AuthLayer {
    type Service = GateService<Self, S>;

    fn layer(&self, inner: S) -> Self::Service {
        GateService::new(self.clone(), inner)
    }
}

impl Gate for AuthLayer {
    type Passed = CachePolicy;

    async fn pass(&self, request: Request<Body>) -> Result<(Request<Body>, CachePolicy), Response> {
        let passed = self.0.pass(request).await;
        passed.map_err(|mut refusal| {
            self.0.set_headers(&mut refusal);
            refusal
        })
    }

    fn finish(&self, policy: &CachePolicy, response: &mut Response) {
        self.0.session.finish(policy, response);
        self.0.set_headers(response);
    }
}

/// Panics with the remedy if a router has the routes already. Axum would panic
/// too when the routes are merged, but cannot say why. A router shows its routes
/// only in its debug output; if Axum changes that, its own panic remains.
#[allow(
    clippy::panic,
    reason = "a router is built at start, and Router's methods have no other way to fail"
)]
fn assert_has_no_auth<S>(router: &Router<S>, base_path: &BasePath) {
    let sign_in = base_path.path_of(routes::SIGN_IN_LOGTO);
    if format!("{router:?}").contains(&format!("\"{sign_in}\"")) {
        panic!(
            "this router has the routes under {base_path} already: call `.with_auth(&auth)` once, on \
             the outermost router, and do not merge `auth_routes` there"
        );
    }
}

/// Marks requests that passed `with_auth`.
#[derive(Clone, Copy, Debug)]
struct PassedWithAuth;

/// Returns the response 500 if `with_auth` was called on the wrong router.
fn refuse_wrong_router(request: &mut Request<Body>) -> Option<Response> {
    let path = request.uri().path();
    let original = request.extensions().get::<OriginalUri>();
    let problem = if request.extensions().get::<PassedWithAuth>().is_some() {
        "`with_auth` was called on this router and on one around it: keep only the call on \
         the outermost router"
    } else if original.is_some_and(|original| original.path() != path) {
        "the path of this request was changed before it reached `with_auth`: either \
         `with_auth` was called on a router that is nested under a path, where the provider \
         does not find the sign-in routes, or a layer around it rewrites paths; call \
         it on the outermost router, and rewrite paths before that router is called"
    } else {
        request.extensions_mut().insert(PassedWithAuth);
        return None;
    };
    tracing::error!(path, "{problem}");
    Some(no_store(StatusCode::INTERNAL_SERVER_ERROR.into_response()))
}
