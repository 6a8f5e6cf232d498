use auth_core::{AuthError, ErrorKind};

/// Separates the errors that a page reports from a failure of the session
/// store. Without the store the user is unknown, so no page can be shown.
pub(super) fn split_store_error<T>(
    result: Result<T, AuthError>,
) -> Result<Result<T, ErrorKind>, AuthError> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(error @ AuthError::Store(_)) => Err(error),
        Err(error) => Ok(Err(error.kind())),
    }
}
