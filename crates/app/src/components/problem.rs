use auth_core::Message;
use auth_leptos::{ErrorKind, PublicError};

/// Returns why a part of a page is missing, for a user who is signed in.
pub(crate) fn problem(error: &PublicError) -> String {
    match error.kind() {
        // Its own sentence is about a sign-in.
        ErrorKind::ProviderError => auth_leptos::language()
            .unwrap_or_default()
            .text(Message::DataUnavailable),
        _ => error.sentence().to_owned(),
    }
}
