//! How to sign out.

/// How to sign out: here and at the provider, unless
/// [`application_only`](Self::application_only) is set.
///
/// ```
/// use auth_core::SignOutOptions;
///
/// let options = SignOutOptions::new().redirect_to("/farewell");
/// # drop(options);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct SignOutOptions {
    pub(super) redirect_to: Option<String>,
    pub(super) scope: SignOutScope,
    pub(super) ended_session: EndedSessionSignOut,
}

/// Where a sign-out ends sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum SignOutScope {
    /// Here and at the provider: the next sign-in asks for the password.
    #[default]
    Provider,
    /// Here only. The user stays signed in at the provider and in its other
    /// applications.
    ApplicationOnly,
}

/// What a sign-out does if the session has ended here already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum EndedSessionSignOut {
    /// It goes to a page of the application.
    #[default]
    ApplicationOnly,
    /// It ends the session at the provider, too.
    Provider,
}

impl SignOutOptions {
    /// Asks for a sign-out here and at the provider that returns to the front
    /// page.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the page to return to: a path of the application. Any other target
    /// is replaced by the home page.
    pub fn redirect_to(mut self, page: impl Into<String>) -> Self {
        self.redirect_to = Some(page.into());
        self
    }

    /// Ends the session at the provider also if the session here has ended already:
    /// it expired, or an administrator ended it, and the user pressed *Sign out* on
    /// a page that was still open. The request must bring a session cookie, which
    /// the answer removes, so this happens once.
    ///
    /// Set it only for a `POST` of the application's own page. Any link could
    /// otherwise sign a user out at the provider. `RequestSession::sign_out` of the
    /// crate `auth-axum` does so.
    pub fn also_after_session_ended(mut self) -> Self {
        self.ended_session = EndedSessionSignOut::Provider;
        self
    }

    /// Leaves the user signed in at the provider.
    pub fn application_only(mut self) -> Self {
        self.scope = SignOutScope::ApplicationOnly;
        self
    }
}
