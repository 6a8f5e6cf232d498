//! The answer to a client whose address has begun too many sign-ins.

use std::time::Duration;

use auth_core::{AuthError, Message};
use axum::{http::StatusCode, response::Response};

use crate::{
    RequestSession,
    address_limits::LimitExceeded,
    html_page::{Page, home_link, html},
    response::{RedirectStyle, redirect},
};

/// Answers 429. A script gets the address of the error page, as Auth.js's client
/// expects.
pub(in crate::routes) fn too_many(
    session: &RequestSession,
    error: &AuthError,
    retry_after: Duration,
    style: RedirectStyle,
) -> Response {
    let (auth, language) = (session.auth(), session.language());
    let config = auth.config();
    let mut response = match style {
        RedirectStyle::Json => {
            let location = auth.report(error, None);
            redirect(&location, config.base_url().as_str(), style, Vec::new())
        }
        RedirectStyle::SeeOther => {
            let kind = error.kind();
            let content = format!(
                "<p role=\"alert\">{}</p>\n{}",
                html(&language, Message::Sentence(Some(kind))),
                home_link(&language)
            );
            Page::new(&language, Message::Heading(Some(kind))).respond(
                config,
                StatusCode::TOO_MANY_REQUESTS,
                &content,
            )
        }
    };
    LimitExceeded { retry_after }.set(&mut response);
    response
}
