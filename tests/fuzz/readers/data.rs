//! The formats that data come in.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use rungs::data::{self, Loading};
use rungs::domain::experiment::{Experiment, parse};

use super::{Read, put, said};

/// The input as the file `file`, beside what `more` puts there, loaded by an experiment with these data.
fn source(folder: &Path, settings: &str, file: &str, more: &[(&str, &[u8])]) -> Read {
    let (folder, path) = (folder.to_path_buf(), folder.join(file));
    for (name, bytes) in more {
        put(&folder.join(name), bytes);
    }
    let experiment = experiment(settings);
    Box::new(move |input| {
        put(&path, input);
        said(data::prepare(&experiment, &folder).map(|prepared| {
            let mut numbers = vec![0.0; prepared.shape.len()];
            for &example in prepared.sets.train.iter().chain(&prepared.sets.dev).take(16) {
                prepared.plain(example, &mut numbers);
                assert!(numbers.iter().all(|number| number.is_finite()), "the network would see {numbers:?}");
                prepared.altered(example, 1, &mut numbers);
            }
            if prepared.labels.len() * prepared.shape.len() < 1 << 16 {
                data::overview(&experiment, &prepared);
            }
            format!("{} {:?} {:?}", prepared.shape, prepared.classes, prepared.notes)
        }))
    })
}

fn experiment(settings: &str) -> Experiment {
    let split = "[data.split]\ntrain = 0.5\ndev = 0.25\ntest = 0.25\n";
    parse(&format!("[data]\n{settings}\n{split}"), "a.toml", "a", &[]).unwrap()
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/data").join(name)).unwrap()
}

/// Two rows of pixels each.
const IMAGES: &[u8] = b"\0\0\x08\x03\0\0\0\x08\0\0\0\x02\0\0\0\x01abcdefghijklmnop";
const LABELS: &[u8] = b"\0\0\x08\x01\0\0\0\x08\0\x01\0\x01\0\x01\0\x01";

pub fn idx_images(folder: &Path) -> Read {
    let labels = [("my-labels-idx1-ubyte", LABELS)];
    source(folder, "source = \"idx\"\npath = \".\"", "my-images-idx3-ubyte", &labels)
}

pub fn idx_labels(folder: &Path) -> Read {
    let images = [("my-images-idx3-ubyte", IMAGES)];
    source(folder, "source = \"idx\"\npath = \".\"", "my-labels-idx1-ubyte", &images)
}

pub fn idx_gz(folder: &Path) -> Read {
    let labels = [("t10k-labels-idx1-ubyte", &*fixture("idx/t10k-labels-idx1-ubyte"))];
    source(folder, "source = \"idx\"\npath = \".\"", "t10k-images-idx3-ubyte.gz", &labels)
}

pub fn cifar(folder: &Path) -> Read {
    let others = fixture("cifar-10/cifar-10-batches-bin/data_batch_1.bin");
    source(folder, "source = \"cifar\"\npath = \".\"", "test_batch.bin", &[("data_batch_1.bin", &others)])
}

pub fn cifar_100(folder: &Path) -> Read {
    let (train, fine) = (fixture("cifar-100/train.bin"), fixture("cifar-100/fine_label_names.txt"));
    let more = [("train.bin", &*train), ("fine_label_names.txt", &*fine)];
    source(folder, "source = \"cifar\"\npath = \".\"", "test.bin", &more)
}

pub const NPY: &[&str] = &[
    "\u{93}NUMPY",
    "'descr': '<f4'",
    "'descr': '>f8'",
    "'descr': '|O'",
    "'descr': '<U65535'",
    "'fortran_order': True",
    "'shape': (",
    "(2, 3, 4)",
    "(0,)",
    "()",
    ", }",
];

pub fn npy(folder: &Path) -> Read {
    let labels = fixture("arrays/target.npy");
    source(folder, "source = \"npy\"\npath = \".\"", "features.npy", &[("target.npy", &labels)])
}

pub const NPZ: &[&str] = &["PK\u{3}\u{4}", "PK\u{1}\u{2}", "PK\u{5}\u{6}", "x_train.npy", "y_train.npy", "'shape': ("];

pub fn npz(folder: &Path) -> Read {
    source(folder, "source = \"npy\"\npath = \"a.npz\"", "a.npz", &[])
}

pub const CSV: &[&str] = &["label", ",", "\t", ";", "\"\"", "\n", "\r", "1e38", "x,y,label\n"];

pub fn csv(folder: &Path) -> Read {
    source(folder, "source = \"csv\"\npath = \"a.csv\"", "a.csv", &[])
}

pub const PICTURE: &[&str] =
    &["IHDR", "IDAT", "PLTE", "tRNS", "GIF89a", "RIFF", "WEBPVP8L", "WEBPVP8X", "ALPH", "BM", "Exif", "JFIF"];

/// The kind of a picture goes by its bytes, whatever its name says.
pub fn picture(folder: &Path) -> Read {
    let others: [&[u8]; 2] = [&fixture("folder/train/ape/b.bmp"), &fixture("folder/train/ape/a.png")];
    let places = ["a/1.bmp", "a/2.png", "a/3.bmp", "b/1.bmp", "b/2.png", "b/3.bmp", "b/4.png"];
    let more: Vec<(&str, &[u8])> = places.iter().zip(others.into_iter().cycle()).map(|(at, of)| (*at, of)).collect();
    source(folder, "source = \"folder\"\npath = \".\"\nside = 4", "a/0.jpg", &more)
}

/// Pictures are as they were at a time that the input knows.
pub fn cache(folder: &Path) -> Read {
    let (pictures, cache) = (folder.join("pictures"), folder.join("cache"));
    for number in 0..64 {
        let path = pictures.join(format!("{}/{number}.bmp", if number % 2 == 0 { "a" } else { "b" }));
        put(&path, &fixture("folder/train/ape/b.bmp"));
        let file = File::options().write(true).open(&path).unwrap();
        file.set_modified(UNIX_EPOCH + Duration::from_secs(1_000_000)).unwrap();
    }
    let experiment = experiment("source = \"folder\"\npath = \"pictures\"\nside = 1\ncolor = \"gray\"");
    let folder = folder.to_path_buf();
    let load = move || {
        let loading = Loading { cache: Some(&folder.join("cache")), ..Loading::default() };
        data::prepare_with(&experiment, &folder, loading)
    };
    let right = load().unwrap();
    let kept: PathBuf = cache.read_dir().unwrap().next().unwrap().unwrap().path();
    Box::new(move |input| {
        let mut bytes = input.to_vec();
        // Every other one with the checksum of its table put right, so that the table is read.
        if let Some(length) = bytes.get(16..24).map(|bytes| u64::from_le_bytes(bytes.try_into().unwrap()))
            && (44..bytes.len() as u64).contains(&length)
            && bytes.len().is_multiple_of(2)
        {
            let end = length as usize - 4;
            let checksum = crc32c::crc32c(&bytes[..end]).to_le_bytes();
            bytes[end..end + 4].copy_from_slice(&checksum);
        } else {
            bytes = input.to_vec();
        }
        put(&kept, &bytes);
        let prepared = load().unwrap();
        if bytes == input {
            assert!(prepared.values == right.values, "what is not whole was taken for a picture");
        }
        "read".to_owned()
    })
}
