//! Front-channel logout (OpenID Connect Front-Channel Logout 1.0): a frame in
//! the provider's sign-out page requests an address of this application.

use url::form_urlencoded;

use super::provider_logout;
use crate::{
    context::Context,
    error::AuthError,
    store::provider_logout::{LogoutTarget, ProviderLogout},
};

/// The longest `sid` accepted. OpenID Connect gives no limit; Logto's have 21
/// characters.
const MAX_SID: usize = 255;

/// Ends the sessions of the provider session in the query. Returns how many
/// were ended.
pub(crate) async fn logout(context: &Context, query: &str) -> Result<usize, AuthError> {
    let parameter = |wanted: &str| {
        form_urlencoded::parse(query.as_bytes())
            .find_map(|(name, value)| (name == wanted).then_some(value))
    };
    // §2: "The RP MUST verify that any iss and sid parameters match".
    if parameter("iss").as_deref() != Some(context.config.issuer()) {
        return Err(AuthError::IssuerMismatch);
    }
    let sid = parameter("sid")
        .filter(|sid| (1..=MAX_SID).contains(&sid.len()))
        .ok_or(AuthError::InvalidCallback("it has no sid"))?;
    let provider_session = context.id_hasher().await?.provider_session(&sid);
    // Anyone can send this request, so it leaves no row behind.
    let logout = ProviderLogout::unremembered(LogoutTarget::ProviderSession(provider_session));
    provider_logout::apply(context, logout).await
}
