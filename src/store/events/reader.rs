//! Reading the event files of a run, and going on as they grow.
//!
//! What is read may be damaged: a file that ends in the middle of a record is read again from there when it has grown;
//! a record whose CRC is wrong is passed over; where not even a length can be trusted, the rest of that file is given
//! up. Memory is bounded by the budget of one call, whatever a file says of its lengths.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::mem;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::str::Utf8Error;
use std::sync::Arc;

use prost::Message;

use super::framing::{self, Frame, Splitter};
use super::layout::Layouts;
use super::proto::{Content, Event, SessionLog, What};
use super::quick::{self, Found, Quick};
use super::seconds_of;
use crate::domain::points::{Point, Points};
use crate::store::StoreError;
use crate::store::files;

/// Read at a time.
const CHUNK: usize = 256 << 10;
/// More different tags than this are no run's of ours; values of further ones are left out.
const MAX_TAGS: usize = 10_000;

/// What was read in one go.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::store) struct Batch {
    /// A worker took the run up again: what was known of this step and of later ones does not count any more, and is
    /// to be dropped before [`Self::curves`] are taken.
    pub(in crate::store) restart: Option<u64>,
    /// The values of each curve, in the order that the curves came.
    pub(in crate::store) curves: Vec<Points>,
    /// Whether there is more to read.
    pub(in crate::store) more: bool,
}

/// The curves there are, by the place that each has among them.
#[derive(Debug, Default)]
struct Tags {
    names: Vec<Arc<str>>,
    places: HashMap<Arc<str>, usize>,
    /// The one that most likely comes next, for values come in the same order again and again.
    next: usize,
    /// Where each stands in the batch that is being made, if it does.
    slots: Vec<Option<usize>>,
}

impl Tags {
    /// The place of a tag; `None` where it is one too many. It fails where it is no text.
    fn place(&mut self, tag: &[u8]) -> Result<Option<usize>, Utf8Error> {
        let place = match self.names.get(self.next) {
            Some(name) if name.as_bytes() == tag => Some(self.next),
            _ => self.find(std::str::from_utf8(tag)?),
        };
        self.next = place.map_or(0, |place| if place + 1 < self.names.len() { place + 1 } else { 0 });
        Ok(place)
    }

    fn find(&mut self, tag: &str) -> Option<usize> {
        if let Some(place) = self.places.get(tag) {
            return Some(*place);
        }
        let place = self.names.len();
        if place >= MAX_TAGS {
            return None;
        }
        let name: Arc<str> = tag.into();
        self.names.push(name.clone());
        self.places.insert(name, place);
        self.slots.push(None);
        Some(place)
    }

    /// Begins a batch, or goes on with one whose curves do not stand where they stood.
    fn part(&mut self) {
        self.slots.fill(None);
    }

    fn push(&mut self, batch: &mut Batch, place: usize, point: Point) {
        let slot = *self.slots[place].get_or_insert_with(|| {
            batch.curves.push(Points::new(self.names[place].clone()));
            batch.curves.len() - 1
        });
        batch.curves[slot].push(point);
    }

    fn restart(&mut self, batch: &mut Batch, step: u64) {
        batch.curves.iter_mut().for_each(|curve| curve.truncate_from(step));
        batch.curves.retain(|curve| !curve.is_empty());
        batch.restart = Some(batch.restart.map_or(step, |before| before.min(step)));
        self.part();
    }
}

/// How far the event files of a run have been read.
#[derive(Debug, Default)]
pub(in crate::store) struct EventTail {
    /// The file that is being read, and the place up to which it has been.
    current: Option<(String, u64)>,
    /// What the file seemed to hold when it was last looked at.
    seen: u64,
    tags: Tags,
    layouts: Layouts,
    /// What was last read of the file, as long as there is more.
    buffer: Vec<u8>,
    damage: Option<String>,
}

impl EventTail {
    /// What is wrong with the files, in a sentence, if something is.
    pub(in crate::store) fn damage(&self) -> Option<&str> {
        self.damage.as_deref()
    }

    /// Reads what was added to the files in `directory`, up to about `budget` bytes. `new_files` tells whether files
    /// may have come; without it only the file under way is looked at.
    ///
    /// # Errors
    /// The directory or a file in it cannot be read.
    pub(in crate::store) fn poll(
        &mut self,
        directory: &Path,
        budget: u64,
        new_files: bool,
    ) -> Result<Batch, StoreError> {
        let mut batch = Batch::default();
        self.tags.part();
        let mut left = budget;
        loop {
            if let Some((name, offset)) = self.current.take() {
                let path = directory.join(&name);
                let end = self.read(&path, offset, &mut left, &mut batch).map_err(StoreError::io(&path, "be read"))?;
                self.current = Some((name, end));
                if left == 0 {
                    batch.more = true;
                    return Ok(batch);
                }
            }
            if !(new_files || self.current.is_none()) {
                return Ok(batch);
            }
            match next_file(directory, self.current.as_ref().map(|(name, _)| name.as_str()))? {
                Some(name) => (self.current, self.seen) = (Some((name, 0)), 0),
                None => return Ok(batch),
            }
        }
    }

    /// Reads one file from `offset`; gives where the next record begins.
    fn read(&mut self, path: &PathBuf, offset: u64, left: &mut u64, batch: &mut Batch) -> io::Result<u64> {
        let length = fs::symlink_metadata(path)?.len();
        if length == self.seen || length <= offset {
            return Ok(offset);
        }
        let file = files::open(path)?;
        let mut offset = offset;
        let (mut buffer, mut found, mut splitter) = (mem::take(&mut self.buffer), Vec::new(), Splitter::default());
        while *left > 0 {
            fill(&file, offset, CHUNK.min((length - offset) as usize), &mut buffer)?;
            let mut at = 0;
            let problem = loop {
                match splitter.split(&buffer[at..]) {
                    Frame::Whole(payload) => {
                        if !self.take_quickly(payload, &mut found, batch) {
                            self.take(payload, batch);
                        }
                        at += payload.len() + framing::AROUND;
                    }
                    Frame::Damaged(total) => {
                        self.damage =
                            Some(format!("{}: a record at byte {} is damaged", path.display(), offset + at as u64));
                        at += total as usize;
                    }
                    // Longer than any of ours: passed over without being loaded, once it is whole.
                    Frame::Cut(total) if total > CHUNK as u64 => {
                        if total <= length - offset - at as u64 {
                            at += total as usize;
                        }
                        break None;
                    }
                    Frame::Cut(_) | Frame::Short => break None,
                    Frame::Lost => {
                        break Some(format!("{}: no record begins at byte {}", path.display(), offset + at as u64));
                    }
                }
            };
            *left = left.saturating_sub(at as u64);
            offset += at as u64;
            if problem.is_some() {
                self.damage = problem;
            }
            // Nothing whole is left, now or until the file grows.
            if at == 0 || offset >= length {
                self.seen = length;
                return Ok(offset);
            }
        }
        self.buffer = buffer;
        Ok(offset)
    }

    /// Takes a record as most are; tells whether it is one.
    fn take_quickly(&mut self, payload: &[u8], found: &mut Vec<Found>, batch: &mut Batch) -> bool {
        let known = self.layouts.read(payload, found).or_else(|| {
            let quick = quick::read(payload, found, |tag| self.tags.place(tag))?;
            self.layouts.learn(payload, found);
            Some(quick)
        });
        let Some(Quick { wall_time, step }) = known else { return false };
        let step = u64::try_from(step).unwrap_or(0);
        for Found { place, y, .. } in found {
            if let Some(place) = *place {
                self.tags.push(batch, place, (step, wall_time, *y));
            }
        }
        true
    }

    fn take(&mut self, payload: &[u8], batch: &mut Batch) {
        let Ok(event) = Event::decode(payload) else {
            self.damage = Some("a record is no event".to_owned());
            return;
        };
        let step = u64::try_from(event.step).unwrap_or(0);
        match event.what {
            Some(What::Summary(summary)) => {
                for value in summary.value {
                    let Some(number) = value.content.as_ref().and_then(Content::scalar) else { continue };
                    if let Ok(Some(place)) = self.tags.place(value.tag.as_bytes()) {
                        self.tags.push(batch, place, (step, event.wall_time, number));
                    }
                }
            }
            Some(What::SessionLog(SessionLog { status: SessionLog::START })) => self.tags.restart(batch, step),
            _ => {}
        }
    }
}

/// Reads up to `size` bytes from `offset` on.
fn fill(file: &File, offset: u64, size: usize, buffer: &mut Vec<u8>) -> io::Result<()> {
    buffer.resize(size, 0);
    let mut filled = 0;
    while filled < size {
        match file.read_at(&mut buffer[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    buffer.truncate(filled);
    Ok(())
}

/// The event file that follows `after`, by name.
fn next_file(directory: &Path, after: Option<&str>) -> Result<Option<String>, StoreError> {
    let entries = fs::read_dir(directory).map_err(StoreError::io(directory, "be read"))?;
    let names = entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| seconds_of(name).is_some() && after.is_none_or(|after| name.as_str() > after));
    Ok(names.min())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::events::EventWriter;
    use std::io::Write;

    const SIMPLE: &[u8] = include_bytes!("../../../tests/fixtures/events/simple.tfevents");
    const TENSOR: &[u8] = include_bytes!("../../../tests/fixtures/events/tensor.tfevents");

    fn directory_with(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.out.tfevents.0000000001.host.1.0");
        fs::write(&path, bytes).unwrap();
        (folder, path)
    }

    type Scalar = (Arc<str>, Point);

    /// Curve by curve.
    fn scalars(batch: Batch) -> Vec<Scalar> {
        let of = |curve: Points| curve.iter().map(|point| (curve.tag.clone(), point)).collect::<Vec<_>>();
        batch.curves.into_iter().flat_map(of).collect()
    }

    fn whole(directory: &Path) -> (Vec<Scalar>, Option<String>) {
        let mut tail = EventTail::default();
        let batch = tail.poll(directory, u64::MAX, true).unwrap();
        assert!(!batch.more);
        (scalars(batch), tail.damage().map(str::to_owned))
    }

    /// Recorded by `tests/fixtures/events/make.py` from the real TensorBoard.
    #[test]
    fn what_tensorboard_writes_is_read_as_tensorboard_reads_it() {
        let expected: serde_json::Value =
            serde_json::from_str(include_str!("../../../tests/fixtures/events/expected.json")).unwrap();
        for (name, bytes) in [("simple", SIMPLE), ("tensor", TENSOR)] {
            let (folder, _) = directory_with(bytes);
            let (scalars, damage) = whole(folder.path());
            assert_eq!(damage, None);
            for (tag, theirs) in expected[name].as_object().unwrap() {
                let ours: Vec<(f64, u64, u64)> = scalars
                    .iter()
                    .filter(|(name, _)| **name == **tag)
                    .map(|(_, (step, time, value))| (*time, *step, f64::from(*value).to_bits()))
                    .collect();
                let theirs: Vec<(f64, u64, u64)> = theirs
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|point| {
                        let value: f64 = point[2].as_str().unwrap().parse().unwrap();
                        (point[0].as_f64().unwrap(), point[1].as_u64().unwrap(), value.to_bits())
                    })
                    .collect();
                assert_eq!(ours, theirs, "{name} {tag}");
            }
        }
    }

    /// What a sound reading gives is given by every damaged one, up to the damage.
    #[test]
    fn every_cut_and_every_flipped_bit_is_survived() {
        let (folder, path) = directory_with(TENSOR);
        let (sound, _) = whole(folder.path());
        for cut in 0..TENSOR.len() {
            fs::write(&path, &TENSOR[..cut]).unwrap();
            let (scalars, damage) = whole(folder.path());
            let all_sound = scalars.iter().all(|scalar| sound.iter().any(|other| same(scalar, other)));
            assert!(sound.len() == 7 && scalars.len() <= 7 && all_sound, "cut at {cut}");
            assert_eq!(damage, None, "a file may end anywhere while it is being written");
        }
        for bit in 0..TENSOR.len() * 8 {
            let mut bytes = TENSOR.to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            fs::write(&path, bytes).unwrap();
            let (scalars, damage) = whole(folder.path());
            assert!(damage.is_some(), "bit {bit}");
            assert!(scalars.iter().all(|scalar| sound.iter().any(|other| same(scalar, other))), "bit {bit}");
        }
    }

    fn same(a: &Scalar, b: &Scalar) -> bool {
        let bits = |(tag, (step, time, value)): &Scalar| (tag.clone(), *step, time.to_bits(), value.to_bits());
        bits(a) == bits(b)
    }

    #[test]
    fn a_file_is_read_as_it_grows_byte_by_byte() {
        let (folder, path) = directory_with(b"");
        let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
        let (mut tail, mut grown) = (EventTail::default(), Vec::new());
        for byte in SIMPLE {
            file.write_all(&[*byte]).unwrap();
            let batch = tail.poll(folder.path(), u64::MAX, false).unwrap();
            if let Some(step) = batch.restart {
                grown.retain(|(_, (at, _, _)): &Scalar| *at < step);
            }
            grown.extend(scalars(batch));
        }
        let sound = whole(folder.path()).0;
        assert!(grown.len() == 11 && grown.iter().all(|one| sound.iter().any(|other| same(one, other))));
    }

    #[test]
    fn a_budget_is_kept_and_nothing_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = EventWriter::begin(folder.path(), 1.0, 0).unwrap();
        (1..=20_000).for_each(|step| writer.scalars(step, 1.0, &[("train/loss", step as f32), ("b", 0.0)]));
        writer.flush().unwrap();
        let (mut tail, mut read) = (EventTail::default(), Vec::new());
        loop {
            let batch = tail.poll(folder.path(), 1000, true).unwrap();
            let more = batch.more;
            let chunk = scalars(batch);
            assert!(chunk.len() < 20_000, "a chunk at most");
            read.extend(chunk);
            if !more {
                break;
            }
        }
        assert_eq!(read.len(), 40_000);
        // Curve by curve.
        read.sort_by(|a, b| b.0.cmp(&a.0));
        assert_eq!(read, whole(folder.path()).0);
    }

    #[test]
    fn a_resumed_run_goes_on_in_a_new_file_whatever_the_clock_says() {
        let folder = tempfile::tempdir().unwrap();
        let mut tail = EventTail::default();
        let mut session = |now: f64, begin: u64, end: u64| {
            let mut writer = EventWriter::begin(folder.path(), now, begin).unwrap();
            (begin + 1..=end).for_each(|step| writer.scalars(step, now, &[("train/loss", now as f32)]));
            writer.flush().unwrap();
            tail.poll(folder.path(), u64::MAX, true).unwrap()
        };
        assert_eq!(scalars(session(2e9, 0, 5)).len(), 5);
        let batch = session(1e9, 3, 7);
        assert_eq!((batch.restart, scalars(batch).len()), (Some(4), 4));
        let steps: Vec<(u64, f32)> =
            whole(folder.path()).0.iter().map(|(_, (step, _, value))| (*step, *value)).collect();
        assert_eq!(steps, [(1, 2e9), (2, 2e9), (3, 2e9), (4, 1e9), (5, 1e9), (6, 1e9), (7, 1e9)]);
    }

    #[test]
    fn a_record_that_claims_to_be_huge_takes_no_memory() {
        let mut bytes = Vec::new();
        framing::append(&mut bytes, |out| out.resize(out.len() + 2 * CHUNK, 0));
        let large = bytes.clone();
        let (folder, path) = directory_with(&[&large, TENSOR].concat());
        assert_eq!(whole(folder.path()).0.len(), 7, "it is passed over");
        // A sound head that announces an exabyte.
        let length = (1u64 << 59).to_le_bytes();
        let mut head = length.to_vec();
        head.extend(crc32c::crc32c(&length).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes());
        fs::write(&path, [&head, TENSOR].concat()).unwrap();
        assert_eq!(whole(folder.path()).0.len(), 0);
    }
}
