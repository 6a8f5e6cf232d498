use std::sync::Arc;

use auth_core::{AuthError, SessionInfo};
use auth_leptos::RequestSession;

/// For `/sessions`: where the visitor is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Devices(pub(crate) Arc<[SessionInfo]>);

pub(super) async fn load(session: &RequestSession) -> Result<Devices, AuthError> {
    session
        .sessions()
        .await
        .map(|devices| Devices(devices.into()))
}
