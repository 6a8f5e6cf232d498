//! Lists and ends sessions, for users and for operators. Ending a session also
//! revokes its refresh token.

pub(crate) mod admin;
pub(crate) mod end;
pub(crate) mod list;
