//! The HTML around the content of the built-in pages, and its
//! `Content-Security-Policy`.

use std::sync::LazyLock;

use auth_core::{Config, Language, Message};
use axum::{
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, VARY},
    },
    response::{Html, IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};
use url::Position;

use crate::{SecurityHeaders, response::no_store};

const STYLE: &str = include_str!("style.css");

/// A built-in page.
pub(crate) struct Page<'l> {
    language: &'l Language,
    heading: Message<'l>,
    script: Option<&'static str>,
}

impl<'l> Page<'l> {
    pub(crate) const fn new(language: &'l Language, heading: Message<'l>) -> Self {
        let script = None;
        Self {
            language,
            heading,
            script,
        }
    }

    /// Adds a script that runs when the page has loaded.
    pub(crate) const fn with_script(mut self, script: &'static str) -> Self {
        self.script = Some(script);
        self
    }

    /// Builds the response. `content` is HTML that follows the heading.
    pub(crate) fn respond(&self, config: &Config, status: StatusCode, content: &str) -> Response {
        let heading = escape(&self.language.text(self.heading));
        let language = self.language.tag();
        let site = escape(&config.base_url()[Position::BeforeHost..Position::AfterPort]);
        let script = self
            .script
            .map_or_else(String::new, |script| format!("<script>{script}</script>\n"));
        let document = format!(
            r#"<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{heading} · {site}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<p class="site"><a href="/">{site}</a></p>
<h1>{heading}</h1>
{content}</main>
{script}</body>
</html>
"#
        );
        let mut response = no_store((status, Html(document)).into_response());
        if let Ok(policy) = HeaderValue::try_from(self.policy(config)) {
            response
                .headers_mut()
                .insert(CONTENT_SECURITY_POLICY, policy);
        }
        set_language(&mut response, self.language);
        response
    }

    /// Returns the policy: the page's own style and script by their hashes, and
    /// nothing else.
    fn policy(&self, config: &Config) -> String {
        static STYLE_SOURCE: LazyLock<String> = LazyLock::new(|| source(STYLE));

        let style = &*STYLE_SOURCE;
        let script = self.script.map_or_else(String::new, |script| {
            format!("script-src {}; ", source(script))
        });
        let headers = SecurityHeaders::new(config);
        let form_action = headers.form_action();
        format!(
            "default-src 'none'; img-src 'self'; style-src {style}; {script}base-uri 'none'; \
             frame-ancestors 'none'; {form_action}"
        )
    }
}

/// Returns the source expression of an inline style or script (Content Security
/// Policy Level 3 §2.3.1).
fn source(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

/// Says in which language a response is, and that it depends on the request's (RFC
/// 9110 §8.5, §12.5.5).
pub(crate) fn set_language(response: &mut Response, language: &Language) {
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::try_from(language.tag()) {
        headers.insert(CONTENT_LANGUAGE, tag);
    }
    headers.append(VARY, HeaderValue::from_static("accept-language"));
}

/// Returns a message as HTML.
pub(crate) fn html(language: &Language, message: Message<'_>) -> String {
    escape(&language.text(message))
}

/// Returns a link to the home page.
pub(crate) fn home_link(language: &Language) -> String {
    let text = html(language, Message::BackHome);
    format!("<p><a href=\"/\">{text}</a></p>\n")
}

/// Returns a hidden field of a form.
pub(crate) fn hidden_input(name: &str, value: &str) -> String {
    let (name, value) = (escape(name), escape(value));
    format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">\n")
}

/// Escapes a text for HTML, between tags and in attributes with quotes.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
