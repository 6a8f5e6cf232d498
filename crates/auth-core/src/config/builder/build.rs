//! Checks all settings at once.

use std::sync::Arc;

use openidconnect::{ClientId, ClientSecret};

use super::ConfigBuilder;
use crate::{
    claims::Claims,
    config::{
        Config,
        clock_tolerance::{self, DEFAULT_CLOCK_TOLERANCE},
        connection::{
            certificate_authorities::CertificateAuthorities, internal_address::InternalAddress,
        },
        cookie_name,
        error::{ConfigErrors, ConfigProblem},
        languages,
        paths::base_path::Address,
        provider_origins::ProviderOrigins,
        validate::{
            check_alg, check_internal_url, check_issuer, check_secret, checked_resources,
            checked_scopes, keep, required,
        },
        webhook_key,
    },
    oauth::{client_authentication::Credentials, prompt::Prompt},
    sealing::secret::AuthSecrets,
};

impl ConfigBuilder {
    /// Checks all settings.
    ///
    /// # Errors
    ///
    /// Fails with all settings that are missing or wrong.
    pub fn build(self) -> Result<Config, ConfigErrors> {
        let mut problems = self.problems.clone();
        let lifetimes = self.checked_lifetimes(&mut problems);

        let issuer = required(
            &mut problems,
            "AUTH_LOGTO_ISSUER",
            self.issuer,
            "set it to your tenant's issuer: https://<tenant>.logto.app/oidc",
        )
        .and_then(|issuer| keep(&mut problems, check_issuer(&issuer)));
        let client_id = required(
            &mut problems,
            "AUTH_LOGTO_ID",
            self.client_id,
            "copy \"App ID\" from the application's page in Logto's console",
        );
        let client_secret = if self.client_authentication.needs_secret() {
            required(
                &mut problems,
                "AUTH_LOGTO_SECRET",
                self.client_secret,
                "copy \"App secret\" from the application's page in Logto's console",
            )
        } else {
            None
        };
        let scopes = checked_scopes(&mut problems, self.scopes);
        let resources = checked_resources(&mut problems, &self.resources, &scopes);
        let prompt = self.prompt.unwrap_or_else(|| vec![Prompt::Consent]);
        if !Prompt::fit_together(&prompt) {
            problems.push(ConfigProblem::new(
                "AUTH_LOGTO_PROMPT",
                "combines none with another prompt",
                "remove none or the other prompt",
            ));
        }
        let id_token_alg = self
            .id_token_alg
            .and_then(|alg| keep(&mut problems, check_alg(&alg)));
        let (name, secret) = self.secret.unzip();
        let secret = required(
            &mut problems,
            name.unwrap_or("AUTH_SECRET"),
            secret,
            "set it to the output of: openssl rand -base64 33",
        )
        .and_then(|secret| {
            keep(
                &mut problems,
                check_secret(name.unwrap_or("AUTH_SECRET"), secret),
            )
        });
        let former_secrets: Vec<_> = self
            .former_secrets
            .into_iter()
            .filter_map(|(name, secret)| keep(&mut problems, check_secret(name, secret)))
            .collect();
        let base_url = required(
            &mut problems,
            "AUTH_URL",
            self.base_url,
            "set it to the URL at which browsers reach this application",
        );
        let address = Address::check(
            &mut problems,
            base_url.as_deref(),
            self.base_path.as_deref(),
        );

        let clock_tolerance = self
            .clock_tolerance
            .and_then(|tolerance| keep(&mut problems, clock_tolerance::check(tolerance)))
            .unwrap_or(DEFAULT_CLOCK_TOLERANCE);
        let webhook_key = self
            .webhook_key
            .and_then(|key| keep(&mut problems, webhook_key::check(key)));
        let certificate_authorities = self
            .certificate_authorities
            .and_then(|pem| keep(&mut problems, CertificateAuthorities::from_pem(&pem)))
            .unwrap_or_default();
        let internal_url = self
            .internal_url
            .and_then(|url| keep(&mut problems, check_internal_url(&url)));
        let internal_address = issuer
            .as_ref()
            .zip(internal_url)
            .map(|(issuer, internal)| InternalAddress::new(issuer.url(), &internal));
        let cookie_name = self
            .cookie_name
            .and_then(|name| keep(&mut problems, cookie_name::check(name)));
        let languages = languages::check(&mut problems, self.languages);
        let pages = self.pages;
        if let Some(address) = &address {
            pages.check(address, &mut problems);
        }

        match (issuer, client_id, secret, address) {
            (Some(issuer), Some(client_id), Some(secret), Some(address)) if problems.is_empty() => {
                Ok(Config {
                    provider_origins: ProviderOrigins::of_issuer(issuer.url()),
                    credentials: Credentials {
                        issuer,
                        client_id: ClientId::new(client_id),
                        client_secret: client_secret.map(ClientSecret::new),
                        method: self.client_authentication,
                    },
                    secrets: AuthSecrets::new(secret, former_secrets),
                    cookie_names: cookie_name::names(cookie_name.as_deref(), &address.base_url),
                    languages,
                    pages: pages.with_built_in(&address.base_path),
                    base_url: address.base_url,
                    base_path: address.base_path,
                    scopes,
                    resources,
                    prompt,
                    id_token_alg,
                    id_token_hint: self.id_token_hint,
                    profile: self.profile.unwrap_or_else(|| Arc::new(Claims::to_user)),
                    idle_lifetime: lifetimes.idle,
                    absolute_lifetime: lifetimes.absolute,
                    extend_after: lifetimes.extend_after,
                    claims_max_age: lifetimes.claims_max_age,
                    claims_max_stale: lifetimes.claims_max_stale,
                    response_mode: self.response_mode,
                    pushed_requests: self.pushed_requests,
                    webhook_key,
                    client_address: self.client_address,
                    certificate_authorities,
                    internal_address,
                    clock_tolerance,
                    trusted_audiences: self.trusted_audiences,
                })
            }
            _ => Err(ConfigErrors(problems)),
        }
    }
}
