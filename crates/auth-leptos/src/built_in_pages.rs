//! Two plain pages for who types the address: they do not act, they ask. An
//! action on `GET` could be brought about by any link or prefetch.

use auth_core::{Auth, Config};
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::{Html, IntoResponse as _, Response},
};

use crate::{response::no_store, routes::Form};

type FormQuery = Result<Query<Form>, QueryRejection>;

pub(crate) async fn confirm_sign_in(State(auth): State<Auth>, query: FormQuery) -> Response {
    confirm(&auth, query, "Sign in", "signin/logto")
}

pub(crate) async fn confirm_sign_out(State(auth): State<Auth>, query: FormQuery) -> Response {
    confirm(&auth, query, "Sign out", "signout")
}

fn confirm(auth: &Auth, query: FormQuery, label: &str, action: &str) -> Response {
    let target = query.unwrap_or_default().0.callback_url;
    // Validated, and so percent-encoded: of HTML's special characters only
    // "&" and "'" can stand in it.
    let target = auth
        .redirect_target(target.as_deref())
        .as_str()
        .replace('&', "&amp;")
        .replace('\'', "&#39;");
    let base = Config::BASE_PATH;
    no_store(
        Html(format!(
            r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{label}</title>
</head>
<body>
<main>
<h1>{label}</h1>
<form method="post" action="{base}/{action}">
<input type="hidden" name="callbackUrl" value="{target}">
<button type="submit">{label}</button>
</form>
</main>
</body>
</html>
"#
        ))
        .into_response(),
    )
}
