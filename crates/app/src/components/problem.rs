use auth_leptos::{ErrorKind, PublicError};

/// Returns why a part of a page is missing, for a user who is signed in.
pub(crate) fn problem(error: &PublicError) -> String {
    match error.kind() {
        // Its own sentence is about a sign-in.
        ErrorKind::ProviderError => {
            "The sign-in service did not give us this data. Try again in a minute.".to_owned()
        }
        _ => error.sentence().to_owned(),
    }
}
