//! Code of the application that runs at sign-in and afterwards.
//!
//! Nothing here knows a session or a store: the rooms above call the hooks, and
//! carry out what they decide.

pub(crate) mod data;
pub(crate) mod event;
pub(crate) mod public_session;
pub(crate) mod queue;
pub(crate) mod refresh;
pub(crate) mod run;
pub(crate) mod sign_in;
pub(crate) mod user_event;

use std::{fmt, time::Duration};

use auth_types::PublicSession;
use tokio_util::task::TaskTracker;

use self::{
    data::SessionData,
    event::AuthEvent,
    public_session::PublicSessionHook,
    queue::EventQueue,
    refresh::{RefreshDecision, RefreshedSession},
    run::{Hook, HookError},
    sign_in::{SignInDecision, VerifiedSignIn},
};
use crate::{claims::Claims, error::AuthError};

/// How long a hook may take by default.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// Code of the application that runs at sign-in and afterwards. Give it to
/// [`Auth::builder`](crate::Auth::builder).
///
/// Each hook runs on a task of its own and for [`time_limit`](Self::time_limit) at
/// most. A hook that fails, panics or hangs breaks only what it was called for. Use
/// `spawn_blocking` for code that blocks its thread: such code cannot be stopped.
///
/// ```
/// use auth_core::{AllowSignIn, Auth, Config, Hooks, MemoryStore, SignInDecision};
/// use serde::{Deserialize, Serialize};
///
/// /// Stored in each session: `session.data::<Customer>()`.
/// #[derive(Serialize, Deserialize)]
/// struct Customer {
///     id: i64,
/// }
///
/// # async fn find_or_insert(_: &str) -> Result<Option<i64>, std::io::Error> { Ok(Some(7)) }
/// fn hooks() -> Hooks {
///     Hooks::new().on_sign_in(|sign_in| async move {
///         let Some(id) = find_or_insert(sign_in.sub()).await? else {
///             return Ok(SignInDecision::refuse("Your account is closed."));
///         };
///         Ok(AllowSignIn::new().data(&Customer { id }).into())
///     })
/// }
///
/// fn sign_in(config: Config) -> Result<Auth, auth_core::AuthError> {
///     Auth::builder(config, MemoryStore::new()).hooks(hooks()).build()
/// }
/// ```
#[derive(Clone)]
pub struct Hooks {
    sign_in: Option<Hook<VerifiedSignIn, SignInDecision>>,
    refresh: Option<Hook<RefreshedSession, RefreshDecision>>,
    event: Option<Hook<AuthEvent, ()>>,
    public_session: PublicSessionHook,
    time_limit: Duration,
}

impl Default for Hooks {
    fn default() -> Self {
        Self {
            sign_in: None,
            refresh: None,
            event: None,
            public_session: PublicSessionHook::default(),
            time_limit: TIME_LIMIT,
        }
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks")
            .field("on_sign_in", &self.sign_in.is_some())
            .field("on_refresh", &self.refresh.is_some())
            .field("on_event", &self.event.is_some())
            .field("public_session", &self.public_session)
            .field("time_limit", &self.time_limit)
            .finish()
    }
}

impl Hooks {
    /// Creates the value without any hook.
    pub fn new() -> Self {
        Self::default()
    }

    /// Decides about every sign-in: after the ID token has passed every check, and
    /// before the session begins. It may allow the sign-in and store data of the
    /// application in the session, refuse it for a reason that the user sees, or
    /// send the browser elsewhere.
    ///
    /// If it fails, the sign-in fails, and the user sees that something went wrong
    /// here. What it has written then stays, and the user tries again: so write
    /// `insert … on conflict … do update`. It runs once for each sign-in, however
    /// often the browser sends the callback to this server.
    ///
    /// A sign-in may still fail after it was allowed, if the provider ends its
    /// session meanwhile or the store fails. What must happen only after a session
    /// has begun belongs into [`on_event`](Self::on_event).
    #[must_use]
    pub fn on_sign_in<F, R>(mut self, hook: F) -> Self
    where
        F: Fn(VerifiedSignIn) -> R + Send + Sync + 'static,
        R: Future<Output = Result<SignInDecision, HookError>> + Send + 'static,
    {
        self.sign_in = Some(Hook::new("on_sign_in", hook));
        self
    }

    /// Decides about a session whose claims were fetched again: it may store other
    /// data in it, or end it.
    ///
    /// It runs after the new tokens and claims were stored. Who waits for them
    /// waits for it for one second at most. If it fails, the session goes on with
    /// the data that it has, which is logged.
    #[must_use]
    pub fn on_refresh<F, R>(mut self, hook: F) -> Self
    where
        F: Fn(RefreshedSession) -> R + Send + Sync + 'static,
        R: Future<Output = Result<RefreshDecision, HookError>> + Send + 'static,
    {
        self.refresh = Some(Hook::new("on_refresh", hook));
        self
    }

    /// Learns what has happened to sessions and users.
    ///
    /// The events of one process come one after the other, in their order. No
    /// request waits for them, except Logto's webhooks. A failure is logged, and the
    /// next event comes. If more than 10,000 events wait, further ones are lost,
    /// which is logged. [`Auth::finish`](crate::Auth::finish) waits for them.
    ///
    /// ```
    /// use auth_core::{AuthEvent, Hooks, UserEventKind};
    ///
    /// # async fn erase_rows_of(_: String) -> Result<(), std::io::Error> { Ok(()) }
    /// let hooks = Hooks::new().on_event(|event| async move {
    ///     match event {
    ///         AuthEvent::SignedOut { sub, by, .. } => println!("{sub:?} was signed out: {by:?}"),
    ///         AuthEvent::Reported(report) if report.kind == UserEventKind::Deleted => {
    ///             for sub in report.subs {
    ///                 erase_rows_of(sub).await?;
    ///             }
    ///         }
    ///         _ => {}
    ///     }
    ///     Ok(())
    /// });
    /// ```
    #[must_use]
    pub fn on_event<F, R>(mut self, hook: F) -> Self
    where
        F: Fn(AuthEvent) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), HookError>> + Send + 'static,
    {
        self.event = Some(Hook::new("on_event", hook));
        self
    }

    /// Shapes what a browser may see of a session: `GET /api/auth/session`, the
    /// session in pages, and what the components show. It gets what the browser sees
    /// by default, the claims of the session, and what the application has stored in
    /// it; and returns what the browser sees instead. Roles are only for display here:
    /// guards decide by the claims.
    ///
    /// It does not wait, because components cannot: let
    /// [`on_sign_in`](Self::on_sign_in) and [`on_refresh`](Self::on_refresh) store
    /// what it needs. If it panics, the browser sees the user without roles.
    ///
    /// ```
    /// use auth_core::Hooks;
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Serialize, Deserialize)]
    /// struct Customer {
    ///     plan: String,
    /// }
    ///
    /// let hooks = Hooks::new().public_session(|public, _, data| {
    ///     match data.get::<Customer>() {
    ///         Some(customer) => public.with_data("plan", customer.plan),
    ///         None => public,
    ///     }
    /// });
    /// ```
    #[must_use]
    pub fn public_session<F>(mut self, hook: F) -> Self
    where
        F: Fn(PublicSession, &Claims, &SessionData) -> PublicSession + Send + Sync + 'static,
    {
        self.public_session = PublicSessionHook::new(hook);
        self
    }

    /// Sets how long a hook may take: by default five seconds. A browser waits
    /// this long for its sign-in.
    #[must_use]
    pub const fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// Returns whether a hook decides about sign-ins.
    pub(crate) const fn decides_sign_ins(&self) -> bool {
        self.sign_in.is_some()
    }

    /// Returns whether a hook decides about refreshed sessions.
    pub(crate) const fn decides_refreshes(&self) -> bool {
        self.refresh.is_some()
    }

    /// Asks about a sign-in.
    pub(crate) async fn sign_in(
        &self,
        sign_in: VerifiedSignIn,
    ) -> Result<SignInDecision, AuthError> {
        match &self.sign_in {
            Some(hook) => hook.run(self.time_limit, sign_in).await,
            None => Ok(SignInDecision::allow()),
        }
    }

    /// Asks about a session whose claims were fetched again.
    pub(crate) async fn refresh(
        &self,
        session: RefreshedSession,
    ) -> Result<RefreshDecision, AuthError> {
        match &self.refresh {
            Some(hook) => hook.run(self.time_limit, session).await,
            None => Ok(RefreshDecision::Keep),
        }
    }

    /// Returns what shapes public sessions.
    pub(crate) fn shapes_public_sessions(&self) -> PublicSessionHook {
        self.public_session.clone()
    }

    /// Returns the queue that tells the application of events.
    pub(crate) fn events(&self, tasks: &TaskTracker) -> EventQueue {
        EventQueue::new(self.event.clone(), self.time_limit, tasks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_time_limit_is_that_of_events_too() {
        let hooks = Hooks::new()
            .time_limit(Duration::from_secs(60))
            .on_event(|_| std::future::pending());
        let events = hooks.events(&TaskTracker::new());
        let event = AuthEvent::Revoked {
            sub: "foo123".to_owned(),
        };
        let failure = events.tell_and_wait(event).await.unwrap_err();
        assert!(failure.to_string().contains("60s"), "{failure}");
    }
}
