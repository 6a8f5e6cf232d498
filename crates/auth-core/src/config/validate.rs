//! The checks of single settings.

use auth_types::routes;
use openidconnect::{IssuerUrl, core::CoreJwsSigningAlgorithm};
use url::Url;

use super::error::ConfigProblem;
use crate::{
    oauth::{
        algorithms::ALLOWED_ALGS, resource_indicator::ResourceIndicator, scope::Scope,
        secure_url::is_secure,
    },
    sealing::secret::AuthSecret,
};

pub(crate) fn check_issuer(issuer: &str) -> Result<IssuerUrl, ConfigProblem> {
    let wrong = |problem: &str, remedy: &str| {
        Err(ConfigProblem::new(
            "AUTH_LOGTO_ISSUER",
            format!("{issuer:?} {problem}"),
            remedy,
        ))
    };
    let Ok(url) = Url::parse(issuer) else {
        return wrong(
            "is not a URL",
            "write it in full: https://<tenant>.logto.app/oidc",
        );
    };
    if url.path().contains("/.well-known/") {
        return wrong(
            "is the address of the discovery document, not the issuer",
            "leave out /.well-known/openid-configuration",
        );
    }
    // OpenID Connect Discovery 1.0 §3: no query or fragment.
    if url.query().is_some() || url.fragment().is_some() {
        return wrong("has a query or a fragment", "an issuer has neither");
    }
    if !is_secure(&url) {
        return wrong(
            "does not use https",
            "use https; plain http is taken only for localhost, for development",
        );
    }
    IssuerUrl::new(issuer.to_owned()).or_else(|_| wrong("is not a URL", "write it in full"))
}

pub(crate) fn check_secret(
    name: &'static str,
    secret: String,
) -> Result<AuthSecret, ConfigProblem> {
    let length = secret.chars().count();
    AuthSecret::new(secret).ok_or_else(|| {
        ConfigProblem::new(
            name,
            format!(
                "has {length} characters, and {} are the fewest that are safe",
                AuthSecret::MIN_LENGTH
            ),
            "set it to the output of: openssl rand -base64 33",
        )
    })
}

pub(crate) fn check_base_url(base_url: &str) -> Result<Url, ConfigProblem> {
    let wrong = |problem: &str, remedy: &str| {
        Err(ConfigProblem::new(
            "AUTH_URL",
            format!("{base_url:?} {problem}"),
            remedy,
        ))
    };
    let Ok(mut url) = Url::parse(base_url) else {
        return wrong(
            "is not a URL",
            "write scheme and host: https://app.example.com",
        );
    };
    if !is_secure(&url) {
        return wrong(
            "does not use https",
            "use https; plain http is taken only for localhost, for development",
        );
    }
    // Auth.js takes the base path in AUTH_URL as well; ours is fixed.
    let path_fits = matches!(url.path().trim_end_matches('/'), "" | routes::BASE_PATH);
    if !path_fits || url.query().is_some() || url.fragment().is_some() || !url.username().is_empty()
    {
        return wrong(
            "holds more than scheme, host and port",
            "leave out the path, query, fragment and user",
        );
    }
    url.set_path("/");
    Ok(url)
}

/// Beside those always asked for: as Auth.js's Logto provider has them.
pub(crate) const DEFAULT_SCOPES: [Scope; 1] = [Scope::Email];

/// Those always asked for, and the given ones, each once.
pub(crate) fn checked_scopes(
    problems: &mut Vec<ConfigProblem>,
    given: Option<Vec<Scope>>,
) -> Vec<Scope> {
    let mut scopes = Vec::from(Scope::ALWAYS);
    for scope in given.unwrap_or_else(|| DEFAULT_SCOPES.into()) {
        if !scope.is_valid() {
            problems.push(ConfigProblem::new(
                "AUTH_LOGTO_SCOPES",
                format!("names {:?}, which can be no scope", scope.as_str()),
                "part scopes by blanks, without commas or quotes",
            ));
        } else if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    scopes
}

pub(crate) fn checked_resources(
    problems: &mut Vec<ConfigProblem>,
    given: &[String],
    scopes: &[Scope],
) -> Vec<ResourceIndicator> {
    // Without it organization tokens hold no permissions.
    let organizations = scopes
        .contains(&Scope::Organizations)
        .then_some(ResourceIndicator::ORGANIZATIONS);
    let mut resources = Vec::new();
    for indicator in given.iter().map(String::as_str).chain(organizations) {
        match ResourceIndicator::parse(indicator) {
            Some(resource) if resources.contains(&resource) => {}
            Some(resource) => resources.push(resource),
            None => problems.push(ConfigProblem::new(
                "AUTH_LOGTO_RESOURCES",
                format!("names {indicator:?}, which is no absolute URI without a fragment"),
                "copy \"API identifier\" from the API's page in Logto's console",
            )),
        }
    }
    resources
}

pub(crate) fn check_alg(alg: &str) -> Result<CoreJwsSigningAlgorithm, ConfigProblem> {
    ALLOWED_ALGS
        .into_iter()
        .find(|allowed| serde_json::to_value(allowed).is_ok_and(|name| name == alg))
        .ok_or_else(|| {
            ConfigProblem::new(
                "id_token_signed_response_alg",
                format!("{alg:?} is no asymmetric algorithm that is known here"),
                "leave it out: what the provider lists is taken",
            )
        })
}
