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
    let Some(value) = cookies.get(&context.cookie_names.session) else {
        return Ok(None);
    };
    let hasher = context.id_hasher().await?;
    let is_id = value.len() == LENGTH
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    Ok(is_id.then(|| hasher.session(value)))
}
