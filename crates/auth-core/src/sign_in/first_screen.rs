//! The first screen of a sign-in: one of Logto's, or a connector.

use std::fmt;

/// A screen of Logto.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FirstScreen {
    /// Signs in.
    SignIn,
    /// Creates an account.
    Register,
    /// Sets a new password.
    ResetPassword,
    /// Signs in with certain identifiers.
    IdentifierSignIn,
    /// Creates an account with certain identifiers.
    IdentifierRegister,
    /// Signs in through enterprise SSO.
    SingleSignOn,
}

impl FirstScreen {
    /// All values.
    pub const ALL: [Self; 6] = [
        Self::SignIn,
        Self::Register,
        Self::ResetPassword,
        Self::IdentifierSignIn,
        Self::IdentifierRegister,
        Self::SingleSignOn,
    ];

    /// Returns the value as requests contain it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Register => "register",
            Self::ResetPassword => "reset_password",
            Self::IdentifierSignIn => "identifier:sign_in",
            Self::IdentifierRegister => "identifier:register",
            Self::SingleSignOn => "single_sign_on",
        }
    }
}

/// What identifies a user at sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Identifier {
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// A username.
    Username,
}

impl Identifier {
    /// All values.
    pub const ALL: [Self; 3] = [Self::Email, Self::Phone, Self::Username];

    /// Returns the value as requests contain it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Username => "username",
        }
    }
}

/// A connector to sign in with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DirectSignIn {
    /// A social connector, by its target, such as `google`.
    Social(String),
    /// An enterprise SSO connector, by its id.
    Sso(String),
}

impl DirectSignIn {
    /// Parses Logto's form: `social:<target>` or `sso:<connector id>`.
    pub fn parse(text: &str) -> Option<Self> {
        let (method, target) = text.split_once(':')?;
        match method {
            _ if target.is_empty() => None,
            "social" => Some(Self::Social(target.to_owned())),
            "sso" => Some(Self::Sso(target.to_owned())),
            _ => None,
        }
    }
}

impl fmt::Display for DirectSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Social(target) => write!(f, "social:{target}"),
            Self::Sso(connector) => write!(f, "sso:{connector}"),
        }
    }
}
