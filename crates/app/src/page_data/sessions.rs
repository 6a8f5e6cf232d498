use std::sync::Arc;

use auth_core::{AuthError, SessionInfo};
use auth_leptos::RequestSession;

/// The data of the page `/sessions`: the user's sessions.
#[derive(Clone, Debug)]
pub(crate) struct SessionsData(pub(crate) Arc<[SessionInfo]>);

pub(super) async fn load(session: &RequestSession) -> Result<SessionsData, AuthError> {
    let sessions = session.sessions().await?;
    Ok(SessionsData(sessions.into()))
}
