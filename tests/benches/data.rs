//! How fast examples are drawn, loaded and altered: `cargo bench --bench data`.
//!
//! Altering runs in the trainer's threads, so its examples per second on one thread are to be held against the
//! trainer's.

#![allow(clippy::unwrap_used, reason = "a benchmark says what it found by panicking")]

use std::path::Path;

use divan::Bencher;
use divan::counter::ItemsCount;
use rungs::data::{self, Prepared};
use rungs::domain::experiment::{Override, parse};

fn main() {
    divan::main();
}

fn prepare(text: &str, base: &Path) -> Prepared {
    data::prepare(&parse(text, "bench.toml", "bench", &[] as &[Override]).unwrap(), base).unwrap()
}

#[divan::bench(args = [6000, 40_000])]
fn draw_digits(bencher: Bencher<'_, '_>, examples: usize) {
    let text = format!("[data]\nexamples = {examples}");
    bencher.counter(ItemsCount::new(examples)).bench(|| prepare(&text, Path::new(".")));
}

/// Sixty thousand pictures of 28×28, as many as MNIST has, of a grain that packs about as well as its digits.
#[divan::bench(args = ["", ".gz"])]
fn load_idx(bencher: Bencher<'_, '_>, end: &str) {
    let folder = tempfile::tempdir().unwrap();
    let count = 60_000u32;
    let mut images = vec![0, 0, 8, 3];
    images.extend([count, 28, 28].iter().flat_map(|size| size.to_be_bytes()));
    images
        .extend((0..count * 784).map(|at| if at % 5 == 0 { (at.wrapping_mul(2_654_435_761) >> 24) as u8 } else { 0 }));
    let mut labels = vec![0, 0, 8, 1];
    labels.extend(count.to_be_bytes());
    labels.extend((0..count).map(|at| (at % 10) as u8));
    for (name, bytes) in [("train-images-idx3-ubyte", images), ("train-labels-idx1-ubyte", labels)] {
        let path = folder.path().join(format!("{name}{end}"));
        if end.is_empty() {
            std::fs::write(path, bytes).unwrap();
        } else {
            let mut encoder =
                flate2::write::GzEncoder::new(std::fs::File::create(path).unwrap(), flate2::Compression::default());
            std::io::Write::write_all(&mut encoder, &bytes).unwrap();
            encoder.finish().unwrap();
        }
    }
    let text = "[data]\nsource = \"idx\"\npath = \".\"";
    bencher.counter(ItemsCount::new(count)).bench(|| prepare(text, folder.path()));
}

#[divan::bench(args = ["none", "noise", "blur", "rotate", "invert", "fog", "all"])]
fn alter(bencher: Bencher<'_, '_>, what: &str) {
    let augment = |kind: &str| format!("[[data.augment]]\nkind = \"{kind}\"\nprobability = 1.0\n");
    let fog = "[[data.synthesize]]\nkind = \"fog\"\nprobability = 1.0\n";
    let alterations = match what {
        "none" => String::new(),
        "fog" => fog.to_owned(),
        "all" => ["noise", "blur", "rotate", "shift", "shear"].map(augment).concat() + fog,
        kind => augment(kind),
    };
    let prepared = prepare(&format!("[data]\nexamples = 1000\n{alterations}"), Path::new("."));
    let mut out = vec![0.0; prepared.shape.len()];
    let mut epoch = 0;
    bencher.counter(ItemsCount::new(1000usize)).bench_local(|| {
        epoch += 1;
        (0..1000).for_each(|example| prepared.altered(example, epoch, &mut out));
    });
}
