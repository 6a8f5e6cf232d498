//! Starts a sign-out: here first, then at the provider.

use std::time::Duration;

use tokio::{sync::oneshot, time::timeout};
use url::Url;

use super::{
    options::{EndedSessionSignOut, SignOutOptions, SignOutScope},
    pending,
};
use crate::{
    config::{Config, IdTokenHint},
    context::Context,
    cookies::{RequestCookies, SetCookie},
    error::AuthError,
    hooks::event::SignedOutBy,
    provider::metadata::Provider,
    redirect::RedirectTo,
    sealing::secret::random_token,
    session::id,
    store::{error::StoreError, ids::SessionIdHash, rows::EndedSession},
    tokens::{
        ended,
        revoke::{revoke_in_background, try_revoke},
        set::TokenSet,
        stored,
    },
};

/// How long a sign-out waits for the provider. The user is signed out of the
/// application in any case.
const PROVIDER_TIMEOUT: Duration = Duration::from_secs(2);

/// A sign-out that has started: the session here has ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignOutStarted {
    /// Where to send the browser.
    pub next: SignOutDestination,
    /// The cookies to set with that answer.
    pub cookies: Vec<SetCookie>,
}

/// Where a sign-out sends the browser.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignOutDestination {
    /// The provider's end-session page. It returns to the home page, which
    /// redirects to the requested page.
    Provider(Url),
    /// A page of the application.
    Application(RedirectTo),
}

impl SignOutDestination {
    /// Returns the address, for a `Location` header.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Provider(url) => url.as_str(),
            Self::Application(page) => page.as_str(),
        }
    }
}

/// Ends the session of the browser, here first.
pub(crate) async fn start(
    context: &Context,
    options: &SignOutOptions,
    cookies: &RequestCookies,
) -> Result<SignOutStarted, AuthError> {
    let names = &context.config.cookie_names;
    let page = context.redirect_target(options.redirect_to.as_deref());
    let state = random_token::<16>();
    let mut cookies_to_set = vec![names.remove(&names.session)];
    let id_hash = id::hash_of_cookie(context, cookies).await?;
    let former = id::hash_of_former_cookie(context, cookies).await?;
    let mut has_ended_former = false;
    // Otherwise the browser would go on with that session once this one has ended.
    if let Some((_, former)) = former.as_ref().filter(|(_, hash)| Some(*hash) != id_hash) {
        has_ended_former = end_here(context, *former).await?;
    }
    let is_former = former
        .as_ref()
        .is_some_and(|(_, hash)| Some(*hash) == id_hash);
    let end_session_page = match (id_hash, options.scope) {
        (Some(id_hash), SignOutScope::Provider) => {
            match end_here_and_at_provider(context, id_hash, &state).await? {
                Ended::Here(url) => {
                    has_ended_former |= is_former;
                    url
                }
                Ended::Before => match options.ended_session {
                    EndedSessionSignOut::Provider => only_at_provider(context, &state).await,
                    EndedSessionSignOut::ApplicationOnly => None,
                },
            }
        }
        (Some(id_hash), SignOutScope::ApplicationOnly) => {
            has_ended_former |= end_here(context, id_hash).await? && is_former;
            None
        }
        (None, _) => None,
    };
    if let Some((name, _)) = former.filter(|_| has_ended_former) {
        cookies_to_set.push(names.remove(&name));
    }
    let next = match end_session_page {
        Some(url) => {
            cookies_to_set.push(pending::remember(context, &state, &page)?);
            SignOutDestination::Provider(url)
        }
        None => SignOutDestination::Application(page),
    };
    Ok(SignOutStarted {
        next,
        cookies: cookies_to_set,
    })
}

/// Ends a session here, and revokes its refresh token in the background. Returns
/// whether there was one.
async fn end_here(context: &Context, id_hash: SessionIdHash) -> Result<bool, AuthError> {
    let task = context.clone();
    // On a task of its own, as in `end_here_and_at_provider`.
    let ended = context.tasks.spawn(async move {
        let Some(sealed_tokens) = task.store.delete(&id_hash).await? else {
            return Ok::<_, StoreError>(false);
        };
        let ended = vec![EndedSession::new(id_hash, sealed_tokens)];
        ended::tell(&task, &ended, SignedOutBy::User);
        revoke_in_background(&task, ended);
        Ok(true)
    });
    Ok(ended.await.map_err(|_| deletion_panicked())??)
}

/// Whether there was a session to end.
enum Ended {
    /// It was ended. The address is that of the provider's end-session page; `None`
    /// if the provider is down.
    Here(Option<Url>),
    /// It had ended before.
    Before,
}

/// Returns the address of the provider's end-session page, for a user whose
/// session has ended here; `None` if the provider is down.
async fn only_at_provider(context: &Context, state: &str) -> Option<Url> {
    match timeout(PROVIDER_TIMEOUT, context.provider.get()).await {
        Ok(Ok(provider)) => end_session_request(&provider, &context.config, state, None),
        Ok(Err(error)) => {
            tracing::warn!(%error, "a user whose session has ended is not signed out at the provider");
            None
        }
        Err(_) => None,
    }
}

/// Ends a session here, and tries for [`PROVIDER_TIMEOUT`] to revoke its refresh
/// token at the provider.
async fn end_here_and_at_provider(
    context: &Context,
    id_hash: SessionIdHash,
    state: &str,
) -> Result<Ended, AuthError> {
    let task = context.clone();
    let state_of_task = state.to_owned();
    let (send_deleted, deleted) = oneshot::channel();
    // On a task of its own: a closed connection or the time-out must not leave
    // the refresh token valid.
    let at_provider = context.tasks.spawn(async move {
        let deleted = task.store.delete(&id_hash).await.map(|sealed_tokens| {
            sealed_tokens.map(|sealed_tokens| EndedSession::new(id_hash, sealed_tokens))
        });
        let ended = deleted.as_ref().ok().cloned().flatten();
        ended::tell(&task, ended.as_slice(), SignedOutBy::User);
        // The receiver is gone if the browser closed the connection.
        drop(send_deleted.send(deleted));
        Some(end_at_provider(&task, &ended?, &state_of_task).await)
    });
    let ended = match deleted.await {
        Ok(Ok(Some(ended))) => ended,
        Ok(Ok(None)) => return Ok(Ended::Before),
        Ok(Err(error)) => return Err(error.into()),
        Err(_) => return Err(deletion_panicked()),
    };
    Ok(Ended::Here(
        match timeout(PROVIDER_TIMEOUT, at_provider).await {
            Ok(Ok(Some(Ok(url)))) => url,
            Ok(Ok(Some(Err(error)))) => {
                tracing::warn!(%error, "a user is signed out here, but not at the provider");
                None
            }
            Ok(failed) => {
                tracing::error!(?failed, "the task that signs out at the provider panicked");
                None
            }
            // The provider is slow. The task continues without this request.
            Err(_) => context.provider.cached().and_then(|provider| {
                let tokens = stored::of_ended(context, &ended);
                end_session_request(&provider, &context.config, state, tokens.as_ref())
            }),
        },
    ))
}

fn deletion_panicked() -> AuthError {
    AuthError::Internal("the task that deletes a session panicked".to_owned())
}

/// Revokes an ended session's tokens, and returns the address of the provider's
/// end-session page.
async fn end_at_provider(
    context: &Context,
    ended: &EndedSession,
    state: &str,
) -> Result<Option<Url>, AuthError> {
    let provider = context.provider.get().await?;
    let tokens = stored::of_ended(context, ended);
    if let Some(tokens) = &tokens {
        try_revoke(context, tokens).await?;
    }
    Ok(end_session_request(
        &provider,
        &context.config,
        state,
        tokens.as_ref(),
    ))
}

/// Builds the request of OpenID Connect RP-Initiated Logout 1.0 §2; `None` if
/// the provider has no end-session endpoint.
///
/// `client_id` is enough for Logto. `id_token_hint` is added only if the
/// configuration says so, because it puts a token into a URL.
fn end_session_request(
    provider: &Provider,
    config: &Config,
    state: &str,
    ended: Option<&TokenSet>,
) -> Option<Url> {
    let mut url = provider.metadata.end_session_endpoint.clone()?;
    url.query_pairs_mut()
        .append_pair("client_id", config.client_id())
        .append_pair(
            "post_logout_redirect_uri",
            &config.post_logout_redirect_uri(),
        )
        .append_pair("state", state);
    let id_token = ended.and_then(|tokens| tokens.id_token.as_deref());
    if let (IdTokenHint::Send, Some(id_token)) = (config.id_token_hint, id_token) {
        url.query_pairs_mut().append_pair("id_token_hint", id_token);
    }
    Some(url)
}
