//! Tells the application of sessions that have ended.

use super::{set::TokenSet, stored};
use crate::{
    context::Context,
    hooks::event::{AuthEvent, SignedOutBy},
    store::{handle::SessionHandle, ids::SessionIdHash, rows::EndedSession},
};

/// Tells the application that sessions have ended.
pub(crate) fn tell(context: &Context, ended: &[EndedSession], by: SignedOutBy) {
    if !context.events.is_followed() {
        return;
    }
    for ended in ended {
        let tokens = stored::of_ended(context, ended);
        tell_one(
            context,
            ended.key,
            tokens.map(|TokenSet { sub, .. }| sub),
            by,
        );
    }
}

/// Tells the application that a session of the user `sub` has ended.
pub(crate) fn tell_one(
    context: &Context,
    id_hash: SessionIdHash,
    sub: Option<String>,
    by: SignedOutBy,
) {
    let session = SessionHandle(id_hash);
    context
        .events
        .tell(|| AuthEvent::SignedOut { session, sub, by });
}
