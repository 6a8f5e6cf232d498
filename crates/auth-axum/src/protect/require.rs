//! Layers for routes and pages that require a session, a role or a scope. They
//! decide before anything is rendered.
//!
//! A layer can be on a route (`route_layer`), or around a router with a path:
//! see [`RequireSession::under`]. The second is for pages of Leptos, whose routes
//! are generated.
//!
//! On pages they decide by claims and scopes that are at most ten minutes old,
//! or as old as [`max_age`](RequireRole::max_age) allows. If older ones have to be
//! fetched again, the request waits for three seconds at most. If Logto is down
//! then, claims are accepted up to `AUTH_CLAIMS_MAX_STALE`; after that, and if
//! this application is too busy, the answer is 503 with `Retry-After`.
//!
//! The answer depends on what sent the request:
//!
//! | | signed out | signed in without the permission |
//! |---|---|---|
//! | a browser opens a page | redirect to the sign-in, which returns to the very page | a page with the status 403 |
//! | a form without JavaScript | the same; it returns to the page with the form | the same |
//! | `fetch`, a program | 401 with JSON | 403 with JSON |

use std::time::Duration;

use auth_core::{AccessTokenRequest, GUARD_MAX_AGE};
use axum::{body::Body, http::Request, response::Response};
use tower::Layer;

use super::{
    guarded_path::GuardedPath,
    requirement::{Credentials, Guard, Requirement},
};
use crate::gate::{Gate, GateService};

/// Layer for routes that require a scope.
///
/// - In an API, under [`ProtectedApi`](crate::ProtectedApi), the caller's access
///   token must have the scope. Otherwise the request is answered with 403.
/// - On a page, under [`SessionLayer`](crate::SessionLayer), the user must have
///   the scope at the API named by [`for_resource`](Self::for_resource). A
///   signed-out user is redirected to sign in, a user without the scope gets a
///   403 page, and scripts get 401 and 403.
///
/// A route under neither layer is answered with 401.
///
/// ```
/// use auth_axum::{RequireScope, SessionLayer};
/// use auth_core::Auth;
/// use axum::{Router, routing::get};
///
/// fn pages(auth: Auth) -> Router {
///     let billing =
///         RequireScope::new("read:invoices").for_resource("https://billing.example.com/api");
///     Router::new()
///         .route("/invoices", get(|| async { "Invoices" }).route_layer(billing))
///         // The last layer is the first to run.
///         .route_layer(SessionLayer::new(auth))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct RequireScope(Guard);

/// Layer for routes that require a role, by the claim `roles`.
///
/// - In an API, under [`ProtectedApi`](crate::ProtectedApi), it reads the claim
///   of the access token. A caller without the role is answered with 403. Logto
///   puts the claim into access tokens only if a custom JWT script does.
/// - On a page, under [`SessionLayer`](crate::SessionLayer), it reads the claim
///   of the session. A signed-out user is redirected to sign in, a user without
///   the role gets a 403 page, and scripts get 401 and 403.
///
/// A route under neither layer is answered with 401.
///
/// ```
/// use auth_axum::{RequireRole, SessionLayer};
/// use auth_core::Auth;
/// use axum::{Router, routing::get};
///
/// fn pages(auth: Auth) -> Router {
///     Router::new()
///         .route("/admin", get(|| async { "Users" }).route_layer(RequireRole::new("admin")))
///         .route_layer(SessionLayer::new(auth))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct RequireRole(Guard);

/// Layer for routes that require a role in an organization, by the claim
/// `organization_roles`. Otherwise like [`RequireRole`].
#[derive(Clone, Debug)]
pub struct RequireOrganizationRole(Guard);

/// Layer for pages that only a signed-in user may open, whatever role they have.
/// Like the other layers it waits for claims that are at most ten minutes old, so
/// a user who was suspended at Logto is refused. Redirects and refuses like
/// [`RequireRole`]. In an API it refuses everybody.
///
/// ```
/// use auth_axum::{RequireSession, WithAuth};
/// use auth_core::Auth;
/// use axum::{Router, routing::get};
///
/// fn pages(auth: &Auth) -> Router {
///     Router::new()
///         .route("/", get(|| async { "for everybody" }))
///         .route("/account", get(|| async { "for you" }))
///         .layer(RequireSession::new().under("/account"))
///         .with_auth(auth)
/// }
/// ```
#[derive(Clone, Debug)]
pub struct RequireSession(Guard);

impl RequireSession {
    /// Requires a signed-in user.
    pub const fn new() -> Self {
        Self(guard(Requirement::FreshClaims))
    }
}

impl Default for RequireSession {
    fn default() -> Self {
        Self::new()
    }
}

/// Layer for pages that only a user with fresh claims may open, whatever role
/// they have: a user who was suspended or deleted at Logto a moment ago is
/// refused. Redirects and refuses like [`RequireRole`]. In an API it refuses
/// everybody.
///
/// ```
/// use std::time::Duration;
///
/// use auth_axum::{RequireFresh, SessionLayer};
/// use auth_core::Auth;
/// use axum::{Router, routing::post};
///
/// fn pages(auth: Auth) -> Router {
///     let fresh = RequireFresh::new(Duration::from_secs(60));
///     Router::new()
///         .route("/payments", post(|| async { "paid" }).route_layer(fresh))
///         .route_layer(SessionLayer::new(auth))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct RequireFresh(Guard);

impl RequireFresh {
    /// Requires claims that are at most `max_age` old.
    pub const fn new(max_age: Duration) -> Self {
        Self(Guard {
            requirement: Requirement::FreshClaims,
            max_age,
            path: None,
        })
    }
}

const fn guard(requirement: Requirement) -> Guard {
    Guard {
        requirement,
        max_age: GUARD_MAX_AGE,
        path: None,
    }
}

impl RequireScope {
    /// Requires the scope `scope`.
    pub fn new(scope: impl Into<String>) -> Self {
        Self(guard(Requirement::Scope {
            scope: scope.into().into(),
            resource: None,
        }))
    }

    /// Sets the API, or the organization, at which the user of a page must have
    /// the scope. The layer gets an access token for it with the session's
    /// refresh token.
    #[must_use]
    pub fn for_resource(mut self, wanted: impl Into<AccessTokenRequest>) -> Self {
        if let Requirement::Scope { resource, .. } = &mut self.0.requirement {
            *resource = Some(wanted.into().into());
        }
        self
    }
}

impl RequireRole {
    /// Requires the role with this name.
    pub fn new(role: impl Into<String>) -> Self {
        Self(guard(Requirement::Role(role.into().into())))
    }
}

impl RequireOrganizationRole {
    /// Requires the role with this name in the organization with this id.
    pub fn new(organization: impl Into<String>, role: impl Into<String>) -> Self {
        Self(guard(Requirement::OrganizationRole {
            organization: organization.into().into(),
            role: role.into().into(),
        }))
    }
}

macro_rules! layer {
    ($($layer:ident)*) => {
        $(impl $layer {
            /// Sets how old the claims or scopes of a session may be. Default:
            /// [`GUARD_MAX_AGE`], ten minutes.
            #[must_use]
            pub fn max_age(mut self, age: Duration) -> Self {
                self.0.max_age = age;
                self
            }

            /// Protects only this path and everything below it; all other requests
            /// pass. For a layer around a whole router, with
            /// [`Router::layer`](axum::Router::layer) after all routes and the
            /// fallback, and before [`with_auth`](crate::WithAuth::with_auth).
            ///
            /// It covers every spelling of the path (`//admin/`, `/%61dmin`,
            /// `/x/../admin`), and requests that no route matches. Upper and lower
            /// case differ.
            #[must_use]
            pub fn under(mut self, path: &str) -> Self {
                self.0.path = Some(GuardedPath::new(path));
                self
            }
        }

        impl<S> Layer<S> for $layer {
            type Service = GateService<Self, S>;

            fn layer(&self, inner: S) -> Self::Service {
                GateService::new(self.clone(), inner)
            }
        }

        impl Gate for $layer {
            type Passed = ();

            async fn pass(&self, request: Request<Body>) -> Result<(Request<Body>, ()), Response> {
                if !self.0.covers(&request) {
                    return Ok((request, ()));
                }
                let credentials = Credentials::of(&request);
                self.0.check(credentials).await.map(|()| (request, ()))
            }
        })*
    };
}

layer! { RequireSession RequireScope RequireRole RequireOrganizationRole RequireFresh }
