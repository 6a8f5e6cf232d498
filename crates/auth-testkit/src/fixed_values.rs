//! What provider and application know of each other.

/// The application's client id at the provider.
pub const CLIENT_ID: &str = "client";

/// The application's client secret. It holds characters that RFC 6749 §2.3.1
/// requires to be encoded.
pub const CLIENT_SECRET: &str = "s%cr+t/with:colon";

/// The user who signs in unless a test names another.
pub const SUB: &str = "user-1";

/// The access token of a sign-in. The n-th refresh without a resource or an
/// organization issues it with `.n` appended.
pub const ACCESS_TOKEN: &str = "access-token-value";

/// The refresh token of the first sign-in.
pub const REFRESH_TOKEN: &str = "refresh-token-value";

/// The API that [`TestProvider::draft_access_token`] is for.
///
/// [`TestProvider::draft_access_token`]: crate::TestProvider::draft_access_token
pub const RESOURCE: &str = "https://shopping.example.com/api";

/// The event of a logout token (OpenID Connect Back-Channel Logout 1.0 §2.4).
pub const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
