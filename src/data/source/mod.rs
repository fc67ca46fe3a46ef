//! Sources of examples: one file each. A source knows nothing of sets or alterations.

mod ask;
mod canvas;
mod cifar;
mod csv;
mod digits;
mod drawn;
mod files;
mod folder;
mod idx;
mod kangaroos;
mod lights;
mod numpy;
mod paint;
mod tones;

use std::path::{Path, PathBuf};

pub(super) use self::ask::{Ask, mismatch};
use super::error::DataError;
use super::loading::{Loading, Progress};
use super::random::{Purpose, mix};
use super::{Labels, Shape, Values};
use crate::domain::experiment::paths::plain;
use crate::domain::experiment::{Source, SourceKind};

/// No source may hold more numbers than this: as bytes 2 GiB, more than any set of its kind is distributed with.
pub(super) const MAX_NUMBERS: usize = 1 << 31;

/// The same for numbers that take four bytes each.
pub(super) const MAX_FLOATS: usize = MAX_NUMBERS / 4;

/// Is told how far loading has come, from any thread.
pub(super) type Watch<'a> = &'a (dyn Fn(Progress) + Sync);

/// All examples of one source, in the source's order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Examples {
    /// The shape of each.
    pub(super) shape: Shape,
    /// Their numbers, one example after the other.
    pub(super) values: Values,
    /// The class of each.
    pub(super) labels: Vec<u32>,
    /// Names of the classes.
    pub(super) classes: Vec<String>,
    /// Labels of the further tasks, in the order in which they are asked for.
    pub(super) further: Vec<Labels>,
    /// What each example is known by where its place in the order may change (the hash of a file's name); `None` where
    /// new examples come after the old ones.
    pub(super) keys: Option<Vec<u64>>,
    /// What mirroring and turning do to the class.
    pub(super) mirroring: Mirroring,
    /// What was left out or looks odd, in sentences.
    pub(super) notes: Vec<String>,
}

/// What may become of letters and digits that are mirrored.
const WRITING: Mirroring = Mirroring::MaySpoil("digit or letter is none, or another one");

/// What mirroring a picture, or turning it far, does to its class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mirroring {
    /// It is no longer one of its class. What it is then, as the end of a sentence that begins with "A mirrored".
    Spoils(&'static str),
    /// It may be no longer; the source cannot know. What it may be then, likewise.
    MaySpoil(&'static str),
    /// It is the same thing seen from another side.
    Harmless,
}

impl Examples {
    /// The examples at these places, in their order.
    fn taken(self, places: &[u32]) -> Self {
        let numbers = self.shape.len();
        let rows = |place: &u32| *place as usize * numbers..(*place as usize + 1) * numbers;
        let values = match &self.values {
            Values::Bytes(values) => Values::Bytes(places.iter().flat_map(|p| &values[rows(p)]).copied().collect()),
            Values::Floats(values) => Values::Floats(places.iter().flat_map(|p| &values[rows(p)]).copied().collect()),
        };
        Self {
            values,
            labels: places.iter().map(|&place| self.labels[place as usize]).collect(),
            further: self.further.iter().map(|labels| labels.taken(places)).collect(),
            keys: self.keys.map(|keys| places.iter().map(|&place| keys[place as usize]).collect()),
            ..self
        }
    }
}

/// The two forms of a built-in source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Variant {
    /// The first: in good conditions.
    Plain,
    /// The second: in fog, in noise, at night.
    Hard,
}

/// Whether the files of a source are there; cheap.
///
/// `section` is `data` or `data.target`, for messages.
///
/// # Errors
/// They are not.
pub(super) fn check(source: &Source, base: &Path, section: &'static str) -> Result<(), DataError> {
    match source.kind {
        SourceKind::Digits | SourceKind::Lights | SourceKind::Tones | SourceKind::Kangaroos => Ok(()),
        SourceKind::Idx => idx::check(&path_of(source, base), section),
        SourceKind::Cifar => cifar::check(&path_of(source, base), section),
        SourceKind::Folder => folder::check(&path_of(source, base), section),
        SourceKind::Csv => csv::check(&path_of(source, base), section),
        SourceKind::Npy => numpy::check(&path_of(source, base), section),
    }
}

/// Loads a source, as many examples of it as the experiment takes.
///
/// # Errors
/// The files are not there, cannot be read, or are not what they should be; they lack labels that are asked for.
pub(super) fn load(source: &Source, base: &Path, ask: Ask<'_>, loading: Loading<'_>) -> Result<Examples, DataError> {
    let path = path_of(source, base);
    let Ask { section, seed, .. } = ask;
    let all = match source.kind {
        SourceKind::Digits => {
            ask.nothing_further("digits drawn by the program have")?;
            return drawable(source, 28 * 28, section).map(|examples| digits::draw(variant(source), examples, seed));
        }
        SourceKind::Tones => {
            let examples = drawable(source, tones::NUMBERS, section)?;
            return tones::make(variant(source), examples, ask);
        }
        SourceKind::Lights => {
            let examples = drawable(source, lights::NUMBERS, section)?;
            return lights::make(variant(source), examples, ask);
        }
        SourceKind::Kangaroos => {
            let examples = drawable(source, kangaroos::NUMBERS, section)?;
            return kangaroos::make(variant(source), examples, ask);
        }
        SourceKind::Idx => {
            ask.nothing_further("IDX files have")?;
            idx::load(&path, section)?
        }
        SourceKind::Cifar => cifar::load(&path, ask)?,
        // Takes its sample before it reads the pictures.
        SourceKind::Folder => {
            ask.nothing_further("a folder of pictures for each class has")?;
            return folder::load(&path, source, section, seed, loading);
        }
        SourceKind::Csv => csv::load(&path, source.label.as_deref(), ask, &|progress| loading.tell(progress))?,
        SourceKind::Npy => numpy::load(&path, source.label.as_deref(), ask)?,
    };
    sample(all, source.examples, section, seed)
}

/// The source's file or folder.
fn path_of(source: &Source, base: &Path) -> PathBuf {
    resolved(base, source.path.as_deref().unwrap_or_default())
}

/// A path of an experiment.
pub(super) fn resolved(base: &Path, path: &str) -> PathBuf {
    plain(&base.join(path))
}

/// How many examples of so many numbers are drawn; no more than fit.
fn drawable(source: &Source, numbers: usize, section: &'static str) -> Result<usize, DataError> {
    let examples = source.examples.or(source.kind.drawn_by_default()).unwrap_or_default();
    let most = MAX_NUMBERS / numbers;
    if examples <= most {
        return Ok(examples);
    }
    Err(DataError::Setting {
        key: format!("{section}.examples"),
        problem: format!("{examples} are more than fit in memory"),
        remedy: format!("take at most {most}"),
    })
}

/// Which of a built-in source's two forms is meant.
fn variant(source: &Source) -> Variant {
    let variants = source.kind.variants();
    let place = source.variant.as_deref().and_then(|name| variants.iter().position(|variant| *variant == name));
    if place == Some(1) { Variant::Hard } else { Variant::Plain }
}

/// So many of the examples, drawn with the seed. More of the same seed begin with the same ones.
fn sample(mut all: Examples, examples: Option<usize>, section: &'static str, seed: u64) -> Result<Examples, DataError> {
    let there = all.labels.len();
    let wanted = examples.unwrap_or(there);
    if wanted > there {
        all.notes.push(format!("{section}.examples asks for {wanted} examples; there are {there}, and all are taken."));
    }
    if wanted >= there {
        return Ok(all);
    }
    if wanted == 0 {
        let key = format!("{section}.examples");
        return Err(DataError::Setting { key, problem: "no example is left".into(), remedy: "take some".into() });
    }
    let mut order: Vec<u32> = (0..there as u32).collect();
    let rank = |place: u32| {
        let key = all.keys.as_ref().map_or(u64::from(place), |keys| keys[place as usize]);
        (mix(Purpose::Sample, &[seed, key]), place)
    };
    order.sort_by_cached_key(|&place| rank(place));
    order.truncate(wanted);
    Ok(all.taken(&order))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(count: u32, keys: Option<Vec<u64>>) -> Examples {
        Examples {
            shape: Shape::Vector(1),
            values: Values::Floats((0..count).map(|n| n as f32).collect()),
            labels: vec![0; count as usize],
            classes: vec!["a".into()],
            further: Vec::new(),
            keys,
            mirroring: WRITING,
            notes: Vec::new(),
        }
    }

    fn values(examples: &Examples) -> Vec<f32> {
        match &examples.values {
            Values::Floats(values) => values.clone(),
            Values::Bytes(_) => panic!("these are floats"),
        }
    }

    #[test]
    fn a_sample_is_part_of_every_larger_one() {
        let take = |count| values(&sample(numbered(100, None), Some(count), "data", 1).unwrap());
        assert_eq!(take(30)[..], take(60)[..30]);
        assert_ne!(take(30), (0..30).map(|n| n as f32).collect::<Vec<_>>());
        let other = values(&sample(numbered(100, None), Some(30), "data", 2).unwrap());
        assert_ne!(take(30), other);
    }

    #[test]
    fn a_sample_goes_by_keys_where_there_are_any() {
        let keys: Vec<u64> = (0..100).map(|n| 99 - n).collect();
        let backwards = values(&sample(numbered(100, Some(keys)), Some(30), "data", 1).unwrap());
        let forwards = values(&sample(numbered(100, None), Some(30), "data", 1).unwrap());
        assert_eq!(backwards, forwards.iter().map(|n| 99.0 - n).collect::<Vec<_>>());
    }

    #[test]
    fn more_than_there_are_is_said() {
        let all = sample(numbered(5, None), Some(9), "data", 1).unwrap();
        assert_eq!((all.labels.len(), all.notes.len()), (5, 1));
    }
}
