//! The session id: the secret in the session cookie. The store keeps only its
//! keyed hash.

use crate::{
    context::Context, cookies::RequestCookies, error::AuthError, sealing::secret::random_token,
    store::ids::SessionIdHash,
};

/// The length of an id: 32 random bytes in base64url.
const LENGTH: usize = 43;

/// Generates an id.
pub(crate) fn generate() -> String {
    random_token::<32>()
}

/// Returns the hash of the id in the session cookie. `None` without a cookie or
/// if its value cannot be an id, so that such a value costs no read.
pub(crate) async fn hash_of_cookie(
    context: &Context,
    cookies: &RequestCookies,
) -> Result<Option<SessionIdHash>, AuthError> {
    let names = &context.config.cookie_names;
    match names.find(&names.session, cookies) {
        Some((_, value)) => hash_of(context, value).await,
        None => Ok(None),
    }
}

/// Returns the hash of the id in the cookie with the name that former releases gave
/// it. The cookie may be another application's, of the same machine.
pub(crate) async fn hash_of_former_cookie(
    context: &Context,
    cookies: &RequestCookies,
) -> Result<Option<(String, SessionIdHash)>, AuthError> {
    let names = &context.config.cookie_names;
    let Some(name) = names.former(&names.session) else {
        return Ok(None);
    };
    let hash = match cookies.get(&name) {
        Some(value) => hash_of(context, value).await?,
        None => None,
    };
    Ok(hash.map(|hash| (name, hash)))
}

async fn hash_of(context: &Context, value: &str) -> Result<Option<SessionIdHash>, AuthError> {
    let hasher = context.id_hasher().await?;
    let is_id = value.len() == LENGTH
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    Ok(is_id.then(|| hasher.session(value)))
}
