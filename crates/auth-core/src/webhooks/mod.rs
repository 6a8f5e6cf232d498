//! Logto's webhooks: Logto reports that a user was suspended, deleted or changed.
//!
//! Nothing else tells an application so. A call that fails is probably not
//! repeated, so webhooks only make it quick: what a session says is also limited
//! by its age.

pub(crate) mod event;
pub(crate) mod receive;
pub(crate) mod signature;

use crate::{context::Context, error::AuthError};

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

    /// Carries out a webhook: verifies the signature of the body, and ends the
    /// sessions of a user who was suspended or deleted, on every server, or marks
    /// the claims of a user's sessions as old. `signature` is the value of the
    /// header `logto-signature-sha-256`.
    ///
    /// Then tells the application: [`AuthEvent::Reported`](crate::AuthEvent::Reported).
    ///
    /// # Errors
    ///
    /// [`AuthError::InvalidWebhook`] if the signature or the body is wrong, or the
    /// event is older than ten minutes; [`AuthError::Store`] if the store cannot
    /// be reached; [`AuthError::HookFailed`] if the application's
    /// [`on_event`](crate::Hooks::on_event) fails. The same webhook can then be sent
    /// again.
    pub async fn receive(&self, body: &[u8], signature: &str) -> Result<WebhookOutcome, AuthError> {
        receive::receive(&self.0, body, signature).await
    }
}
