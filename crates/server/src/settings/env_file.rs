//! The file `.env`.

use std::{collections::HashMap, path::Path};

use auth_core::{ConfigErrors, ConfigProblem};

/// Reads the variables of a file. A missing file has none.
pub(super) fn read(path: &Path) -> Result<HashMap<String, String>, ConfigErrors> {
    match dotenvy::from_path_iter(path) {
        Ok(pairs) => pairs.collect::<Result<_, _>>().map_err(unreadable),
        Err(error) if error.not_found() => Ok(HashMap::new()),
        Err(error) => Err(unreadable(error)),
    }
}

fn unreadable(error: dotenvy::Error) -> ConfigErrors {
    let problem = match error {
        dotenvy::Error::Io(error) => format!("cannot be read: {error}"),
        // The error's text contains the line, which may hold a secret.
        _ => "has a line that is not of the form NAME=value".to_owned(),
    };
    ConfigErrors(vec![ConfigProblem::new(
        ".env",
        problem,
        "write one NAME=value per line; quote values that contain spaces or #",
    )])
}
