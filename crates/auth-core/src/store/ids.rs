//! The identifiers that a store sees: keyed hashes of ids, and the id of the
//! secret that an envelope is sealed with.

use std::fmt;

/// The keyed hash of a session's id: the key of its row. A cookie cannot be
/// made from it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionIdHash([u8; 16]);

impl fmt::Debug for SessionIdHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Four bytes are enough to find a session's lines in a log.
        write!(
            f,
            "SessionIdHash({:02x}{:02x}{:02x}{:02x}..)",
            self.0[0], self.0[1], self.0[2], self.0[3]
        )
    }
}

/// The keyed hash of issuer and `sub`: whose session it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UserIdHash([u8; 16]);

/// The keyed hash of issuer and `sid`: the provider's session in which a
/// session began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ProviderSessionIdHash([u8; 16]);

/// The keyed hash of issuer and `jti` of a logout token, or of a webhook: the
/// name of a report of the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LogoutTokenIdHash([u8; 16]);

/// Which secret an envelope is sealed with. The id derives from the secret and
/// reveals nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SealingKeyId([u8; 4]);

macro_rules! bytes {
    ($($id:ident: $length:literal),+ $(,)?) => {
        $(impl $id {
            /// Creates the identifier from its bytes, for stores and their
            /// tests.
            pub const fn from_bytes(bytes: [u8; $length]) -> Self {
                Self(bytes)
            }

            /// Returns the identifier's bytes.
            pub const fn as_bytes(&self) -> &[u8; $length] {
                &self.0
            }
        })+
    };
}

bytes!(
    SessionIdHash: 16,
    UserIdHash: 16,
    ProviderSessionIdHash: 16,
    LogoutTokenIdHash: 16,
    SealingKeyId: 4,
);
