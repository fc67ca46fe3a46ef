//! Where the dashboard's preferences are kept: one small file in the user's directory for such things.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};

use crate::store;
use crate::tui::state::preferences::Preferences;

/// A larger file is something else.
const MOST: u64 = 1 << 16;

/// Reads preferences, and writes them when they change.
#[derive(Debug)]
pub struct Liked {
    /// As they were last read or written.
    now: Preferences,
    writer: Sender<Preferences>,
}

impl Liked {
    /// Reads them. What is not there, or cannot be read, says nothing.
    pub fn read() -> Self {
        Self::at(place(|name| std::env::var_os(name)))
    }

    fn at(path: Option<PathBuf>) -> Self {
        let read = |path: PathBuf| {
            let is_sound = fs::metadata(&path).is_ok_and(|file| file.is_file() && file.len() < MOST);
            if is_sound { fs::read_to_string(path).ok() } else { None }
        };
        let text = path.clone().and_then(|path| store::answered(move || read(path)).flatten());
        let now = text.map(|text| Preferences::read(&text)).unwrap_or_default();
        let (writer, written) = channel::<Preferences>();
        // Home directories may be slow. A preference that cannot be kept is not worth a word.
        std::thread::spawn(move || {
            let Some(path) = path else { return };
            for liked in written {
                let _ = replace(&path, &liked.text());
            }
        });
        Self { now, writer }
    }

    /// As they were last read or written.
    pub fn now(&self) -> &Preferences {
        &self.now
    }

    /// Writes them, if they are others than before.
    pub fn keep(&mut self, liked: Preferences) {
        if self.now != liked {
            self.now.clone_from(&liked);
            let _ = self.writer.send(liked);
        }
    }
}

/// `$XDG_STATE_HOME/rungs/dashboard.json`; that directory is `~/.local/state` by default.
fn place(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = set("XDG_STATE_HOME").filter(|path| path.is_absolute());
    let folder = folder.or_else(|| set("HOME").map(|home| home.join(".local/state")))?;
    Some(folder.join("rungs/dashboard.json"))
}

/// Two dashboards may write at the same time; each writes a file of its own and puts it in place as a whole.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let own = path.with_extension(format!("{}.tmp", std::process::id()));
    fs::write(&own, text)?;
    fs::rename(&own, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_where_such_files_are() {
        let place_of = |set: &'static [(&'static str, &'static str)]| {
            place(|name| set.iter().find(|(other, _)| *other == name).map(|(_, value)| OsString::from(value)))
        };
        for (set, expected) in [
            (&[("XDG_STATE_HOME", "/s"), ("HOME", "/h")][..], Some("/s/rungs/dashboard.json")),
            (&[("XDG_STATE_HOME", "relative"), ("HOME", "/h")], Some("/h/.local/state/rungs/dashboard.json")),
            (&[("HOME", "/h")], Some("/h/.local/state/rungs/dashboard.json")),
            (&[("HOME", "")], None),
            (&[], None),
        ] {
            assert_eq!(place_of(set), expected.map(PathBuf::from));
        }
    }

    #[test]
    fn what_is_kept_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/dashboard.json");
        let mut liked = Liked::at(Some(path.clone()));
        assert_eq!(*liked.now(), Preferences::default());
        let light = Preferences { theme: Some("light".into()), ..Preferences::default() };
        liked.keep(light.clone());
        while Liked::at(Some(path.clone())).now() != &light {
            std::thread::yield_now();
        }
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");
    }
}
