//! What the provider asks the user at a sign-in.

/// What the provider asks the user (OpenID Connect Core §3.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Prompt {
    /// Asks the user to allow what the application requests. Logto asks only the
    /// users of third-party applications, but all applications need this prompt
    /// to get refresh tokens.
    Consent,
    /// Asks the user to authenticate, even if they are signed in at the provider.
    Login,
    /// Asks nothing: a silent sign-in. It fails with
    /// [`AuthError::LoginRequired`](crate::AuthError::LoginRequired),
    /// [`ConsentRequired`](crate::AuthError::ConsentRequired) or
    /// [`InteractionRequired`](crate::AuthError::InteractionRequired) if the
    /// provider has to ask something.
    None,
}

impl Prompt {
    /// All prompts.
    pub const ALL: [Self; 3] = [Self::Consent, Self::Login, Self::None];

    /// Returns the prompt as requests contain it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Login => "login",
            Self::None => "none",
        }
    }

    /// Parses space-separated prompts. Returns `None` if one of them is unknown,
    /// or if `none` is combined with another one.
    pub fn parse_list(text: &str) -> Option<Vec<Self>> {
        let prompts: Vec<Self> = text
            .split_ascii_whitespace()
            .map(|name| Self::ALL.into_iter().find(|prompt| prompt.as_str() == name))
            .collect::<Option<_>>()?;
        Self::fit_together(&prompts).then_some(prompts)
    }

    /// Returns whether the prompts can be combined: "If this parameter contains
    /// none with any other value, an error is returned."
    pub(crate) fn fit_together(prompts: &[Self]) -> bool {
        !prompts.contains(&Self::None) || prompts.len() == 1
    }
}
