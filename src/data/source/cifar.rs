//! CIFAR-10 and CIFAR-100 in their binary form (Krizhevsky 2009): records of one or two label bytes and 32×32 pixels in
//! three planes, which is how examples are kept here. All batches in the folder are pooled. The hundred classes have
//! twenty groups, which a further task can learn as `coarse`.

use std::fs;
use std::path::{Path, PathBuf};

use super::files::{malformed, read_bounded};
use super::{Ask, Examples, MAX_NUMBERS, Mirroring};
use crate::data::error::DataError;
use crate::data::{Labels, Shape, Values};

const SIDE: usize = 32;
const PIXELS: usize = 3 * SIDE * SIDE;
/// What a further task calls the groups of CIFAR-100's classes.
const COARSE: &str = "coarse";

/// One of the two sets.
struct Form {
    batches: &'static [&'static str],
    names: &'static str,
    /// Label bytes before the pixels; the last is the class.
    labels: usize,
    classes: usize,
    /// The groups that the first of two label bytes counts: how many, and the file of their names.
    groups: Option<(usize, &'static str)>,
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
        groups: None,
        folder: "cifar-10-batches-bin",
    },
    Form {
        batches: &["train.bin", "test.bin"],
        names: "fine_label_names.txt",
        labels: 2,
        classes: 100,
        groups: Some((20, "coarse_label_names.txt")),
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
/// No batch, or one that cannot be read, is cut short, or holds a label out of range; other labels are asked for.
pub(super) fn load(path: &Path, ask: Ask<'_>) -> Result<Examples, DataError> {
    let (form, folder, batches) = find(path, ask.section)?;
    let there: &[&str] = if form.groups.is_some() { &[COARSE] } else { &[] };
    if let Some(task) = ask.auxiliary.iter().position(|auxiliary| !there.contains(&auxiliary.target.as_str())) {
        return Err(ask.unknown(task, &ask.auxiliary[task].target, there));
    }
    let mut values = Vec::new();
    let mut labels = Vec::new();
    let mut groups = Vec::new();
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
            let in_range = |label: u8, count: usize| {
                if usize::from(label) < count {
                    return Ok(u32::from(label));
                }
                let last = count - 1;
                Err(malformed(&batch, format!("label {label} of example {number} is out of range 0 to {last}")))
            };
            labels.push(in_range(record[form.labels - 1], form.classes)?);
            if let Some((count, _)) = form.groups {
                groups.push(in_range(record[0], count)?);
            }
            values.extend_from_slice(&record[form.labels..]);
        }
    }
    let coarse =
        form.groups.map(|(count, file)| Labels::Classes { names: names(&folder.join(file), count), of: groups });
    Ok(Examples {
        shape: Shape::Image { channels: 3, height: SIDE, width: SIDE },
        values: Values::Bytes(values),
        labels,
        classes: names(&folder.join(form.names), form.classes),
        further: coarse.into_iter().cycle().take(ask.auxiliary.len()).collect(),
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
    use crate::domain::experiment::Auxiliary;

    fn load(folder: &Path) -> Result<Examples, DataError> {
        super::load(folder, Ask { section: "data", seed: 1, auxiliary: &[], sequences: false })
    }

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
        let examples = load(folder.path()).unwrap();
        assert_eq!(examples.labels, [0, 1, 9]);
        assert_eq!(examples.classes[9], "j");
        let Values::Bytes(values) = &examples.values else { panic!() };
        assert_eq!([values[0], values[PIXELS], values[3 * PIXELS - 1]], [1, 2, 3]);
    }

    #[test]
    fn of_the_hundred_the_fine_label_counts() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("train.bin"), record(&[19, 99], 1)).unwrap();
        let examples = load(folder.path()).unwrap();
        assert_eq!((examples.labels, examples.classes.len()), (vec![99], 100));
    }

    #[test]
    fn groups_of_the_hundred_can_be_learned_too() {
        let further = |target: &str| Auxiliary { target: target.into(), loss: None, weight: 1.0, labelled: 1.0 };
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("train.bin"), [record(&[19, 99], 1), record(&[3, 5], 2)].concat()).unwrap();
        let load = |auxiliary: &[Auxiliary]| {
            super::load(folder.path(), Ask { section: "data", seed: 1, auxiliary, sequences: false })
        };
        let further_labels = load(&[further("coarse")]).unwrap().further;
        let names = (0..20).map(|group: u32| group.to_string()).collect();
        assert_eq!(further_labels, [Labels::Classes { names, of: vec![19, 3] }]);
        let message = load(&[further("coarse"), further("fine")]).unwrap_err().to_string();
        assert!(message.contains("task.auxiliary.1.target") && message.contains("there are coarse"), "{message}");
        fs::write(folder.path().join("train.bin"), record(&[20, 99], 1)).unwrap();
        let message = load(&[]).unwrap_err().to_string();
        assert!(message.contains("label 20 of example 0 is out of range 0 to 19"), "{message}");
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
            let message = load(folder.path()).unwrap_err().to_string();
            assert!(message.contains("data_batch_1.bin") && message.contains(part), "{message}");
        }
        let folder = tempfile::tempdir().unwrap();
        let message = check(folder.path(), "data").unwrap_err().to_string();
        assert!(message.contains("data.path"), "{message}");
    }
}
