//! Buttons that send a form to a server function. The form is plain HTML, because no page
//! reads the result.

mod end_sessions;
mod sign_in;
mod sign_out;
mod sign_up;

pub(crate) use self::{
    end_sessions::EndSessionsButton, sign_in::SignInButton, sign_out::SignOutButton,
    sign_up::SignUpButton,
};
