//! Runs code of the application, so that a failure, a panic or a hang of it ends
//! what asked for it and nothing else.

use std::{error::Error, fmt, pin::Pin, sync::Arc, time::Duration};

use tokio::time::timeout;

use crate::{error::AuthError, store::error::StoreError};

/// The error of a hook: any error of the application, for the log.
///
/// A [`StoreError`] says that a database does not answer. The user then reads that
/// it is temporary, as if the session store did not answer.
pub type HookError = Box<dyn Error + Send + Sync>;

type Running<O> = Pin<Box<dyn Future<Output = Result<O, HookError>> + Send>>;

/// Code of the application.
pub(crate) struct Hook<I, O> {
    name: &'static str,
    call: Arc<dyn Fn(I) -> Running<O> + Send + Sync>,
}

impl<I, O> Clone for Hook<I, O> {
    fn clone(&self) -> Self {
        Self {
            name: self.name,
            call: Arc::clone(&self.call),
        }
    }
}

impl<I, O> fmt::Debug for Hook<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl<I, O> Hook<I, O>
where
    I: Send + 'static,
    O: Send + 'static,
{
    pub(super) fn new<R>(name: &'static str, call: impl Fn(I) -> R + Send + Sync + 'static) -> Self
    where
        R: Future<Output = Result<O, HookError>> + Send + 'static,
    {
        Self {
            name,
            call: Arc::new(move |input| -> Running<O> { Box::pin(call(input)) }),
        }
    }

    /// Runs it for `limit` at most. Fails with [`AuthError::HookFailed`], or with
    /// [`AuthError::Store`] if the hook fails with a [`StoreError`].
    ///
    /// It runs on a task of its own: code that blocks its thread cannot be stopped
    /// otherwise, and a panic reaches nobody.
    pub(super) async fn run(&self, limit: Duration, input: I) -> Result<O, AuthError> {
        let call = Arc::clone(&self.call);
        let task = tokio::spawn(async move { call(input).await });
        let abort = task.abort_handle();
        let failed = |reason: String| AuthError::HookFailed {
            hook: self.name,
            reason,
        };
        match timeout(limit, task).await {
            Ok(Ok(Ok(output))) => Ok(output),
            Ok(Ok(Err(error))) => Err(match error.downcast::<StoreError>() {
                Ok(error) => AuthError::Store(*error),
                Err(error) => failed(with_causes(&*error)),
            }),
            Ok(Err(_)) => Err(failed("it panicked".to_owned())),
            Err(_) => {
                abort.abort();
                Err(failed(format!(
                    "it took longer than {limit:?} (Hooks::time_limit)"
                )))
            }
        }
    }
}

/// Writes an error with its causes: the outer one often says only what was tried.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let error_text = error.to_string();
        // Some errors repeat their cause.
        if !text.ends_with(&error_text) {
            text = format!("{text}: {error_text}");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot insert a row")]
    struct WithCause(#[source] StoreError);

    const LIMIT: Duration = Duration::from_secs(5);

    async fn failure<R>(call: impl Fn(()) -> R + Send + Sync + 'static) -> String
    where
        R: Future<Output = Result<(), HookError>> + Send + 'static,
    {
        let failure = Hook::new("on_test", call).run(LIMIT, ()).await.unwrap_err();
        let AuthError::HookFailed { hook, reason } = failure else {
            panic!("{failure:?}");
        };
        assert_eq!(hook, "on_test");
        reason
    }

    #[tokio::test(start_paused = true)]
    async fn what_takes_too_long_does_not_go_on() {
        let (sender, mut went_on) = tokio::sync::mpsc::channel(1);
        failure(move |()| {
            let sender = sender.clone();
            async move {
                tokio::time::sleep(LIMIT * 2).await;
                Ok(sender.send(()).await?)
            }
        })
        .await;
        assert_eq!(went_on.recv().await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn each_failure_says_what_it_is() {
        let pending = failure(|()| std::future::pending()).await;
        assert_eq!(pending, "it took longer than 5s (Hooks::time_limit)");
        assert_eq!(
            failure(|()| async { panic!("within") }).await,
            "it panicked"
        );
        // Before there is a future.
        let at_once = |()| -> std::future::Ready<Result<(), HookError>> { panic!("at once") };
        assert_eq!(failure(at_once).await, "it panicked");
        let failed = |()| async {
            let refused = u8::try_from(300).unwrap_err();
            Err(WithCause(StoreError::new(refused)).into())
        };
        assert_eq!(
            failure(failed).await,
            "cannot insert a row: out of range integral type conversion attempted"
        );
    }

    #[tokio::test]
    async fn a_store_error_stays_one() {
        let fails = |()| async { Err::<(), _>(StoreError::new("no connection").into()) };
        let failure = Hook::new("on_test", fails).run(LIMIT, ()).await;
        assert!(matches!(failure, Err(AuthError::Store(_))), "{failure:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_hook_that_takes_too_long_is_cancelled() {
        struct Sends(std::sync::mpsc::Sender<u8>);
        impl Drop for Sends {
            fn drop(&mut self) {
                self.0.send(1).unwrap();
            }
        }
        let (sender, dropped) = std::sync::mpsc::channel();
        let hangs = move |()| {
            let held = Sends(sender.clone());
            async move {
                let _held = held;
                std::future::pending().await
            }
        };
        failure(hangs).await;
        tokio::task::yield_now().await;
        assert_eq!(dropped.try_recv(), Ok(1));
    }
}
