//! Recognizes a file, so that another file at the same path is noticed.

use std::{fs::Metadata, io, path::Path};

/// Identifies a file, whatever its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileId {
    device: u64,
    inode: u64,
}

/// Which file is at a path, and its length in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileState {
    pub(crate) id: FileId,
    pub(crate) length: u64,
}

impl FileState {
    /// Reads the state of the file at `path`, on a thread for blocking calls:
    /// a network file system may take long.
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
            inode: metadata.ino(),
        }
    }

    /// Returns the same id for every file: other systems do not let an open
    /// file be moved or deleted.
    #[cfg(not(unix))]
    fn of(_: &Metadata) -> Self {
        Self {
            device: 0,
            inode: 0,
        }
    }
}
