//! What comes from outside: text for a log, and JSON that is read strictly.

pub(crate) mod json_object;
pub(crate) mod printable;
