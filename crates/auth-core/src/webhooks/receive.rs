//! Carries out a webhook.

use time::OffsetDateTime;

use super::{
    WebhookOutcome,
    event::{self, Report},
    signature,
};
use crate::{
    context::Context,
    error::AuthError,
    hooks::{
        event::{AuthEvent, SignedOutBy},
        user_event::{UserEvent, UserEventKind},
    },
    jwt::{clocks::Clocks, logout_token::MAX_AGE, table::Rejection},
    sealing::id_hasher::IdHasher,
    sign_out::{back_channel::keep_for, provider_logout},
    store::{
        ids::LogoutTokenIdHash,
        provider_logout::{
            LogoutTarget, ProviderLogout, RememberedToken, UserChange, UserChangeKind,
        },
        rows::WriteOutcome,
    },
};

/// How many users one transaction changes. Logto names up to 10,000.
const USERS_AT_ONCE: usize = 100;

/// Verifies a webhook and carries it out.
pub(super) async fn receive(
    context: &Context,
    body: &[u8],
    signature: &str,
) -> Result<WebhookOutcome, AuthError> {
    let invalid = |reason: &str| AuthError::InvalidWebhook(reason.to_owned());
    let key = context.config.webhook_key.as_ref();
    let key = key.ok_or_else(|| invalid("AUTH_LOGTO_WEBHOOK_KEY is not set"))?;
    let signature = signature::verify(key, body, signature)
        .ok_or_else(|| invalid("its signature is not that of AUTH_LOGTO_WEBHOOK_KEY"))?;
    let event = match event::read(body).map_err(invalid)? {
        Report::Of(event) => event,
        Report::Other => return Ok(WebhookOutcome::Ignored),
    };
    // A connection that closes must not keep it from being carried out, nor the
    // application from being told: Logto may not send it again.
    let carried_out = context.tasks.spawn({
        let context = context.clone();
        async move { carry_out(&context, event, &signature).await }
    });
    carried_out.await.unwrap_or_else(|_| {
        Err(AuthError::Internal(
            "the task that carries out a webhook panicked".to_owned(),
        ))
    })
}

async fn carry_out(
    context: &Context,
    event: UserEvent,
    signature: &[u8],
) -> Result<WebhookOutcome, AuthError> {
    // By the store's clock, which is the same for all servers.
    let clocks = Clocks {
        now: context.store.now().await?,
        tolerance: context.config.clock_tolerance,
    };
    check_age(event.occurred_at, clocks)
        .map_err(|rejection| AuthError::InvalidWebhook(rejection.into_reason()))?;
    let Some((ended, reports)) = apply(context, &event, signature).await? else {
        return Ok(WebhookOutcome::Replayed);
    };
    tell(context, event, &reports).await?;
    Ok(WebhookOutcome::Applied { ended })
}

/// A body that somebody has recorded must not stay usable.
fn check_age(occurred_at: OffsetDateTime, clocks: Clocks) -> Result<(), Rejection> {
    clocks.not_future(occurred_at, "it was made in the future (createdAt)")?;
    let earliest = clocks.now.saturating_sub(MAX_AGE);
    clocks.not_before_exactly(
        occurred_at,
        earliest,
        "it was made too long ago (createdAt)",
    )
}

/// Carries out an event. Returns how many sessions were ended, and under which
/// names the report is remembered; `None` if it was carried out before.
async fn apply(
    context: &Context,
    event: &UserEvent,
    signature: &[u8],
) -> Result<Option<(usize, Vec<LogoutTokenIdHash>)>, AuthError> {
    let hasher = context.id_hasher().await?;
    let kind = match event.kind {
        UserEventKind::Suspended | UserEventKind::Deleted => {
            return end_sessions(context, hasher, event, signature).await;
        }
        UserEventKind::Reinstated => UserChangeKind::Reinstated(event.occurred_at),
        UserEventKind::DataUpdated | UserEventKind::MembershipUpdated => UserChangeKind::Claims,
    };
    let mut reports = Vec::new();
    for (part, subs) in event.subs.chunks(USERS_AT_ONCE).enumerate() {
        let users = subs.iter().map(|sub| hasher.user(sub)).collect();
        let token = RememberedToken {
            key: hasher.webhook(signature, part),
            keep_for: keep_for(context),
        };
        let change = UserChange::new(users, kind, token);
        // A part is done already if an earlier try has failed later on.
        if context.store.apply_user_change(&change).await? == WriteOutcome::Applied {
            reports.push(token.key);
        }
    }
    Ok((!reports.is_empty()).then_some((0, reports)))
}

async fn end_sessions(
    context: &Context,
    hasher: &IdHasher,
    event: &UserEvent,
    signature: &[u8],
) -> Result<Option<(usize, Vec<LogoutTokenIdHash>)>, AuthError> {
    let (mut ended, mut reports) = (0, Vec::new());
    for (part, sub) in event.subs.iter().enumerate() {
        let key = hasher.webhook(signature, part);
        let of = LogoutTarget::User(hasher.user(sub));
        let logout = ProviderLogout::new(key, of, event.occurred_at, keep_for(context));
        if let Some(count) = provider_logout::apply(context, logout, SignedOutBy::Webhook).await? {
            ended += count;
            reports.push(key);
        }
    }
    Ok((!reports.is_empty()).then_some((ended, reports)))
}

/// Tells the application. If its handler fails, the report is forgotten, so that it
/// can be sent again.
async fn tell(
    context: &Context,
    event: UserEvent,
    reports: &[LogoutTokenIdHash],
) -> Result<(), AuthError> {
    let told = context
        .events
        .tell_and_wait(AuthEvent::Reported(event))
        .await;
    if told.is_err() {
        for key in reports {
            context.store.forget_report(key).await?;
        }
    }
    told
}
