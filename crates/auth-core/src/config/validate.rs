//! The checks of single settings.

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
            format!("is {issuer:?}, which {problem}"),
            remedy,
        ))
    };
    let Ok(url) = Url::parse(issuer) else {
        return wrong(
            "is not a URL",
            "write the complete URL: https://<tenant>.logto.app/oidc",
        );
    };
    if url.path().contains("/.well-known/") {
        return wrong(
            "is the URL of the discovery document, not the issuer",
            "remove /.well-known/openid-configuration",
        );
    }
    // OpenID Connect Discovery 1.0 §3: no query or fragment.
    if url.query().is_some() || url.fragment().is_some() {
        return wrong("has a query or a fragment", "remove both");
    }
    if !is_secure(&url) {
        return wrong(
            "does not use https",
            "use https; plain http is allowed only for localhost, for development",
        );
    }
    IssuerUrl::new(issuer.to_owned()).or_else(|_| wrong("is not a URL", "write the complete URL"))
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
                "has {length} characters; at least {} are necessary",
                AuthSecret::MIN_LENGTH
            ),
            "set it to the output of: openssl rand -base64 33",
        )
    })
}

pub(crate) fn check_internal_url(url: &str) -> Result<Url, ConfigProblem> {
    let wrong = |problem: &str| {
        Err(ConfigProblem::new(
            "AUTH_LOGTO_INTERNAL_URL",
            format!("is {url:?}, which {problem}"),
            "write scheme, host and port, such as http://logto:3001",
        ))
    };
    match Url::parse(url) {
        Ok(parsed) if !matches!(parsed.scheme(), "http" | "https") => {
            wrong("begins with neither http:// nor https://")
        }
        // Serialized, an origin is a URL without its path.
        Ok(parsed) if parsed.as_str() != format!("{}/", parsed.origin().ascii_serialization()) => {
            wrong("has more than scheme, host and port")
        }
        Ok(parsed) => Ok(parsed),
        Err(_) => wrong("is not a URL"),
    }
}

/// The scopes requested by default in addition to [`Scope::ALWAYS`], as Auth.js's
/// Logto provider does.
pub(crate) const DEFAULT_SCOPES: [Scope; 1] = [Scope::Email];

/// Returns [`Scope::ALWAYS`] and the given scopes, each once.
pub(crate) fn checked_scopes(
    problems: &mut Vec<ConfigProblem>,
    given: Option<Vec<Scope>>,
) -> Vec<Scope> {
    let mut scopes = Vec::from(Scope::ALWAYS);
    for scope in given.unwrap_or_else(|| DEFAULT_SCOPES.into()) {
        if !scope.is_valid() {
            problems.push(ConfigProblem::new(
                "AUTH_LOGTO_SCOPES",
                format!("contains {:?}, which is not a scope", scope.as_str()),
                "write space-separated scopes, without commas or quotes",
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
    // Without it organization tokens contain no permissions.
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
                format!("contains {indicator:?}, which is not an absolute URI without a fragment"),
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
                format!("is {alg:?}, which is not a supported asymmetric algorithm"),
                "remove it: the algorithms that the provider lists are accepted",
            )
        })
}

/// Returns the value of a setting; adds a problem if it is missing or empty.
pub(crate) fn required(
    problems: &mut Vec<ConfigProblem>,
    name: &'static str,
    value: Option<String>,
    remedy: &str,
) -> Option<String> {
    let value = value.filter(|value| !value.trim().is_empty());
    // A file that should hold the value is reported already.
    let is_reported = problems
        .iter()
        .any(|problem| problem.setting.strip_suffix("_FILE") == Some(name));
    if value.is_none() && !is_reported {
        problems.push(ConfigProblem::new(name, "is not set", remedy));
    }
    value
}

/// Returns the value of a check, or adds its problem.
pub(crate) fn keep<T>(
    problems: &mut Vec<ConfigProblem>,
    checked: Result<T, ConfigProblem>,
) -> Option<T> {
    checked.map_err(|problem| problems.push(problem)).ok()
}
