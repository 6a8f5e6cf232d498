//! Builds an [`Auth`].

use std::sync::Arc;

use super::{Auth, Inner};
use crate::{
    AuthError, Clock, Config, Hooks, SessionStore, SystemClock,
    context::Context,
    session::load::Extensions,
    sign_in::complete::Callbacks,
    tokens::{refresh::Refreshes, revoke},
};

/// Builds an [`Auth`]: [`Auth::builder`].
#[derive(Debug)]
#[must_use]
pub struct AuthBuilder {
    config: Config,
    store: Arc<dyn SessionStore>,
    clock: Arc<dyn Clock>,
    hooks: Hooks,
}

impl AuthBuilder {
    pub(super) fn new(config: Config, store: impl SessionStore) -> Self {
        Self {
            config,
            store: Arc::new(store),
            clock: Arc::new(SystemClock),
            hooks: Hooks::new(),
        }
    }

    /// Sets the application's own code, which runs at sign-in and afterwards.
    pub fn hooks(mut self, hooks: Hooks) -> Self {
        self.hooks = hooks;
        self
    }

    /// Sets a clock of your own.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Builds the instance.
    ///
    /// # Errors
    ///
    /// [`AuthError::Internal`] if TLS cannot be set up.
    pub fn build(self) -> Result<Auth, AuthError> {
        let context = Context::new(self.config, self.store, self.clock, self.hooks)?;
        revoke::with_expired_sessions(&context);
        Ok(Auth(Arc::new(Inner {
            callbacks: Callbacks::new(&context.tasks),
            extensions: Extensions::new(&context.tasks),
            refreshes: Refreshes::new(&context.tasks),
            context,
        })))
    }
}
