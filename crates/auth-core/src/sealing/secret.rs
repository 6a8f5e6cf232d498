//! `AUTH_SECRET`: the application's own secret, from which all keys derive.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rand::{TryRngCore as _, rngs::OsRng};
use zeroize::Zeroizing;

/// The application's secret. `Debug` prints nothing of it, and it is wiped from
/// memory when dropped.
#[derive(Clone)]
pub struct AuthSecret(Zeroizing<String>);

impl AuthSecret {
    /// The shortest secret accepted, in characters. The output of `openssl rand
    /// -base64 33` is longer; passwords that people choose are shorter.
    pub const MIN_LENGTH: usize = 32;

    /// Accepts a secret of at least [`MIN_LENGTH`](Self::MIN_LENGTH) characters;
    /// returns `None` for a shorter one.
    pub fn new(secret: impl Into<String>) -> Option<Self> {
        let secret = Zeroizing::new(secret.into());
        (secret.chars().count() >= Self::MIN_LENGTH).then_some(Self(secret))
    }

    /// Generates a secret: 33 random bytes in Base64, like `npx auth secret`.
    ///
    /// # Errors
    ///
    /// Fails if the operating system provides no randomness.
    pub fn generate() -> std::io::Result<Self> {
        let mut bytes = Zeroizing::new([0_u8; 33]);
        OsRng
            .try_fill_bytes(bytes.as_mut())
            .map_err(std::io::Error::other)?;
        Ok(Self(Zeroizing::new(STANDARD.encode(bytes.as_ref()))))
    }

    /// Returns the secret itself. Do not log it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AuthSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthSecret([redacted])")
    }
}

/// All configured secrets. The newest one seals; the former ones only open.
#[derive(Clone, Debug)]
pub(crate) struct AuthSecrets {
    newest: AuthSecret,
    /// Newest first.
    former: Vec<AuthSecret>,
}

impl AuthSecrets {
    pub(crate) fn new(newest: AuthSecret, former: impl IntoIterator<Item = AuthSecret>) -> Self {
        Self {
            newest,
            former: former.into_iter().collect(),
        }
    }

    pub(crate) fn newest(&self) -> &AuthSecret {
        &self.newest
    }

    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &AuthSecret> {
        std::iter::once(&self.newest).chain(&self.former)
    }
}

/// Returns `N` bytes from the operating system's random generator, in base64url.
///
/// # Panics
///
/// As [`random_bytes`].
pub(crate) fn random_token<const N: usize>() -> String {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    URL_SAFE_NO_PAD.encode(random_bytes::<N>().as_ref())
}

/// Returns `N` bytes from the operating system's random generator.
///
/// # Panics
///
/// Panics if the operating system provides no randomness: there is no other way
/// to make a secret value.
pub(crate) fn random_bytes<const N: usize>() -> Zeroizing<[u8; N]> {
    let mut bytes = Zeroizing::new([0_u8; N]);
    #[expect(
        clippy::expect_used,
        reason = "without randomness no secret can be made; no input can cause this"
    )]
    OsRng
        .try_fill_bytes(bytes.as_mut())
        .expect("the operating system provides randomness");
    bytes
}
