//! The paths of the sign-in routes: the one place that names them.
//!
//! Server and browser build every address from these constants. The names are
//! those of Auth.js.

/// The path that all sign-in routes begin with.
pub const BASE_PATH: &str = "/api/auth";

/// Shows a page with a button that starts a sign-in (`GET`). A `POST` is sent
/// there.
pub const SIGN_IN: &str = "/api/auth/signin";

/// Starts a sign-in with Logto (`POST`), or shows a page with a button that
/// does (`GET`).
pub const SIGN_IN_LOGTO: &str = "/api/auth/signin/logto";

/// Receives Logto's answer to a sign-in (`GET`; `POST` with the response mode
/// `form_post`): the redirect URI to register.
pub const CALLBACK: &str = "/api/auth/callback/logto";

/// Signs out (`POST`), or shows a page with a button that does (`GET`).
pub const SIGN_OUT: &str = "/api/auth/signout";

/// Returns the session as JSON, or `null` (`GET`). A `POST` fetches the user's
/// claims first.
pub const SESSION: &str = "/api/auth/session";

/// Returns a token for the forms of Auth.js's client (`GET`).
pub const CSRF: &str = "/api/auth/csrf";

/// Lists the one provider, Logto, as JSON (`GET`).
pub const PROVIDERS: &str = "/api/auth/providers";

/// Says what failed, and offers to try again (`GET`).
pub const ERROR: &str = "/api/auth/error";

/// Receives Logto's webhooks (`POST`): the endpoint URL to register.
pub const WEBHOOK: &str = "/api/auth/webhooks/logto";

/// Receives logout tokens from Logto (`POST`): the back-channel logout URI to
/// register.
pub const BACK_CHANNEL_LOGOUT: &str = "/api/auth/backchannel-logout/logto";
