//! Security headers.

use axum::{
    http::{
        HeaderName, HeaderValue,
        header::{
            CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
            X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
    },
    response::Response,
};
use leptos::{nonce::use_nonce, prelude::use_context};
use leptos_axum::ResponseOptions;

/// The headers of an application: some depend on where it is and where its
/// provider is.
#[derive(Clone, Debug)]
pub(crate) struct SecurityHeaders {
    https: bool,
    /// Chromium applies `form-action` to the redirects that follow a form, so
    /// the provider has to be named.
    form_action: String,
}

impl SecurityHeaders {
    pub(crate) fn new(config: &auth_core::Config) -> Self {
        let issuer = url::Url::parse(config.issuer())
            .map(|issuer| issuer.origin().ascii_serialization())
            .unwrap_or_default();
        Self {
            https: config.base_url().scheme() == "https",
            form_action: format!("form-action 'self' {issuer}"),
        }
    }

    /// Adds the headers that every response has, and the policy of responses
    /// that are no rendered page.
    pub(crate) fn add<B>(&self, mut response: Response<B>) -> Response<B> {
        let headers = response.headers_mut();
        for (name, value) in [
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (X_FRAME_OPTIONS, "DENY"),
            // Not `no-referrer`: Leptos and `sign_in()` return to the page
            // that asked.
            (REFERRER_POLICY, "same-origin"),
            (
                HeaderName::from_static("cross-origin-opener-policy"),
                "same-origin",
            ),
            (
                HeaderName::from_static("cross-origin-resource-policy"),
                "same-origin",
            ),
            (
                HeaderName::from_static("permissions-policy"),
                "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
            ),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        if self.https {
            headers.insert(
                STRICT_TRANSPORT_SECURITY,
                HeaderValue::from_static("max-age=63072000"),
            );
        }
        if !headers.contains_key(CONTENT_SECURITY_POLICY)
            && let Ok(policy) = HeaderValue::try_from(format!(
                "default-src 'none'; img-src 'self'; style-src 'self'; base-uri 'none'; \
                 frame-ancestors 'none'; {}",
                self.form_action
            ))
        {
            headers.insert(CONTENT_SECURITY_POLICY, policy);
        }
        response
    }

    /// The policy of a page being rendered: its scripts carry a nonce.
    pub(crate) fn add_page_policy(&self) {
        let (Some(response), Some(nonce)) = (use_context::<ResponseOptions>(), use_nonce()) else {
            return;
        };
        // cargo-leptos reloads a page over a socket of its own.
        let reload = if cfg!(debug_assertions) { " ws:" } else { "" };
        let policy = format!(
            "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; \
             style-src 'self'; img-src 'self' https:; connect-src 'self'{reload}; \
             object-src 'none'; base-uri 'none'; frame-ancestors 'none'; {}",
            self.form_action
        );
        if let Ok(policy) = HeaderValue::try_from(policy) {
            response.insert_header(CONTENT_SECURITY_POLICY, policy);
        }
    }
}
