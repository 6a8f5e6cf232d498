//! Text from outside: read strictly, and made harmless for a log.

pub(crate) mod json_object;
pub(crate) mod printable;
