//! `AUTH_SECRET`: the application's own secret, from which every key derives.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rand::{TryRngCore as _, rngs::OsRng};
use zeroize::Zeroizing;

/// The application's secret. It shows itself neither in logs nor in panics and
/// is wiped when dropped.
#[derive(Clone)]
pub struct AuthSecret(Zeroizing<String>);

impl AuthSecret {
    /// The fewest characters taken: 32, which is what `openssl rand -base64
    /// 33` exceeds and a password someone made up does not reach.
    pub const MIN_LENGTH: usize = 32;

    /// Takes a secret of at least [`MIN_LENGTH`](Self::MIN_LENGTH) characters.
    pub fn new(secret: impl Into<String>) -> Option<Self> {
        let secret = Zeroizing::new(secret.into());
        (secret.chars().count() >= Self::MIN_LENGTH).then_some(Self(secret))
    }

    /// A fresh secret: 33 random bytes in Base64, as `npx auth secret` makes
    /// them.
    ///
    /// # Errors
    ///
    /// When the operating system gives no randomness.
    pub fn generate() -> std::io::Result<Self> {
        let mut bytes = Zeroizing::new([0_u8; 33]);
        OsRng
            .try_fill_bytes(bytes.as_mut())
            .map_err(std::io::Error::other)?;
        Ok(Self(Zeroizing::new(STANDARD.encode(bytes.as_ref()))))
    }

    /// The secret itself. The name says what a reader should look out for.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AuthSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthSecret([redacted])")
    }
}

/// All secrets: the newest, with which is sealed, and former ones, whose
/// envelopes still open.
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

    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &AuthSecret> {
        std::iter::once(&self.newest).chain(&self.former)
    }
}

/// `N` bytes from the operating system's generator, in base64url.
///
/// # Panics
///
/// When the operating system gives no randomness: no secret value may then be
/// made, and there is nothing to fall back on.
pub(crate) fn random_token<const N: usize>() -> String {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    let mut bytes = Zeroizing::new([0_u8; N]);
    #[expect(
        clippy::expect_used,
        reason = "without randomness no secret can be made; input cannot bring this about"
    )]
    OsRng
        .try_fill_bytes(bytes.as_mut())
        .expect("the operating system gives randomness");
    URL_SAFE_NO_PAD.encode(bytes.as_ref())
}
