//! A check of the client id and its secret or key.

use openidconnect::PkceCodeVerifier;

use super::{Checkup, Finding};
use crate::{
    provider::{
        metadata::Provider,
        token_endpoint::{TokenError, request_tokens},
    },
    sealing::secret::random_token,
};

impl Checkup<'_> {
    /// Asks for tokens with a code that was never issued. A provider authenticates
    /// the client first (RFC 6749 §5.2): `invalid_grant` means that it has.
    pub(super) async fn credentials(&self, provider: &Provider) -> Finding {
        const SUBJECT: &str = "client";
        let verifier = PkceCodeVerifier::new(random_token::<32>());
        let parameters = [
            ("grant_type", "authorization_code"),
            ("code", "a code that was never issued"),
            ("redirect_uri", &self.config.redirect_uri()),
            ("code_verifier", verifier.secret()),
        ];
        let credentials = &self.config.credentials;
        let answer = request_tokens(&self.http, provider, credentials, &parameters, self.now).await;
        let id = self.config.client_id();
        match answer {
            Err(TokenError::Refused(answer)) if answer.is_error("invalid_grant") => {
                Finding::ok(SUBJECT, format!("Logto authenticates {id}"))
            }
            Err(TokenError::Refused(answer)) if answer.is_error("invalid_client") => {
                Finding::wrong(
                    SUBJECT,
                    format!("Logto does not authenticate {id}: {answer}"),
                    "copy \"App ID\" and \"App secret\" of a traditional web application from \
                     Logto's console to AUTH_LOGTO_ID and AUTH_LOGTO_SECRET, and check \
                     AUTH_LOGTO_AUTH_METHOD",
                )
            }
            Err(TokenError::Refused(answer)) => Finding::check(
                SUBJECT,
                format!("the token endpoint answers with {answer}"),
                "look at the application's page in Logto's console",
            ),
            Err(TokenError::Request(error)) => Finding::wrong(
                SUBJECT,
                format!("the token endpoint: {error}"),
                "check that this machine reaches Logto",
            ),
            Err(TokenError::Other(error)) => Finding::wrong(SUBJECT, error.to_string(), ""),
            Ok(_) => Finding::wrong(
                SUBJECT,
                "Logto issued tokens for a code that was never issued",
                "do not use this provider",
            ),
        }
    }
}
