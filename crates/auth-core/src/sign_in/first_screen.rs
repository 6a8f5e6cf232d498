//! Where a sign-in begins: Logto's screens, or a connector.

use std::fmt;

/// Logto's screens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FirstScreen {
    /// Sign in.
    SignIn,
    /// Make an account.
    Register,
    /// Set a new password.
    ResetPassword,
    /// Sign in by certain identifiers.
    IdentifierSignIn,
    /// Make an account with certain identifiers.
    IdentifierRegister,
    /// Sign in by enterprise SSO.
    SingleSignOn,
}

impl FirstScreen {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::SignIn,
        Self::Register,
        Self::ResetPassword,
        Self::IdentifierSignIn,
        Self::IdentifierRegister,
        Self::SingleSignOn,
    ];

    /// As it stands in the request.
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

/// By what a user signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Identifier {
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A username.
    Username,
}

impl Identifier {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Email, Self::Phone, Self::Username];

    /// As it stands in the request.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Username => "username",
        }
    }
}

/// A connector to sign in by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DirectSignIn {
    /// A social connector, by its target: `google`.
    Social(String),
    /// An enterprise SSO connector, by its id.
    Sso(String),
}

impl DirectSignIn {
    /// Reads Logto's form, `social:<target>` or `sso:<connector id>`.
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
