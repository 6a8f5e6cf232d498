//! Begins and completes sign-ins, within the limits of the client's address.

use auth_core::{
    AuthError, DeviceInfo, SignInCompleted, SignInFailure, SignInOptions, SignInStarted,
};

use super::RequestSession;
use crate::address_limits::{LimitExceeded, Limited};

impl RequestSession {
    /// Starts a sign-in: returns the address to send the browser to and the
    /// cookies to set.
    ///
    /// # Errors
    ///
    /// Those of [`Auth::begin_sign_in`]; [`AuthError::CrossSiteRequest`] if
    /// a page of another site sent the request, unless it is a `GET`: a page may
    /// begin a sign-in while it is rendered; [`AuthError::TooManySignIns`] if the
    /// client's address has begun too many ([`AddressLimits`](crate::AddressLimits)).
    ///
    /// [`Auth::begin_sign_in`]: auth_core::Auth::begin_sign_in
    pub async fn begin_sign_in(&self, options: &SignInOptions) -> Result<SignInStarted, AuthError> {
        self.refuse_cross_site()?;
        self.take_sign_in()?;
        self.auth().begin_sign_in(options, self.cookies()).await
    }

    /// Completes a sign-in. If it succeeds, this request does not see the session that
    /// the browser had before.
    pub(crate) async fn complete_sign_in(
        &self,
        query: &str,
        device_info: &DeviceInfo,
    ) -> Result<SignInCompleted, SignInFailure> {
        self.take_sign_in()?;
        let completed = self
            .auth()
            .complete_sign_in(query, self.cookies(), device_info)
            .await;
        match &completed {
            Ok(_) => {
                // What beginning it took, and completing it.
                self.limits().give_back(Limited::SignIns, 2);
                self.supersede();
            }
            Err(failure) if is_no_fault_of_the_client(&failure.error) => {
                self.limits().give_back(Limited::SignIns, 1);
            }
            Err(_) => {}
        }
        completed
    }

    fn take_sign_in(&self) -> Result<(), AuthError> {
        let taken = self.limits().take(Limited::SignIns);
        taken.map_err(|LimitExceeded { retry_after }| AuthError::TooManySignIns { retry_after })
    }
}

/// Returns whether a sign-in failed without an attempt to forge or to guess: the user
/// cancelled it, the provider answered, or something here or there does not work.
fn is_no_fault_of_the_client(error: &AuthError) -> bool {
    matches!(
        error,
        AuthError::Cancelled
            | AuthError::LoginRequired
            | AuthError::ConsentRequired
            | AuthError::InteractionRequired
            | AuthError::LoggedOutDuringSignIn
            | AuthError::SignInRefused { .. }
            | AuthError::SentElsewhere { .. }
            | AuthError::HookFailed { .. }
            | AuthError::Store(_)
            | AuthError::Unreachable { .. }
            | AuthError::TimedOut { .. }
            | AuthError::TooManyRequests { .. }
    )
}
