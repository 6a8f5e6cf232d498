//! The sign-in routes: the one place that names them.
//!
//! Server and browser build every address from these constants and the
//! [`BasePath`](crate::BasePath). The names are those of Auth.js.

/// A sign-in route. [`BasePath::path_of`](crate::BasePath::path_of) returns its
/// path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route(&'static str);

impl Route {
    /// Returns what follows the base path.
    pub const fn suffix(self) -> &'static str {
        self.0
    }
}

/// Shows a page with a button that starts a sign-in (`GET`). A `POST` is sent
/// there.
pub const SIGN_IN: Route = Route("/signin");

/// Starts a sign-in with Logto (`POST`), or shows a page with a button that
/// does (`GET`).
pub const SIGN_IN_LOGTO: Route = Route("/signin/logto");

/// Receives Logto's answer to a sign-in (`GET`; `POST` with the response mode
/// `form_post`): the redirect URI to register.
pub const CALLBACK: Route = Route("/callback/logto");

/// Signs out (`POST`), or shows a page with a button that does (`GET`).
pub const SIGN_OUT: Route = Route("/signout");

/// Returns the session as JSON, or `null` (`GET`). A `POST` fetches the user's
/// claims first.
pub const SESSION: Route = Route("/session");

/// Returns a token for the forms of Auth.js's client (`GET`).
pub const CSRF: Route = Route("/csrf");

/// Lists the one provider, Logto, as JSON (`GET`).
pub const PROVIDERS: Route = Route("/providers");

/// Says what failed, and offers to try again (`GET`).
pub const ERROR: Route = Route("/error");

/// Receives Logto's webhooks (`POST`): the endpoint URL to register.
pub const WEBHOOK: Route = Route("/webhooks/logto");

/// Receives logout tokens from Logto (`POST`): the back-channel logout URI to
/// register.
pub const BACK_CHANNEL_LOGOUT: Route = Route("/backchannel-logout/logto");
