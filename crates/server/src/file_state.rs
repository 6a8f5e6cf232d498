//! Which file is at a path.

use std::{fs::Metadata, io, path::Path};

/// Which file it is, by whatever path it is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileId {
    device: u64,
    number: u64,
}

/// A file as it was when it was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileState {
    pub(crate) id: FileId,
    pub(crate) length: u64,
}

impl FileState {
    /// The file at `path`. Not on this thread: a file system may keep one
    /// waiting.
    pub(crate) async fn of(path: &Path) -> io::Result<Self> {
        let path = path.to_owned();
        tokio::task::spawn_blocking(move || {
            let metadata = std::fs::metadata(path)?;
            Ok(Self {
                id: FileId::of(&metadata),
                length: metadata.len(),
            })
        })
        .await
        .map_err(io::Error::other)?
    }
}

impl FileId {
    #[cfg(unix)]
    fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;

        Self {
            device: metadata.dev(),
            number: metadata.ino(),
        }
    }

    /// Elsewhere a file that is open cannot be moved or deleted.
    #[cfg(not(unix))]
    fn of(_: &Metadata) -> Self {
        Self {
            device: 0,
            number: 0,
        }
    }
}
