//! Logto's webhooks: Logto reports that a user was suspended, deleted or changed.
//!
//! Nothing else tells an application so. A call that fails is probably not
//! repeated, so webhooks only make it quick: what a session says is also limited
//! by its age.

pub(crate) mod event;
pub(crate) mod receive;
pub(crate) mod signature;

use std::sync::Arc;

use crate::{
    context::Context,
    error::AuthError,
    user_event::{HandlerError, Handling, UserEvent, UserEventHandler},
};

/// The outcome of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebhookOutcome {
    /// It was carried out, and this many sessions were ended; may be zero.
    Applied {
        /// How many sessions were ended.
        ended: usize,
    },
    /// It was carried out before. Nothing has changed.
    Replayed,
    /// It reports nothing that concerns sessions.
    Ignored,
}

/// Logto's webhooks: [`Auth::webhooks`](crate::Auth::webhooks).
#[derive(Clone, Debug)]
pub struct Webhooks(pub(crate) Context);

impl Webhooks {
    /// Returns whether a signing key is configured: `AUTH_LOGTO_WEBHOOK_KEY`.
    pub fn are_configured(&self) -> bool {
        self.0.config.webhook_key.is_some()
    }

    /// Tells `handle` of every event of a user, after sessions were ended. Replaces
    /// a former handler.
    ///
    /// An event may come more than once. If `handle` fails, the failure is logged
    /// and Logto gets an error; the same webhook can then be sent again.
    ///
    /// ```no_run
    /// use auth_core::{Auth, UserEventKind};
    ///
    /// # async fn erase_rows_of(_: String) -> Result<(), std::io::Error> { Ok(()) }
    /// # fn example(auth: &Auth) {
    /// auth.webhooks().on_user_event(|event| async move {
    ///     if event.kind == UserEventKind::Deleted {
    ///         for sub in event.subs {
    ///             erase_rows_of(sub).await?;
    ///         }
    ///     }
    ///     Ok(())
    /// });
    /// # }
    /// ```
    pub fn on_user_event<F, R>(&self, handle: F)
    where
        F: Fn(UserEvent) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), HandlerError>> + Send + 'static,
    {
        let handle = move |event| -> Handling { Box::pin(handle(event)) };
        self.0
            .set_user_event_handler(UserEventHandler(Arc::new(handle)));
    }

    /// Carries out a webhook: verifies the signature of the body, and ends the
    /// sessions of a user who was suspended or deleted, on every server, or marks
    /// the claims of a user's sessions as old. `signature` is the value of the
    /// header `logto-signature-sha-256`.
    ///
    /// # Errors
    ///
    /// [`AuthError::InvalidWebhook`] if the signature or the body is wrong, or the
    /// event is older than ten minutes; [`AuthError::Store`] if the store cannot
    /// be reached; [`AuthError::Internal`] if the application's handler fails.
    pub async fn receive(&self, body: &[u8], signature: &str) -> Result<WebhookOutcome, AuthError> {
        receive::receive(&self.0, body, signature).await
    }
}
