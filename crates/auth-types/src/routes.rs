//! The paths of the sign-in routes: the one place that names them.
//!
//! Server and browser build every address from these constants. The names are
//! those of Auth.js.

/// The path that all sign-in routes begin with.
pub const BASE_PATH: &str = "/api/auth";

/// Shows a page with a button that starts a sign-in (`GET`).
pub const SIGN_IN: &str = "/api/auth/signin";

/// Starts a sign-in with Logto (`POST`), or shows a page with a button that
/// does (`GET`).
pub const SIGN_IN_LOGTO: &str = "/api/auth/signin/logto";

/// Receives Logto's answer to a sign-in (`GET`): the redirect URI to register.
pub const CALLBACK: &str = "/api/auth/callback/logto";

/// Signs out (`POST`), or shows a page with a button that does (`GET`).
pub const SIGN_OUT: &str = "/api/auth/signout";

/// Returns the session as JSON, or `null` (`GET`).
pub const SESSION: &str = "/api/auth/session";

/// Receives Logto's webhooks (`POST`): the endpoint URL to register.
pub const WEBHOOK: &str = "/api/auth/webhooks/logto";

/// Receives logout tokens from Logto (`POST`): the back-channel logout URI to
/// register.
pub const BACK_CHANNEL_LOGOUT: &str = "/api/auth/backchannel-logout/logto";
