//! Completes a sign-in: validates the answer, exchanges the code and begins the
//! session.

use std::time::Duration;

use time::OffsetDateTime;
use tokio_util::task::TaskTracker;

use super::{
    callback::{Callback, Delivery},
    exchange::exchange,
    pending::{self, Found, PendingSignIn},
    replaced_session::{self, ReplacedSession},
};
use crate::{
    claims::Claims,
    clock::whole_seconds,
    config::lifetimes::MAX_LIFETIME,
    context::Context,
    cookies::{RequestCookies, SetCookie},
    device_info::{DeviceInfo, StoredDevice},
    error::AuthError,
    error_page::refusal,
    hooks::{
        data::SessionData,
        event::AuthEvent,
        sign_in::{AllowSignIn, SignInDecision, VerifiedSignIn},
    },
    jwt::id_token::VerifiedIdToken,
    redirect::RedirectTo,
    sealing::{Purpose, SealError, id_hasher::IdHasher},
    session::{
        Session,
        claims_age::AskedAt,
        content, id, lifetime,
        load::{self, Extensions},
        renewed_claims::RenewedClaims,
    },
    single_flight::SingleFlight,
    store::{
        handle::SessionHandle,
        rows::{NewSession, WriteOutcome},
    },
    tokens::set::TokenSet,
};

/// How long the answer to a callback is kept, for a browser that sends the
/// callback again: longer than Logto's codes are valid.
const ANSWER_LIFETIME: Duration = Duration::from_secs(90);

/// Callbacks under way, by their `state`. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Callbacks(SingleFlight<String, Result<Begun, AuthError>>);

/// A session that has begun.
#[derive(Clone, Debug)]
struct Begun {
    session: Session,
    cookies: Vec<SetCookie>,
    /// The page that the application sends the browser to, instead of the one that
    /// the sign-in named.
    redirect_to: Option<RedirectTo>,
}

impl Callbacks {
    pub(crate) fn new(tasks: &TaskTracker) -> Self {
        Self(SingleFlight::new(|_| ANSWER_LIFETIME, tasks))
    }
}

/// A sign-in that was completed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignInCompleted {
    /// The session that has begun.
    pub session: Session,
    /// The page to return to.
    pub redirect_to: RedirectTo,
    /// The cookies to set with that answer.
    pub cookies: Vec<SetCookie>,
    /// Whether the browser has sent the callback before.
    pub delivery: Delivery,
}

/// A sign-in that failed, with what the answer to the browser needs.
#[derive(Debug, thiserror::Error)]
#[error("the sign-in failed")]
#[non_exhaustive]
pub struct SignInFailure {
    /// What failed.
    #[source]
    pub error: AuthError,
    /// The page that asked for the sign-in, if known.
    pub redirect_to: Option<RedirectTo>,
    /// The cookies to set with the answer: they remove the sign-in's own.
    pub cookies: Vec<SetCookie>,
}

impl From<AuthError> for SignInFailure {
    fn from(error: AuthError) -> Self {
        Self {
            error,
            redirect_to: None,
            cookies: Vec::new(),
        }
    }
}

/// Completes a sign-in from the query of the callback's URL.
pub(crate) async fn complete(
    context: &Context,
    callbacks: &Callbacks,
    extensions: &Extensions,
    query: &str,
    cookies: &RequestCookies,
    device: &DeviceInfo,
) -> Result<SignInCompleted, SignInFailure> {
    let (names, keyring) = (&context.config.cookie_names, &context.keyring);
    let base_url = context.config.base_url();
    let now = context.now();
    let callback = Callback::parse(query)?;
    let (pending, forget) = if callback.is_bare() {
        return Err(SignInFailure {
            error: AuthError::Cancelled,
            redirect_to: pending::only(cookies, names, keyring, now)
                .map(|pending| pending.redirect_to(base_url)),
            cookies: Vec::new(),
        });
    } else if let Some(state) = &callback.state {
        match pending::find(state, cookies, names, keyring, now) {
            Found::One(pending, forget) => (pending, forget),
            Found::None => return Err(AuthError::Expired.into()),
            Found::Others => return Err(AuthError::StateMismatch.into()),
        }
    } else {
        return Err(AuthError::InvalidCallback("it has no state").into());
    };
    let redirect_to = pending.redirect_to(base_url);
    // Once, even if a browser sends the callback several times at once: Logto
    // answers the second use of a code by revoking the tokens of the first (RFC
    // 6749 §4.1.2).
    let mut delivery = Delivery::Repeated;
    let answer = callbacks
        .0
        .run(pending.state.clone(), || {
            delivery = Delivery::First;
            let (context, extensions) = (context.clone(), extensions.clone());
            let cookies = cookies.clone();
            let device = device.clone();
            async move {
                redeem(
                    &context,
                    &extensions,
                    callback,
                    &pending,
                    &cookies,
                    &device,
                )
                .await
            }
        })
        .await;
    match answer {
        Some(Ok(begun)) => Ok(SignInCompleted {
            session: begun.session,
            redirect_to: begun.redirect_to.unwrap_or(redirect_to),
            cookies: begun.cookies.into_iter().chain([forget]).collect(),
            delivery,
        }),
        failed => {
            let error = failed.and_then(Result::err).unwrap_or_else(|| {
                AuthError::Internal("the task that completes a sign-in panicked".to_owned())
            });
            let mut cookies = vec![forget];
            if let AuthError::SignInRefused { reason } = &error {
                cookies.push(refusal::remember(context, reason));
            }
            Err(SignInFailure {
                error,
                redirect_to: Some(redirect_to),
                cookies,
            })
        }
    }
}

/// Validates the answer, exchanges the code and begins the session.
async fn redeem(
    context: &Context,
    extensions: &Extensions,
    callback: Callback,
    pending: &PendingSignIn,
    cookies: &RequestCookies,
    device: &DeviceInfo,
) -> Result<Begun, AuthError> {
    let hasher = context.id_hasher().await?;
    let provider = context.provider.get().await?;
    callback.check_issuer(
        context.config.issuer(),
        provider
            .metadata
            .authorization_response_iss_parameter_supported,
    )?;
    let code = callback.into_code()?;
    let former = load::current(context, extensions, cookies).await?;
    let former_id = former.as_ref().map(|former| former.id_hash);
    let asked_at = context.read_store_clock().await?;
    let (id_token, mut tokens) = exchange(context, &provider, code, pending, asked_at).await?;
    // Before the lease on the tokens of the former session, for which others wait.
    let allowed = ask_application(context, &id_token, &tokens, pending, device).await;
    let (data, redirect_to) = match allowed {
        Ok(allowed) => allowed,
        Err(error) => {
            replaced_session::discard(context, former.as_ref(), &id_token, tokens);
            return Err(error);
        }
    };
    let replaced = ReplacedSession::prepare(context, former, &id_token, &mut tokens).await?;
    // A new id, whatever id the browser had: an id that someone else planted
    // never becomes that of a signed-in session.
    let id = id::generate();
    let renewed = RenewedClaims {
        id_token,
        asked_at: AskedAt::new(asked_at),
    };
    let begin = async {
        // The store's clock decides when the session ends, so it also says when the
        // session began.
        let now = whole_seconds(context.store.now().await?);
        let session = Session {
            data,
            ..new_session(context, hasher, &id, renewed, &tokens, now)
        };
        let stored_device = StoredDevice::of(device, context.config.client_address);
        let row = new_row(context, hasher, &session, &tokens, &stored_device)?;
        match context.store.create(row).await? {
            WriteOutcome::Applied => {
                context.events.tell(|| AuthEvent::SignedIn {
                    session: SessionHandle(session.id_hash),
                    user: session.user.clone(),
                    claims: session.claims.clone(),
                    device: device.clone(),
                });
                replaced.end(context).await;
                Ok(session)
            }
            WriteOutcome::NotApplied => Err(AuthError::LoggedOutDuringSignIn),
        }
    };
    let session = match replaced.while_leased(context, begin).await {
        Ok(session) => session,
        Err(error) => {
            replaced.keep(context, tokens, &error).await;
            return Err(error);
        }
    };
    // Only the server ends a session. A cookie that ends with its session would
    // have to be set again and again, and a slow answer that sets it late would
    // bring back a session that was replaced.
    let names = &context.config.cookie_names;
    let mut set = vec![names.set(&names.session, id, MAX_LIFETIME)];
    if let Some((name, hash)) = id::hash_of_former_cookie(context, cookies).await?
        && Some(hash) == former_id
    {
        set.push(names.remove(&name));
    }
    Ok(Begun {
        session,
        cookies: set,
        redirect_to,
    })
}

/// Asks the application whether the session may begin. Returns the data to store in
/// it, and where the browser goes instead of the page that the sign-in named.
async fn ask_application(
    context: &Context,
    id_token: &VerifiedIdToken,
    tokens: &TokenSet,
    pending: &PendingSignIn,
    device: &DeviceInfo,
) -> Result<(SessionData, Option<RedirectTo>), AuthError> {
    if !context.hooks.decides_sign_ins() {
        return Ok((SessionData::default(), None));
    }
    let base_url = context.config.base_url();
    let claims = Claims::of_user(id_token.payload.clone());
    let sign_in = VerifiedSignIn {
        user: (context.config.profile)(&claims),
        claims,
        device: device.clone(),
        redirect_to: pending.redirect_to(base_url),
        authenticated_at: authenticated_at(id_token),
        acr: id_token.acr.clone(),
        amr: id_token.amr.clone(),
        access_token: tokens.user_info().to_access_token(),
    };
    let failed = |reason| AuthError::HookFailed {
        hook: "on_sign_in",
        reason,
    };
    let page = |page: String| {
        RedirectTo::parse(&page, base_url).ok_or_else(|| {
            failed(format!(
                "it sends the browser to {page:?}, which is not a page of the application; write \
                 it like /welcome"
            ))
        })
    };
    let refused = |reason| {
        let sub = id_token.sub.clone();
        context.events.tell(|| AuthEvent::Refused { sub, reason });
    };
    match context.hooks.sign_in(sign_in).await? {
        SignInDecision::Allow(AllowSignIn { data, redirect_to }) => Ok((
            data.into_data().map_err(failed)?,
            redirect_to.map(page).transpose()?,
        )),
        SignInDecision::Refuse(reason) => {
            refused(Some(reason.clone()));
            Err(AuthError::SignInRefused { reason })
        }
        SignInDecision::SendTo(target) => {
            let page = page(target)?;
            refused(None);
            Err(AuthError::SentElsewhere { page })
        }
    }
}

fn authenticated_at(id_token: &VerifiedIdToken) -> Option<OffsetDateTime> {
    let seconds = id_token.auth_time?;
    OffsetDateTime::from_unix_timestamp(seconds).ok()
}

fn new_session(
    context: &Context,
    hasher: &IdHasher,
    id: &str,
    renewed: RenewedClaims,
    tokens: &TokenSet,
    now: OffsetDateTime,
) -> Session {
    let RenewedClaims { id_token, asked_at } = renewed;
    let authenticated_at = authenticated_at(&id_token);
    let claims = Claims::of_user(id_token.payload);
    Session {
        user: (context.config.profile)(&claims),
        claims,
        sid: id_token.sid,
        signed_in_at: now,
        authenticated_at,
        acr: id_token.acr,
        amr: id_token.amr,
        expires_at: now + lifetime::remaining(now, now, &context.config),
        id_hash: hasher.session(id),
        former_cookie: None,
        claims_issued_at: Some(id_token.issued_at),
        claims_asked_at: Some(asked_at),
        renewal: tokens.renewal(),
        claims_stale_since: None,
        data: SessionData::default(),
        public_session: context.hooks.shapes_public_sessions(),
    }
}

/// Assembles the rows of a new session: everything sealed, and bound to the
/// session's key.
fn new_row(
    context: &Context,
    hasher: &IdHasher,
    session: &Session,
    tokens: &TokenSet,
    device: &StoredDevice,
) -> Result<NewSession, SealError> {
    let keyring = &context.keyring;
    let id_hash = session.id_hash;
    let place = id_hash.as_bytes();
    let sid = session.sid.as_deref();
    Ok(NewSession {
        key: id_hash,
        user: hasher.user(&tokens.sub),
        provider_session: sid.map(|sid| hasher.provider_session(sid)),
        sealed: content::seal(session, keyring)?,
        sealed_tokens: keyring.seal(Purpose::Tokens, place, tokens)?,
        sealed_device: keyring.seal(Purpose::Device, place, device)?,
        issued_at: session
            .claims_issued_at
            .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
            .unwrap_or(OffsetDateTime::UNIX_EPOCH),
        claims_asked_at: session
            .claims_asked_at
            .map_or(OffsetDateTime::UNIX_EPOCH, AskedAt::time),
        lifetime: lifetime::remaining(session.signed_in_at, session.signed_in_at, &context.config),
    })
}
