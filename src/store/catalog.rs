//! The experiments that can be run: files in `experiments/` and those built in. A file hides a built-in of its name.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::files::{self, Durability};
use super::weights;
use crate::domain::experiment::builtin::{BUILTINS, Builtin};
use crate::domain::experiment::change::{Change, rewritten};
use crate::domain::experiment::paths::plain;
use crate::domain::experiment::{Experiment, ExperimentError, Override, parse};

/// No experiment file needs more; a larger one is something else.
const MAX_BYTES: u64 = 1 << 20;

/// Where an experiment stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Compiled in.
    Builtin,
    /// In this file.
    File(PathBuf),
}

/// One experiment that can be run, or the reason why it cannot.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The name to run it by.
    pub name: String,
    /// Where it stands.
    pub origin: Origin,
    /// What it says.
    pub experiment: Result<Experiment, CatalogError>,
}

/// Why an experiment cannot be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogError {
    /// Neither a file nor a name.
    #[error("there is no experiment `{what}`: no such file, none in {}, none built in{}", folder.display(), hint(near.as_ref()))]
    Unknown {
        /// What was asked for.
        what: String,
        /// Where files were looked for.
        folder: PathBuf,
        /// The nearest name.
        near: Option<String>,
    },
    /// The file cannot be read.
    #[error("{}: {problem}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        problem: String,
    },
    /// The file says something wrong.
    #[error(transparent)]
    Wrong(#[from] ExperimentError),
}

fn hint(near: Option<&String>) -> String {
    near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

/// The folder of experiments in the directory `root`.
pub fn folder(root: &Path) -> PathBuf {
    root.join("experiments")
}

/// Every experiment that can be run in the directory `root`: built-in ones in the order of their lessons (or the files
/// that hide them), then the other files by name.
pub fn list(root: &Path) -> Vec<Entry> {
    let mut files = toml_files(&folder(root));
    let mut entries: Vec<Entry> = BUILTINS
        .iter()
        .map(|builtin| match files.iter().position(|(name, _)| name == builtin.name) {
            Some(place) => entry(files.remove(place)),
            None => Entry {
                name: builtin.name.to_owned(),
                origin: Origin::Builtin,
                experiment: builtin.experiment(&[]).map_err(CatalogError::from),
            },
        })
        .collect();
    entries.extend(files.into_iter().map(entry));
    entries
}

fn entry((name, path): (String, PathBuf)) -> Entry {
    Entry { name, experiment: read(&path, &[]), origin: Origin::File(path) }
}

/// Names and paths of the TOML files in a folder, by name; none where there is no such folder.
pub fn toml_files(folder: &Path) -> Vec<(String, PathBuf)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<(String, PathBuf)> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml") && path.is_file())
        .filter_map(|path| Some((path.file_stem()?.to_string_lossy().into_owned(), path)))
        .collect();
    files.sort();
    files
}

/// The file that `what` stands for: a path, or the name of one in `experiments/`. `None` for what is built in or unknown.
pub fn file(root: &Path, what: &str) -> Option<PathBuf> {
    let named = folder(root).join(format!("{what}.toml"));
    [PathBuf::from(what), root.join(what), named].into_iter().find(|path| path.is_file())
}

/// Opens an experiment: a file, or the name of one in `experiments/` or built in. Paths in it are rewritten to be
/// relative to a run's directory in `root`, or absolute where they lead out of it.
///
/// # Errors
/// There is none of that name, its file cannot be read, or it says something wrong.
pub fn open(root: &Path, what: &str, overrides: &[Override]) -> Result<Experiment, CatalogError> {
    if let Some(path) = file(root, what) {
        let base = path.parent().map(Path::to_path_buf).unwrap_or_default();
        return Ok(from_run_directory(read(&path, overrides)?, &base, root));
    }
    if let Some(builtin) = Builtin::find(what) {
        return Ok(from_run_directory(builtin.experiment(overrides)?, root, root));
    }
    let near = list(root)
        .into_iter()
        .map(|entry| (strsim::jaro_winkler(&entry.name, what), entry.name))
        .filter(|(score, _)| *score > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name);
    Err(CatalogError::Unknown { what: what.to_owned(), folder: folder(root), near })
}

/// Writes changes into an experiment's file, with all else in it as it was, comments too. What is built in gets a file, which
/// from then on stands in its place. Gives the file's path.
///
/// # Errors
/// There is no such experiment, its file cannot be read or written, or it would say something wrong.
pub fn write(root: &Path, what: &str, changes: &[Change]) -> Result<PathBuf, CatalogError> {
    let (path, text) = match (file(root, what), Builtin::find(what)) {
        (Some(path), _) => {
            let text = text(&path)?;
            (path, text)
        }
        (None, Some(builtin)) => (folder(root).join(format!("{what}.toml")), builtin.text.to_owned()),
        (None, None) => return open(root, what, &[]).map(|_| PathBuf::new()),
    };
    let written = rewritten(&text, &path.display().to_string(), changes)?;
    parsed(&path, &written, &[])?;
    let failed = |problem: String| CatalogError::Unreadable { path: path.clone(), problem };
    fs::create_dir_all(folder(root)).map_err(|error| failed(format!("cannot be written: {error}")))?;
    // What a link leads to is written, and the link stays.
    let target = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
    files::replace(&target, written.as_bytes(), Durability::Disk).map_err(|error| failed(error.to_string()))?;
    Ok(path)
}

/// Reads an experiment file; paths in it stay as they are.
///
/// # Errors
/// The file cannot be read or says something wrong.
pub fn read(path: &Path, overrides: &[Override]) -> Result<Experiment, CatalogError> {
    parsed(path, &text(path)?, overrides)
}

/// Reads a run's own experiment file, which is never a link to another.
///
/// # Errors
/// As [`read`].
pub(super) fn read_own(path: &Path) -> Result<Experiment, CatalogError> {
    parsed(path, &text_of(path, files::open(path))?, &[])
}

/// The text of a TOML file. What never ends, such as a pipe, is refused.
///
/// # Errors
/// It cannot be read, is no text, or far too large.
pub fn text(path: &Path) -> Result<String, CatalogError> {
    text_of(path, files::open_through_links(path))
}

fn text_of(path: &Path, file: io::Result<fs::File>) -> Result<String, CatalogError> {
    let unreadable = |problem: String| CatalogError::Unreadable { path: path.to_path_buf(), problem };
    let mut bytes = Vec::new();
    file.and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| unreadable(format!("cannot be read: {error}")))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(unreadable("is larger than 1 MiB, so it is no experiment".to_owned()));
    }
    String::from_utf8(bytes).map_err(|_| unreadable("is not UTF-8 text".to_owned()))
}

fn parsed(path: &Path, text: &str, overrides: &[Override]) -> Result<Experiment, CatalogError> {
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(parse(text, &path.display().to_string(), &name, overrides)?)
}

/// The same experiment with its paths as seen from `root/runs/ID/` instead of from `base`.
fn from_run_directory(mut experiment: Experiment, base: &Path, root: &Path) -> Experiment {
    let sources = [Some(&mut experiment.data.source), experiment.data.target.as_mut().map(|target| &mut target.source)];
    for source in sources.into_iter().flatten() {
        source.path = source.path.as_deref().map(|path| relocated(Path::new(path), base, root));
    }
    if let Some(from) = experiment.model.start_from.as_mut().filter(|from| weights::is_file(from)) {
        *from = relocated(Path::new(&*from), base, root);
    }
    for synthesize in &mut experiment.data.synthesize {
        synthesize.path = synthesize.path.as_deref().map(|path| relocated(Path::new(path), base, root));
    }
    experiment
}

fn relocated(path: &Path, base: &Path, root: &Path) -> String {
    let (root, whole) = (absolute(root), absolute(&base.join(path)));
    let relocated = match whole.strip_prefix(&root) {
        Ok(inside) => Path::new("../..").join(inside),
        Err(_) => whole,
    };
    relocated.to_string_lossy().into_owned()
}

/// The path from the file system's root, with `.` and `..` resolved by name.
fn absolute(path: &Path) -> PathBuf {
    plain(&std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root_with(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(folder(root.path())).unwrap();
        for (name, text) in files {
            fs::write(folder(root.path()).join(name), text).unwrap();
        }
        root
    }

    #[test]
    fn an_empty_directory_offers_the_built_in_ones() {
        let root = tempfile::tempdir().unwrap();
        let names: Vec<String> = list(root.path()).into_iter().map(|entry| entry.name).collect();
        assert_eq!(names, BUILTINS.iter().map(|builtin| builtin.name).collect::<Vec<_>>());
    }

    #[test]
    fn a_file_hides_a_built_in_and_a_broken_one_is_listed_with_its_fault() {
        let root = root_with(&[("digits.toml", "seed = 7"), ("mine.toml", "sed = 7"), ("readme.md", "")]);
        let entries = list(root.path());
        assert_eq!(entries.len(), BUILTINS.len() + 1);
        assert_eq!(entries[0].experiment.as_ref().unwrap().seed, 7);
        let last = entries.last().unwrap();
        assert_eq!(last.name, "mine");
        assert!(last.experiment.as_ref().unwrap_err().to_string().contains("did you mean `seed`?"));
    }

    #[test]
    fn data_paths_are_seen_from_the_run_directory() {
        let text = "[data]\nsource = \"idx\"\npath = \"../data/mnist\"";
        let root = root_with(&[("a.toml", text), ("b.toml", "[data]\nsource = \"idx\"\npath = \"/elsewhere\"")]);
        let path = |what: &str| open(root.path(), what, &[]).unwrap().data.source.path.unwrap();
        assert_eq!(path("a"), "../../data/mnist");
        assert_eq!(path("experiments/a.toml"), "../../data/mnist");
        assert_eq!(path("b"), "/elsewhere");
    }

    #[test]
    fn what_does_not_exist_is_answered_with_the_nearest_name() {
        let root = tempfile::tempdir().unwrap();
        let error = open(root.path(), "digit", &[]).unwrap_err().to_string();
        assert!(error.ends_with("none built in; did you mean `digits`?"), "{error}");
    }

    #[test]
    fn changes_are_written_into_files_and_built_in_ones_get_one() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let change = |key: &str, to: serde_json::Value| Change { key: key.into(), from: serde_json::Value::Null, to };
        let path = write(root, "digits", &[change("train.epochs", 3.into())]).unwrap();
        assert_eq!(path, root.join("experiments/digits.toml"));
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with('#') && text.contains("epochs = 3"), "{text}");
        assert_eq!(open(root, "digits", &[]).unwrap().train.epochs, 3);
        // What would say something wrong is not written.
        let error = write(root, "digits", &[change("model.kernel", 4.into())]).unwrap_err();
        assert!(error.to_string().contains("kernel"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        assert!(matches!(write(root, "digts", &[]), Err(CatalogError::Unknown { .. })));
    }
}
