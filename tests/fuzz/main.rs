//! Whatever bytes a file holds, reading it ends soon, within bounds of memory, and with an answer or a sentence. A fuzzer
//! of our own, so that it runs on the stable compiler and with every `cargo test`.
//!
//! For each [`Reader`] it takes the real files in `corpus/NAME/`, damages them ([`mutation`]), and has them read
//! ([`limits`] says what must not happen meanwhile). What is answered in a way not seen before joins the corpus for the
//! rest of the run. A plain `cargo test` makes the same few hundred inputs each time. For hours of new ones:
//!
//! ```text
//! TMPDIR=/dev/shm RUNGS_FUZZ_SECONDS=600 RUNGS_FUZZ_SEED=7 cargo test --test fuzz -- --nocapture [NAME]
//! ```
//!
//! An input that fails is kept in the temporary directory, and the message names it: it goes into the corpus first, where
//! every later run begins with it, and is mended then.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what it found by panicking")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "how fast it goes, and what is stuck, is told")]
#![allow(unreachable_pub, reason = "in a test binary everything is private in the end")]

mod limits;
mod mutation;
mod readers;

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant};

use limits::Limits;
use mutation::Mutator;
use readers::Reader;

/// Inputs that are kept because of their answers, at most.
const KEPT: usize = 512;

/// A number that the environment gives.
fn number<T: FromStr>(variable: &str) -> Option<T> {
    std::env::var(variable).ok().map(|text| text.parse().ok().unwrap_or_else(|| panic!("{variable}={text}: no number")))
}

/// The real files that a reader's inputs are made from.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(name);
    let mut files: Vec<PathBuf> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}

/// An answer without its figures: answers that differ in more than these are answers of different code.
fn kind_of(answer: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    answer.bytes().filter(u8::is_ascii_alphabetic).for_each(|byte| byte.hash(&mut hasher));
    hasher.finish()
}

fn fuzz(reader: &Reader) {
    let folder = tempfile::tempdir().unwrap();
    let mut read = (reader.open)(folder.path());
    let mut limits = Limits::of(reader);
    let mut corpus = corpus(reader.name);
    let first: Vec<String> = corpus.iter().map(|input| limits.watch(input, &mut read)).collect();
    assert!(first.iter().any(|answer| answer.starts_with("read")), "nothing is read well: {first:#?}");
    let mut answers: HashSet<u64> = first.iter().map(|answer| kind_of(answer)).collect();
    let seed = number("RUNGS_FUZZ_SEED").unwrap_or(0);
    let mut mutator = Mutator::new(seed, reader.name, reader.words, corpus.len());
    let seconds = number("RUNGS_FUZZ_SECONDS").map(Duration::from_secs);
    let begin = Instant::now();
    let mut inputs = 0;
    while seconds.map_or(inputs < reader.inputs, |seconds| begin.elapsed() < seconds) {
        let input = mutator.input(&corpus);
        let answer = limits.watch(&input, &mut read);
        if corpus.len() < KEPT && answers.insert(kind_of(&answer)) {
            corpus.push(input);
        }
        inputs += 1;
    }
    let rate = f64::from(inputs) / begin.elapsed().as_secs_f64();
    let (name, kinds, slowest) = (reader.name, answers.len(), limits.slowest.as_millis());
    println!(
        "{name:12} {inputs:8} inputs, {rate:7.0} a second, {kinds:4} kinds of answers, the slowest took {slowest} ms"
    );
}

macro_rules! readers {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            let _alone = limits::alone();
            fuzz(readers::ALL.iter().find(|reader| reader.name == stringify!($name)).unwrap());
        }
    )*

        #[test]
        fn every_reader_is_tested() {
            let tested = [$(stringify!($name)),*];
            assert!(readers::ALL.iter().map(|reader| reader.name).eq(tested));
        }
    };
}

readers! {
    experiment settings filter theme
    events messages log control summary predictions notes remedies annotations queue index lock elsewhere mapping
    checkpoint weights
    idx_images idx_labels idx_gz cifar cifar_100 npy npz csv picture cache
}
