//! The files of the site, as cargo-leptos builds them.

use std::{env, net::SocketAddr, path::PathBuf};

use leptos::config::{Env, LeptosOptions, get_configuration};

/// Where the site's files are, and what they are called.
#[derive(Clone, Debug)]
pub struct Site {
    /// What Leptos needs to know.
    pub options: LeptosOptions,
}

impl Site {
    /// Under `cargo leptos`, what it says; otherwise what a release build of
    /// this repository makes: started from its root, or anywhere when the site
    /// stands beside the binary's folder (`<...>/release/server`,
    /// `<...>/site`).
    pub fn find(addr: SocketAddr) -> Self {
        let told = env::var_os("LEPTOS_OUTPUT_NAME").and_then(|_| get_configuration(None).ok());
        let options = match told {
            Some(configuration) => configuration.leptos_options,
            None => LeptosOptions::builder()
                .output_name("app")
                .site_root(built_site().to_string_lossy().into_owned())
                .site_pkg_dir("pkg")
                .env(Env::PROD)
                .site_addr(addr)
                // Without that file Leptos could render no page.
                .hash_files(beside_binary("hash.txt").is_some_and(|file| file.is_file()))
                .build(),
        };
        Self { options }
    }

    /// The folder whose files are served as they are.
    pub fn root(&self) -> PathBuf {
        PathBuf::from(&*self.options.site_root)
    }

    /// The folder of the built files: their names change with their content.
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
