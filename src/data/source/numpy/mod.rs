//! Arrays as NumPy saves them: a `.npz` archive, a `.npy` file with its labels beside it, or a folder of `.npy` files.
//!
//! Which array holds the examples and which the labels goes by their names (`x` and `y`, `images` and `labels`, `data`
//! and `target`, each also with `train` or `test` before or after); all pairs are pooled. The first side counts
//! examples. Two sides are vectors, three gray pictures or sequences, four pictures whose channels come last or first.
//! Three sides are sequences (steps, then the numbers of each) where the network is recurrent, and where nobody keeps
//! pictures so thin: a side is shorter than [`THIN`] or the other is more than [`LONG`] times as long.

mod array;
mod further;

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use self::array::{Array, Numbers};
use super::files::{malformed, open, sort_classes, unreadable};
use super::{Ask, Examples, MAX_FLOATS, MAX_NUMBERS, WRITING};
use crate::data::error::DataError;
use crate::data::{Labels, Shape, Values};

/// An archive has no more entries than this.
const MAX_ENTRIES: usize = 10_000;
/// DEFLATE packs no better than this, to one.
const MAX_RATIO: u64 = 1032;
/// Pictures have no shorter side than this, and no side that is more than so many times the other.
const THIN: usize = 4;
const LONG: usize = 4;
/// Names of arrays that hold examples, and of those that hold labels.
const DATA: [&str; 6] = ["x", "images", "imgs", "data", "features", "samples"];
const LABELS: [&str; 6] = ["y", "labels", "label", "targets", "target", "classes"];

/// Whether the file or folder is there.
///
/// # Errors
/// It is not.
pub(super) fn check(path: &Path, section: &'static str) -> Result<(), DataError> {
    if path.exists() {
        return Ok(());
    }
    let remedy = "name a .npz file, a .npy file with its labels beside it, or a folder of .npy files".to_owned();
    let what = "(a file or folder)";
    Err(DataError::Missing { key: format!("{section}.path"), path: path.to_path_buf(), what, remedy })
}

/// Reads and pools every pair of examples and labels.
///
/// # Errors
/// No pair, arrays that cannot be read or contradict each other, more than can be held.
pub(super) fn load(path: &Path, label: Option<&str>, ask: Ask<'_>) -> Result<Examples, DataError> {
    let section = ask.section;
    check(path, section)?;
    let mut store = Store::open(path)?;
    let names = store.names();
    let only = match &store {
        Store::Files { only, .. } => only.clone(),
        Store::Archive { .. } => None,
    };
    let pairs = pairs(&names, label, only.as_deref());
    if pairs.is_empty() {
        let shown = names.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
        return Err(DataError::Setting {
            key: format!("{section}.path"),
            problem: format!("{} has no array of examples with one of labels (it has: {shown})", path.display()),
            remedy: "call them x and y, images and labels or data and target; data.label can name the labels"
                .to_owned(),
        });
    }
    let further = further::names(&names, &pairs, ask)?;
    let mut pool = Pool { ask, shape: None, values: None, names: Vec::new(), further: Vec::new() };
    for ((data, labels), further) in pairs.iter().zip(further) {
        pool.add(&mut store, data, labels, &further)?;
    }
    Ok(pool.examples())
}

/// Pairs of names, training ones first.
fn pairs(names: &[String], label: Option<&str>, only: Option<&str>) -> Vec<(String, String)> {
    let wanted = |name: &&String| only.is_none_or(|only| only == *name);
    if let Some(label) = label {
        let label = label.strip_suffix(".npy").unwrap_or(label);
        if !names.iter().any(|name| name == label) {
            return Vec::new();
        }
        let known = |name: &&String| rest(name, &DATA).is_some();
        let others: Vec<&String> = names.iter().filter(|name| *name != label).filter(wanted).collect();
        let data = match others[..] {
            [only] => Some(only),
            _ => others.iter().copied().find(known),
        };
        return data.map(|data| (data.clone(), label.to_owned())).into_iter().collect();
    }
    let partner = |data: &String| {
        let around = rest(data, &DATA)?;
        let labels = names.iter().find(|name| *name != data && rest(name, &LABELS).as_ref() == Some(&around))?;
        Some((data.clone(), labels.clone()))
    };
    let mut pairs: Vec<_> = names.iter().filter(wanted).filter_map(partner).collect();
    pairs.sort_by_key(|(data, _)| (!data.to_lowercase().contains("train"), data.clone()));
    pairs
}

/// What is left of a name without one of these words: `train` of `x_train`.
fn rest(name: &str, words: &[&str]) -> Option<String> {
    let name = name.to_lowercase();
    let parts: Vec<&str> = name.split(['_', '-', '.', ' ']).collect();
    let at = parts.iter().position(|part| words.contains(part))?;
    Some(
        parts.iter().enumerate().filter(|(place, _)| *place != at).map(|(_, part)| *part).collect::<Vec<_>>().join("_"),
    )
}

/// Where arrays are kept.
enum Store {
    /// In one archive.
    Archive { path: PathBuf, archive: Box<ZipArchive<BufReader<File>>>, names: Vec<String> },
    /// Each in a file of its own; `only` where one of them was named.
    Files { folder: PathBuf, names: Vec<String>, only: Option<String> },
}

impl Store {
    fn open(path: &Path) -> Result<Self, DataError> {
        let problem = |error: std::io::Error| unreadable(path, &error);
        if path.is_dir() || path.extension().is_some_and(|extension| extension == "npy") {
            let only = path.is_file().then(|| stem(path));
            let folder = match &only {
                Some(_) => path.parent().map(Path::to_path_buf).unwrap_or_default(),
                None => path.to_path_buf(),
            };
            // A bare file name has the empty path for a parent, which no system opens.
            let listed = if folder.as_os_str().is_empty() { Path::new(".") } else { &folder };
            let mut names = Vec::new();
            for entry in listed.read_dir().map_err(problem)?.take(MAX_ENTRIES) {
                let path = entry.map_err(problem)?.path();
                if path.extension().is_some_and(|extension| extension == "npy") {
                    names.push(stem(&path));
                }
            }
            names.sort();
            return Ok(Self::Files { folder, names, only });
        }
        let file = open(path).map_err(problem)?;
        let archive = ZipArchive::new(BufReader::new(file))
            .map_err(|error| malformed(path, format!("is no .npz archive: {error}")))?;
        if archive.len() > MAX_ENTRIES {
            return Err(malformed(path, format!("has {} entries; up to {MAX_ENTRIES} will do", archive.len())));
        }
        let mut names: Vec<String> =
            archive.file_names().flatten().filter_map(|name| name.strip_suffix(".npy").map(str::to_owned)).collect();
        names.sort();
        Ok(Self::Archive { path: path.to_path_buf(), archive: Box::new(archive), names })
    }

    fn names(&self) -> Vec<String> {
        match self {
            Self::Archive { names, .. } | Self::Files { names, .. } => names.clone(),
        }
    }

    fn array(&mut self, name: &str) -> Result<Array<Box<dyn Read + '_>>, DataError> {
        let file_name = format!("{name}.npy");
        match self {
            Self::Files { folder, .. } => {
                let path = folder.join(&file_name);
                let file = open(&path).map_err(|error| unreadable(&path, &error))?;
                let length = file.metadata().map_err(|error| unreadable(&path, &error))?.len();
                Array::open(&path, name, Box::new(BufReader::new(file)), Some(length))
            }
            Self::Archive { path, archive, .. } => {
                let entry = archive
                    .by_name(&file_name)
                    .map_err(|error| malformed(path, format!("{file_name}: cannot be unpacked: {error}")))?;
                let (packed, length) = (entry.compressed_size(), entry.size());
                if length > packed.saturating_mul(MAX_RATIO).saturating_add(1024) {
                    let problem = format!("{file_name}: announces {length} bytes, more than its {packed} can hold");
                    return Err(malformed(path, problem));
                }
                Array::open(path, name, Box::new(entry.take(length)), Some(length))
            }
        }
    }
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// What has been read so far.
struct Pool<'a> {
    ask: Ask<'a>,
    shape: Option<Shape>,
    values: Option<Values>,
    names: Vec<String>,
    further: Vec<Labels>,
}

impl Pool<'_> {
    /// Reads one pair; `further` are the names of the arrays that further tasks learn.
    fn add(&mut self, store: &mut Store, data: &str, labels: &str, further: &[String]) -> Result<(), DataError> {
        let labels = store.array(labels)?;
        let count = labels.shape.first().copied().unwrap_or(0);
        if labels.shape.iter().product::<usize>() != count {
            return Err(labels.wrong("has more than one number for each example; labels are one class each"));
        }
        if count > u32::MAX as usize {
            return Err(labels.wrong("holds more labels than can be held"));
        }
        let names = labels.names()?;
        for (task, name) in further.iter().enumerate() {
            let array = store.array(name)?;
            let apart = array.wrong("is not of the kind that the arrays before it are");
            let labels = further::labels(array, count, self.ask, task)?;
            match self.further.get_mut(task) {
                Some(before) => before.append(labels).map_err(|_| apart)?,
                None => self.further.push(labels),
            }
        }

        let array = store.array(data)?;
        let sides = array.shape.clone();
        if sides.first() != Some(&count) {
            let there = sides.first().copied().unwrap_or(0);
            return Err(array.wrong(&format!("holds {there} examples for {count} labels")));
        }
        let Some((shape, last)) = shape_of(&sides, self.ask.sequences) else {
            return Err(array.wrong(&format!(
                "has {} sides; examples are vectors (2 sides), gray pictures or sequences (3) or pictures with 1 or 3 \
                 channels (4)",
                sides.len()
            )));
        };
        if shape.is_empty() {
            return Err(array.wrong("holds examples without numbers"));
        }
        if let Some(before) = self.shape
            && before != shape
        {
            return Err(array.wrong(&format!("holds examples of {shape} where the others are {before}")));
        }
        let apart =
            |at: usize| array.wrong(&format!("holds more than fits ({at} numbers) beside the arrays before it"));
        let held = match &self.values {
            Some(Values::Bytes(values)) => values.len(),
            Some(Values::Floats(values)) => values.len(),
            None => 0,
        };
        let most = if matches!(self.values, Some(Values::Floats(_))) { MAX_FLOATS } else { MAX_NUMBERS };
        if held + count * shape.len() > most {
            return Err(apart(most));
        }
        let mixed = array.wrong("is not of the type that the others have");
        match (&mut self.values, array.numbers()?) {
            (None, Numbers::Bytes(bytes)) => self.values = Some(Values::Bytes(planes(bytes, shape, last))),
            (None, Numbers::Floats(floats)) => self.values = Some(Values::Floats(planes(floats, shape, last))),
            (Some(Values::Bytes(values)), Numbers::Bytes(bytes)) => values.extend(planes(bytes, shape, last)),
            (Some(Values::Floats(values)), Numbers::Floats(floats)) => values.extend(planes(floats, shape, last)),
            _ => return Err(mixed),
        }
        self.shape = Some(shape);
        self.names.extend(names);
        Ok(())
    }

    fn examples(self) -> Examples {
        let mut classes = self.names.clone();
        classes.sort();
        classes.dedup();
        sort_classes(&mut classes);
        let places: HashMap<&str, u32> =
            classes.iter().enumerate().map(|(place, name)| (name.as_str(), place as u32)).collect();
        let labels = self.names.iter().map(|name| places[name.as_str()]).collect();
        let shape = self.shape.unwrap_or(Shape::Vector(0));
        // Bytes without neighbors are numbers like any other.
        let values = match (shape, self.values.unwrap_or(Values::Floats(Vec::new()))) {
            (Shape::Vector(_), Values::Bytes(bytes)) => Values::Floats(bytes.into_iter().map(f32::from).collect()),
            (_, values) => values,
        };
        let mut further = self.further;
        for labels in &mut further {
            labels.in_order(sort_classes);
        }
        let mirroring = WRITING;
        Examples { shape, values, labels, classes, further, keys: None, mirroring, notes: Vec::new() }
    }
}

/// The shape of one example, and whether its channels come last.
fn shape_of(sides: &[usize], sequences: bool) -> Option<(Shape, bool)> {
    let thin = |a: usize, b: usize| a.min(b) < THIN || a.max(b) > LONG * a.min(b);
    Some(match *sides {
        [_, steps, features] if sequences || thin(steps, features) => (Shape::Sequence { steps, features }, false),
        [_] => (Shape::Vector(1), false),
        [_, features] => (Shape::Vector(features), false),
        [_, height, width] => (Shape::Image { channels: 1, height, width }, false),
        [_, height, width, channels @ (1 | 3)] => (Shape::Image { channels, height, width }, true),
        [_, channels @ (1 | 3), height, width] => (Shape::Image { channels, height, width }, false),
        _ => return None,
    })
}

/// Examples whose channels come last, brought into planes.
fn planes<T: Copy>(numbers: Vec<T>, shape: Shape, last: bool) -> Vec<T> {
    let Shape::Image { channels, .. } = shape else { return numbers };
    if !last || channels == 1 {
        return numbers;
    }
    let mut out = Vec::with_capacity(numbers.len());
    for example in numbers.chunks_exact(shape.len()) {
        for channel in 0..channels {
            out.extend(example.iter().skip(channel).step_by(channels));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paired(names: &[&str], label: Option<&str>) -> Vec<(String, String)> {
        pairs(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>(), label, None)
    }

    #[test]
    fn arrays_are_paired_by_name() {
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        for (names, pairs) in [
            (&["x", "y"][..], vec![pair("x", "y")]),
            (&["x_test", "x_train", "y_test", "y_train"], vec![pair("x_train", "y_train"), pair("x_test", "y_test")]),
            (&["train_images", "train_labels", "weights"], vec![pair("train_images", "train_labels")]),
            (&["X", "target"], vec![pair("X", "target")]),
            (&["x", "y_train"], vec![]),
            (&["arr_0"], vec![]),
        ] {
            assert_eq!(paired(names, None), pairs, "{names:?}");
        }
        assert_eq!(paired(&["a", "b"], Some("b")), [pair("a", "b")]);
        assert_eq!(paired(&["a", "b", "x"], Some("b.npy")), [pair("x", "b")]);
        assert_eq!(paired(&["a", "b"], Some("c")), []);
    }

    #[test]
    fn three_sides_are_pictures_or_sequences() {
        let picture = |height, width| Some((Shape::Image { channels: 1, height, width }, false));
        let sequence = |steps, features| Some((Shape::Sequence { steps, features }, false));
        for (sides, wanted) in [
            ([9, 28, 28], picture(28, 28)),
            ([9, 8, 32], picture(8, 32)),
            ([9, 40, 8], sequence(40, 8)),
            ([9, 3, 3], sequence(3, 3)),
            ([9, 12, 1], sequence(12, 1)),
        ] {
            assert_eq!(shape_of(&sides, false), wanted, "{sides:?}");
        }
        assert_eq!(shape_of(&[9, 28, 28], true), sequence(28, 28));
    }

    #[test]
    fn channels_may_come_last_or_first() {
        let shape_of = |sides: &[usize]| shape_of(sides, false);
        assert_eq!(shape_of(&[5, 8, 9, 3]), Some((Shape::Image { channels: 3, height: 8, width: 9 }, true)));
        assert_eq!(shape_of(&[5, 3, 8, 9]), Some((Shape::Image { channels: 3, height: 8, width: 9 }, false)));
        assert_eq!(shape_of(&[5, 2, 8, 9]), None);
        let shape = Shape::Image { channels: 3, height: 1, width: 2 };
        assert_eq!(planes(vec![1, 2, 3, 4, 5, 6], shape, true), [1, 4, 2, 5, 3, 6]);
    }
}
