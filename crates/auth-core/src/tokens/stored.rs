//! Reads sealed tokens.

use super::set::TokenSet;
use crate::{
    context::Context,
    error::AuthError,
    sealing::Purpose,
    store::{
        ids::SessionIdHash,
        rows::{EndedSession, StoredTokens},
    },
};

/// Returns the tokens of a session that has not ended.
pub(crate) async fn load(
    context: &Context,
    id_hash: SessionIdHash,
) -> Result<Option<(TokenSet, StoredTokens)>, AuthError> {
    let Some(stored) = context.store.load_tokens(&id_hash).await? else {
        return Ok(None);
    };
    let opened = context
        .keyring
        .open(Purpose::Tokens, id_hash.as_bytes(), &stored.sealed);
    match opened {
        Ok(tokens) => Ok(Some((tokens, stored))),
        Err(reason) => {
            tracing::warn!(session = ?id_hash, %reason, "cannot open a session's tokens");
            Ok(None)
        }
    }
}

/// Returns the tokens of a session that was ended.
pub(crate) fn of_ended(context: &Context, ended: &EndedSession) -> Option<TokenSet> {
    context
        .keyring
        .open(Purpose::Tokens, ended.key.as_bytes(), &ended.sealed_tokens)
        .map_err(|reason| {
            tracing::warn!(
                session = ?ended.key,
                %reason,
                "cannot open the tokens of an ended session, so they are not revoked"
            );
        })
        .ok()
}
