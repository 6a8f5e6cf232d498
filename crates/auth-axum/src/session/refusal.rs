//! Why the application refused a sign-in, for its error page.

use super::RequestSession;

impl RequestSession {
    /// Returns why the application's own code refused the last sign-in of this
    /// browser: [`Auth::refusal_reason`](auth_core::Auth::refusal_reason). Show it as
    /// text.
    pub fn refusal_reason(&self) -> Option<String> {
        self.auth().refusal_reason(self.cookies())
    }
}
