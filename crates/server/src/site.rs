//! The site's files: what cargo-leptos builds, and the folder `public`.

use std::{env, net::SocketAddr, path::PathBuf};

use leptos::config::{Env, LeptosOptions, get_configuration};

/// Where the site's files are.
#[derive(Clone, Debug)]
pub struct Site {
    /// Leptos's options, with the folders and file names.
    pub options: LeptosOptions,
}

impl Site {
    /// Finds the site's files. Under `cargo leptos` its environment variables
    /// name them. Otherwise they are those of a release build, in one of two
    /// places: `target/site` in the working directory, or `../site` beside the
    /// binary's folder (`<...>/release/server`, `<...>/site`).
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
                .hash_files(beside_binary("hash.txt").is_some_and(|file| file.is_file()))
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
}

fn built_site() -> PathBuf {
    let here = PathBuf::from("target/site");
    if here.is_dir() {
        return here;
    }
    beside_binary("../site")
        .filter(|site| site.is_dir())
        .unwrap_or(here)
}

fn beside_binary(path: &str) -> Option<PathBuf> {
    Some(env::current_exe().ok()?.parent()?.join(path))
}
