//! Secrets that a variable holds, or a file that a variable names: the way in
//! which Docker and Kubernetes hand secrets to a container.

use std::{fs, io};

use crate::config::error::ConfigProblem;

/// The longest file that is read, in bytes. Keys have a few kilobytes.
const MAX_FILE: u64 = 64 * 1024;

/// The name of a secret's variable, and of the variable that names its file.
#[derive(Clone, Copy, Debug)]
pub struct SecretSetting {
    name: &'static str,
    file: &'static str,
}

impl SecretSetting {
    /// Names the two variables, such as `AUTH_SECRET` and `AUTH_SECRET_FILE`.
    pub const fn new(name: &'static str, file: &'static str) -> Self {
        Self { name, file }
    }

    /// Reads the secret through `var`, which returns the value of a variable.
    /// Returns it with the name of the variable that it came from. White space
    /// around it does not count, and an empty value counts as not set.
    ///
    /// ```
    /// use auth_core::SecretSetting;
    ///
    /// let setting = SecretSetting::new("API_KEY", "API_KEY_FILE");
    /// let read = setting.read(|name| (name == "API_KEY").then(|| "hunter2".to_owned()));
    /// assert_eq!(read.unwrap(), Some(("API_KEY", "hunter2".to_owned())));
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if both variables are set, and if the file is missing, cannot be
    /// read, is empty or is longer than 64 KiB.
    pub fn read(
        self,
        var: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<(&'static str, String)>, ConfigProblem> {
        let given = |name| {
            let value = var(name)?.trim().to_owned();
            (!value.is_empty()).then_some(value)
        };
        let Self { name, file } = self;
        match (given(name), given(file)) {
            (Some(_), Some(_)) => Err(ConfigProblem::new(
                file,
                format!("is set, and so is {name}"),
                "remove one of the two",
            )),
            (Some(value), None) => Ok(Some((name, value))),
            (None, Some(path)) => {
                read_file(&path)
                    .map(|value| Some((file, value)))
                    .map_err(|problem| {
                        ConfigProblem::new(
                            file,
                            format!("names {path:?}, which {problem}"),
                            format!("write the secret into that file, or set {name} instead"),
                        )
                    })
            }
            (None, None) => Ok(None),
        }
    }
}

fn read_file(path: &str) -> Result<String, String> {
    let unreadable = |error: io::Error| format!("cannot be read: {error}");
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if metadata.is_dir() {
        return Err("is a folder".to_owned());
    }
    if metadata.len() > MAX_FILE {
        return Err(format!("is longer than {MAX_FILE} bytes"));
    }
    let text = fs::read_to_string(path).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => "is not text in UTF-8".to_owned(),
        _ => unreadable(error),
    })?;
    // Some editors begin a file with a byte order mark.
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err("is empty".to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use std::{env, path::PathBuf};

    use super::*;
    use crate::ConfigBuilder;

    const SECRET: &str = "0123456789012345678901234567890123456789";
    const SETTINGS: [(&str, &str); 4] = [
        ("AUTH_LOGTO_ISSUER", "https://tenant.logto.app/oidc"),
        ("AUTH_LOGTO_ID", "id"),
        ("AUTH_LOGTO_SECRET", "app-secret"),
        ("AUTH_URL", "https://app.test"),
    ];

    /// A folder that is removed at the end of a test.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = env::temp_dir().join(format!("auth-secrets-{}-{name}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
            fs::write(self.0.join(name), content).unwrap();
            self.path(name)
        }

        fn path(&self, name: &str) -> String {
            self.0.join(name).display().to_string()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            drop(fs::remove_dir_all(&self.0));
        }
    }

    fn problems(vars: &[(&str, &str)]) -> Vec<String> {
        let built = ConfigBuilder::from_vars(|name| {
            let mut all = vars.iter().chain(&SETTINGS);
            all.find_map(|(known, value)| (*known == name).then(|| (*value).to_owned()))
        })
        .build();
        match built {
            Ok(_) => Vec::new(),
            Err(errors) => errors.0.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn each_secret_can_be_in_a_file() {
        let folder = Folder::new("each");
        let secret = folder.write("secret", format!("\u{feff}{SECRET}\r\n"));
        let app = folder.write("app", "from-the-file\n");
        let read = ConfigBuilder::from_vars(|name| match name {
            "AUTH_SECRET_FILE" | "AUTH_SECRET_1_FILE" | "AUTH_LOGTO_WEBHOOK_KEY_FILE" => {
                Some(secret.clone())
            }
            "AUTH_LOGTO_SECRET_FILE" => Some(app.clone()),
            _ => None,
        });
        assert_eq!(read.client_secret.as_deref(), Some("from-the-file"));
        assert_eq!(read.webhook_key.as_deref(), Some(SECRET));
        assert_eq!(
            read.secret,
            Some(("AUTH_SECRET_1_FILE", SECRET.to_owned())),
            "the highest number seals"
        );
        assert_eq!(
            read.former_secrets,
            [("AUTH_SECRET_FILE", SECRET.to_owned())]
        );
    }

    #[test]
    fn a_private_key_can_be_in_a_file() {
        let folder = Folder::new("key");
        let key = folder.write("key.pem", "not a key");
        let problems = problems(&[
            ("AUTH_SECRET", SECRET),
            ("AUTH_LOGTO_AUTH_METHOD", "private_key_jwt"),
            ("AUTH_LOGTO_PRIVATE_KEY_FILE", &key),
        ]);
        assert_eq!(problems.len(), 1, "{problems:?}");
        let name = "AUTH_LOGTO_PRIVATE_KEY_FILE is not usable";
        assert!(problems[0].starts_with(name), "{problems:?}");
    }

    #[test]
    fn a_file_that_is_no_secret_is_named_once_with_a_remedy() {
        let folder = Folder::new("wrong");
        folder.write("empty", " \n");
        folder.write("binary", [0xff, 0xfe, 0]);
        folder.write("long", vec![b'a'; 65 * 1024]);
        fs::create_dir_all(folder.0.join("folder")).unwrap();
        for (name, why) in [
            ("empty", "is empty"),
            ("missing", "cannot be read: No such file"),
            ("folder", "is a folder"),
            ("binary", "is not text in UTF-8"),
            ("long", "is longer than 65536 bytes"),
        ] {
            let path = folder.path(name);
            let problems = problems(&[("AUTH_SECRET_FILE", &path)]);
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert!(
                problems[0].starts_with("AUTH_SECRET_FILE names"),
                "{problems:?}"
            );
            assert!(problems[0].contains(why), "{problems:?}");
            assert!(
                problems[0].contains("set AUTH_SECRET instead"),
                "{problems:?}"
            );
        }
    }

    #[test]
    fn a_variable_and_a_file_for_one_secret_are_a_contradiction() {
        let folder = Folder::new("both");
        let path = folder.write("secret", SECRET);
        let problems = problems(&[("AUTH_SECRET", SECRET), ("AUTH_SECRET_FILE", &path)]);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].contains("so is AUTH_SECRET"), "{problems:?}");
        assert!(!problems[0].contains(SECRET), "{problems:?}");
    }

    #[test]
    fn a_weak_secret_in_a_file_is_named_after_its_variable() {
        let folder = Folder::new("weak");
        let path = folder.write("secret", "short");
        let problems = problems(&[("AUTH_SECRET_FILE", &path)]);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(
            problems[0].starts_with("AUTH_SECRET_FILE has 5 characters"),
            "{problems:?}"
        );
    }
}
