//! How fast examples are drawn, loaded and altered: `cargo bench --bench data`.
//!
//! Altering runs in the trainer's threads, so its examples per second on one thread are to be held against the
//! trainer's, and against torchvision's on the same pictures (`torchvision_speed.py`).

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

/// What is altered, in the order of the columns of `torchvision_speed.py`; the last is all that a hard experiment has on.
const ALTERATIONS: [&str; 22] = [
    "none",
    "rotate",
    "shift",
    "shear",
    "crop",
    "flip-horizontal",
    "flip-vertical",
    "invert",
    "brightness",
    "contrast",
    "blur",
    "noise",
    "cutout",
    "all",
    "mixup",
    "fog",
    "rain",
    "shake",
    "grain",
    "pictures",
    "all and fog",
    "everything",
];

/// Alters pictures of 28×28 gray, on one thread.
#[divan::bench(args = ALTERATIONS)]
fn alter_gray(bencher: Bencher<'_, '_>, what: &str) {
    let folder = tempfile::tempdir().unwrap();
    alter(bencher, &altered(what, "examples = 1000", folder.path()), 1);
}

/// Alters pictures of 32×32 in color, on one thread.
#[divan::bench(args = ALTERATIONS)]
fn alter_color(bencher: Bencher<'_, '_>, what: &str) {
    let folder = tempfile::tempdir().unwrap();
    write_cifar(folder.path());
    alter(bencher, &altered(what, "source = \"cifar\"\npath = \".\"", folder.path()), 1);
}

/// Alters pictures of 32×32 in color, on two threads.
#[divan::bench(args = ["none", "all", "everything"])]
fn alter_color_on_two_threads(bencher: Bencher<'_, '_>, what: &str) {
    let folder = tempfile::tempdir().unwrap();
    write_cifar(folder.path());
    alter(bencher, &altered(what, "source = \"cifar\"\npath = \".\"", folder.path()), 2);
}

/// A thousand pictures in CIFAR-10's form: a soft slope with some grain.
fn write_cifar(folder: &Path) {
    let byte = |at: usize| ((at % 32 * 5 + at / 32 % 32 * 2) as u8).wrapping_add(((at * 2_654_435_761) >> 29) as u8);
    let record =
        |example: usize| std::iter::once((example % 10) as u8).chain((0..3072).map(move |at| byte(at + example)));
    std::fs::write(folder.join("data_batch_1.bin"), (0..1000).flat_map(record).collect::<Vec<u8>>()).unwrap();
}

/// The data of an experiment that alters every example in this way.
fn altered(what: &str, data: &str, folder: &Path) -> Prepared {
    image::RgbImage::from_fn(40, 40, |x, y| image::Rgb([(x * 6) as u8, (y * 6) as u8, 90]))
        .save(folder.join("over.png"))
        .unwrap();
    let augment = |kind: &str| format!("[[data.augment]]\nkind = \"{kind}\"\nprobability = 1.0\n");
    let lay = |kind: &str| {
        let path = if kind == "pictures" { "path = \".\"\n" } else { "" };
        format!("[[data.synthesize]]\nkind = \"{kind}\"\n{path}probability = 1.0\n")
    };
    let all = ["rotate", "shift", "shear", "blur", "noise"].map(augment).concat();
    let alterations = match what {
        "none" => String::new(),
        "all" => all,
        "all and fog" => all + &lay("fog"),
        "everything" => {
            let augmented = ALTERATIONS[1..13].iter().chain(&["mixup"]).map(|kind| augment(kind)).collect::<String>();
            augmented + &["fog", "rain", "blur", "noise", "pictures"].map(lay).concat()
        }
        "fog" | "rain" | "pictures" => lay(what),
        // Words of their own, for augmentation has a blur and a noise too.
        "shake" => lay("blur"),
        "grain" => lay("noise"),
        kind => augment(kind),
    };
    prepare(&format!("[data]\n{data}\n{alterations}"), folder)
}

/// Alters a thousand examples, each in an epoch of its own.
fn alter(bencher: Bencher<'_, '_>, prepared: &Prepared, threads: usize) {
    let mut epoch = 0;
    bencher.counter(ItemsCount::new(1000usize)).bench_local(|| {
        epoch += 1;
        std::thread::scope(|scope| {
            for thread in 0..threads {
                scope.spawn(move || {
                    let mut out = vec![0.0; prepared.shape.len()];
                    for example in (thread as u32..1000).step_by(threads) {
                        prepared.altered(example, epoch, &mut out);
                    }
                });
            }
        });
    });
}

/// Finds what is in two sets at once.
#[divan::bench(args = [6000, 60_000], sample_count = 3)]
fn duplicates(bencher: Bencher<'_, '_>, examples: usize) {
    let prepared = prepare(&format!("[data]\nexamples = {examples}"), Path::new("."));
    bencher.counter(ItemsCount::new(examples)).bench(|| data::duplicates(&prepared));
}
