//! What people found when they looked at examples: labels put right, examples that nobody could tell, tags in words of
//! their own, and what they took examples for without seeing the label.
//!
//! All of it is a list of notes that only grows; taking one back is a note too. Every note says which label the example
//! had, so that none is laid on an example that has become another one. What follows from the notes for a run is in
//! [`tally`]; which runs share them, in [`key`].

pub mod key;
pub mod pick;
pub mod tally;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::ladder::Counts;

/// One thing that a person said, as a line of the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// Seconds since 1970.
    pub time: f64,
    /// What was said.
    #[serde(flatten)]
    pub entry: Entry,
}

/// What can be said. `example` is the place in the data, `was` the label that it has there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "note", rename_all = "kebab-case")]
pub enum Entry {
    /// It is really of this class; of the class it had: the label is right after all.
    Label {
        /// Which example.
        example: u32,
        /// Its label in the data.
        was: String,
        /// What it is.
        class: String,
    },
    /// Nobody could tell what it is, or somebody could after all.
    Ambiguous {
        /// Which example.
        example: u32,
        /// Its label in the data.
        was: String,
        /// Whether it is.
        is: bool,
    },
    /// It has something that others have too, or it has it not after all.
    Tag {
        /// Which example.
        example: u32,
        /// Its label in the data.
        was: String,
        /// What it has, in a person's own words.
        tag: String,
        /// Whether it has it.
        is: bool,
    },
    /// What a person took it for who did not see the label.
    Human {
        /// Which example.
        example: u32,
        /// Its label in the data.
        was: String,
        /// What it was taken for.
        class: String,
    },
    /// The last note is taken back: of those by people who did not see labels, or of the others.
    Undo {
        /// Which of the two.
        human: bool,
    },
}

impl Entry {
    fn is_human(&self) -> bool {
        matches!(self, Self::Human { .. })
    }
}

/// What holds of one example.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    /// The label that it had when this was said.
    pub was: String,
    /// Its right class, where the label is wrong.
    pub class: Option<String>,
    /// Whether nobody could tell.
    pub ambiguous: bool,
    /// Its tags.
    pub tags: BTreeSet<String>,
    /// What a person took it for.
    pub human: Option<String>,
}

/// What holds by all notes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Review {
    examples: BTreeMap<u32, Marks>,
}

impl Review {
    /// Reads notes, the oldest first.
    pub fn of(notes: &[Note]) -> Self {
        let mut review = Self::default();
        for entry in held(notes) {
            review.take(entry);
        }
        review
    }

    /// The note that taking one back would take back: by people who did not see labels, or another.
    pub fn last(notes: &[Note], human: bool) -> Option<&Entry> {
        held(notes).into_iter().rfind(|entry| entry.is_human() == human)
    }

    fn take(&mut self, entry: &Entry) {
        match entry {
            Entry::Label { example, was, class } => {
                self.at(*example, was).class = (class != was).then(|| class.clone());
            }
            Entry::Ambiguous { example, was, is } => self.at(*example, was).ambiguous = *is,
            Entry::Tag { example, was, tag, is: true } => {
                self.at(*example, was).tags.insert(tag.clone());
            }
            Entry::Tag { example, was, tag, is: false } => {
                self.at(*example, was).tags.remove(tag);
            }
            Entry::Human { example, was, class } => self.at(*example, was).human = Some(class.clone()),
            Entry::Undo { .. } => {}
        }
    }

    /// What holds of an example; what was said while it had another label is gone.
    fn at(&mut self, example: u32, was: &str) -> &mut Marks {
        let marks = self.examples.entry(example).or_default();
        if marks.was != was {
            *marks = Marks { was: was.to_owned(), ..Marks::default() };
        }
        marks
    }

    /// What was said of an example that has this label.
    pub fn marks(&self, example: u32, label: &str) -> Option<&Marks> {
        self.examples.get(&example).filter(|marks| marks.was == label)
    }

    /// Every tag in use, in the order of the alphabet.
    pub fn tags(&self) -> BTreeSet<&str> {
        self.examples.values().flat_map(|marks| &marks.tags).map(String::as_str).collect()
    }

    /// How often people were wrong who did not see the label. What it really is counts, where that was put right;
    /// ambiguous examples do not count.
    pub fn human(&self) -> Counts {
        let mut counts = Counts { errors: 0, of: 0 };
        for marks in self.examples.values().filter(|marks| !marks.ambiguous) {
            let Some(human) = &marks.human else { continue };
            counts.of += 1;
            counts.errors += u64::from(human != marks.class.as_ref().unwrap_or(&marks.was));
        }
        counts
    }
}

/// What was said and not taken back.
fn held(notes: &[Note]) -> Vec<&Entry> {
    let mut held: Vec<&Entry> = Vec::new();
    for note in notes {
        match &note.entry {
            Entry::Undo { human } => {
                if let Some(last) = held.iter().rposition(|entry| entry.is_human() == *human) {
                    held.remove(last);
                }
            }
            entry => held.push(entry),
        }
    }
    held
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn notes(entries: &[Entry]) -> Vec<Note> {
        entries.iter().map(|entry| Note { time: 1.0, entry: entry.clone() }).collect()
    }

    pub(super) fn label(example: u32, was: &str, class: &str) -> Entry {
        Entry::Label { example, was: was.into(), class: class.into() }
    }

    fn human(example: u32, was: &str, class: &str) -> Entry {
        Entry::Human { example, was: was.into(), class: class.into() }
    }

    #[test]
    fn the_last_word_counts_and_can_be_taken_back() {
        let tag = |is| Entry::Tag { example: 1, was: "a".into(), tag: "blurred".into(), is };
        let mut said = vec![label(1, "a", "b"), tag(true), label(1, "a", "c"), human(1, "a", "b")];
        let marks = |said: &[Entry]| Review::of(&notes(said)).marks(1, "a").cloned().unwrap_or_default();
        assert_eq!((marks(&said).class.as_deref(), marks(&said).tags.len()), (Some("c"), 1));
        said.push(Entry::Undo { human: false });
        assert_eq!(marks(&said).class.as_deref(), Some("b"));
        assert_eq!(marks(&said).human.as_deref(), Some("b"), "labelling blind is undone by itself");
        said.extend([Entry::Undo { human: true }, tag(false), label(1, "a", "a")]);
        assert_eq!(marks(&said), Marks { was: "a".into(), ..Marks::default() });
        said.extend(vec![Entry::Undo { human: false }; 9]);
        assert_eq!(marks(&said), Marks::default());
    }

    #[test]
    fn what_was_said_of_another_label_does_not_hold() {
        let review = Review::of(&notes(&[label(1, "a", "b")]));
        assert_eq!(review.marks(1, "b"), None);
        let review = Review::of(&notes(&[label(1, "a", "b"), human(1, "c", "c")]));
        assert_eq!((review.marks(1, "a"), review.marks(1, "c").unwrap().class.as_ref()), (None, None));
    }

    #[test]
    fn people_are_measured_by_what_examples_really_are() {
        let mut said =
            vec![human(1, "a", "a"), human(2, "a", "b"), human(3, "a", "b"), human(4, "b", "b"), label(4, "b", "a")];
        let counts = |said: &[Entry]| Review::of(&notes(said)).human();
        assert_eq!(counts(&said), Counts { errors: 3, of: 4 });
        said.extend([label(2, "a", "b"), Entry::Ambiguous { example: 3, was: "a".into(), is: true }]);
        assert_eq!(counts(&said), Counts { errors: 1, of: 3 });
    }

    #[test]
    fn notes_are_plain_lines() {
        let note = Note { time: 2.5, entry: label(7, "4", "9") };
        let line = serde_json::to_string(&note).unwrap();
        assert_eq!(line, r#"{"time":2.5,"note":"label","example":7,"was":"4","class":"9"}"#);
        assert_eq!(serde_json::from_str::<Note>(&line).unwrap(), note);
    }
}
