//! What the provider knows about the session's user now: userinfo,
//! organizations, and current claims.

pub(crate) mod fresh_claims;
pub(crate) mod organizations;
pub(crate) mod refresh_claims;
pub(crate) mod user_info;
