//! The paths that an experiment names.

use std::path::{Component, Path, PathBuf};

/// The path with `.` and each `NAME/..` taken out, by name: the directory that `..` leads out of, a run's own, need not exist
/// yet.
pub fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match (component, plain.components().next_back()) {
            (Component::CurDir, _) | (Component::ParentDir, Some(Component::RootDir)) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                plain.pop();
            }
            (other, _) => plain.push(other),
        }
    }
    plain
}

/// Where paths begin that a person types, and those that experiments hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// The directory in which the program was started.
    pub here: PathBuf,
    /// What `~` stands for.
    pub home: Option<PathBuf>,
    /// A directory that lies as deep as a run's own: paths of experiments are relative to it.
    pub run: PathBuf,
}

impl Places {
    /// The whole path of what was typed, as a shell would take it.
    pub fn typed(&self, path: &str) -> String {
        let home =
            self.home.as_ref().zip(path.strip_prefix('~')).filter(|(_, rest)| rest.is_empty() || rest.starts_with('/'));
        let whole = match home {
            Some((home, rest)) => home.join(rest.trim_start_matches('/')),
            None => self.here.join(path),
        };
        plain(&whole).to_string_lossy().into_owned()
    }

    /// The whole path of what an experiment holds.
    pub fn held(&self, path: &str) -> String {
        plain(&self.run.join(path)).to_string_lossy().into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_out_of_a_directory_is_taken_out_with_it() {
        for (path, expected) in [
            ("a/./b/../c", "a/c"),
            ("../a/..", ".."),
            ("../../a", "../../a"),
            ("/../../a", "/a"),
            ("/runs/new/../../data", "/data"),
            ("a/..", ""),
        ] {
            assert_eq!(plain(Path::new(path)), Path::new(expected), "{path}");
        }
    }

    #[test]
    fn paths_are_typed_as_in_a_shell() {
        let places = Places { here: "/work".into(), home: Some("/home/ann".into()), run: "/work/lab/runs/new".into() };
        for (typed, expected) in [
            ("photos", "/work/photos"),
            ("../photos/", "/photos"),
            ("~/photos", "/home/ann/photos"),
            ("~", "/home/ann"),
            ("~bob", "/work/~bob"),
            ("/photos", "/photos"),
        ] {
            assert_eq!(places.typed(typed), expected, "{typed}");
        }
        assert_eq!(
            (places.held("../../photos"), places.held("/photos")),
            ("/work/lab/photos".into(), "/photos".into())
        );
    }
}
