//! What the user is asked at a sign-in.

/// What the provider has to ask the user (OpenID Connect Core §3.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Prompt {
    /// Whether the application may have what it asks for. Logto asks it of the
    /// users of third-party applications only, but issues refresh tokens for it
    /// to all.
    Consent,
    /// To prove who they are, even if they are signed in at the provider.
    Login,
    /// Nothing: a silent sign-in. It fails with
    /// [`AuthError::LoginRequired`](crate::AuthError::LoginRequired),
    /// [`ConsentRequired`](crate::AuthError::ConsentRequired) or
    /// [`InteractionRequired`](crate::AuthError::InteractionRequired) where
    /// something would have to be asked.
    None,
}

impl Prompt {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Consent, Self::Login, Self::None];

    /// As it stands in the request.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Login => "login",
            Self::None => "none",
        }
    }

    /// Reads prompts parted by blanks; `None` where one is unknown, or `none`
    /// stands beside another.
    pub fn parse_list(text: &str) -> Option<Vec<Self>> {
        let prompts: Vec<Self> = text
            .split_ascii_whitespace()
            .map(|name| Self::ALL.into_iter().find(|prompt| prompt.as_str() == name))
            .collect::<Option<_>>()?;
        Self::fit_together(&prompts).then_some(prompts)
    }

    /// "If this parameter contains none with any other value, an error is
    /// returned."
    pub(crate) fn fit_together(prompts: &[Self]) -> bool {
        !prompts.contains(&Self::None) || prompts.len() == 1
    }
}
