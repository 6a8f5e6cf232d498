//! Reports a failure: to the operator in the log, to the user on the error
//! page.

pub(crate) mod refusal;

use std::error::Error as _;

use auth_types::ErrorKind;
use url::form_urlencoded;

use crate::{
    context::Context, error::AuthError, outside::printable::one_line, redirect::RedirectTo,
    sealing::secret::random_token,
};

/// Logs a failure and returns the address of the error page for it.
pub(crate) fn report(
    context: &Context,
    error: &AuthError,
    redirect_to: Option<&RedirectTo>,
) -> String {
    if let AuthError::SentElsewhere { page } = error {
        tracing::info!("{error}");
        return page.to_string();
    }
    let reference = random_token::<6>();
    log(error, Some(&reference));
    let mut query = form_urlencoded::Serializer::new(String::new());
    query
        .append_pair("error", error.kind().code())
        .append_pair("ref", &reference);
    if let Some(page) = redirect_to {
        query.append_pair("callbackUrl", page.as_str());
    }
    format!("{}?{}", context.config.error_page(), query.finish())
}

impl AuthError {
    /// Logs the error, at the level of its kind. What a browser gets has no
    /// details: see [`kind`](Self::kind).
    pub fn log(&self) {
        match self {
            // Every visitor of a guarded page begins like this.
            Self::NotSignedIn => tracing::debug!("{self}"),
            error => log(error, None),
        }
    }
}

/// Logs a failure in one line, with the reference that the user sees. What comes
/// from the provider is one line already; an error of the application may not be.
fn log(error: &AuthError, reference: Option<&str>) {
    let text = one_line(&error.to_string());
    match error.kind() {
        ErrorKind::Cancelled
        | ErrorKind::AccessDenied
        | ErrorKind::SignInRefused
        | ErrorKind::NotAMember
        | ErrorKind::LoginRequired
        | ErrorKind::ConsentRequired
        | ErrorKind::InteractionRequired => tracing::info!(reference, "{text}"),
        ErrorKind::Expired
        | ErrorKind::StateMismatch
        | ErrorKind::InvalidCallback
        | ErrorKind::SessionRequired
        | ErrorKind::NoToken
        | ErrorKind::ScopeMissing => {
            tracing::warn!(reference, "{text}");
        }
        _ => {
            let cause = error.source().map(|cause| one_line(&cause.to_string()));
            tracing::error!(reference, error = cause, "{text}");
        }
    }
}
