//! Reads settings from environment variables.

mod auth_js;
pub(crate) mod secret_setting;
pub(crate) mod unknown;

use std::collections::VecDeque;

use self::secret_setting::SecretSetting;
use super::{
    Config,
    builder::ConfigBuilder,
    client_address,
    connection::certificate_authorities,
    cookie_name,
    error::{ConfigErrors, ConfigProblem},
    response_mode,
    validate::keep,
};
use crate::oauth::{
    client_authentication::{ClientAuthentication, ClientKey, ClientKeyAlgorithm},
    prompt::Prompt,
    pushed_requests::PushedRequests,
    scope::Scope,
};

/// The variables of the secrets, newest first, as in Auth.js.
const SECRETS: [SecretSetting; 4] = [
    SecretSetting::new("AUTH_SECRET_3", "AUTH_SECRET_3_FILE"),
    SecretSetting::new("AUTH_SECRET_2", "AUTH_SECRET_2_FILE"),
    SecretSetting::new("AUTH_SECRET_1", "AUTH_SECRET_1_FILE"),
    SecretSetting::new("AUTH_SECRET", "AUTH_SECRET_FILE"),
];
const CLIENT_SECRET: SecretSetting =
    SecretSetting::new("AUTH_LOGTO_SECRET", "AUTH_LOGTO_SECRET_FILE");
const PRIVATE_KEY: SecretSetting =
    SecretSetting::new("AUTH_LOGTO_PRIVATE_KEY", "AUTH_LOGTO_PRIVATE_KEY_FILE");
const WEBHOOK_KEY: SecretSetting =
    SecretSetting::new("AUTH_LOGTO_WEBHOOK_KEY", "AUTH_LOGTO_WEBHOOK_KEY_FILE");

const PUSHED_REQUESTS: &str = "AUTH_LOGTO_PUSHED_REQUESTS";

impl Config {
    /// Reads `AUTH_LOGTO_ISSUER`, `AUTH_LOGTO_ID`, `AUTH_LOGTO_SECRET`,
    /// `AUTH_SECRET` and `AUTH_URL` from the environment, and these optional
    /// variables:
    ///
    /// - `AUTH_SECRET_1` to `AUTH_SECRET_3`: further secrets. The highest
    ///   number seals; all of them open.
    /// - `AUTH_SESSION_IDLE` and `AUTH_SESSION_LIFETIME`: how long a session
    ///   lives after its last use, and at most. Written like `30d` or `12h`.
    /// - `AUTH_CLAIMS_MAX_AGE`: how old the claims of a session may be before
    ///   they are fetched again. Default: `1h`.
    /// - `AUTH_CLAIMS_MAX_STALE`: how old they may be where fresh claims are
    ///   required, while Logto does not answer. Default: `1h`.
    /// - `AUTH_LOGTO_SCOPES`: space-separated scopes to request in addition to
    ///   `openid`, `offline_access` and `profile`. Default: `email`.
    /// - `AUTH_LOGTO_RESOURCES`: space-separated indicators of the APIs that
    ///   access tokens are needed for.
    /// - `AUTH_LOGTO_PROMPT`: `consent` (the default), `login`, `login consent`
    ///   or `none`.
    /// - `AUTH_LOGTO_AUTH_METHOD`: `client_secret_basic` (the default),
    ///   `client_secret_post` or `private_key_jwt`. The last one needs
    ///   `AUTH_LOGTO_PRIVATE_KEY` (PKCS#8 PEM) and takes
    ///   `AUTH_LOGTO_PRIVATE_KEY_ALG` (default `ES384`) and
    ///   `AUTH_LOGTO_PRIVATE_KEY_ID` (the key's `kid`).
    /// - `AUTH_LOGTO_RESPONSE_MODE`: `query` (the default) or `form_post`.
    /// - `AUTH_LOGTO_WEBHOOK_KEY`: the signing key of the webhook in Logto's
    ///   console. Without it no webhooks are accepted.
    /// - `AUTH_LOGTO_CA_FILE`: a file with certificates, in PEM, of authorities
    ///   that certify the provider, besides those of the system.
    /// - `AUTH_CLOCK_TOLERANCE`: how far the provider's clock may differ from this
    ///   server's, written like `90s` or `5m`; `10m` at most. Default: `60s`.
    /// - `AUTH_LOGTO_TRUSTED_AUDIENCES`: space-separated audiences that ID tokens
    ///   may have besides this application.
    /// - `AUTH_LOGTO_INTERNAL_URL`: scheme, host and port at which this server
    ///   reaches the provider, if not at the issuer's.
    /// - `AUTH_LOGTO_PUSHED_REQUESTS`: whether authorization requests are pushed:
    ///   `when_required` by the provider (the default), `always` or `never`.
    /// - `AUTH_COOKIE_NAME`: what the names of the cookies begin with. Default:
    ///   `authjs`.
    /// - `AUTH_CLIENT_ADDRESS`: how much of browsers' addresses is kept: `none`,
    ///   `truncated` (the default) or `full`.
    ///
    /// A secret can be in a file: `AUTH_SECRET_FILE` names the file that holds
    /// `AUTH_SECRET`, and likewise for `AUTH_SECRET_1` to `_3`,
    /// `AUTH_LOGTO_SECRET`, `AUTH_LOGTO_PRIVATE_KEY` and
    /// `AUTH_LOGTO_WEBHOOK_KEY`.
    ///
    /// A variable that begins with `AUTH_` or `NEXTAUTH_` and is no setting is
    /// named in a warning.
    ///
    /// The path of `AUTH_URL`, if it has one, is the
    /// [`base_path`](ConfigBuilder::base_path).
    ///
    /// NextAuth v4's `NEXTAUTH_URL` and `NEXTAUTH_SECRET` are read with a warning
    /// where `AUTH_URL` and `AUTH_SECRET` are not set. `AUTH_TRUST_HOST` changes
    /// nothing: addresses are never built from the header `Host`.
    ///
    /// # Errors
    ///
    /// Fails with all settings that are missing or wrong.
    pub fn from_env() -> Result<Self, ConfigErrors> {
        let names = std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned());
        for unknown in unknown::unknown_variables(names) {
            tracing::warn!("{unknown}");
        }
        ConfigBuilder::from_vars(|name| {
            // A value that is not UTF-8 is wrong, but not missing.
            std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
        })
        .build()
    }
}

impl ConfigBuilder {
    /// Reads the variables of [`Config::from_env`] through `var`. An empty value
    /// counts as not set.
    pub fn from_vars(var: impl Fn(&str) -> Option<String>) -> Self {
        let var = |name: &str| {
            var(name)
                .map(|value| value.trim().to_owned())
                .filter(|value| !value.is_empty())
        };
        let mut problems = Vec::new();
        let mut lifetime = |name| {
            let value = var(name)?;
            keep(
                &mut problems,
                humantime::parse_duration(&value).map_err(|error| {
                    ConfigProblem::new(
                        name,
                        format!("is {value:?}, which is not a duration: {error}"),
                        "write it like 30d, 12h or 90m",
                    )
                }),
            )
        };
        let idle_lifetime = lifetime("AUTH_SESSION_IDLE");
        let absolute_lifetime = lifetime("AUTH_SESSION_LIFETIME");
        let claims_max_age = lifetime("AUTH_CLAIMS_MAX_AGE");
        let claims_max_stale = lifetime("AUTH_CLAIMS_MAX_STALE");
        let clock_tolerance = lifetime("AUTH_CLOCK_TOLERANCE");
        let prompt =
            var("AUTH_LOGTO_PROMPT").and_then(|value| keep(&mut problems, read_prompt(&value)));
        let client_authentication = keep(&mut problems, read_authentication(&var));
        let client_address = var("AUTH_CLIENT_ADDRESS")
            .and_then(|value| keep(&mut problems, client_address::read(&value)));
        let certificate_authorities = var(certificate_authorities::VARIABLE)
            .and_then(|path| keep(&mut problems, certificate_authorities::read_file(&path)));
        let response_mode = var("AUTH_LOGTO_RESPONSE_MODE")
            .and_then(|value| keep(&mut problems, response_mode::read(&value)));
        let pushed_requests = var(PUSHED_REQUESTS)
            .and_then(|value| keep(&mut problems, read_pushed_requests(&value)));
        let words = |name| {
            var(name).map(|value| -> Vec<String> {
                value.split_ascii_whitespace().map(str::to_owned).collect()
            })
        };
        let mut secret_of =
            |setting: SecretSetting| keep(&mut problems, setting.read(var)).flatten();
        let client_secret = secret_of(CLIENT_SECRET).map(|(_, secret)| secret);
        let webhook_key = secret_of(WEBHOOK_KEY).map(|(_, key)| key);
        let mut secrets: VecDeque<_> = SECRETS.into_iter().filter_map(secret_of).collect();
        let secret = auth_js::secret(secrets.pop_front(), &var);
        let base_url = auth_js::base_url(&var);
        keep(
            &mut problems,
            auth_js::check_trust_host(base_url.as_deref(), &var),
        );
        Self {
            issuer: var("AUTH_LOGTO_ISSUER"),
            client_id: var("AUTH_LOGTO_ID"),
            client_secret,
            secret,
            former_secrets: secrets.into(),
            client_authentication: client_authentication.unwrap_or_default(),
            base_url,
            scopes: words("AUTH_LOGTO_SCOPES")
                .map(|scopes| scopes.into_iter().map(Scope::from).collect()),
            resources: words("AUTH_LOGTO_RESOURCES").unwrap_or_default(),
            prompt,
            idle_lifetime,
            absolute_lifetime,
            claims_max_age,
            claims_max_stale,
            webhook_key,
            clock_tolerance,
            trusted_audiences: words("AUTH_LOGTO_TRUSTED_AUDIENCES").unwrap_or_default(),
            client_address: client_address.unwrap_or_default(),
            certificate_authorities,
            internal_url: var("AUTH_LOGTO_INTERNAL_URL"),
            cookie_name: var(cookie_name::VARIABLE),
            response_mode: response_mode.unwrap_or_default(),
            pushed_requests: pushed_requests.unwrap_or_default(),
            problems,
            ..Self::default()
        }
    }
}

fn read_prompt(value: &str) -> Result<Vec<Prompt>, ConfigProblem> {
    Prompt::parse_list(value).ok_or_else(|| {
        ConfigProblem::new(
            "AUTH_LOGTO_PROMPT",
            format!("is {value:?}, which is not a list of prompts"),
            "set it to consent, login, both separated by a space, or none",
        )
    })
}

fn read_pushed_requests(value: &str) -> Result<PushedRequests, ConfigProblem> {
    PushedRequests::from_name(value).ok_or_else(|| {
        ConfigProblem::new(
            PUSHED_REQUESTS,
            format!("is {value:?}, which is not one of when_required, always and never"),
            "set it to one of these, or remove it",
        )
    })
}

fn read_authentication(
    var: &impl Fn(&str) -> Option<String>,
) -> Result<ClientAuthentication, ConfigProblem> {
    const METHOD: &str = "AUTH_LOGTO_AUTH_METHOD";
    const ALG: &str = "AUTH_LOGTO_PRIVATE_KEY_ALG";
    match var(METHOD).as_deref() {
        None | Some("client_secret_basic") => Ok(ClientAuthentication::SecretBasic),
        Some("client_secret_post") => Ok(ClientAuthentication::SecretPost),
        Some("private_key_jwt") => {
            let alg = var(ALG).unwrap_or_else(|| "ES384".to_owned());
            let algorithm = ClientKeyAlgorithm::from_name(&alg).ok_or_else(|| {
                ConfigProblem::new(
                    ALG,
                    format!("is {alg:?}, which is not one of ES256, ES384, RS256, PS256 and EdDSA"),
                    "set it to the algorithm of the key",
                )
            })?;
            let (name, pem) = PRIVATE_KEY.read(var)?.ok_or_else(|| {
                ConfigProblem::new(
                    "AUTH_LOGTO_PRIVATE_KEY",
                    "is not set, and AUTH_LOGTO_AUTH_METHOD is private_key_jwt",
                    "set it to the application's private key, or choose another method",
                )
            })?;
            // Some platforms allow one line only in a variable.
            let pem = pem.replace("\\n", "\n");
            ClientKey::from_pem(algorithm, &pem, var("AUTH_LOGTO_PRIVATE_KEY_ID"))
                .map(ClientAuthentication::PrivateKeyJwt)
                .map_err(|error| {
                    ConfigProblem::new(
                        name,
                        format!("is not usable: {error}"),
                        "create one with: openssl genpkey -algorithm EC -pkeyopt \
                         ec_paramgen_curve:P-384",
                    )
                })
        }
        Some(other) => Err(ConfigProblem::new(
            METHOD,
            format!("is {other:?}, which is not a supported method"),
            "set it to client_secret_basic, client_secret_post or private_key_jwt",
        )),
    }
}
