//! Writes the claims of a newer ID token into a session.

use time::OffsetDateTime;

use super::{Renewal, Session, claims_age::AskedAt, content, load};
use crate::{
    claims::Claims,
    config::Config,
    context::Context,
    error::AuthError,
    hooks::data::SessionData,
    jwt::id_token::VerifiedIdToken,
    store::{error::StoreError, ids::SessionIdHash, rows::WriteOutcome},
};

/// How often a conditional write is tried. Sessions change rarely.
const MAX_TRIES: usize = 5;

/// An ID token that passed every check and has all of the user's claims.
#[derive(Debug)]
pub(crate) struct RenewedClaims {
    pub(crate) id_token: VerifiedIdToken,
    /// When the provider was asked for it.
    pub(crate) asked_at: AskedAt,
}

/// Whether renewed claims differ from those that a session had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClaimsChange {
    Same,
    Changed,
}

/// Writes claims and the time of asking into the stored session, also if the
/// claims are the same; unless the session has newer ones.
///
/// `stale_since` was read before the provider was asked. A change that the
/// provider reported later is not in these claims: they stay marked as stale.
pub(crate) async fn write(
    context: &Context,
    id_hash: SessionIdHash,
    renewed: &RenewedClaims,
    stale_since: Option<OffsetDateTime>,
) -> Result<ClaimsChange, AuthError> {
    let (mut change, mut is_applied) = (ClaimsChange::Same, false);
    update(context, id_hash, |session| {
        is_applied = false;
        let former = session.claims.clone();
        let session = with_claims(session, renewed, &context.config)?;
        if session.claims != former {
            change = ClaimsChange::Changed;
        }
        is_applied = true;
        Some(session)
    })
    .await?;
    if let Some(since) = stale_since
        && is_applied
    {
        let store = &context.store;
        store.clear_claims_stale_since(&id_hash, since).await?;
    }
    Ok(change)
}

/// Writes into the stored session that it has no refresh token, so that requests
/// know it without reading the tokens.
pub(crate) async fn write_no_refresh_token(
    context: &Context,
    id_hash: SessionIdHash,
) -> Result<(), AuthError> {
    update(context, id_hash, |session| {
        Some(Session {
            renewal: Renewal::Impossible,
            ..session
        })
    })
    .await
}

/// Stores data of the application in the session, unless its claims have changed
/// since: what was made from newer claims counts.
pub(crate) async fn write_data(
    context: &Context,
    made_from: &Session,
    data: SessionData,
) -> Result<(), AuthError> {
    update(context, made_from.id_hash, |session| {
        let is_current = session.claims_asked_at == made_from.claims_asked_at;
        (is_current && session.data != data).then(|| Session {
            data: data.clone(),
            ..session
        })
    })
    .await
}

/// Replaces the stored session by what `change` makes of it; `None` changes
/// nothing.
async fn update(
    context: &Context,
    id_hash: SessionIdHash,
    mut change: impl FnMut(Session) -> Option<Session>,
) -> Result<(), AuthError> {
    for _ in 0..MAX_TRIES {
        let Some((session, stored)) = load::stored(context, id_hash).await? else {
            return Err(AuthError::NotSignedIn);
        };
        let Some(changed) = change(session) else {
            return Ok(());
        };
        let sealed = content::seal(&changed, &context.keyring)?;
        let outcome = context
            .store
            .compare_and_swap(&id_hash, &stored.sealed, &sealed)
            .await?;
        if outcome == WriteOutcome::Applied {
            return Ok(());
        }
    }
    Err(StoreError::new("the session changes too often to write new claims").into())
}

/// Returns the session with the claims; `None` if it has newer ones. The clocks of
/// the servers and of the provider's machines differ, so older claims are those that
/// were asked for no later and issued earlier.
fn with_claims(session: Session, renewed: &RenewedClaims, config: &Config) -> Option<Session> {
    let RenewedClaims { id_token, asked_at } = renewed;
    let is_issued_earlier = session
        .claims_issued_at
        .is_some_and(|seen| id_token.issued_at < seen);
    let is_asked_earlier = session.claims_asked_at.is_none_or(|seen| *asked_at <= seen);
    if is_issued_earlier && is_asked_earlier {
        return None;
    }
    let claims = Claims::of_user(id_token.payload.clone());
    Some(Session {
        user: (config.profile)(&claims),
        claims,
        claims_issued_at: Some(id_token.issued_at),
        claims_asked_at: Some(*asked_at),
        ..session
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::{
        clock::SystemClock,
        hooks::Hooks,
        store::{
            ids::{LogoutTokenIdHash, UserIdHash},
            memory::MemoryStore,
            provider_logout::{RememberedToken, UserChange, UserChangeKind},
            rows::NewSession,
        },
    };

    const USER: UserIdHash = UserIdHash::from_bytes([7; 16]);
    const SESSION: SessionIdHash = SessionIdHash::from_bytes([7; 16]);
    const ISSUED_AT: i64 = 1_700_000_000;

    /// A context whose store has one session, with claims of [`ISSUED_AT`].
    async fn with_session(asked_at: OffsetDateTime) -> Context {
        let config = Config::builder()
            .issuer("http://localhost:9/oidc")
            .client_id("client")
            .client_secret("secret")
            .secret("a secret of more than thirty-two characters")
            .base_url("http://localhost:3000");
        let context = Context::new(
            config.build().unwrap(),
            Arc::new(MemoryStore::new()),
            Arc::new(SystemClock),
            Hooks::new(),
        )
        .unwrap();
        let session = Session {
            claims_issued_at: Some(ISSUED_AT),
            claims_asked_at: Some(AskedAt::new(asked_at)),
            renewal: Renewal::Possible,
            ..Session::of_user_1(SESSION, asked_at)
        };
        let sealed = content::seal(&session, &context.keyring).unwrap();
        let lifetime = Duration::from_secs(3600);
        let row = NewSession::new(SESSION, USER, sealed, Vec::new(), lifetime);
        context.store.create(row).await.unwrap();
        context
    }

    fn renewed(asked_at: OffsetDateTime, issued_at: i64) -> RenewedClaims {
        let payload = json!({"sub": "user-1", "roles": ["reader"]});
        RenewedClaims {
            id_token: VerifiedIdToken {
                payload: payload.as_object().unwrap().clone(),
                sub: "user-1".to_owned(),
                sid: None,
                auth_time: None,
                acr: None,
                amr: Vec::new(),
                issued_at,
            },
            asked_at: AskedAt::new(asked_at),
        }
    }

    /// A server that was slow writes claims that are older than those of another
    /// server. They lack what the provider has reported since.
    #[tokio::test]
    async fn the_mark_of_a_change_stays_until_newer_claims_are_written() {
        let asked_at = OffsetDateTime::now_utc();
        let context = with_session(asked_at).await;
        let token = RememberedToken {
            key: LogoutTokenIdHash::from_bytes([7; 16]),
            keep_for: Duration::from_secs(60),
        };
        let change = UserChange::new(vec![USER], UserChangeKind::Claims, token);
        context.store.apply_user_change(&change).await.unwrap();
        let mark = async || {
            let (session, _) = load::stored(&context, SESSION).await.unwrap().unwrap();
            (session.claims_stale_since, session.has_role("reader"))
        };
        let (marked, _) = mark().await;
        assert!(marked.is_some());

        let older = renewed(asked_at - Duration::from_secs(5), ISSUED_AT - 5);
        let written = write(&context, SESSION, &older, marked).await;
        assert_eq!(written.unwrap(), ClaimsChange::Same);
        assert_eq!(mark().await, (marked, false), "not applied, so not cleared");

        let newer = renewed(asked_at + Duration::from_secs(5), ISSUED_AT + 5);
        let written = write(&context, SESSION, &newer, marked).await;
        assert_eq!(written.unwrap(), ClaimsChange::Changed);
        assert_eq!(mark().await, (None, true));
    }
}
