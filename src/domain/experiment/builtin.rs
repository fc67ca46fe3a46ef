//! The experiments that come with the program, one for each lesson, compiled in so that it works in an empty directory.

use super::{Experiment, ExperimentError, Override, parse};

/// One file of the repository's `experiments/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Builtin {
    /// The file's name without `.toml`.
    pub name: &'static str,
    /// Its text, comments and all.
    pub text: &'static str,
}

/// In the order of the lessons.
pub const BUILTINS: &[Builtin] = &[
    builtin("digits", include_str!("../../../experiments/digits.toml")),
    builtin("digits-bias", include_str!("../../../experiments/digits-bias.toml")),
    builtin("digits-variance", include_str!("../../../experiments/digits-variance.toml")),
    builtin("digits-mismatch", include_str!("../../../experiments/digits-mismatch.toml")),
    builtin("digits-rate", include_str!("../../../experiments/digits-rate.toml")),
    builtin("lights", include_str!("../../../experiments/lights.toml")),
    builtin("lights-multitask", include_str!("../../../experiments/lights-multitask.toml")),
    builtin("kangaroos", include_str!("../../../experiments/kangaroos.toml")),
    builtin("tones", include_str!("../../../experiments/tones.toml")),
];

const fn builtin(name: &'static str, text: &'static str) -> Builtin {
    Builtin { name, text }
}

impl Builtin {
    /// The one called `name`.
    pub fn find(name: &str) -> Option<&'static Self> {
        BUILTINS.iter().find(|builtin| builtin.name == name)
    }

    /// The experiment it describes, with overrides laid over it.
    ///
    /// # Errors
    /// As [`parse()`]: only overrides can be at fault, the texts themselves are tested.
    pub fn experiment(&self, overrides: &[Override]) -> Result<Experiment, ExperimentError> {
        parse(self.text, &format!("built-in {}", self.name), self.name, overrides)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_built_in_and_reads() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/experiments");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        let mut names: Vec<String> = BUILTINS.iter().map(|builtin| builtin.name.to_owned()).collect();
        files.sort();
        names.sort();
        assert_eq!(names, files);
        for builtin in BUILTINS {
            let experiment = builtin.experiment(&[]).unwrap();
            assert_eq!(experiment.name, builtin.name);
            assert!(!experiment.notes.is_empty(), "{} says nothing of its lesson", builtin.name);
        }
    }
}
