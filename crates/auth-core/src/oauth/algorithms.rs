//! The signature algorithms that tokens of the provider may use.

use openidconnect::core::CoreJwsSigningAlgorithm as Alg;

/// The allowed signature algorithms: asymmetric ones only. Never `none`, never
/// HMAC with the client's secret (RFC 8725 §3.1, §3.2).
pub(crate) const ALLOWED_ALGS: [Alg; 9] = [
    Alg::EcdsaP384Sha384,
    Alg::EcdsaP256Sha256,
    Alg::EdDsa,
    Alg::RsaSsaPkcs1V15Sha256,
    Alg::RsaSsaPkcs1V15Sha384,
    Alg::RsaSsaPkcs1V15Sha512,
    Alg::RsaSsaPssSha256,
    Alg::RsaSsaPssSha384,
    Alg::RsaSsaPssSha512,
];
