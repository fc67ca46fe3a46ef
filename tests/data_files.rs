//! Sources on files that Pillow, NumPy, Python (tests/fixtures/data/make.py) and torchvision (tests/fixtures/torchvision)
//! made, not we.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it found by panicking")]

use std::path::{Path, PathBuf};

use rungs::data::{self, ABSENT, Auxiliary, DataError, Labels, Prepared, Shape, Values};
use rungs::domain::experiment::{Override, parse};
use serde_json::Value;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/data")
}

fn expected() -> Value {
    serde_json::from_str(&std::fs::read_to_string(fixtures().join("expected.json")).unwrap()).unwrap()
}

fn prepared(data: &str) -> Result<Prepared, DataError> {
    prepared_with(data, "")
}

fn prepared_with(data: &str, more: &str) -> Result<Prepared, DataError> {
    let split = "[data.split]\ntrain = 0.5\ndev = 0.5\ntest = 0.0";
    let experiment = parse(&format!("[data]\n{data}\n{split}\n{more}"), "t.toml", "t", &[] as &[Override]).unwrap();
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
fn pictures_are_as_torchvision_wrote_them() {
    let folder = fixtures().parent().unwrap().join("torchvision");
    let text = "[data]\nsource = \"folder\"\npath = \"pictures\"\nside = 12\ncolor = \"color\"\n[data.split]\ntrain = 0.5\ndev = 0.5\ntest = 0.0";
    let prepared = data::prepare(&parse(text, "t.toml", "t", &[] as &[Override]).unwrap(), &folder).unwrap();
    let expected: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("expected.json")).unwrap()).unwrap();
    let expected = expected.as_object().unwrap();
    assert_eq!((names(&prepared), expected.len()), (vec!["ant", "ant", "bat", "bat"], 4));
    for ((name, wanted), seen) in expected.iter().zip(bytes(&prepared).chunks(3 * 144)) {
        // Decoders of JPEG differ in how they enlarge the planes of color.
        let near = if name.ends_with("jpg") { 8 } else { 0 };
        let worst = whole(wanted).iter().zip(seen).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        assert!(worst <= near, "{name} is off by {worst}");
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

#[test]
fn cifar_files_are_read() {
    let expected = expected();
    for (form, path) in
        [("cifar-10", "cifar-10"), ("cifar-10", "cifar-10/cifar-10-batches-bin"), ("cifar-100", "cifar-100")]
    {
        let further = if form == "cifar-100" { "[[task.auxiliary]]\ntarget = \"coarse\"\n" } else { "" };
        let prepared = prepared_with(&format!("source = \"cifar\"\npath = \"{path}\""), further).unwrap();
        let expected = &expected[form];
        assert_eq!(prepared.shape, Shape::Image { channels: 3, height: 32, width: 32 });
        assert_eq!(Value::from(names(&prepared)), expected["labels"], "{path}");
        for (picture, wanted) in bytes(&prepared).chunks(3072).zip(expected["pictures"].as_array().unwrap()) {
            let pixel: Vec<u8> = (0..3).map(|plane| picture[plane * 1024 + 3 * 32 + 17]).collect();
            assert_eq!(Value::from(pixel), wanted["at 3, 17"]);
            assert_eq!(Value::from(picture.iter().map(|&value| u64::from(value)).sum::<u64>()), wanted["sum"]);
        }
        if let [Auxiliary { labels: Labels::Classes { names, of }, .. }] = &prepared.auxiliary[..] {
            let named: Vec<&str> = of.iter().map(|&class| names[class as usize].as_str()).collect();
            assert_eq!(Value::from(named), expected["coarse"]);
        } else {
            assert!(further.is_empty());
        }
    }
}

/// Numbers with those that are not known as JSON has them.
fn known(of: &[f32]) -> Value {
    of.iter().map(|number| (!number.is_nan()).then_some(*number)).collect()
}

fn known_classes(names: &[String], of: &[u32]) -> Value {
    of.iter().map(|&class| (class != ABSENT).then(|| names[class as usize].clone())).collect()
}

/// JSON's whole numbers as numbers like any other.
fn reals(value: &Value) -> Value {
    value.as_array().unwrap().iter().map(|value| value.as_f64().map(|value| value as f32)).collect()
}

#[test]
fn archives_hold_sequences_and_labels_of_further_tasks() {
    let further = "[model]\nkind = \"rnn\"\n[[task.auxiliary]]\ntarget = \"tempo\"\n[[task.auxiliary]]\ntarget = \"speaker\"\n\
                   [[task.auxiliary]]\ntarget = \"parts\"\nloss = \"binary-cross-entropy\"\n";
    let expected = &expected()["sequences"];
    for further in [further, &further.replace("rnn", "mlp")] {
        let prepared = prepared_with("source = \"npy\"\npath = \"sequences.npz\"", further).unwrap();
        // Steps of three numbers are no rows of a picture, whatever the network.
        assert_eq!(prepared.shape, Shape::Sequence { steps: 12, features: 3 });
        assert_eq!(floats(&prepared), real(&expected["values"]));
        let labels: Vec<&Labels> = prepared.auxiliary.iter().map(|auxiliary| &auxiliary.labels).collect();
        let [Labels::Numbers { of: tempo, .. }, Labels::Classes { names, of }, Labels::Marks { of: parts, .. }] =
            labels[..]
        else {
            panic!("{labels:?}")
        };
        assert_eq!(known(tempo), reals(&expected["tempo"]));
        assert_eq!(known_classes(names, of), expected["speaker"]);
        assert_eq!(known(parts), reals(&expected["parts"]));
    }
}

#[test]
fn tables_have_columns_for_further_tasks() {
    let further = "[[task.auxiliary]]\ntarget = \"soil\"\n[[task.auxiliary]]\ntarget = \"x, y, w, h\"\n\
                   [[task.auxiliary]]\ntarget = \"wet\"\nloss = \"binary-cross-entropy\"\n\
                   [[task.auxiliary]]\ntarget = \"age, days\"\nloss = \"huber\"\n";
    let prepared = prepared_with("source = \"csv\"\npath = \"plants.csv\"\nlabel = \"label\"", further).unwrap();
    let expected = &expected()["plants"];
    assert_eq!(floats(&prepared), real(&expected["values"]));
    let labels: Vec<&Labels> = prepared.auxiliary.iter().map(|auxiliary| &auxiliary.labels).collect();
    let [
        Labels::Classes { names, of },
        Labels::Numbers { of: boxes, .. },
        Labels::Marks { of: wet, .. },
        Labels::Numbers { of: age, .. },
    ] = labels[..]
    else {
        panic!("{labels:?}")
    };
    assert_eq!(known_classes(names, of), expected["soil"]);
    assert_eq!(known(boxes), reals(&expected["box"]));
    assert_eq!(known(wet), reals(&expected["wet"]));
    assert_eq!(known(age), reals(&expected["age"]));
}

/// The most memory that this process has held so far, in bytes; `None` where the system does not tell.
fn most_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

#[test]
fn what_announces_more_than_it_holds_takes_no_memory() {
    let before = most_memory();
    for (file, parts) in [
        ("bomb_size.npz", &["x.npy", "announces 2000000128 bytes"][..]),
        ("bomb_header.npz", &["x", "cut short: it announces 2000000×1000 elements"]),
        ("bomb_sides.npz", &["x", "more than can be held"]),
        ("bomb_true.npz", &["x", "400000 examples for 10 labels"]),
    ] {
        let message = prepared(&format!("source = \"npy\"\npath = \"{file}\"")).unwrap_err().to_string();
        for part in [file].iter().chain(parts) {
            assert!(message.contains(part), "{part:?} is not in {message:?}");
        }
    }
    let pictures = prepared("source = \"folder\"\npath = \"huge\"\nside = 6").unwrap();
    assert_eq!(pictures.labels.len(), 4);
    let notes = pictures.notes.join(" ");
    for part in ["4 pictures cannot be read", "ox/b.bmp (Image size exceeds limit)", "and 1 more"] {
        assert!(notes.contains(part), "{part:?} is not in {notes:?}");
    }
    // Everything else that is tested beside this is small, too.
    if let (Some(before), Some(after)) = (before, most_memory()) {
        assert!(after - before < 300 << 20, "{} MiB were taken", (after - before) >> 20);
    }
}
