//! The page that says what failed.

use auth_core::{Auth, ErrorKind, Message, routes};
use axum::{
    body::Body,
    extract::State,
    http::{Request, StatusCode, header::RETRY_AFTER, request::Parts},
    response::Response,
};

use super::{error_code, form, is_word, to_own_page};
use crate::{
    RequestSession,
    html_page::{Page, escape, home_link, html},
    response::RETRY_AFTER_SECONDS,
    routes::form::parameter,
};

/// Stands for the reference while its sentence is escaped: a character for private use.
const REFERENCE: &str = "\u{e000}";
/// The longest reference shown, in bytes. Those of this library have 8.
const MAX_REFERENCE: usize = 16;

pub(in crate::routes) async fn error(State(auth): State<Auth>, request: Request<Body>) -> Response {
    let (parts, _) = request.into_parts();
    let config = auth.config();
    let page = config.error_page();
    if !config.base_path().is_path_of(routes::ERROR, page) {
        return to_own_page(&auth, &parts, page);
    }
    let kind = error_code(&parts).and_then(|code| code.parse::<ErrorKind>().ok());
    let session = RequestSession::of(&parts, &auth);
    let language = &session.language();
    let sentence = match reason(&session, kind) {
        Some(reason) => escape(&reason),
        None => html(language, Message::Sentence(kind)),
    };
    let target = auth.redirect_target(parameter(&parts, "callbackUrl").as_deref());
    let action = config.base_path().path_of(routes::SIGN_IN_LOGTO);
    let form = form(&action, &html(language, Message::TryAgain), target.as_str());
    let reference = reference(&parts).map_or_else(String::new, |reference| {
        let note = html(language, Message::Reference(REFERENCE));
        let note = note.replace(REFERENCE, &format!("<code>{reference}</code>"));
        format!("<p class=\"note\">{note}</p>\n")
    });
    let content = format!(
        "<p role=\"alert\">{sentence}</p>\n{form}{}{reference}",
        home_link(language)
    );
    let status = status(kind);
    let mut response =
        Page::new(language, Message::Heading(kind)).respond(config, status, &content);
    if matches!(
        status,
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS
    ) {
        response
            .headers_mut()
            .insert(RETRY_AFTER, RETRY_AFTER_SECONDS);
    }
    response
}

/// Returns why the application refused the sign-in, as text, which may contain
/// anything.
fn reason(session: &RequestSession, kind: Option<ErrorKind>) -> Option<String> {
    kind.filter(|kind| *kind == ErrorKind::SignInRefused)?;
    session.refusal_reason()
}

/// Returns the parameter `ref` if it can be a reference to the log.
pub(super) fn reference(parts: &Parts) -> Option<String> {
    parameter(parts, "ref").filter(|reference| is_word(reference, MAX_REFERENCE))
}

/// Returns the status of the page: that of Auth.js for its codes.
fn status(kind: Option<ErrorKind>) -> StatusCode {
    match kind {
        None | Some(ErrorKind::Cancelled) => StatusCode::OK,
        Some(
            ErrorKind::SessionRequired
            | ErrorKind::NoToken
            | ErrorKind::LoginRequired
            | ErrorKind::ConsentRequired
            | ErrorKind::InteractionRequired,
        ) => StatusCode::UNAUTHORIZED,
        Some(
            ErrorKind::AccessDenied
            | ErrorKind::NotAMember
            | ErrorKind::ScopeMissing
            | ErrorKind::SignInRefused,
        ) => StatusCode::FORBIDDEN,
        Some(ErrorKind::TooManyRequests) => StatusCode::TOO_MANY_REQUESTS,
        Some(ErrorKind::ProviderError) => StatusCode::BAD_GATEWAY,
        Some(ErrorKind::Configuration | ErrorKind::Internal) => StatusCode::INTERNAL_SERVER_ERROR,
        Some(
            ErrorKind::ProviderUnavailable
            | ErrorKind::StoreUnavailable
            | ErrorKind::UnknownResource,
        ) => StatusCode::SERVICE_UNAVAILABLE,
        Some(_) => StatusCode::BAD_REQUEST,
    }
}
