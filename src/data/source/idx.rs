//! IDX, the format of MNIST and its kin (LeCun, Cortes and Burges; Fashion-MNIST, KMNIST, EMNIST): two zero bytes, the
//! type of the numbers, the count of dimensions, each dimension as a big-endian u32, then the numbers.
//!
//! A folder's pairs of pictures and labels, plain or gzipped, are pooled. Headers come from strangers: whatever they
//! announce is checked against the file before memory is asked for.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use super::files::{malformed, open, unreadable};
use super::{Examples, MAX_NUMBERS, WRITING};
use crate::data::error::DataError;
use crate::data::{Shape, Values};

/// A picture's side can have so many pixels.
const MAX_SIDE: usize = 4096;
/// DEFLATE packs no better than this, to one.
const MAX_RATIO: u64 = 1032;
/// Classes of the files whose names are MNIST's own.
const MNIST_CLASSES: u32 = 10;

/// Pictures with their labels.
#[derive(Debug, PartialEq, Eq)]
struct Pair {
    /// What stands before `images` and `labels` in the names: `train-`, `t10k-`.
    prefix: String,
    images: PathBuf,
    labels: PathBuf,
}

/// Whether the folder holds a pair.
///
/// # Errors
/// It does not, or there is no folder.
pub(super) fn check(folder: &Path, section: &'static str) -> Result<(), DataError> {
    pairs(folder, section).map(drop)
}

/// Reads and pools every pair of the folder, those named `train` first.
///
/// # Errors
/// No folder, no pair, files that cannot be read, are cut short, or contradict each other.
pub(super) fn load(folder: &Path, section: &'static str) -> Result<Examples, DataError> {
    let mut pool = Pool::default();
    for pair in pairs(folder, section)? {
        pool.add(&pair)?;
    }
    pool.examples(folder)
}

fn pairs(folder: &Path, section: &'static str) -> Result<Vec<Pair>, DataError> {
    let key = || format!("{section}.path");
    if !folder.is_dir() {
        let remedy = "name the folder that holds train-images-idx3-ubyte and the like".to_owned();
        return Err(DataError::Missing { key: key(), path: folder.to_path_buf(), what: "(a folder)", remedy });
    }
    let unreadable = |error: io::Error| unreadable(folder, &error);
    let mut images = BTreeMap::new();
    let mut labels = BTreeMap::new();
    for entry in folder.read_dir().map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let (name, packed) = name.strip_suffix(".gz").map_or((&*name, false), |name| (name, true));
        for (list, what) in [(&mut images, "images"), (&mut labels, "labels")] {
            // A plain file beside its packed twin wins: it is read faster.
            if let Some(prefix) = prefix(name, what)
                && !(packed && list.contains_key(&prefix))
            {
                list.insert(prefix, path.clone());
            }
        }
    }
    let mut pairs = Vec::new();
    for (prefix, images) in images {
        let Some(labels) = labels.remove(&prefix) else {
            let problem = format!("has no labels beside it; there should be {prefix}labels-idx1-ubyte");
            return Err(malformed(&images, problem));
        };
        pairs.push(Pair { prefix, images, labels });
    }
    if pairs.is_empty() {
        return Err(DataError::Missing {
            key: key(),
            path: folder.join("train-images-idx3-ubyte"),
            what: "(or t10k-, or .gz)",
            remedy: "the folder should hold at least one of MNIST's pairs of images and labels".to_owned(),
        });
    }
    // `train` before the others, so that the order does not hang on the alphabet.
    pairs.sort_by_key(|pair| !pair.prefix.ends_with("train-"));
    Ok(pairs)
}

/// `train-` of `train-images-idx3-ubyte` or, as some unpackers name it, `train-images.idx3-ubyte`.
fn prefix(name: &str, what: &str) -> Option<String> {
    let dimensions = if what == "images" { 3 } else { 1 };
    ["-", "."]
        .iter()
        .find_map(|mark| name.strip_suffix(&format!("{what}{mark}idx{dimensions}-ubyte")).map(str::to_owned))
}

/// What has been read so far.
#[derive(Default)]
struct Pool {
    sides: Option<(usize, usize)>,
    values: Vec<u8>,
    labels: Vec<u32>,
}

impl Pool {
    fn add(&mut self, pair: &Pair) -> Result<(), DataError> {
        let mut images = Idx::open(&pair.images, 3)?;
        let mut labels = Idx::open(&pair.labels, 1)?;
        let (count, height, width) = (images.sizes[0], images.sizes[1], images.sizes[2]);
        if labels.sizes[0] != count {
            let there = pair.images.file_name().unwrap_or_default().to_string_lossy();
            return Err(labels.wrong(format!("holds {} labels for {count} pictures in {there}", labels.sizes[0])));
        }
        if !(1..=MAX_SIDE).contains(&height) || !(1..=MAX_SIDE).contains(&width) {
            return Err(
                images.wrong(format!("announces pictures of {height}×{width}; up to {MAX_SIDE}×{MAX_SIDE} will do"))
            );
        }
        if let Some((h, w)) = self.sides
            && (h, w) != (height, width)
        {
            return Err(images.wrong(format!("holds pictures of {height}×{width} where the others are {h}×{w}")));
        }
        self.sides = Some((height, width));
        images.read(&mut self.values)?;
        let before = self.labels.len();
        let mut bytes = Vec::new();
        labels.read(&mut bytes)?;
        self.labels.extend(bytes.into_iter().map(u32::from));
        let standard = ["train-", "t10k-"].contains(&pair.prefix.as_str());
        let beyond = |label: &&u32| standard && **label >= MNIST_CLASSES;
        if let Some((example, label)) = self.labels[before..].iter().enumerate().find(|(_, label)| beyond(label)) {
            return Err(labels.wrong(format!(
                "label {label} of example {example} is out of range; files of this name hold the classes 0 to 9 (for \
                 other classes name the pair otherwise, as in my-images-idx3-ubyte)"
            )));
        }
        Ok(())
    }

    fn examples(self, folder: &Path) -> Result<Examples, DataError> {
        let (height, width) = self.sides.unwrap_or((1, 1));
        let classes = self.labels.iter().max().map_or(0, |largest| largest + 1);
        let mut counts = vec![0u64; classes as usize];
        for &label in &self.labels {
            counts[label as usize] += 1;
        }
        let empty = counts.iter().filter(|count| **count == 0).count();
        if empty * 2 > counts.len() {
            let largest = classes.saturating_sub(1);
            let problem = format!("label {largest} is out of range: most classes below it have no example");
            return Err(malformed(folder, problem));
        }
        Ok(Examples {
            shape: Shape::Image { channels: 1, height, width },
            values: Values::Bytes(self.values),
            labels: self.labels,
            classes: (0..classes).map(|class| class.to_string()).collect(),
            further: Vec::new(),
            keys: None,
            mirroring: WRITING,
            notes: Vec::new(),
        })
    }
}

/// One file, its header read and found possible.
struct Idx {
    path: PathBuf,
    input: Box<dyn Read>,
    sizes: Vec<usize>,
    numbers: usize,
}

impl Idx {
    fn open(path: &Path, dimensions: u8) -> Result<Self, DataError> {
        let file = open(path).map_err(|error| unreadable(path, &error))?;
        let length = file.metadata().map_err(|error| unreadable(path, &error))?.len();
        let packed = path.extension().is_some_and(|extension| extension == "gz");
        let buffered = BufReader::with_capacity(1 << 16, file);
        let input: Box<dyn Read> = if packed { Box::new(MultiGzDecoder::new(buffered)) } else { Box::new(buffered) };
        let mut idx = Self { path: path.to_path_buf(), input, sizes: Vec::new(), numbers: 1 };

        let magic = idx.word()?;
        if magic >> 16 != 0 || !(0x08..=0x0e).contains(&(magic >> 8)) {
            return Err(idx.wrong(format!("is no IDX file: it begins with {magic:08x}, not with 0000080{dimensions}")));
        }
        if magic != 0x0800 + u32::from(dimensions) {
            return Err(idx.wrong(format!(
                "holds type {:02x} in {} dimensions; bytes (08) in {dimensions} are expected",
                magic >> 8,
                magic & 0xff
            )));
        }
        for _ in 0..dimensions {
            let size = idx.word()? as usize;
            idx.sizes.push(size);
            idx.numbers = idx.numbers.saturating_mul(size);
        }
        if idx.numbers > MAX_NUMBERS {
            return Err(idx.wrong(format!("announces {}, more than can be held", idx.announced())));
        }
        let header = 4 + 4 * u64::from(dimensions);
        let (fits, holds) = if packed {
            (idx.numbers as u64 <= length.saturating_mul(MAX_RATIO), length)
        } else {
            (idx.numbers as u64 <= length.saturating_sub(header), length.saturating_sub(header))
        };
        if !fits {
            let packed = if packed { " packed" } else { "" };
            return Err(
                idx.wrong(format!("is cut short: it announces {} and holds {holds}{packed} bytes", idx.announced()))
            );
        }
        Ok(idx)
    }

    /// Appends all numbers.
    fn read(&mut self, out: &mut Vec<u8>) -> Result<(), DataError> {
        let expected = self.numbers;
        if out.len() + expected > MAX_NUMBERS {
            return Err(self.wrong("holds more than fits beside the files before it".to_owned()));
        }
        // A packed file may still hold less than it announces: memory grows with what really comes.
        out.reserve(expected.min(1 << 26));
        let read = self.input.by_ref().take(expected as u64).read_to_end(out).map_err(|error| self.broken(&error))?;
        if read < expected {
            return Err(self.wrong(format!("is cut short: it announces {} and holds {read} bytes", self.announced())));
        }
        if self.input.read(&mut [0]).map_err(|error| self.broken(&error))? > 0 {
            return Err(self.wrong(format!("holds more than the {} that it announces", self.announced())));
        }
        Ok(())
    }

    fn word(&mut self) -> Result<u32, DataError> {
        let mut bytes = [0; 4];
        self.input.read_exact(&mut bytes).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => self.wrong("is cut short: its header is not whole".to_owned()),
            _ => self.broken(&error),
        })?;
        Ok(u32::from_be_bytes(bytes))
    }

    fn announced(&self) -> String {
        match self.sizes[..] {
            [count, height, width] => format!("{count} pictures of {height}×{width}"),
            [count] => format!("{count} labels"),
            _ => "numbers".to_owned(),
        }
    }

    fn wrong(&self, problem: String) -> DataError {
        malformed(&self.path, problem)
    }

    fn broken(&self, error: &io::Error) -> DataError {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => self.wrong("is cut short".to_owned()),
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                self.wrong(format!("is not the gzip file that its name says ({error})"))
            }
            _ => unreadable(&self.path, error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn header(sizes: &[u32]) -> Vec<u8> {
        let mut bytes = vec![0, 0, 8, sizes.len() as u8];
        for size in sizes {
            bytes.extend(size.to_be_bytes());
        }
        bytes
    }

    fn file(sizes: &[u32], data: &[u8]) -> Vec<u8> {
        [header(sizes), data.to_vec()].concat()
    }

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn folder(files: &[(&str, Vec<u8>)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        folder
    }

    fn message(files: &[(&str, Vec<u8>)]) -> String {
        load(folder(files).path(), "data").unwrap_err().to_string()
    }

    #[test]
    fn plain_and_packed_pairs_are_pooled_train_first() {
        let folder = folder(&[
            ("t10k-images-idx3-ubyte.gz", packed(&file(&[1, 1, 2], &[5, 6]))),
            ("t10k-labels.idx1-ubyte", file(&[1], &[1])),
            ("train-images-idx3-ubyte", file(&[2, 1, 2], &[1, 2, 3, 4])),
            ("train-images-idx3-ubyte.gz", packed(b"never looked at")),
            ("train-labels-idx1-ubyte.gz", packed(&file(&[2], &[0, 2]))),
            ("README", b"not of a pair".to_vec()),
        ]);
        check(folder.path(), "data").unwrap();
        let examples = load(folder.path(), "data").unwrap();
        assert_eq!(examples.shape, Shape::Image { channels: 1, height: 1, width: 2 });
        assert_eq!(examples.values, Values::Bytes(vec![1, 2, 3, 4, 5, 6]));
        assert_eq!(examples.labels, [0, 2, 1]);
        assert_eq!(examples.classes, ["0", "1", "2"]);
    }

    #[test]
    fn what_is_wrong_is_said_with_the_name_of_the_file() {
        let images = || ("train-images-idx3-ubyte", file(&[2, 1, 2], &[1, 2, 3, 4]));
        let labels = |bytes: Vec<u8>| ("train-labels-idx1-ubyte", bytes);
        let two = || labels(file(&[2], &[0, 1]));
        let tall = u32::MAX;
        for (files, parts) in [
            (vec![images()], &["train-images", "no labels", "train-labels-idx1-ubyte"][..]),
            (vec![], &["data.path", "train-images-idx3-ubyte"]),
            (vec![images(), labels(file(&[3], &[0, 1, 2]))], &["train-labels", "3 labels for 2 pictures"]),
            (vec![images(), labels(file(&[2], &[0]))], &["train-labels", "cut short", "2 labels", "holds 1 bytes"]),
            (vec![images(), labels(file(&[2], &[0, 1, 1]))], &["train-labels", "more than the 2 labels"]),
            (vec![images(), labels(file(&[2], &[0, 10]))], &["train-labels", "label 10 of example 1", "0 to 9"]),
            (vec![images(), labels(vec![0, 0, 8])], &["train-labels", "header is not whole"]),
            (vec![images(), labels(b"not at all".to_vec())], &["train-labels", "no IDX file", "00000801"]),
            (vec![images(), labels(file(&[1, 2], &[0, 1]))], &["train-labels", "type 08 in 2 dimensions"]),
            (vec![("train-images-idx3-ubyte", file(&[2, tall, tall], &[])), two()], &["train-images", "more than can"]),
            (vec![("train-images-idx3-ubyte", file(&[2, 5000, 1], &[0; 10000])), two()], &["train-images", "5000×1"]),
            (vec![("train-images-idx3-ubyte", file(&[2, 0, 5], &[])), two()], &["train-images", "0×5"]),
        ] {
            let message = message(&files);
            for part in parts {
                assert!(message.contains(part), "{part:?} is not in {message:?}");
            }
        }
    }

    #[test]
    fn packed_files_that_lie_are_found_out_without_their_memory() {
        let labels = || ("t10k-labels-idx1-ubyte", file(&[1_000_000], &vec![0; 1_000_000]));
        // A kilobyte cannot hold 784 MB, however well it is packed.
        let bomb = packed(&file(&[1_000_000, 28, 28], &[0; 100]));
        let text = message(&[("t10k-images-idx3-ubyte.gz", bomb), labels()]);
        assert!(text.contains("t10k-images-idx3-ubyte.gz") && text.contains("cut short"), "{text}");
        // Nor may it go on after what it announced.
        let long = packed(&file(&[1, 1, 1], &vec![0; 10_000_000]));
        let text = message(&[("t10k-images-idx3-ubyte.gz", long), ("t10k-labels-idx1-ubyte", file(&[1], &[0]))]);
        assert!(text.contains("more than the 1 pictures"), "{text}");
        let whole = packed(&file(&[2, 1, 2], &[1, 2, 3, 4]));
        for cut in 0..whole.len() {
            let files =
                [("t10k-images-idx3-ubyte.gz", whole[..cut].to_vec()), ("t10k-labels-idx1-ubyte", file(&[2], &[0, 1]))];
            let text = message(&files);
            assert!(text.contains("t10k-images-idx3-ubyte.gz"), "cut at {cut}: {text}");
        }
    }

    #[test]
    fn other_names_may_have_other_classes_but_no_stray_one() {
        let pair = |last: u8| {
            let labels: Vec<u8> = (1..=25).chain([last]).collect();
            vec![
                ("letters-images-idx3-ubyte", file(&[26, 1, 1], &[0; 26])),
                ("letters-labels-idx1-ubyte", file(&[26], &labels)),
            ]
        };
        assert_eq!(load(folder(&pair(26)).path(), "data").unwrap().classes.len(), 27);
        assert!(message(&pair(255)).contains("label 255 is out of range"));
    }
}
