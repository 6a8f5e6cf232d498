//! The site's files: what cargo-leptos builds, and the folder `public`.

use std::{env, fs, net::SocketAddr, path::PathBuf};

use leptos::config::{Env, LeptosOptions, get_configuration};

/// The file beside the binary with the hashes in the names of the built files.
const HASHES: &str = "hash.txt";

/// Where the site's files are.
#[derive(Clone, Debug)]
pub struct Site {
    /// Leptos's options, with the folders and file names.
    pub options: LeptosOptions,
}

impl Site {
    /// Finds the site's files. Under `cargo leptos` its environment variables
    /// name them. Otherwise they are those of a release build, in one of these
    /// folders: `target/site` in the working directory, `site` beside the binary, as
    /// in a container, or beside the binary's folder (`<...>/release/server`,
    /// `<...>/site`).
    pub fn find(addr: SocketAddr) -> Self {
        let from_environment =
            env::var_os("LEPTOS_OUTPUT_NAME").and_then(|_| get_configuration(None).ok());
        let options = match from_environment {
            Some(configuration) => configuration.leptos_options,
            None => LeptosOptions::builder()
                .output_name("app")
                .site_root(built_site().to_string_lossy().into_owned())
                .site_pkg_dir("pkg")
                .env(Env::PROD)
                .site_addr(addr)
                // If this is set and the file is missing, Leptos cannot render a page.
                .hash_files(beside_binary(HASHES).is_some_and(|file| file.is_file()))
                .build(),
        };
        Self { options }
    }

    /// Returns the folder of all files.
    pub fn root(&self) -> PathBuf {
        PathBuf::from(&*self.options.site_root)
    }

    /// Returns the folder of the built files, whose names contain a hash of their
    /// content.
    pub fn pkg(&self) -> PathBuf {
        self.root().join(&*self.options.site_pkg_dir)
    }

    /// Checks that the built files are there, under the names that pages load them by.
    ///
    /// # Errors
    ///
    /// Fails with the first file or folder that is missing.
    pub fn check(&self) -> Result<(), MissingFile> {
        let folder = self.pkg();
        if !folder.is_dir() {
            return Err(MissingFile::Folder(folder));
        }
        let name = &self.options.output_name;
        let style = folder.join(format!("{name}.css"));
        if !self.options.hash_files {
            // The names have hashes unless the build says otherwise.
            let hashes = beside_binary(HASHES).unwrap_or_default();
            return if style.is_file() {
                Ok(())
            } else {
                Err(MissingFile::Hashes { hashes, folder })
            };
        }
        let hashes = beside_binary(HASHES).and_then(|file| fs::read_to_string(file).ok());
        let hashes = hashes.unwrap_or_default();
        let mut files = hashes.lines().filter_map(|line| {
            let (kind, hash) = line.trim().split_once(':')?;
            Some(folder.join(format!("{name}.{}.{kind}", hash.trim())))
        });
        match files.find(|file| !file.is_file()) {
            Some(file) => Err(MissingFile::File(file)),
            None => Ok(()),
        }
    }
}

/// Why pages have no style or scripts.
#[derive(Debug, thiserror::Error)]
pub enum MissingFile {
    /// The folder of all built files.
    #[error("the folder of the site's built files, {}, is missing: run `make build`, or copy `target/site` beside the binary, as `site`", .0.display())]
    Folder(PathBuf),
    /// The file with the hashes in their names.
    #[error("{} is missing, which has the names of the files in {}: copy it from `target/release`", .hashes.display(), .folder.display())]
    Hashes { hashes: PathBuf, folder: PathBuf },
    /// A built file.
    #[error("{} is missing: `hash.txt` beside the binary and the site's files are of different builds; copy both from one build", .0.display())]
    File(PathBuf),
}

fn built_site() -> PathBuf {
    let here = PathBuf::from("target/site");
    if here.is_dir() {
        return here;
    }
    ["site", "../site"]
        .into_iter()
        .filter_map(beside_binary)
        .find(|site| site.is_dir())
        .unwrap_or(here)
}

fn beside_binary(path: &str) -> Option<PathBuf> {
    Some(env::current_exe().ok()?.parent()?.join(path))
}
