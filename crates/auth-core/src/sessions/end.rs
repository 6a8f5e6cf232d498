//! Ends sessions of the user.

use crate::{
    context::Context,
    cookies::SetCookie,
    error::AuthError,
    hooks::event::SignedOutBy,
    session::Session,
    store::{
        error::StoreError,
        ids::SessionIdHash,
        rows::{EndedSession, UserSessions},
    },
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
///
/// If it ends the current session, it also ends the session in the cookie with the
/// former name, even another user's. Otherwise the browser would continue with that
/// session. A browser has both after a return to a former release and back.
pub(crate) async fn end(
    context: &Context,
    session: &Session,
    which: UserSessions,
) -> Result<SessionsEnded, AuthError> {
    let user = context.id_hasher().await?.user(session.sub());
    let current = session.id_hash;
    let former = session.former_cookie;
    let task = context.clone();
    // On a task of its own: if the browser closes the connection, the refresh
    // tokens of the deleted rows still have to be revoked.
    let ended: Vec<_> = context
        .tasks
        .spawn(async move {
            let mut ended = task.store.delete_for_user(&user, which).await?;
            let also = former.filter(|_| contains(&ended, current));
            let deleted = match also.filter(|former| !contains(&ended, *former)) {
                Some(former) => task.store.delete(&former).await.map(|sealed_tokens| {
                    ended.extend(sealed_tokens.map(|it| EndedSession::new(former, it)));
                }),
                None => Ok(()),
            };
            let keys = ended.iter().map(|ended| ended.key).collect();
            ended::tell(&task, &ended, SignedOutBy::User);
            revoke_in_background(&task, ended);
            // The cookie of the current session stays then, and hides the other.
            deleted?;
            Ok::<_, StoreError>(keys)
        })
        .await
        .map_err(|_| AuthError::Internal("the task that ends sessions panicked".to_owned()))??;
    let includes_current = ended.contains(&current);
    let names = &context.config.cookie_names;
    let mut cookies = Vec::new();
    if includes_current {
        cookies.push(names.remove(&names.session));
        // Otherwise the cookie may be another application's, of the same machine.
        let is_ours = former.is_some_and(|former| ended.contains(&former));
        let name = names.former(&names.session).filter(|_| is_ours);
        cookies.extend(name.map(|name| names.remove(&name)));
    }
    Ok(SessionsEnded {
        ended: ended.len(),
        includes_current,
        cookies,
    })
}

fn contains(ended: &[EndedSession], id_hash: SessionIdHash) -> bool {
    ended.iter().any(|ended| ended.key == id_hash)
}
