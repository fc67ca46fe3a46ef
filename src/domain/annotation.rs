//! What people say of runs beside their settings: a note, tags, whether a run is pinned to the top of lists or archived
//! out of them.
//!
//! All of it is a list of remarks that only grows, the later overruling the earlier. A remark names the run by its id and
//! by when the run was made, so that none is laid on another run that got the id of one that was deleted.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::run::{RunId, Summary};
use super::text::shortened;

/// Longer tags are sentences, and those are notes.
const MAX_TAG: usize = 40;
/// Characters of a note that are kept; longer ones are no notes but accidents.
const MAX_NOTE: usize = 10_000;

/// What is said of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Annotation {
    /// In words; empty: none.
    pub note: String,
    /// In single words.
    pub tags: BTreeSet<String>,
    /// Whether it stands at the top of lists.
    pub pinned: bool,
    /// Whether lists leave it out until somebody asks for it.
    pub archived: bool,
}

/// Something that can be said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// A note, in place of the one before.
    Note(String),
    /// It has this tag.
    Tag(String),
    /// It has it no more.
    Untag(String),
    /// Whether it is pinned.
    Pin(bool),
    /// Whether it is archived.
    Archive(bool),
}

/// One thing that a person said, as a line of the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Remark {
    /// Seconds since 1970.
    pub time: f64,
    /// Of which run.
    pub run: RunId,
    /// When that was made, in seconds since 1970.
    pub created: f64,
    /// What.
    #[serde(flatten)]
    pub word: Word,
}

/// What is said of all runs of a directory.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Annotations {
    /// With when the run was made.
    of: HashMap<RunId, (f64, Annotation)>,
}

impl Annotations {
    /// What remarks come to, the oldest first.
    pub fn new(remarks: impl IntoIterator<Item = Remark>) -> Self {
        let mut annotations = Self::default();
        remarks.into_iter().for_each(|remark| annotations.add(remark));
        annotations
    }

    /// Takes one more in.
    pub fn add(&mut self, remark: Remark) {
        let Remark { run, created, word, .. } = remark;
        let (made, annotation) = self.of.entry(run).or_insert_with(|| (created, Annotation::default()));
        if *made != created {
            (*made, *annotation) = (created, Annotation::default());
        }
        match word {
            Word::Note(note) => annotation.note = shortened(&note, MAX_NOTE).into_owned(),
            Word::Tag(tag) => drop(annotation.tags.insert(tag)),
            Word::Untag(tag) => drop(annotation.tags.remove(&tag)),
            Word::Pin(is) => annotation.pinned = is,
            Word::Archive(is) => annotation.archived = is,
        }
    }

    /// What is said of a run; `None`: nothing.
    pub fn of(&self, run: &Summary) -> Option<&Annotation> {
        let (created, annotation) = self.of.get(&run.id)?;
        (*created == run.created).then_some(annotation)
    }

    /// Every tag there is.
    pub fn tags(&self) -> BTreeSet<&str> {
        self.of.values().flat_map(|(_, annotation)| &annotation.tags).map(String::as_str).collect()
    }
}

/// A tag as it is kept: small letters, no space around it.
///
/// # Errors
/// It is no single word of up to 40 characters that a filter could ask for.
pub fn tag(text: &str) -> Result<String, String> {
    let tag = text.trim().to_lowercase();
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '+');
    if tag.is_empty() || tag.chars().count() > MAX_TAG || !tag.chars().all(is_word) {
        let shown = super::text::harmless(text.trim()).into_owned();
        return Err(format!(
            "`{shown}` is no tag; one is a word of up to {MAX_TAG} letters, digits and any of - _ . / +"
        ));
    }
    Ok(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(created: f64) -> Summary {
        Summary::new(RunId("digits-1".into()), "digits".into(), None, 1, created)
    }

    fn remark(created: f64, word: Word) -> Remark {
        Remark { time: 9.0, run: RunId("digits-1".into()), created, word }
    }

    #[test]
    fn the_last_word_counts() {
        let words = [
            Word::Tag("a".into()),
            Word::Tag("b".into()),
            Word::Untag("a".into()),
            Word::Note("x".into()),
            Word::Note("y".into()),
            Word::Pin(true),
            Word::Archive(true),
            Word::Archive(false),
        ];
        let annotations = Annotations::new(words.into_iter().map(|word| remark(1.0, word)));
        let annotation = annotations.of(&run(1.0)).unwrap();
        assert_eq!((annotation.note.as_str(), annotation.pinned, annotation.archived), ("y", true, false));
        assert_eq!(annotation.tags, BTreeSet::from(["b".to_owned()]));
        assert_eq!(annotations.tags(), BTreeSet::from(["b"]));
    }

    #[test]
    fn another_run_of_the_same_id_has_none_of_it() {
        let mut annotations = Annotations::new([remark(1.0, Word::Pin(true))]);
        assert_eq!(annotations.of(&run(2.0)), None);
        annotations.add(remark(2.0, Word::Note("new".into())));
        let annotation = annotations.of(&run(2.0)).unwrap();
        assert!(!annotation.pinned && annotation.note == "new");
    }

    #[test]
    fn tags_are_words() {
        for (text, kept) in [(" Baseline ", "baseline"), ("v1.2/a+b", "v1.2/a+b"), ("größer", "größer")] {
            assert_eq!(tag(text).as_deref(), Ok(kept));
        }
        for text in ["", " ", "two words", "a&b", "a\u{1b}[31m", &"x".repeat(41)] {
            let error = tag(text).unwrap_err();
            assert!(error.contains("is no tag") && !error.contains('\u{1b}'), "{error}");
        }
    }

    #[test]
    fn remarks_are_read_as_they_are_written() {
        for word in [Word::Note("a\nb".into()), Word::Tag("x".into()), Word::Pin(false)] {
            let remark = remark(1.5, word);
            let text = serde_json::to_string(&remark).unwrap();
            assert_eq!(serde_json::from_str::<Remark>(&text).unwrap(), remark, "{text}");
        }
    }
}
