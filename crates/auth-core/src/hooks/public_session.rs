//! What the application lets a browser see of a session.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use auth_types::PublicSession;

use super::data::SessionData;
use crate::claims::Claims;

type Shape = dyn Fn(PublicSession, &Claims, &SessionData) -> PublicSession + Send + Sync;

/// Code of the application that shapes what a browser sees of a session. A session
/// has it, so that nobody can show a session without it.
#[derive(Clone, Default)]
pub(crate) struct PublicSessionHook(Option<Arc<Shape>>);

/// It is not a part of what a session says.
impl PartialEq for PublicSessionHook {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl fmt::Debug for PublicSessionHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "true" } else { "false" })
    }
}

impl PublicSessionHook {
    pub(super) fn new(
        shape: impl Fn(PublicSession, &Claims, &SessionData) -> PublicSession + Send + Sync + 'static,
    ) -> Self {
        Self(Some(Arc::new(shape)))
    }

    /// Shapes a public session. If the hook panics, the browser sees the user and
    /// nothing else: no role, so that nothing is shown that needs one.
    pub(crate) fn shape(
        &self,
        public: PublicSession,
        claims: &Claims,
        data: &SessionData,
    ) -> PublicSession {
        let Some(shape) = &self.0 else {
            return public;
        };
        let user_only = PublicSession::new(public.user.clone(), public.expires.clone());
        catch_unwind(AssertUnwindSafe(|| shape(public, claims, data))).unwrap_or_else(|_| {
            tracing::error!(
                "the application's public_session panicked; the browser sees the user without roles"
            );
            user_only
        })
    }
}

#[cfg(test)]
mod tests {
    use auth_types::User;

    use super::*;
    use crate::config::captured_log::CapturedLog;

    #[test]
    fn a_panic_is_logged() {
        let log = CapturedLog::start();
        let hook = PublicSessionHook::new(|_, _, _| panic!("the test panics"));
        let public = PublicSession::new(User::new("foo123"), "2030-01-01T00:00:00Z");
        let shown = hook.shape(
            public.clone().with_roles(vec!["admin".to_owned()]),
            &Claims::default(),
            &SessionData::default(),
        );
        assert_eq!(shown, public);
        let log = log.text();
        assert!(
            log.contains("ERROR") && log.contains("public_session panicked"),
            "{log}"
        );
    }
}
