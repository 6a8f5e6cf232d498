use auth_core::Message;
use auth_leptos::{ErrorKind, RETRY_AFTER_SECONDS, refusal_reason};
use axum::http::{StatusCode, header::RETRY_AFTER};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::components::{Layout, SignInButton};

/// The longest error reference shown, in bytes. This project's have 8.
const MAX_REFERENCE: usize = 16;

/// Says why a sign-in failed or a page was refused, and offers to try again.
#[component]
pub(crate) fn Error() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let kind = query
        .get_str("error")
        .and_then(|code| code.parse::<ErrorKind>().ok());
    let reference = query.get("ref").filter(|reference| is_reference(reference));
    // `sign_in` validates it before use.
    let redirect_to = query.get("callbackUrl").unwrap_or_else(|| "/".to_owned());

    if let Some(response) = use_context::<ResponseOptions>() {
        let status = status(kind);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.insert_header(RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        response.set_status(status);
    }
    let language = auth_leptos::language().unwrap_or_default();
    let heading = language.text(Message::Heading(kind));
    // Shown as text, as everything is that Leptos gets as text.
    let reason = refusal_reason().filter(|_| kind == Some(ErrorKind::SignInRefused));
    let sentence = reason.unwrap_or_else(|| language.text(Message::Sentence(kind)));
    let try_again = language.text(Message::TryAgain);
    let note = reference.map(|reference| {
        // A character that no message contains: the reference could be part of the text.
        let note = language.text(Message::Reference("\u{e000}"));
        let (before, after) = note.split_once('\u{e000}').unwrap_or((&note, ""));
        (before.to_owned(), reference, after.to_owned())
    });
    view! {
        <Title text=heading.clone() />
        <Layout>
            // The pages around it are in English.
            <section class="hero" role="alert" lang=language.tag().to_owned()>
                <h1>{heading}</h1>
                <p>{sentence}</p>
                <SignInButton label=try_again redirect_to=Some(redirect_to) />
                <p><a href="/">{language.text(Message::BackHome)}</a></p>
                {note
                    .map(|(before, reference, after)| {
                        view! { <p class="note">{before}<code>{reference}</code>{after}</p> }
                    })}
            </section>
        </Layout>
    }
}

fn is_reference(text: &str) -> bool {
    (1..=MAX_REFERENCE).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

fn status(kind: Option<ErrorKind>) -> StatusCode {
    match kind {
        Some(ErrorKind::Cancelled) => StatusCode::OK,
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
        Some(ErrorKind::ProviderError) => StatusCode::BAD_GATEWAY,
        Some(ErrorKind::Internal) => StatusCode::INTERNAL_SERVER_ERROR,
        Some(
            ErrorKind::ProviderUnavailable
            | ErrorKind::StoreUnavailable
            | ErrorKind::Configuration
            | ErrorKind::UnknownResource,
        ) => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_REQUEST,
    }
}
