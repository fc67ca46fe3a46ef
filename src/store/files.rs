//! The few ways in which files of a run directory are opened and written: never through a symbolic link, never hanging
//! on what is no file, replaced as a whole or appended to line by line.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::StoreError;

/// Flags of every `open`: a symbolic link is refused, a named pipe does not block.
const FLAGS: i32 = OFlags::NOFOLLOW.union(OFlags::NONBLOCK).bits() as i32;

/// Opens a file to read it.
///
/// # Errors
/// It does not exist, cannot be read, or is no regular file.
pub(super) fn open(path: &Path) -> io::Result<File> {
    regular(OpenOptions::new().read(true).custom_flags(FLAGS).open(path)?)
}

/// Opens a file to read it that people may well have linked to from where it is looked for.
///
/// # Errors
/// It does not exist, cannot be read, or is no regular file.
pub(super) fn open_through_links(path: &Path) -> io::Result<File> {
    regular(OpenOptions::new().read(true).custom_flags(OFlags::NONBLOCK.bits() as i32).open(path)?)
}

fn regular(file: File) -> io::Result<File> {
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"))
    }
}

/// Reads a whole file that should not be larger than `limit` bytes.
///
/// # Errors
/// As [`open`], or it is larger.
pub(super) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::new();
    let file = open(path).map_err(StoreError::io(path, "be read"))?;
    file.take(limit + 1).read_to_end(&mut bytes).map_err(StoreError::io(path, "be read"))?;
    if bytes.len() as u64 > limit {
        return Err(StoreError::damaged(path, format!("is larger than {} MiB", limit >> 20)));
    }
    Ok(bytes)
}

/// How much a replacement is made to last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// It survives the end of any process.
    Process,
    /// It is on the disk when the call returns, and survives a power cut.
    Disk,
}

/// Replaces a file as a whole: readers see the old bytes or the new ones, never a mixture, whatever happens.
///
/// # Errors
/// The directory cannot be written to; the old file is still there then, and nothing half written beside it.
pub(super) fn replace(path: &Path, bytes: &[u8], durability: Durability) -> Result<(), StoreError> {
    let fresh = beside(path);
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).custom_flags(FLAGS).open(&fresh)?;
        file.write_all(bytes)?;
        if durability == Durability::Disk {
            file.sync_all()?;
        }
        fs::rename(&fresh, path)?;
        if durability == Durability::Disk {
            File::open(path.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new(".")))?
                .sync_all()?;
        }
        Ok(())
    })();
    written.map_err(|error| {
        // It may not exist; the error that brought us here is the one to tell.
        let _ = fs::remove_file(&fresh);
        StoreError::io(path, "be written")(error)
    })
}

/// Where the new bytes of `path` stand until they are whole. Readers take no notice of it.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.new"))
}

/// Removes what a killed writer left of a replacement.
pub(super) fn sweep(path: &Path) {
    let _ = fs::remove_file(beside(path));
}

/// A file that only grows. What could not be written (no room) is kept and written by the next call.
#[derive(Debug)]
pub(super) struct Appender {
    path: PathBuf,
    file: File,
    pending: Vec<u8>,
}

impl Appender {
    /// Opens a file to append to, or makes it.
    ///
    /// # Errors
    /// It cannot be opened or is no regular file.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true).custom_flags(FLAGS);
        Self::with(path, &options)
    }

    /// Makes a file that must not exist yet.
    ///
    /// # Errors
    /// It exists or cannot be made.
    pub(super) fn create(path: &Path) -> Result<Self, StoreError> {
        let mut options = OpenOptions::new();
        options.append(true).create_new(true).custom_flags(FLAGS);
        Self::with(path, &options)
    }

    fn with(path: &Path, options: &OpenOptions) -> Result<Self, StoreError> {
        let file = options.open(path).and_then(regular).map_err(StoreError::io(path, "be opened for writing"))?;
        Ok(Self { path: path.to_path_buf(), file, pending: Vec::new() })
    }

    /// Bytes that wait to be written.
    pub(super) fn pending(&mut self) -> &mut Vec<u8> {
        &mut self.pending
    }

    /// Whether the file ends in the middle of a line.
    pub(super) fn is_torn(&self) -> Result<bool, StoreError> {
        let failed = || StoreError::io(&self.path, "be read");
        let length = self.file.metadata().map_err(failed())?.len();
        let mut last = [b'\n'];
        if length > 0 {
            self.file.read_at(&mut last, length - 1).map_err(failed())?;
        }
        Ok(last != *b"\n")
    }

    /// Writes what waits, in one call where the system takes it in one.
    ///
    /// # Errors
    /// The system refuses; what it did not take waits on.
    pub(super) fn flush(&mut self) -> Result<(), StoreError> {
        let mut done = 0;
        let mut outcome = Ok(());
        while done < self.pending.len() {
            match self.file.write(&self.pending[done..]) {
                Ok(0) => outcome = Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => done += written,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => outcome = Err(error),
            }
            if outcome.is_err() {
                break;
            }
        }
        self.pending.drain(..done);
        outcome.map_err(StoreError::io(&self.path, "be written"))
    }

    /// Makes what was written survive a power cut.
    ///
    /// # Errors
    /// The system refuses.
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        self.file.sync_data().map_err(StoreError::io(&self.path, "be written to disk"))
    }

    /// Whether the file was deleted while it was open: what is appended would be lost.
    pub(super) fn is_deleted(&self) -> bool {
        use std::os::unix::fs::MetadataExt;
        self.file.metadata().is_ok_and(|metadata| metadata.nlink() == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replacing_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        for (bytes, durability) in [(&b"old"[..], Durability::Process), (b"new", Durability::Disk)] {
            replace(&path, bytes, durability).unwrap();
            assert_eq!(read(&path, 100).unwrap(), bytes);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        fs::create_dir(folder.path().join("d")).unwrap();
        fs::write(folder.path().join("d/x"), "").unwrap();
        // A directory cannot be replaced by a file.
        assert!(replace(&folder.path().join("d"), b"new", Durability::Process).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing half written is left");
    }

    #[test]
    fn links_and_pipes_are_refused_and_do_not_hang() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("secret"), "x").unwrap();
        std::os::unix::fs::symlink(at("secret"), at("link")).unwrap();
        assert!(read(&at("link"), 100).is_err());
        assert!(Appender::open(&at("link")).is_err());
        let made = std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap();
        assert!(made.success());
        assert!(read(&at("pipe"), 100).unwrap_err().to_string().contains("not a regular file"));
        assert!(read(folder.path(), 100).is_err());
        fs::write(at("large"), [0; 101]).unwrap();
        assert!(read(&at("large"), 100).unwrap_err().to_string().contains("larger"));
    }
}
