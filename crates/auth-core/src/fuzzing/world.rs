//! The application and the provider of these checks.

use std::sync::{Arc, LazyLock};

use jsonwebtoken::{Algorithm, EncodingKey};
use openidconnect::core::CoreJsonWebKey;
use serde_json::{Value, json};
use time::{OffsetDateTime, macros::datetime};

use crate::{
    config::Config,
    cookies::CookieNames,
    jwt::access_token::AccessTokenVerifier,
    provider::metadata::{self, Metadata, Provider},
    sealing::{
        Keyring,
        secret::{AuthSecret, AuthSecrets, random_token},
    },
};

pub(super) const ISSUER: &str = "https://logto.test/oidc";
pub(super) const CLIENT_ID: &str = "client";
pub(super) const API: &str = "https://api.test";
pub(super) const NOW: OffsetDateTime = datetime!(2027-01-15 08:00 UTC);

/// A key that is only for these checks.
const PRIVATE_KEY: &str = "-----BEGIN PRIVATE KEY-----
MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDCGfH+IXBzTP5+Dclxm
YtWQLu2yA+cfZO3BQkB/nM5HSRzLCxBB8bUDwfeGdKjnhc+hZANiAASQISgIo8V1
9lVKIHF7Cncu6+DiKbyMNM+6VtSeqiXlfE61Sl8twiMnrP/wXzHtn00Sp4RlLCrj
7bwlhkPbKtYNoLCq8UwPbyf0CVj4isImiWCCFJv+4eWU/nLQlen7RYw=
-----END PRIVATE KEY-----
";

pub(super) struct World {
    pub(super) config: Config,
    pub(super) provider: Provider,
    pub(super) keys: Vec<CoreJsonWebKey>,
    pub(super) verifier: AccessTokenVerifier,
    pub(super) names: Arc<CookieNames>,
    signing_key: EncodingKey,
}

pub(super) static WORLD: LazyLock<World> = LazyLock::new(World::new);

impl World {
    fn new() -> Self {
        let config = Config::builder()
            .issuer(ISSUER)
            .client_id(CLIENT_ID)
            .client_secret("a secret of the client")
            .secret("a secret of more than thirty-two characters")
            .base_url("https://app.test")
            .build()
            .unwrap();
        let keys = keys();
        Self {
            provider: Provider {
                metadata: metadata(),
                keys: keys.clone(),
                fetched_at: NOW,
            },
            keys,
            verifier: AccessTokenVerifier::new(ISSUER, API).unwrap(),
            names: Arc::clone(&config.cookie_names),
            signing_key: EncodingKey::from_ec_pem(PRIVATE_KEY.as_bytes()).unwrap(),
            config,
        }
    }

    /// Signs the signed part of a compact JWS with ES384, whatever its header says.
    pub(super) fn sign(&self, signed: &str) -> String {
        let key = &self.signing_key;
        jsonwebtoken::crypto::sign(signed.as_bytes(), key, Algorithm::ES384).unwrap()
    }
}

/// Returns a secret for one input. A fuzzer sees what a program compares, so with one
/// secret for all inputs it learns what the right tag or signature is.
pub(super) fn new_secret() -> String {
    random_token::<32>()
}

/// Returns the keys for one input.
pub(super) fn new_keyring() -> Keyring {
    let secret = AuthSecret::new(new_secret()).unwrap();
    Keyring::new(&AuthSecrets::new(secret, Vec::new()))
}

fn metadata() -> Metadata {
    let document = json!({
        "issuer": ISSUER,
        "authorization_endpoint": format!("{ISSUER}/auth"),
        "token_endpoint": format!("{ISSUER}/token"),
        "jwks_uri": format!("{ISSUER}/jwks"),
        "id_token_signing_alg_values_supported": ["ES384", "RS256"],
    });
    Metadata::read(document.as_object().unwrap(), ISSUER).unwrap()
}

fn keys() -> Vec<CoreJsonWebKey> {
    let key_set: Value = json!({"keys": [{
        "kty": "EC", "crv": "P-384", "use": "sig", "alg": "ES384", "kid": "key-1",
        "x": "kCEoCKPFdfZVSiBxewp3Luvg4im8jDTPulbUnqol5XxOtUpfLcIjJ6z_8F8x7Z9N",
        "y": "EqeEZSwq4-28JYZD2yrWDaCwqvFMD28n9AlY-IrCJolgghSb_uHllP5y0JXp-0WM",
    }]});
    metadata::keys(key_set.as_object().unwrap()).unwrap()
}
