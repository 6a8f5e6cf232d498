//! Stores what a refresh returned.

use std::time::{Duration, Instant};

use time::OffsetDateTime;

use crate::{
    context::Context,
    error::AuthError,
    oauth::access_token::AccessToken,
    sealing::Purpose,
    session::renewed_claims::{self, RenewedClaims},
    store::{
        ids::SessionIdHash,
        rows::{StoredTokens, WriteOutcome},
    },
    tokens::{
        request::RefreshPurpose,
        revoke,
        set::{IssuedToken, TokenSet},
        stored,
    },
};

/// How long storing new tokens is tried. They exist nowhere else.
const LIMIT: Duration = Duration::from_secs(12);
/// The pause between two tries.
const RETRY: Duration = Duration::from_millis(250);

/// Stores new tokens, before any request gets them.
pub(super) async fn store(
    context: &Context,
    id_hash: SessionIdHash,
    purpose: &RefreshPurpose,
    new: TokenSet,
    stored: StoredTokens,
) -> Result<Option<AccessToken>, AuthError> {
    let wanted = purpose.request();
    let access_token = |tokens: &TokenSet| {
        let issued = tokens.issued(&wanted);
        Ok(issued.map(IssuedToken::to_access_token))
    };
    let sealed = context
        .keyring
        .seal(Purpose::Tokens, id_hash.as_bytes(), &new)?;
    let started = Instant::now();
    let store = &context.store;
    let written = loop {
        match store.save_tokens(&id_hash, stored.version, &sealed).await {
            Ok(written) => break written,
            Err(error) if started.elapsed() < LIMIT => {
                tracing::warn!(session = ?id_hash, %error, "cannot store new tokens yet; trying again");
                tokio::time::sleep(RETRY).await;
            }
            Err(error) => {
                tracing::error!(session = ?id_hash, %error, "cannot store new tokens; they are lost");
                return Err(error.into());
            }
        }
    };
    if written == WriteOutcome::Applied {
        return access_token(&new);
    }
    match stored::load(context, id_hash).await? {
        Some((tokens, newer)) if newer.version > stored.version => {
            // Possible only after a lease lapsed. The stored tokens are the
            // ones that the other servers use.
            tracing::warn!(session = ?id_hash, "two servers refreshed the same tokens");
            access_token(&tokens)
        }
        _ => {
            tracing::info!(session = ?id_hash, "the session ended while its tokens were refreshed");
            revoke::revoke(context, &new).await;
            Err(AuthError::NotSignedIn)
        }
    }
}

/// Writes the claims of a refresh into the session. If the refresh had another
/// purpose, a failure is not a failure of the refresh.
pub(super) async fn write_claims(
    context: &Context,
    id_hash: SessionIdHash,
    renewed: &RenewedClaims,
    purpose: &RefreshPurpose,
    stale_since: Option<OffsetDateTime>,
) -> Result<(), AuthError> {
    let written = renewed_claims::write(context, id_hash, renewed, stale_since).await;
    match (written, purpose) {
        (Err(error), RefreshPurpose::Token(_) | RefreshPurpose::NewerToken(..)) => {
            tracing::warn!(session = ?id_hash, %error, "cannot store the new claims of a session");
            Ok(())
        }
        (written, _) => written.map(drop),
    }
}
