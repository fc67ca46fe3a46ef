//! Files of JSON lines that only grow: `log.jsonl` and `control.jsonl`.
//!
//! A line is written in one call and counts once its newline is there. Who appends after a torn line (its writer was
//! killed, or the disk was full) ends that line first; readers pass over what is not JSON, so nothing after it is lost.

use std::fs;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;
use super::files::{self, Appender};

/// Read at a time.
const CHUNK: u64 = 256 << 10;
/// A longer line is no line of ours; it is passed over and never held.
const MAX_LINE: usize = 16 << 20;

/// The writing end.
#[derive(Debug)]
pub(super) struct LineWriter {
    file: Appender,
}

impl LineWriter {
    /// Opens a file to append lines to, or makes it.
    ///
    /// # Errors
    /// It cannot be opened or is no regular file.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let mut file = Appender::open(path)?;
        if file.is_torn()? {
            file.pending().push(b'\n');
        }
        Ok(Self { file })
    }

    /// Appends one line.
    ///
    /// # Errors
    /// The system refuses. The line, or what is missing of it, is written before the next one or by [`Self::flush`].
    pub(super) fn append(&mut self, value: &impl Serialize) -> Result<(), StoreError> {
        let begin = self.file.pending().len();
        // Our records are plain data with text keys: they serialize. Should one not, no half line may stand.
        match serde_json::to_writer(&mut *self.file.pending(), value) {
            Ok(()) => self.file.pending().push(b'\n'),
            Err(_) => self.file.pending().truncate(begin),
        }
        self.file.flush()
    }

    /// Writes what waits.
    ///
    /// # Errors
    /// The system refuses.
    pub(super) fn flush(&mut self) -> Result<(), StoreError> {
        self.file.flush()
    }

    /// Makes what was written survive a power cut.
    ///
    /// # Errors
    /// The system refuses.
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        self.file.sync()
    }

    /// Whether the file was deleted while it was open.
    pub(super) fn is_deleted(&self) -> bool {
        self.file.is_deleted()
    }
}

/// The reading end: how far a file has been read.
#[derive(Debug, Default)]
pub(super) struct LineTail {
    offset: u64,
    /// The beginning of a line whose end is not there yet.
    partial: Vec<u8>,
    /// Whether the line under way is too long to be held.
    skipping: bool,
    damaged: u64,
}

impl LineTail {
    /// Whole lines that held nothing we know.
    pub(super) fn damaged(&self) -> u64 {
        self.damaged
    }

    /// Reads what was added, up to about `budget` bytes, and appends it to `out`. Tells whether there is more. A file
    /// that does not exist is one without lines.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn poll<T: DeserializeOwned>(
        &mut self,
        path: &Path,
        budget: u64,
        out: &mut Vec<T>,
    ) -> Result<bool, StoreError> {
        self.read(path, budget, out).map_err(StoreError::io(path, "be read"))
    }

    fn read<T: DeserializeOwned>(&mut self, path: &Path, budget: u64, out: &mut Vec<T>) -> io::Result<bool> {
        let length = match fs::symlink_metadata(path) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
        if length <= self.offset {
            return Ok(false);
        }
        let file = files::open(path)?;
        let end = length.min(self.offset.saturating_add(budget));
        let mut chunk = vec![0; CHUNK.min(end - self.offset) as usize];
        while self.offset < end {
            let size = chunk.len().min((end - self.offset) as usize);
            let read = match file.read_at(&mut chunk[..size], self.offset) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            self.offset += read as u64;
            self.take(&chunk[..read], out);
        }
        Ok(self.offset < length)
    }

    fn take<T: DeserializeOwned>(&mut self, bytes: &[u8], out: &mut Vec<T>) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            if !self.skipping {
                self.partial.extend_from_slice(piece);
                if self.partial.len() > MAX_LINE {
                    self.partial = Vec::new();
                    self.skipping = true;
                }
            }
            if piece.ends_with(b"\n") {
                if self.skipping {
                    self.damaged += 1;
                } else if !self.partial.trim_ascii().is_empty() {
                    match serde_json::from_slice(&self.partial) {
                        Ok(value) => out.push(value),
                        Err(_) => self.damaged += 1,
                    }
                }
                self.partial.clear();
                self.skipping = false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn lines(path: &Path) -> (Vec<u64>, u64) {
        let (mut tail, mut out) = (LineTail::default(), Vec::new());
        assert!(!tail.poll(path, u64::MAX, &mut out).unwrap());
        (out, tail.damaged())
    }

    #[test]
    fn a_torn_line_is_ended_before_the_next_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        assert_eq!(lines(&path), (vec![], 0));
        let mut writer = LineWriter::open(&path).unwrap();
        writer.append(&1).unwrap();
        drop(writer);
        fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"[2, ").unwrap();
        assert_eq!(lines(&path), (vec![1], 0));
        let mut writer = LineWriter::open(&path).unwrap();
        writer.append(&3).unwrap();
        writer.append(&4).unwrap();
        assert_eq!(lines(&path), (vec![1, 3, 4], 1));
        assert_eq!(fs::read_to_string(&path).unwrap(), "1\n[2, \n3\n4\n");
    }

    #[test]
    fn lines_are_seen_once_whole_however_they_come() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        let text = b"10\n\n  \n{\xff}\n200\n3";
        let mut file = fs::File::create(&path).unwrap();
        let (mut tail, mut out) = (LineTail::default(), Vec::<u64>::new());
        for byte in text {
            file.write_all(&[*byte]).unwrap();
            tail.poll(&path, 1, &mut out).unwrap();
        }
        assert_eq!((out, tail.damaged()), (vec![10, 200], 1));
    }

    #[test]
    fn a_line_without_end_is_not_held() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        let mut bytes = vec![b'['; MAX_LINE * 2];
        bytes.extend(b"\n7\n");
        fs::write(&path, bytes).unwrap();
        let (mut tail, mut out) = (LineTail::default(), Vec::<u64>::new());
        while tail.poll(&path, CHUNK, &mut out).unwrap() {
            assert!(tail.partial.capacity() <= 2 * MAX_LINE + CHUNK as usize);
        }
        assert_eq!((out, tail.damaged()), (vec![7], 1));
    }
}
