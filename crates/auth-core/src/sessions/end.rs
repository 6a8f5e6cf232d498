//! Ends sessions of the user.

use crate::{
    context::Context,
    cookies::SetCookie,
    error::AuthError,
    hooks::event::SignedOutBy,
    session::Session,
    store::{error::StoreError, rows::UserSessions},
    tokens::{ended, revoke::revoke_in_background},
};

/// Sessions that were ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SessionsEnded {
    /// How many sessions were ended.
    pub ended: usize,
    /// Whether the session of this request is one of them.
    pub includes_current: bool,
    /// The cookies to set with the answer.
    pub cookies: Vec<SetCookie>,
}

/// Ends sessions of the user of this session, and revokes their refresh tokens
/// in the background.
pub(crate) async fn end(
    context: &Context,
    session: &Session,
    which: UserSessions,
) -> Result<SessionsEnded, AuthError> {
    let user = context.id_hasher().await?.user(session.sub());
    let current = session.id_hash;
    let task = context.clone();
    // On a task of its own: if the browser closes the connection, the refresh
    // tokens of the deleted rows still have to be revoked.
    let (ended, includes_current) = context
        .tasks
        .spawn(async move {
            let ended = task.store.delete_for_user(&user, which).await?;
            let count = ended.len();
            ended::tell(&task, &ended, SignedOutBy::User);
            let includes_current = ended.iter().any(|ended| ended.key == current);
            revoke_in_background(&task, ended);
            Ok::<_, StoreError>((count, includes_current))
        })
        .await
        .map_err(|_| AuthError::Internal("the task that ends sessions panicked".to_owned()))??;
    let names = &context.config.cookie_names;
    Ok(SessionsEnded {
        ended,
        includes_current,
        cookies: includes_current
            .then(|| names.remove(&names.session))
            .into_iter()
            .collect(),
    })
}
