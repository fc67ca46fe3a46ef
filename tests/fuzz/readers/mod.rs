//! Everything in the program that reads bytes which it did not write itself a moment ago.

mod data;
mod runs;
mod texts;
mod weights;

use std::fmt::Display;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

/// Reads one input and tells in a sentence what came of it.
pub type Read = Box<dyn FnMut(&[u8]) -> String>;

/// One of them.
pub struct Reader {
    /// The folder of its files in `corpus/`.
    pub name: &'static str,
    /// So many inputs are read in a plain test run.
    pub inputs: u32,
    /// MiB that none may take.
    pub memory: u64,
    /// Words that mean something to it.
    pub words: &'static [&'static str],
    /// Sets it up in an empty folder.
    pub open: fn(&Path) -> Read,
}

/// What most may take: far more than a few kilobytes can need, far less than would hurt.
const MEMORY: u64 = 192;

/// All of them.
pub const ALL: &[Reader] = &[
    Reader { name: "experiment", inputs: 600, memory: MEMORY, words: texts::EXPERIMENT, open: texts::experiment },
    Reader { name: "settings", inputs: 600, memory: MEMORY, words: texts::EXPERIMENT, open: texts::settings },
    Reader { name: "filter", inputs: 3000, memory: MEMORY, words: texts::FILTER, open: texts::filter },
    Reader { name: "theme", inputs: 1000, memory: MEMORY, words: texts::THEME, open: texts::theme },
    Reader { name: "events", inputs: 800, memory: MEMORY, words: &["train/loss"], open: runs::events },
    Reader { name: "messages", inputs: 800, memory: MEMORY, words: &["train/loss"], open: runs::messages },
    Reader { name: "log", inputs: 400, memory: MEMORY, words: runs::LOG, open: runs::log },
    Reader { name: "control", inputs: 800, memory: MEMORY, words: runs::CONTROL, open: runs::control },
    Reader { name: "summary", inputs: 400, memory: MEMORY, words: runs::SUMMARY, open: runs::summary },
    Reader { name: "predictions", inputs: 800, memory: MEMORY, words: runs::PREDICTIONS, open: runs::predictions },
    Reader { name: "notes", inputs: 400, memory: MEMORY, words: runs::NOTES, open: runs::notes },
    Reader { name: "remedies", inputs: 400, memory: MEMORY, words: runs::REMEDIES, open: runs::remedies },
    Reader { name: "annotations", inputs: 400, memory: MEMORY, words: runs::ANNOTATIONS, open: runs::annotations },
    Reader { name: "queue", inputs: 400, memory: MEMORY, words: runs::QUEUE, open: runs::queue },
    Reader { name: "index", inputs: 300, memory: MEMORY, words: &["many-1", "finished"], open: runs::index },
    Reader { name: "lock", inputs: 400, memory: MEMORY, words: &[], open: runs::lock },
    Reader { name: "elsewhere", inputs: 400, memory: MEMORY, words: runs::MAPPING, open: runs::elsewhere },
    Reader { name: "mapping", inputs: 400, memory: MEMORY, words: runs::MAPPING, open: runs::mapping },
    Reader { name: "checkpoint", inputs: 400, memory: MEMORY, words: weights::WORDS, open: weights::checkpoint },
    Reader { name: "weights", inputs: 400, memory: MEMORY, words: weights::WORDS, open: weights::weights },
    Reader { name: "idx_images", inputs: 400, memory: MEMORY, words: &[], open: data::idx_images },
    Reader { name: "idx_labels", inputs: 400, memory: MEMORY, words: &[], open: data::idx_labels },
    Reader { name: "idx_gz", inputs: 400, memory: MEMORY, words: &["\u{1f}"], open: data::idx_gz },
    Reader { name: "cifar", inputs: 300, memory: MEMORY, words: &[], open: data::cifar },
    Reader { name: "cifar_100", inputs: 300, memory: MEMORY, words: &[], open: data::cifar_100 },
    Reader { name: "npy", inputs: 400, memory: MEMORY, words: data::NPY, open: data::npy },
    Reader { name: "npz", inputs: 400, memory: MEMORY, words: data::NPZ, open: data::npz },
    Reader { name: "csv", inputs: 400, memory: MEMORY, words: data::CSV, open: data::csv },
    // A picture of any size that is let through is decoded.
    Reader { name: "picture", inputs: 200, memory: 2048, words: data::PICTURE, open: data::picture },
    Reader { name: "cache", inputs: 100, memory: MEMORY, words: &["a/", ".bmp"], open: data::cache },
];

/// Puts the bytes into a file, in place. (Emptying it first would have some file systems write it to disk each time.)
fn put(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut file = File::options().write(true).create(true).truncate(false).open(path).unwrap();
    file.write_all(bytes).unwrap();
    file.set_len(bytes.len() as u64).unwrap();
}

/// What came of it.
fn told<T, E: Display>(result: Result<T, E>) -> String {
    result.map_or_else(|error| error.to_string(), |_| "read".to_owned())
}

/// What came of it, in the words of what was read.
fn said<E: Display>(result: Result<String, E>) -> String {
    result.map_or_else(|error| error.to_string(), |words| format!("read {words}"))
}
