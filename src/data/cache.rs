//! Decoded pictures kept on disk, so that a folder is decoded once and not at every load.
//!
//! One file holds the pictures of one folder under one set of settings. Each is known by its path, size and time of
//! change, and carries a checksum; what does not hold up is decoded anew. The file is replaced as a whole, by renaming;
//! a reader sees the old one or the new one. Nothing here is ever the only copy of anything, so every trouble with it is
//! met by going on without it.
//!
//! All numbers are little-endian. The table comes first (magic, bytes in a picture, number of entries, entries, checksum
//! of all that), then the pictures, one after the other in the table's order.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const MAGIC: &[u8; 16] = b"rungs pictures 1";
/// Fewer pictures are decoded sooner than anybody looks.
const FEWEST: usize = 64;
/// All files together take no more than this; the ones that were not used for longest go.
const MOST_BYTES: u64 = 4 << 30;
/// No table is longer.
const MOST_TABLE: usize = 256 << 20;
/// A picture that was changed so short a time ago may be changed again without a change of its time.
const FRESH: Duration = Duration::from_secs(2);
/// What is left of writers that were broken off goes after this.
const STALE: Duration = Duration::from_hours(1);
const ENDING: &str = "pictures";

/// What a picture file was like when it was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    size: u64,
    changed: Duration,
}

impl Stamp {
    /// What the system says of a file now; `None` where it does not say.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        let changed = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some(Self { size: metadata.len(), changed })
    }
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    stamp: Stamp,
    /// Whether it has color.
    colorful: bool,
    checksum: u32,
    /// Where its bytes are in the file.
    at: u64,
}

/// The pictures of one folder under one set of settings.
#[derive(Debug)]
pub(super) struct Cache {
    path: PathBuf,
    /// Bytes in a picture.
    bytes: usize,
    file: Option<File>,
    /// By path relative to the folder.
    entries: HashMap<String, Entry>,
}

/// A picture that is to be kept.
pub(super) struct Kept<'a> {
    /// Relative to the folder.
    pub(super) path: String,
    /// What its file was like before it was decoded.
    pub(super) stamp: Stamp,
    /// Whether it has color.
    pub(super) colorful: bool,
    /// Its bytes.
    pub(super) bytes: &'a [u8],
}

impl Cache {
    /// The cache in `directory` for a folder whose pictures are made into so many bytes in a way that `settings` stands
    /// for. `None` where it would not be worth it for so many pictures.
    pub(super) fn open(
        directory: &Path,
        folder: &Path,
        settings: impl Hash,
        bytes: usize,
        pictures: usize,
    ) -> Option<Self> {
        if pictures < FEWEST || bytes == 0 || (bytes * pictures) as u64 > MOST_BYTES / 2 {
            return None;
        }
        let folder = fs::canonicalize(folder).ok()?;
        let mut hasher = DefaultHasher::new();
        (folder, settings, bytes).hash(&mut hasher);
        let path = directory.join(format!("{:016x}.{ENDING}", hasher.finish()));
        let (file, entries) = match File::open(&path).and_then(|file| Ok((read_table(&file, bytes)?, file))) {
            Ok((entries, file)) => (Some(file), entries),
            Err(_) => (None, HashMap::new()),
        };
        Some(Self { path, bytes, file, entries })
    }

    /// Writes a picture's bytes if they are here and whole; tells whether it has color.
    pub(super) fn read(&self, path: &str, stamp: Stamp, out: &mut [u8]) -> Option<bool> {
        let entry = self.entries.get(path).filter(|entry| entry.stamp == stamp)?;
        self.bytes_of(entry, out)?;
        Some(entry.colorful)
    }

    fn bytes_of(&self, entry: &Entry, out: &mut [u8]) -> Option<()> {
        self.file.as_ref()?.read_exact_at(out, entry.at).ok()?;
        (crc32c::crc32c(out) == entry.checksum).then_some(())
    }

    /// Keeps these pictures, and with `all` nothing else; without, also the others that were here. Trouble is no matter:
    /// then they are decoded again next time.
    pub(super) fn keep(&self, pictures: &[Kept<'_>], all: bool) {
        let _ = self.try_to_keep(pictures, all);
    }

    fn try_to_keep(&self, pictures: &[Kept<'_>], all: bool) -> io::Result<()> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let settled = |stamp: &Stamp| stamp.changed + FRESH < now;
        let pictures: Vec<&Kept<'_>> = pictures.iter().filter(|kept| settled(&kept.stamp)).collect();
        let named: std::collections::HashSet<&str> = pictures.iter().map(|kept| kept.path.as_str()).collect();
        let mut others: Vec<(&String, &Entry)> =
            self.entries.iter().filter(|(path, _)| !all && !named.contains(path.as_str())).collect();
        others.sort_by_key(|(_, entry)| entry.at);
        others.truncate(((MOST_BYTES / 2) as usize / self.bytes).saturating_sub(pictures.len()));

        let directory = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(directory)?;
        tidy(directory, &self.path);
        let new =
            pictures.iter().map(|kept| (kept.path.as_str(), kept.stamp, kept.colorful, crc32c::crc32c(kept.bytes)));
        let old = others.iter().map(|(path, entry)| (path.as_str(), entry.stamp, entry.colorful, entry.checksum));
        let table = write_table(self.bytes, pictures.len() + others.len(), new.chain(old));
        let (draft, file) = draft(&self.path)?;
        let written = (|| {
            let mut file = BufWriter::with_capacity(1 << 20, file);
            file.write_all(&table)?;
            for kept in &pictures {
                file.write_all(kept.bytes)?;
            }
            let mut bytes = vec![0; self.bytes];
            for (_, entry) in &others {
                if self.bytes_of(entry, &mut bytes).is_none() {
                    // Its checksum will not hold either, so that it is decoded anew.
                    bytes.fill(0);
                }
                file.write_all(&bytes)?;
            }
            file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_data()?;
            fs::rename(&draft, &self.path)
        })();
        if written.is_err() {
            let _ = fs::remove_file(&draft);
        }
        written
    }

    /// Notes that it was used, so that it stays longer than those that are not.
    pub(super) fn touch(&self) {
        if let Some(file) = &self.file {
            let _ = file.set_modified(SystemTime::now());
        }
    }
}

/// A new file beside the one that it is to replace.
fn draft(path: &Path) -> io::Result<(PathBuf, File)> {
    let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
    for number in 0..16 {
        let draft = path.with_extension(format!("{number}.draft"));
        match OpenOptions::new().write(true).create_new(true).open(&draft) {
            Ok(file) => return Ok((draft, file)),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Deletes what writers left behind, and the files that were not used for longest while all together are too large.
fn tidy(directory: &Path, own: &Path) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    let mut files: Vec<(SystemTime, u64, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let metadata = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some((metadata.modified().ok()?, metadata.len(), entry.path()))
        })
        .collect();
    files.sort();
    let now = SystemTime::now();
    let ends = |path: &Path, ending: &str| path.extension().is_some_and(|extension| extension == ending);
    for (changed, _, path) in files.iter().filter(|file| ends(&file.2, "draft")) {
        if now.duration_since(*changed).is_ok_and(|age| age > STALE) {
            let _ = fs::remove_file(path);
        }
    }
    // The one that is about to be written takes at most half.
    let mut total: u64 = files.iter().filter(|file| ends(&file.2, ENDING) && file.2 != own).map(|file| file.1).sum();
    for (_, size, path) in files.iter().filter(|file| ends(&file.2, ENDING) && file.2 != own) {
        if total <= MOST_BYTES / 2 {
            return;
        }
        let _ = fs::remove_file(path);
        total -= size;
    }
}

fn write_table<'a>(bytes: usize, count: usize, entries: impl Iterator<Item = (&'a str, Stamp, bool, u32)>) -> Vec<u8> {
    let mut table = MAGIC.to_vec();
    // The table's length, filled in at the end.
    table.extend([0; 8]);
    table.extend((bytes as u64).to_le_bytes());
    table.extend((count as u64).to_le_bytes());
    for (path, stamp, colorful, checksum) in entries {
        table.extend((path.len() as u32).to_le_bytes());
        table.extend(path.as_bytes());
        table.extend(stamp.size.to_le_bytes());
        table.extend(stamp.changed.as_secs().to_le_bytes());
        table.extend(stamp.changed.subsec_nanos().to_le_bytes());
        table.push(u8::from(colorful));
        table.extend(checksum.to_le_bytes());
    }
    let length = (table.len() + 4) as u64;
    table[16..24].copy_from_slice(&length.to_le_bytes());
    let checksum = crc32c::crc32c(&table);
    table.extend(checksum.to_le_bytes());
    table
}

/// The entries of a file whose pictures have so many bytes; an error if the table is not whole.
fn read_table(mut file: &File, bytes: usize) -> io::Result<HashMap<String, Entry>> {
    let wrong = || io::Error::from(io::ErrorKind::InvalidData);
    let mut head = [0; 24];
    file.read_exact(&mut head)?;
    let length = usize::try_from(u64::from_le_bytes(head[16..].try_into().unwrap_or_default())).map_err(|_| wrong())?;
    if head[..16] != MAGIC[..] || !(44..=MOST_TABLE).contains(&length) {
        return Err(wrong());
    }
    let mut table = head.to_vec();
    file.take(length as u64 - 24).read_to_end(&mut table)?;
    if table.len() != length {
        return Err(wrong());
    }
    let (body, checksum) = table.split_at(length - 4);
    if crc32c::crc32c(body).to_le_bytes() != checksum {
        return Err(wrong());
    }
    let mut rest = Rest(&body[24..]);
    let (own_bytes, count) = (rest.u64().ok_or_else(wrong)?, rest.u64().ok_or_else(wrong)?);
    if own_bytes != bytes as u64 {
        return Err(wrong());
    }
    let mut entries = HashMap::new();
    for place in 0..count {
        let (path, entry) = rest.entry(length as u64 + place * own_bytes).ok_or_else(wrong)?;
        entries.insert(path, entry);
    }
    Ok(entries)
}

/// What is left to be read of a table.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    fn entry(&mut self, at: u64) -> Option<(String, Entry)> {
        let length = self.u32()? as usize;
        let (path, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        let path = std::str::from_utf8(path).ok()?.to_owned();
        let (size, seconds, nanoseconds) = (self.u64()?, self.u64()?, self.u32()?);
        let stamp = Stamp { size, changed: Duration::new(seconds, nanoseconds.min(999_999_999)) };
        let [colorful] = self.take::<1>()?;
        Some((path, Entry { stamp, colorful: colorful == 1, checksum: self.u32()?, at }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: usize = 48;

    /// A folder of so many files that are old enough, and what they would be decoded to.
    fn folder(count: usize) -> (tempfile::TempDir, Vec<(String, Vec<u8>)>) {
        let folder = tempfile::tempdir().unwrap();
        let pictures: Vec<(String, Vec<u8>)> =
            (0..count).map(|place| (format!("p{place}"), vec![place as u8; BYTES])).collect();
        for (name, bytes) in &pictures {
            write(&folder.path().join(name), bytes, 100);
        }
        (folder, pictures)
    }

    /// Writes a file that was changed so many seconds ago.
    fn write(path: &Path, bytes: &[u8], age: u64) {
        fs::write(path, bytes).unwrap();
        let file = OpenOptions::new().write(true).open(path).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(age)).unwrap();
    }

    fn open(folder: &Path) -> Cache {
        Cache::open(&folder.join(".cache"), folder, "settings", BYTES, FEWEST).unwrap()
    }

    fn keep(folder: &Path, pictures: &[(String, Vec<u8>)], all: bool) {
        let kept: Vec<Kept<'_>> = pictures
            .iter()
            .map(|(name, bytes)| {
                let stamp = Stamp::of(&folder.join(name)).unwrap();
                Kept { path: name.clone(), stamp, colorful: name.ends_with('1'), bytes }
            })
            .collect();
        open(folder).try_to_keep(&kept, all).unwrap();
    }

    /// Which of the pictures are found, and rightly so.
    fn found(folder: &Path, pictures: &[(String, Vec<u8>)]) -> Vec<bool> {
        let cache = open(folder);
        let mut out = vec![0; BYTES];
        let read = |(name, bytes): &(String, Vec<u8>)| {
            let colorful = cache.read(name, Stamp::of(&folder.join(name))?, &mut out)?;
            assert_eq!((&out, colorful), (bytes, name.ends_with('1')), "{name}");
            Some(())
        };
        pictures.iter().map(read).map(|read| read.is_some()).collect()
    }

    #[test]
    fn what_was_kept_is_found_until_its_file_changes() {
        let (folder, pictures) = folder(5);
        let path = folder.path();
        assert_eq!(found(path, &pictures), [false; 5]);
        keep(path, &pictures, true);
        assert_eq!(found(path, &pictures), [true; 5]);
        write(&path.join("p1"), &[9; BYTES], 90);
        write(&path.join("p2"), &[2; BYTES + 1], 100);
        assert_eq!(found(path, &pictures), [true, false, false, true, true]);
        let other = Cache::open(&path.join(".cache"), path, "other settings", BYTES, FEWEST).unwrap();
        assert!(other.entries.is_empty());
        assert!(Cache::open(path, path, "", BYTES, FEWEST - 1).is_none());
    }

    #[test]
    fn a_part_leaves_the_others_and_all_does_not() {
        let (folder, pictures) = folder(6);
        let path = folder.path();
        keep(path, &pictures[..4], true);
        keep(path, &pictures[3..], false);
        assert_eq!(found(path, &pictures), [true; 6]);
        keep(path, &pictures[..2], true);
        assert_eq!(found(path, &pictures), [true, true, false, false, false, false]);
    }

    #[test]
    fn what_was_changed_just_now_is_not_trusted() {
        let (folder, pictures) = folder(3);
        write(&folder.path().join("p0"), &[0; BYTES], 0);
        keep(folder.path(), &pictures, true);
        assert_eq!(found(folder.path(), &pictures), [false, true, true]);
    }

    #[test]
    fn damage_anywhere_costs_no_more_than_what_it_hit() {
        let (folder, pictures) = folder(4);
        let path = folder.path();
        keep(path, &pictures, true);
        let file = open(path).path;
        let whole = fs::read(&file).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x40;
            fs::write(&file, &damaged).unwrap();
            let found = found(path, &pictures).into_iter().filter(|found| *found).count();
            let pixels = at >= whole.len() - 4 * BYTES;
            assert_eq!(found, if pixels { 3 } else { 0 }, "byte {at}");
        }
        for end in (0..whole.len()).step_by(7) {
            fs::write(&file, &whole[..end]).unwrap();
            found(path, &pictures);
        }
        keep(path, &pictures, true);
        assert_eq!(found(path, &pictures), [true; 4], "and it is made whole again");
    }

    #[test]
    fn drafts_of_writers_that_broke_off_go() {
        let (folder, pictures) = folder(3);
        let path = folder.path();
        keep(path, &pictures, true);
        let (old, new) = (path.join(".cache/a.3.draft"), path.join(".cache/b.0.draft"));
        write(&old, b"", 10_000);
        write(&new, b"", 10);
        keep(path, &pictures, true);
        assert_eq!((old.exists(), new.exists()), (false, true));
        assert_eq!(found(path, &pictures), [true; 3]);
    }
}
