//! Certificate authorities of which the provider's certificate may be, besides
//! those of the system.

use std::{fmt, fs};

use openidconnect::reqwest::{Certificate, Client};

use crate::config::error::ConfigProblem;

pub(in crate::config) const VARIABLE: &str = "AUTH_LOGTO_CA_FILE";

/// Certificates in PEM, checked.
#[derive(Clone, Default)]
pub(crate) struct CertificateAuthorities(Vec<Certificate>);

impl CertificateAuthorities {
    pub(crate) fn certificates(&self) -> impl Iterator<Item = Certificate> {
        self.0.iter().cloned()
    }

    /// Reads certificates: one `BEGIN CERTIFICATE` block each.
    pub(in crate::config) fn from_pem(pem: &[u8]) -> Result<Self, ConfigProblem> {
        let wrong = |problem: &str| {
            ConfigProblem::new(
                VARIABLE,
                problem,
                "write the certificate of the authority in PEM, beginning with -----BEGIN CERTIFICATE-----",
            )
        };
        let certificates = Certificate::from_pem_bundle(pem)
            .map_err(|_| wrong("holds a block that is no certificate"))?;
        if certificates.is_empty() {
            return Err(wrong("holds no certificate"));
        }
        // Only a client looks inside the blocks.
        let mut client = Client::builder();
        for certificate in &certificates {
            client = client.add_root_certificate(certificate.clone());
        }
        client
            .build()
            .map_err(|_| wrong("holds a certificate that cannot be read"))?;
        Ok(Self(certificates))
    }
}

impl fmt::Debug for CertificateAuthorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} certificates", self.0.len())
    }
}

/// Reads the file that `AUTH_LOGTO_CA_FILE` names.
pub(in crate::config) fn read_file(path: &str) -> Result<Vec<u8>, ConfigProblem> {
    fs::read(path).map_err(|error| {
        ConfigProblem::new(
            VARIABLE,
            format!("names {path:?}, which cannot be read: {error}"),
            "set it to the path of a file with the authority's certificate in PEM",
        )
    })
}
