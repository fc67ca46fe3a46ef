//! Sources on files that Pillow, NumPy and Python made (tests/fixtures/data/make.py), not we.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it found by panicking")]

use std::path::{Path, PathBuf};

use rungs::data::{self, DataError, Prepared, Shape, Values};
use rungs::domain::experiment::{Override, parse};
use serde_json::Value;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/data")
}

fn expected() -> Value {
    serde_json::from_str(&std::fs::read_to_string(fixtures().join("expected.json")).unwrap()).unwrap()
}

fn prepared(data: &str) -> Result<Prepared, DataError> {
    let split = "[data.split]\ntrain = 0.5\ndev = 0.5\ntest = 0.0";
    let experiment = parse(&format!("[data]\n{data}\n{split}"), "t.toml", "t", &[] as &[Override]).unwrap();
    data::check(&experiment, &fixtures())?;
    data::prepare(&experiment, &fixtures())
}

fn bytes(prepared: &Prepared) -> &[u8] {
    match &prepared.values {
        Values::Bytes(values) => values,
        Values::Floats(_) => panic!("pictures are bytes"),
    }
}

fn floats(prepared: &Prepared) -> &[f32] {
    match &prepared.values {
        Values::Floats(values) => values,
        Values::Bytes(_) => panic!("vectors are floats"),
    }
}

fn whole(value: &Value) -> Vec<u8> {
    value.as_array().unwrap().iter().map(|value| u8::try_from(value.as_u64().unwrap()).unwrap()).collect()
}

fn real(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|value| value.as_f64().unwrap() as f32).collect()
}

fn names(prepared: &Prepared) -> Vec<&str> {
    prepared.labels.iter().map(|&label| prepared.classes[label as usize].as_str()).collect()
}

#[test]
fn pictures_are_as_pillow_sees_them_and_what_is_broken_is_left_out() {
    let prepared = prepared("source = \"folder\"\npath = \"folder\"\nside = 8").unwrap();
    assert_eq!(prepared.shape, Shape::Image { channels: 3, height: 8, width: 8 });
    assert_eq!(prepared.classes, ["ape", "bee"]);
    let expected = expected();
    let expected = expected["folder"].as_object().unwrap();
    assert_eq!(prepared.labels.len(), expected.len(), "{:?}", prepared.notes);
    for ((name, wanted), seen) in expected.iter().zip(bytes(&prepared).chunks(192)) {
        // Resizing and JPEG round differently; everything else is exact.
        let near = if ["d.png", "e.jpg"].iter().any(|end| name.ends_with(end)) { 6 } else { 1 };
        let worst = whole(wanted).iter().zip(seen).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        assert!(worst <= near, "{name} is off by {worst}");
    }
    let notes = prepared.notes.join(" ");
    for part in ["2 pictures cannot be read", "cut.png", "huge.png", "1 files are no pictures"] {
        assert!(notes.contains(part), "{part} is not in {notes}");
    }
}

#[test]
fn gray_is_kept_gray_where_the_file_says_so() {
    let prepared =
        prepared("source = \"folder\"\npath = \"folder\"\nside = 4\ncolor = \"gray\"\nfit = \"pad\"").unwrap();
    assert_eq!(prepared.shape, Shape::Image { channels: 1, height: 4, width: 4 });
    // The wide one has black above and below.
    let wide = &bytes(&prepared)[3 * 16..4 * 16];
    assert!(wide[..4].iter().chain(&wide[12..]).all(|&value| value == 0) && wide[4..12].iter().all(|&value| value > 0));
}

#[test]
fn archives_of_arrays_are_read() {
    let expected = expected();
    let archive = prepared("source = \"npy\"\npath = \"pictures.npz\"").unwrap();
    assert_eq!(archive.shape, Shape::Image { channels: 3, height: 4, width: 5 });
    assert_eq!(bytes(&archive), whole(&expected["pictures"]["values"]));
    assert_eq!(Value::from(names(&archive)), expected["pictures"]["labels"]);

    for path in ["arrays", "arrays/features.npy"] {
        let vectors = prepared(&format!("source = \"npy\"\npath = \"{path}\"")).unwrap();
        assert_eq!(vectors.shape, Shape::Vector(3));
        assert_eq!(floats(&vectors), real(&expected["vectors"]["values"]));
        assert_eq!(Value::from(vectors.labels), expected["vectors"]["labels"]);
    }
}

#[test]
fn pickled_objects_are_never_opened() {
    let message = prepared("source = \"npy\"\npath = \"objects.npy\"\nlabel = \"objects\"").unwrap_err().to_string();
    assert!(message.contains("objects"), "{message}");
}

#[test]
fn tables_are_read() {
    let table = prepared("source = \"csv\"\npath = \"table.csv\"").unwrap();
    assert_eq!(table.shape, Shape::Vector(2));
    assert_eq!(table.classes, ["moss", "reed, tall"]);
    assert_eq!(names(&table)[..2], ["reed, tall", "moss"]);
    assert_eq!(floats(&table), real(&expected()["table"]["values"]));
    assert_eq!(table.notes, ["Columns that hold no numbers were left out: remark."]);
    let mut sums = [0.0f32; 2];
    for &example in &table.sets.train {
        let mut seen = [0.0; 2];
        table.plain(example, &mut seen);
        sums = [sums[0] + seen[0], sums[1] + seen[1]];
    }
    assert!(sums.iter().all(|sum| sum.abs() < 1e-4), "{sums:?}");
}

#[test]
fn idx_files_are_read() {
    let expected = expected();
    let idx = prepared("source = \"idx\"\npath = \"idx\"").unwrap();
    assert_eq!(idx.shape, Shape::Image { channels: 1, height: 6, width: 5 });
    assert_eq!(bytes(&idx), whole(&expected["idx"]["values"]));
    assert_eq!(Value::from(idx.labels), expected["idx"]["labels"]);
}

#[test]
fn what_is_not_there_is_named_before_anything_begins() {
    for source in ["idx", "cifar", "folder", "csv", "npy"] {
        let message = prepared(&format!("source = \"{source}\"\npath = \"nowhere\"")).unwrap_err().to_string();
        assert!(message.contains("data.path") && message.contains("nowhere"), "{message}");
    }
}

/// Every file cut at every place is read or refused, never worse.
#[test]
fn files_cut_anywhere_are_answered() {
    for (source, file, name) in [
        ("npy", "pictures.npz", "p.npz"),
        ("csv", "table.csv", "t.csv"),
        ("folder", "folder/train/bee/e.jpg", "c/e.jpg"),
        ("folder", "folder/train/bee/f.gif", "c/f.gif"),
        ("folder", "folder/train/ape/c.webp", "c/c.webp"),
    ] {
        let whole = std::fs::read(fixtures().join(file)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("c")).unwrap();
        let path = if source == "folder" { "." } else { name };
        let text = format!("[data]\nsource = \"{source}\"\npath = \"{path}\"");
        let experiment = parse(&text, "t.toml", "t", &[] as &[Override]).unwrap();
        for cut in (0..whole.len()).step_by(1 + whole.len() / 300) {
            std::fs::write(folder.path().join(name), &whole[..cut]).unwrap();
            if let Err(error) = data::prepare(&experiment, folder.path()) {
                assert!(error.to_string().len() < 1000, "{error}");
            }
        }
    }
}
