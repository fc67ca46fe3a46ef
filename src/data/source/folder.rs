//! Pictures in a folder for each class: PNG, JPEG, BMP, GIF (its first frame) and WebP, brought to one square size.
//!
//! The class of a picture is the name of the folder that it lies in, however deep; folders above (`train`, `test`) are
//! pooled. A picture that cannot be read is left out and said so. Links to other folders are not followed.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use image::{DynamicImage, RgbImage, imageops};
use rayon::prelude::*;

use super::files::{malformed, sort_classes, unreadable};
use super::{Examples, MAX_NUMBERS, Mirroring};
use crate::data::cache::{Cache, Kept, Stamp};
use crate::data::error::DataError;
use crate::data::loading::{Loading, Progress};
use crate::data::picture::{self, EXTENSIONS};
use crate::data::random::{Purpose, mix};
use crate::data::{Shape, Values};
use crate::domain::experiment::{Color, Fit, Source};

const DEFAULT_SIDE: usize = 32;
/// Folders in folders, at most so deep.
const MAX_DEPTH: usize = 6;
/// Pictures left out that a note names one by one.
const NAMED: usize = 3;

/// One file.
struct Picture {
    path: PathBuf,
    class: String,
    /// By its class and name, so that it keeps its set when others come before it.
    key: u64,
}

/// What a walk through the folder has found.
#[derive(Default)]
struct Found {
    pictures: Vec<Picture>,
    /// Files that are no pictures by their names.
    others: usize,
    /// Pictures that lie in no class's folder.
    outside: usize,
    /// Folders without anything in them.
    empty: Vec<String>,
}

/// Whether there is a folder.
///
/// # Errors
/// There is none.
pub(super) fn check(folder: &Path, section: &'static str) -> Result<(), DataError> {
    if folder.is_dir() {
        return Ok(());
    }
    Err(DataError::Missing {
        key: format!("{section}.path"),
        path: folder.to_path_buf(),
        what: "(a folder)",
        remedy: "name the folder that holds a folder of pictures for each class".to_owned(),
    })
}

/// Reads the pictures on all cores.
///
/// # Errors
/// No folder, no pictures, none that can be read, or more than can be held.
pub(super) fn load(
    folder: &Path,
    source: &Source,
    section: &'static str,
    seed: u64,
    loading: Loading<'_>,
) -> Result<Examples, DataError> {
    check(folder, section)?;
    let mut found = Found::default();
    walk(folder, 0, &mut found)?;
    let mut pictures = std::mem::take(&mut found.pictures);
    let mut notes = found.notes();
    if pictures.is_empty() {
        return Err(DataError::Missing {
            key: format!("{section}.path"),
            path: folder.to_path_buf(),
            what: "with a folder of pictures for each class",
            remedy: format!("put pictures ({}) into a folder for each class", EXTENSIONS.join(", ")),
        });
    }
    if let Some(wanted) = source.examples {
        if wanted > pictures.len() {
            notes.push(format!("{section}.examples asks for {wanted} examples; all {} are taken.", pictures.len()));
        }
        pictures.sort_by_cached_key(|picture| mix(Purpose::Sample, &[seed, picture.key]));
        pictures.truncate(wanted);
    }
    pictures.sort_by(|a, b| a.path.cmp(&b.path));

    let side = source.side.unwrap_or(DEFAULT_SIDE);
    let channels = if source.color == Some(Color::Gray) { 1 } else { 3 };
    let numbers = channels * side * side;
    let total = numbers.saturating_mul(pictures.len());
    if total > MAX_NUMBERS {
        return Err(DataError::Setting {
            key: format!("{section}.side"),
            problem: format!("{} pictures of {side}×{side} are more than can be held", pictures.len()),
            remedy: format!("a smaller side, or at most {} examples", MAX_NUMBERS / numbers),
        });
    }
    let mut values = vec![0u8; total];
    let fit = source.fit.unwrap_or_default();
    let cache = loading
        .cache
        .and_then(|directory| Cache::open(directory, folder, (side, fit, channels), numbers, pictures.len()));
    let done = AtomicU64::new(0);
    let of = pictures.len() as u64;
    let read: Vec<Result<Read, String>> = values
        .par_chunks_exact_mut(numbers)
        .zip(&pictures)
        .map(|(out, picture)| {
            if loading.is_stopped() {
                return Err("loading was stopped".to_owned());
            }
            let read = kept_or_decoded(picture, folder, cache.as_ref(), (side, fit, channels), out);
            loading.tell(Progress { done: done.fetch_add(1, Ordering::Relaxed) + 1, of });
            read
        })
        .collect();
    if loading.is_stopped() {
        return Err(DataError::Stopped);
    }
    if let Some(cache) = cache {
        keep_decoded(&cache, &pictures, folder, &read, &values, source.examples.is_none());
    }
    let gray = source.color.is_none() && !read.iter().flatten().any(|read| read.colorful);
    let failures: Vec<Option<String>> = read.into_iter().map(Result::err).collect();
    notes.extend(left_out(folder, &pictures, &failures));
    keep(pictures, &failures, values, if gray { (3, 1) } else { (channels, channels) }, side, folder, notes)
}

/// A picture that was read.
struct Read {
    /// Whether it has color.
    colorful: bool,
    /// What its file was like before; `None` where there is no cache.
    stamp: Option<Stamp>,
    /// Whether it was decoded, and not found in the cache.
    is_new: bool,
}

/// Writes a picture's planes, from the cache if they are there.
fn kept_or_decoded(
    picture: &Picture,
    folder: &Path,
    cache: Option<&Cache>,
    (side, fit, channels): (usize, Fit, usize),
    out: &mut [u8],
) -> Result<Read, String> {
    let stamp = cache.and_then(|_| Stamp::of(&picture.path));
    let kept = cache.zip(stamp).and_then(|(cache, stamp)| cache.read(picture.name_in(folder)?, stamp, out));
    if let Some(colorful) = kept {
        return Ok(Read { colorful, stamp, is_new: false });
    }
    let decoded = decode(&picture.path, side, fit)?;
    Ok(Read { colorful: write(&decoded, channels, out), stamp, is_new: true })
}

/// Puts into the cache what was not there; with `all` nothing else stays there.
fn keep_decoded(
    cache: &Cache,
    pictures: &[Picture],
    folder: &Path,
    read: &[Result<Read, String>],
    values: &[u8],
    all: bool,
) {
    if !read.iter().flatten().any(|read| read.is_new) {
        return cache.touch();
    }
    let numbers = values.len() / pictures.len().max(1);
    let kept =
        pictures.iter().zip(read).zip(values.chunks_exact(numbers.max(1))).filter_map(|((picture, read), bytes)| {
            let (path, read) = (picture.name_in(folder)?.to_owned(), read.as_ref().ok()?);
            Some(Kept { path, stamp: read.stamp?, colorful: read.colorful, bytes })
        });
    cache.keep(&kept.collect::<Vec<_>>(), all);
}

impl Picture {
    /// Its path within the folder; `None` for names that are no text.
    fn name_in(&self, folder: &Path) -> Option<&str> {
        self.path.strip_prefix(folder).ok()?.to_str()
    }
}

impl Found {
    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.outside > 0 {
            notes.push(format!("{} pictures lie in no class's folder and were left out.", self.outside));
        }
        if self.others > 0 {
            notes.push(format!("{} files are no pictures by their names and were left out.", self.others));
        }
        if !self.empty.is_empty() {
            notes.push(format!("No picture is in {}.", self.empty.join(", ")));
        }
        notes
    }
}

fn walk(folder: &Path, depth: usize, found: &mut Found) -> Result<(), DataError> {
    let problem = |error: io::Error| unreadable(folder, &error);
    let mut entries: Vec<fs::DirEntry> =
        fs::read_dir(folder).map_err(problem)?.collect::<Result<_, _>>().map_err(problem)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    let class = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let before = (found.pictures.len(), found.others);
    let mut folders = 0;
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let kind = entry.file_type().map_err(problem)?;
        let path = entry.path();
        if kind.is_dir() {
            folders += 1;
            if depth < MAX_DEPTH {
                walk(&path, depth + 1, found)?;
            }
        } else if !picture::is_named_so(&path) {
            found.others += 1;
        } else if depth == 0 {
            found.outside += 1;
        } else {
            let key = key_of(&class, &name);
            found.pictures.push(Picture { path, class: class.clone(), key });
        }
    }
    if depth > 0 && folders == 0 && (found.pictures.len(), found.others) == before {
        found.empty.push(class);
    }
    Ok(())
}

/// A number for a class and a name (FNV-1a; Fowler, Noll and Vo).
fn key_of(class: &str, name: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    class.bytes().chain([0]).chain(name.bytes()).fold(0xcbf2_9ce4_8422_2325, step)
}

/// One picture, upright, of the wanted size; else why not.
fn decode(path: &Path, side: usize, fit: Fit) -> Result<RgbImage, String> {
    let image = picture::open(path)?;
    let opaque = if image.color().has_alpha() { on_white(&image) } else { image.into_rgb8() };
    let image = DynamicImage::ImageRgb8(opaque);
    let (wanted, filter) = (side as u32, imageops::FilterType::Triangle);
    if (image.width(), image.height()) == (wanted, wanted) {
        return Ok(image.into_rgb8());
    }
    Ok(match fit {
        Fit::Crop => image.resize_to_fill(wanted, wanted, filter).into_rgb8(),
        Fit::Stretch => image.resize_exact(wanted, wanted, filter).into_rgb8(),
        Fit::Pad => {
            let inner = image.resize(wanted, wanted, filter).into_rgb8();
            let mut whole = RgbImage::new(wanted, wanted);
            let (x, y) = ((wanted - inner.width()) / 2, (wanted - inner.height()) / 2);
            imageops::replace(&mut whole, &inner, i64::from(x), i64::from(y));
            whole
        }
    })
}

/// What shines through is white, as on paper.
fn on_white(image: &DynamicImage) -> RgbImage {
    let rgba = image.to_rgba8();
    RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [red, green, blue, alpha] = rgba.get_pixel(x, y).0.map(u32::from);
        image::Rgb([red, green, blue].map(|value| ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8))
    })
}

/// Writes a picture as planes; tells whether it has color.
fn write(picture: &RgbImage, channels: usize, out: &mut [u8]) -> bool {
    let plane = out.len() / channels;
    let mut colorful = false;
    for (place, pixel) in picture.pixels().enumerate() {
        let [red, green, blue] = pixel.0;
        if channels == 1 {
            out[place] = picture::luma(pixel.0);
        } else {
            (out[place], out[plane + place], out[2 * plane + place]) = (red, green, blue);
            colorful |= red != green || green != blue;
        }
    }
    colorful
}

/// A sentence on the pictures that could not be read.
fn left_out(folder: &Path, pictures: &[Picture], failures: &[Option<String>]) -> Option<String> {
    let failed: Vec<String> = pictures
        .iter()
        .zip(failures)
        .filter_map(|(picture, failure)| Some((picture, failure.as_ref()?)))
        .map(|(picture, failure)| {
            format!("{} ({failure})", picture.path.strip_prefix(folder).unwrap_or(&picture.path).display())
        })
        .collect();
    let more = failed.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let named = failed.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    (!failed.is_empty()).then(|| format!("{} pictures cannot be read and were left out: {named}{more}.", failed.len()))
}

/// The pictures that were read, with their classes; of `channels.0` planes the first `channels.1` are kept.
fn keep(
    pictures: Vec<Picture>,
    failures: &[Option<String>],
    mut values: Vec<u8>,
    channels: (usize, usize),
    side: usize,
    folder: &Path,
    notes: Vec<String>,
) -> Result<Examples, DataError> {
    let (stored, kept) = (channels.0 * side * side, channels.1 * side * side);
    let read = failures.iter().filter(|failure| failure.is_none()).count();
    if read == 0 {
        let problem = format!("none of its {} pictures can be read: {}", pictures.len(), notes.join(" "));
        return Err(malformed(folder, problem));
    }
    let mut end = 0;
    for (place, _) in failures.iter().enumerate().filter(|(_, failure)| failure.is_none()) {
        values.copy_within(place * stored..place * stored + kept, end);
        end += kept;
    }
    values.truncate(end);
    values.shrink_to_fit();
    let good: Vec<Picture> = pictures
        .into_iter()
        .zip(failures)
        .filter(|(_, failure)| failure.is_none())
        .map(|(picture, _)| picture)
        .collect();
    let names: std::collections::BTreeSet<&str> = good.iter().map(|picture| picture.class.as_str()).collect();
    let mut classes: Vec<String> = names.into_iter().map(str::to_owned).collect();
    sort_classes(&mut classes);
    let places: BTreeMap<&str, u32> =
        classes.iter().enumerate().map(|(place, name)| (name.as_str(), place as u32)).collect();
    let labels = good.iter().map(|picture| places[picture.class.as_str()]).collect();
    let keys = good.iter().map(|picture| picture.key).collect();
    Ok(Examples {
        shape: Shape::Image { channels: channels.1, height: side, width: side },
        values: Values::Bytes(values),
        labels,
        further: Vec::new(),
        keys: Some(keys),
        mirroring: Mirroring::Harmless,
        notes,
        classes,
    })
}
