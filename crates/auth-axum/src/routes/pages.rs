//! Two plain pages with a button, for users who open the address in a browser.
//! A `GET` must not sign in or out itself: any link or prefetch could then do
//! it.

use auth_core::{Auth, routes};
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::{Html, IntoResponse as _, Response},
};

use super::form::Form;
use crate::{html_page::html_page, response::no_store};

type FormQuery = Result<Query<Form>, QueryRejection>;

pub(super) async fn confirm_sign_in(State(auth): State<Auth>, query: FormQuery) -> Response {
    confirm(&auth, query, "Sign in", routes::SIGN_IN_LOGTO)
}

pub(super) async fn confirm_sign_out(State(auth): State<Auth>, query: FormQuery) -> Response {
    confirm(&auth, query, "Sign out", routes::SIGN_OUT)
}

fn confirm(auth: &Auth, query: FormQuery, label: &str, action: &str) -> Response {
    let target = query.unwrap_or_default().0.callback_url;
    // A validated target is percent-encoded: of the characters that HTML treats
    // specially it can contain only "&" and "'".
    let target = auth
        .redirect_target(target.as_deref())
        .as_str()
        .replace('&', "&amp;")
        .replace('\'', "&#39;");
    let content = format!(
        r#"<form method="post" action="{action}">
<input type="hidden" name="callbackUrl" value="{target}">
<button type="submit">{label}</button>
</form>"#
    );
    no_store(Html(html_page(label, &content)).into_response())
}
