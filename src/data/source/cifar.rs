//! CIFAR-10 and CIFAR-100 in their binary form (Krizhevsky 2009): records of one or two label bytes and 32×32 pixels in
//! three planes, which is how examples are kept here. All batches in the folder are pooled.

use std::fs;
use std::path::{Path, PathBuf};

use super::files::{malformed, read_bounded};
use super::{Examples, MAX_NUMBERS, Mirroring};
use crate::data::error::DataError;
use crate::data::{Shape, Values};

const SIDE: usize = 32;
const PIXELS: usize = 3 * SIDE * SIDE;

/// One of the two sets.
struct Form {
    batches: &'static [&'static str],
    names: &'static str,
    /// Label bytes before the pixels; the last is the class.
    labels: usize,
    classes: usize,
    /// The folder that its archive unpacks to.
    folder: &'static str,
}

const FORMS: [Form; 2] = [
    Form {
        batches: &[
            "data_batch_1.bin",
            "data_batch_2.bin",
            "data_batch_3.bin",
            "data_batch_4.bin",
            "data_batch_5.bin",
            "test_batch.bin",
        ],
        names: "batches.meta.txt",
        labels: 1,
        classes: 10,
        folder: "cifar-10-batches-bin",
    },
    Form {
        batches: &["train.bin", "test.bin"],
        names: "fine_label_names.txt",
        labels: 2,
        classes: 100,
        folder: "cifar-100-binary",
    },
];

/// Whether the folder holds a batch.
///
/// # Errors
/// It does not.
pub(super) fn check(path: &Path, section: &'static str) -> Result<(), DataError> {
    find(path, section).map(drop)
}

/// Reads and pools every batch of the folder.
///
/// # Errors
/// No batch, or one that cannot be read, is cut short, or holds a label out of range.
pub(super) fn load(path: &Path, section: &'static str) -> Result<Examples, DataError> {
    let (form, folder, batches) = find(path, section)?;
    let mut values = Vec::new();
    let mut labels = Vec::new();
    let record = form.labels + PIXELS;
    for batch in batches {
        let bytes = read_bounded(&batch, MAX_NUMBERS - values.len())?;
        if bytes.is_empty() || bytes.len() % record != 0 {
            return Err(malformed(
                &batch,
                format!(
                    "holds {} bytes, which are not whole records of {record}; it is cut short or no CIFAR",
                    bytes.len()
                ),
            ));
        }
        for (number, record) in bytes.chunks_exact(record).enumerate() {
            let label = record[form.labels - 1];
            if usize::from(label) >= form.classes {
                let last = form.classes - 1;
                return Err(malformed(
                    &batch,
                    format!("label {label} of example {number} is out of range 0 to {last}"),
                ));
            }
            labels.push(u32::from(label));
            values.extend_from_slice(&record[form.labels..]);
        }
    }
    Ok(Examples {
        shape: Shape::Image { channels: 3, height: SIDE, width: SIDE },
        values: Values::Bytes(values),
        labels,
        classes: names(&folder.join(form.names), form.classes),
        keys: None,
        mirroring: Mirroring::Harmless,
        notes: Vec::new(),
    })
}

/// The folder itself or the one that the archive unpacks to in it, with the batches that are there.
fn find(path: &Path, section: &'static str) -> Result<(&'static Form, PathBuf, Vec<PathBuf>), DataError> {
    for form in &FORMS {
        for folder in [path.to_path_buf(), path.join(form.folder)] {
            let batches: Vec<PathBuf> =
                form.batches.iter().map(|name| folder.join(name)).filter(|batch| batch.is_file()).collect();
            if !batches.is_empty() {
                return Ok((form, folder, batches));
            }
        }
    }
    Err(DataError::Missing {
        key: format!("{section}.path"),
        path: path.join(FORMS[0].batches[0]),
        what: "(or train.bin of CIFAR-100)",
        remedy: "name the folder that the binary archive unpacks to".to_owned(),
    })
}

/// The names of the classes, a line each; numbers where the file is absent or is not of so many lines.
fn names(path: &Path, classes: usize) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let names: Vec<String> = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    if names.len() == classes { names } else { (0..classes).map(|class| class.to_string()).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(labels: &[u8], pixel: u8) -> Vec<u8> {
        [labels, &[pixel; PIXELS]].concat()
    }

    #[test]
    fn batches_are_pooled_and_classes_named() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("cifar-10-batches-bin");
        fs::create_dir(&inner).unwrap();
        fs::write(inner.join("test_batch.bin"), record(&[9], 3)).unwrap();
        fs::write(inner.join("data_batch_2.bin"), [record(&[0], 1), record(&[1], 2)].concat()).unwrap();
        fs::write(inner.join("batches.meta.txt"), "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n").unwrap();
        check(folder.path(), "data").unwrap();
        let examples = load(folder.path(), "data").unwrap();
        assert_eq!(examples.labels, [0, 1, 9]);
        assert_eq!(examples.classes[9], "j");
        let Values::Bytes(values) = &examples.values else { panic!() };
        assert_eq!([values[0], values[PIXELS], values[3 * PIXELS - 1]], [1, 2, 3]);
    }

    #[test]
    fn of_the_hundred_the_fine_label_counts() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("train.bin"), record(&[19, 99], 1)).unwrap();
        let examples = load(folder.path(), "data").unwrap();
        assert_eq!((examples.labels, examples.classes.len()), (vec![99], 100));
    }

    #[test]
    fn what_is_wrong_is_said_with_the_name_of_the_file() {
        for (bytes, part) in [
            (record(&[10], 0), "label 10 of example 0 is out of range 0 to 9"),
            (vec![0; 5000], "not whole records of 3073"),
            (Vec::new(), "holds 0 bytes"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("data_batch_1.bin"), bytes).unwrap();
            let message = load(folder.path(), "data").unwrap_err().to_string();
            assert!(message.contains("data_batch_1.bin") && message.contains(part), "{message}");
        }
        let folder = tempfile::tempdir().unwrap();
        let message = check(folder.path(), "data").unwrap_err().to_string();
        assert!(message.contains("data.path"), "{message}");
    }
}
