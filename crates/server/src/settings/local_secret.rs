//! The generated `AUTH_SECRET` of an application on a loopback address.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use auth_core::{AuthSecret, ConfigProblem};
use auth_sqlx::DatabaseUrl;

/// Returns the path of the file: beside the SQLite file, or in `data`.
pub(super) fn path(database: &DatabaseUrl) -> PathBuf {
    match database {
        DatabaseUrl::Sqlite(path) => path.with_file_name("auth-secret"),
        _ => Path::new("data").join("auth-secret"),
    }
}

/// Reads the secret from the file at `path`, or generates it and saves it
/// there. So a first try needs only the three `AUTH_LOGTO_*` variables, and
/// sessions survive a restart. Only this machine can reach such an application.
pub(super) fn read_or_generate(path: &Path) -> Result<AuthSecret, ConfigProblem> {
    let problem = |error: io::Error| {
        ConfigProblem::new(
            "AUTH_SECRET",
            format!(
                "is not set, and a generated secret cannot be kept in {}: {error}",
                path.display()
            ),
            "set it to the output of: openssl rand -base64 33",
        )
    };
    match fs::read_to_string(path) {
        Ok(secret) => {
            return AuthSecret::new(secret.trim()).ok_or_else(|| {
                problem(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "the file contains no valid secret; delete it to generate a new one",
                ))
            });
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(problem(error)),
    }
    let secret = AuthSecret::generate().map_err(problem)?;
    if let Some(directory) = path.parent().filter(|path| !path.as_os_str().is_empty()) {
        fs::create_dir_all(directory).map_err(problem)?;
    }
    write_private(path, secret.expose()).map_err(problem)?;
    Ok(secret)
}

/// Creates a file that only its owner can read.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    use std::io::Write as _;

    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    writeln!(options.open(path)?, "{text}")
}
