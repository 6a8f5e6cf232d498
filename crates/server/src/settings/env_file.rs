//! The file `.env`.

use std::{collections::HashMap, fs, io, path::Path};

use auth_core::{ConfigErrors, ConfigProblem};

/// Stands for `$` while the file is parsed: dotenvy replaces `$NAME` by the value of
/// a variable, and a secret that contains `$` would be cut without a word. Of a
/// private use area (Unicode 16, §23.5), so no file contains it.
const DOLLAR: &str = "\u{f8ff}";

/// Reads the variables of a file. A missing file has none. Values are literal:
/// nothing in them is replaced.
pub(super) fn read(path: &Path) -> Result<HashMap<String, String>, ConfigErrors> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(HashMap::new()),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return Err(wrong("is not text in UTF-8", "save it as UTF-8"));
        }
        Err(error) => {
            return Err(wrong(
                format!("cannot be read: {error}"),
                "make it a file that the server may read, or remove it",
            ));
        }
    };
    // Some editors begin a file with a byte order mark.
    let text = text.trim_start_matches('\u{feff}').replace('$', DOLLAR);
    // In double quotes dotenvy knows the escape `\$`.
    let text = text.replace(&format!("\\{DOLLAR}"), "\\$");
    dotenvy::from_read_iter(text.as_bytes())
        .map(|pair| pair.map(|(name, value)| (name, value.replace(DOLLAR, "$"))))
        .collect::<Result<_, _>>()
        // The error's text contains the line, which may hold a secret.
        .map_err(|_| {
            wrong(
                "has a line that is not of the form NAME=value",
                "write one NAME=value per line; quote values that contain spaces or #",
            )
        })
}

fn wrong(problem: impl Into<String>, remedy: &str) -> ConfigErrors {
    ConfigErrors(vec![ConfigProblem::new(".env", problem, remedy)])
}

#[cfg(test)]
mod tests {
    use std::env;

    use super::*;

    fn parse(name: &str, content: impl AsRef<[u8]>) -> Result<HashMap<String, String>, String> {
        let path = env::temp_dir().join(format!("auth-env-{}-{name}", std::process::id()));
        fs::write(&path, content).unwrap();
        let read = read(&path).map_err(|error| error.to_string());
        fs::remove_file(path).unwrap();
        read
    }

    #[test]
    fn values_are_literal() {
        for (name, line, value) in [
            ("dollar", "S=ab$cd12", "ab$cd12"),
            ("braces", "S=ab${HOME}cd", "ab${HOME}cd"),
            ("quoted", "S=\"ab$cd12\"", "ab$cd12"),
            ("single", "S='ab$cd12'", "ab$cd12"),
            ("escaped", "S=\"ab\\$cd\"", "ab$cd"),
            ("end", "S=ab$", "ab$"),
            ("own-name", "S=x$S", "x$S"),
            ("hash", "S=ab#cd", "ab#cd"),
            ("equals", "S=ab==", "ab=="),
            ("comment", "S=ab # a comment", "ab"),
        ] {
            assert_eq!(parse(name, line).unwrap()["S"], value, "{line}");
        }
    }

    #[test]
    fn a_byte_order_mark_belongs_to_no_name() {
        let read = parse("bom", "\u{feff}AUTH_URL=https://app.test\r\nB=2\r\n").unwrap();
        assert_eq!(read["AUTH_URL"], "https://app.test");
        assert_eq!(read["B"], "2");
    }

    #[test]
    fn a_file_that_cannot_be_used_is_named() {
        for (name, content, problem) in [
            ("line", "AUTH_SECRET hunter2".as_bytes(), "NAME=value"),
            ("latin", &[b'A', b'=', 0xe9], "not text in UTF-8"),
        ] {
            let error = parse(name, content).unwrap_err();
            assert!(error.contains(problem), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        let error = read(&env::temp_dir()).unwrap_err().to_string();
        assert!(error.contains(".env cannot be read"), "{error}");
        assert_eq!(read(Path::new("no such file")).unwrap(), HashMap::new());
    }
}
