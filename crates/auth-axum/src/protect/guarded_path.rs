//! The part of an application that a guard protects.

use std::{borrow::Cow, sync::Arc};

use axum::{
    extract::OriginalUri,
    http::{Extensions, Uri},
};
use percent_encoding::percent_decode_str;

/// A path of the application with everything below it.
///
/// The comparison covers all spellings of a path, also those that no route
/// matches: a router that finds a page where the guard does not would open it.
/// `leptos_router` resolves `..` and `\`, which Axum's does not, and Leptos's
/// fallback renders the application for every path.
#[derive(Clone, Debug)]
pub(crate) struct GuardedPath(Arc<[String]>);

impl GuardedPath {
    pub(crate) fn new(path: &str) -> Self {
        Self(segments(path).into())
    }

    /// Returns whether a request is for this path, or for one below it.
    pub(crate) fn covers(&self, uri: &Uri, extensions: &Extensions) -> bool {
        // A nested router strips its prefix from the URI.
        let uri = match extensions.get::<OriginalUri>() {
            Some(OriginalUri(uri)) => uri,
            None => uri,
        };
        segments(uri.path()).starts_with(&self.0)
    }
}

/// Returns the segments of a path, decoded, without empty ones and without `.`
/// and `..`.
fn segments(path: &str) -> Vec<String> {
    // Some layer may decode once more than another.
    let mut path = Cow::Borrowed(path);
    while let Cow::Owned(decoded) = Cow::<[u8]>::from(percent_decode_str(&path)) {
        path = Cow::Owned(String::from_utf8_lossy(&decoded).into_owned());
    }
    let mut segments = Vec::new();
    for segment in path.split(['/', '\\']) {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            segment => segments.push(segment.to_owned()),
        }
    }
    segments
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(guarded: &str, path: &str) -> bool {
        let uri = path.parse().unwrap();
        GuardedPath::new(guarded).covers(&uri, &Extensions::new())
    }

    #[test]
    fn every_spelling_of_a_path_is_covered() {
        for path in [
            "/admin",
            "/admin/",
            "/admin?x=1",
            "/admin/users/5",
            "//admin",
            "/admin//users",
            "/./admin",
            "/other/../admin",
            "/other/%2e%2E/admin",
            "/other/..%2fadmin",
            "/%61dmin",
            "/%2561dmin",
            "/admin%2fusers",
            "/../admin",
            "/other%5c..%5cadmin",
        ] {
            assert!(covers("/admin", path), "{path}");
        }
        assert!(covers("/", "/anything") && covers("/", "/"));
        assert!(covers("/admin/users/", "/admin/users"));
        assert!(covers("admin", "/admin"));
        assert!(covers("/caf%C3%A9", "/café") || covers("/café", "/caf%C3%A9"));
    }

    #[test]
    fn other_paths_are_not_covered() {
        for path in [
            "/",
            "/administration",
            "/other/admin",
            "/admin/../other",
            "/?/admin",
            "/100%",
            "/%zz",
        ] {
            assert!(!covers("/admin", path), "{path}");
        }
    }
}
