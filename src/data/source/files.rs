//! What sources that read files have in common.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::data::error::DataError;

/// The system does not let a file be read.
pub(super) fn unreadable(path: &Path, error: &io::Error) -> DataError {
    DataError::Unreadable { path: path.to_path_buf(), problem: error.to_string() }
}

/// A file is not what it should be.
pub(super) fn malformed(path: &Path, problem: String) -> DataError {
    DataError::Malformed { path: path.to_path_buf(), problem }
}

/// Opens a file. Pipes and the like, which might never end or never begin, are none.
pub(super) fn open(path: &Path) -> io::Result<File> {
    if fs::metadata(path)?.is_file() {
        File::open(path)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"))
    }
}

/// All of a file, unless it is longer than `most` bytes.
pub(super) fn read_bounded(path: &Path, most: usize) -> Result<Vec<u8>, DataError> {
    let mut bytes = Vec::new();
    open(path)
        .and_then(|file| file.take(most as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| unreadable(path, &error))?;
    if bytes.len() > most {
        return Err(malformed(path, format!("is longer than the {most} bytes that can be held")));
    }
    Ok(bytes)
}

/// Names of classes in the order that people expect: as numbers where all are, else by letters.
pub(super) fn sort_classes(names: &mut [String]) {
    let numbers: Option<Vec<f64>> = names.iter().map(|name| name.trim().parse().ok()).collect();
    if numbers.is_some_and(|numbers| numbers.iter().all(|number| number.is_finite())) {
        names.sort_by(|a, b| {
            let number = |name: &str| name.trim().parse().unwrap_or(0.0f64);
            number(a).total_cmp(&number(b)).then_with(|| a.cmp(b))
        });
    } else {
        names.sort();
    }
}

/// Whether so many different values are measurements rather than classes.
pub(super) fn too_many_classes(classes: usize, examples: usize) -> bool {
    classes > 20 && classes.saturating_mul(4) > examples
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_in_the_order_that_people_expect() {
        for (given, wanted) in [
            (["10", "9", "1"], ["1", "9", "10"]),
            (["10", "9", "one"], ["10", "9", "one"]),
            (["b", "a", "c"], ["a", "b", "c"]),
            (["1.5", "-2", "0"], ["-2", "0", "1.5"]),
        ] {
            let mut names = given.map(str::to_owned);
            sort_classes(&mut names);
            assert_eq!(names, wanted);
        }
    }
}
