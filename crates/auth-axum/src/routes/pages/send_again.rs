//! A page that sends the provider's form again, from this application.

use auth_core::{Message, routes};
use axum::{http::StatusCode, response::Response};
use url::form_urlencoded;

use crate::{
    RequestSession,
    html_page::{Page, hidden_input, html},
};

/// The field that says that the form comes from this page.
pub(in crate::routes) const SENT_AGAIN: &str = "sent_again=1";

/// Without JavaScript the user presses the button.
const SCRIPT: &str = "document.forms[0].submit()";

/// The fields of an answer (RFC 6749 §4.1.2, RFC 9207 §2).
const FIELDS: [&str; 5] = ["code", "state", "iss", "error", "error_description"];

/// Shows the page for a form of the provider.
pub(in crate::routes) fn send_again(session: &RequestSession, form: &str) -> Response {
    let (config, language) = (session.config(), session.language());
    let fields: String = form_urlencoded::parse(form.as_bytes())
        .filter(|(name, _)| FIELDS.contains(&name.as_ref()))
        .map(|(name, value)| hidden_input(&name, &value))
        .collect();
    let (marker, value) = SENT_AGAIN.split_once('=').unwrap_or((SENT_AGAIN, ""));
    let marker = hidden_input(marker, value);
    let action = config.base_path().path_of(routes::CALLBACK);
    let content = format!(
        "<p>{}</p>\n<form method=\"post\" action=\"{action}\">\n{fields}{marker}<button \
         type=\"submit\">{}</button>\n</form>\n",
        html(&language, Message::BeingSignedIn),
        html(&language, Message::Continue),
    );
    Page::new(&language, Message::SignIn)
        .with_script(SCRIPT)
        .respond(config, StatusCode::OK, &content)
}
