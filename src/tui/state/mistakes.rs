//! What a run got wrong in the dev set, as far as it has been looked at, and what the person who looks says about it.

use super::Field;
use crate::domain::mistakes::{Group, Mistake, Mistakes};
use crate::domain::review::tally::Tally;
use crate::domain::review::{Entry, Marks, Note, Review, pick::pick};
use crate::domain::run::RunId;
use crate::domain::thumbnail::Thumbnail;

/// How far a look at mistakes has come.
#[derive(Debug, Clone, PartialEq)]
pub enum MistakesLook {
    /// The predictions are read, the data are being loaded.
    Loading,
    /// All is there.
    Ready {
        /// What was got wrong.
        found: Box<Mistakes>,
        /// A picture for each of the first mistakes; none for those beyond, and none where the data are gone.
        pictures: Vec<Thumbnail>,
        /// What people have said of the data's examples so far.
        notes: Vec<Note>,
    },
    /// There is nothing to look at, in a sentence.
    Failed(String),
}

/// What is being typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// The class that an example really is of.
    Class,
    /// A tag.
    Tag,
}

/// A look at mistakes, over the screen.
#[derive(Debug, Clone, PartialEq)]
pub struct MistakesView {
    /// Whose.
    pub run: RunId,
    /// How far it has come.
    pub look: MistakesLook,
    /// A pair of classes, label and prediction, that is to be shown first.
    pub wanted: Option<(u32, u32)>,
    /// Which of the groups is shown.
    pub group: usize,
    /// Which mistake of the group is selected.
    pub selected: usize,
    /// What is being typed, while something is.
    pub asking: Option<(Asking, Field)>,
    /// Whether the table of tags stands in the picture's place.
    pub table: bool,
    /// Why what was typed was not taken, or what was taken back.
    pub word: Option<String>,
    /// What holds by all notes.
    pub review: Review,
    /// The dev set counted with them.
    pub tally: Option<Tally>,
}

impl MistakesView {
    /// A look that has just begun.
    pub fn new(run: RunId, wanted: Option<(u32, u32)>) -> Self {
        Self {
            run,
            wanted,
            look: MistakesLook::Loading,
            group: 0,
            selected: 0,
            asking: None,
            table: false,
            word: None,
            review: Review::default(),
            tally: None,
        }
    }

    /// The look has come so far.
    pub fn arrived(&mut self, look: MistakesLook) {
        self.look = look;
        self.count();
        let wanted = self.wanted.map(|(label, predicted)| Group::Pair { label, predicted });
        let groups = self.groups();
        self.group = groups.iter().position(|(group, _)| Some(*group) == wanted).unwrap_or(0);
    }

    /// The groups there are, and which one is shown.
    pub fn groups(&self) -> Vec<(Group, usize)> {
        match &self.look {
            MistakesLook::Ready { found, .. } => {
                self.kinds(found).into_iter().map(|group| (group, found.count(group))).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The groups, and among them the pair that is wanted, however rare.
    fn kinds(&self, found: &Mistakes) -> Vec<Group> {
        let mut groups = found.groups();
        let wanted = self.wanted.map(|(label, predicted)| Group::Pair { label, predicted });
        groups.extend(wanted.filter(|group| !groups.contains(group) && found.count(*group) > 0));
        groups
    }

    /// The mistakes of the group that is shown, with their pictures.
    pub fn shown(&self) -> Vec<(&Mistake, Option<&Thumbnail>)> {
        let MistakesLook::Ready { found, pictures, .. } = &self.look else { return Vec::new() };
        let Some(group) = self.kinds(found).get(self.group).copied() else { return Vec::new() };
        found.of_group(group).map(|(place, mistake)| (mistake, pictures.get(place))).collect()
    }

    /// What holds of a mistake.
    pub fn marks(&self, mistake: &Mistake) -> Option<&Marks> {
        let MistakesLook::Ready { found, .. } = &self.look else { return None };
        self.review.marks(mistake.example, found.class(mistake.label))
    }

    /// The selected example, its label, and what the network took it for.
    fn example(&self) -> Option<(u32, String, u32)> {
        let MistakesLook::Ready { found, .. } = &self.look else { return None };
        let shown = self.shown();
        let (mistake, _) = shown.get(self.selected)?;
        Some((mistake.example, found.class(mistake.label).to_owned(), mistake.predicted))
    }

    /// Begins to ask.
    pub fn ask(&mut self, what: Asking) {
        if self.example().is_some() {
            self.asking = Some((what, Field::default()));
        }
    }

    /// What was typed as a note; what cannot be one is told. Without anything typed it is what the network says.
    pub fn answer(&mut self) -> Option<Entry> {
        let (example, was, predicted) = self.example()?;
        let (what, field) = self.asking.as_ref()?;
        let MistakesLook::Ready { found, .. } = &self.look else { return None };
        let typed = field.text().trim();
        let entry = match what {
            Asking::Class => {
                let class = match typed {
                    "" => Some(predicted as usize),
                    typed => pick(&found.classes, typed).class(),
                };
                if class.is_none() {
                    self.word = Some(format!("no class alone begins with «{typed}»"));
                }
                class.map(|class| Entry::Label { example, was, class: found.class(class as u32).to_owned() })
            }
            Asking::Tag if typed.is_empty() => None,
            Asking::Tag => {
                let has = self.review.marks(example, &was).is_some_and(|marks| marks.tags.contains(typed));
                Some(Entry::Tag { example, was, tag: typed.to_owned(), is: !has })
            }
        };
        if entry.is_some() || typed.is_empty() {
            self.asking = None;
            self.word = None;
        }
        entry
    }

    /// The selected example is ambiguous, or is not any more.
    pub fn ambiguous(&self) -> Option<Entry> {
        let (example, was, _) = self.example()?;
        let is = self.review.marks(example, &was).is_none_or(|marks| !marks.ambiguous);
        Some(Entry::Ambiguous { example, was, is })
    }

    /// Takes the last note back, whichever example it was about.
    pub fn undo(&mut self) -> Option<Entry> {
        let MistakesLook::Ready { notes, .. } = &self.look else { return None };
        let Some(last) = Review::last(notes, false) else {
            self.word = Some("nothing is left to undo".to_owned());
            return None;
        };
        self.word = match last {
            Entry::Label { example, class, .. } => Some(format!("taken back: #{example} is {class}")),
            Entry::Ambiguous { example, .. } => Some(format!("taken back: whether #{example} is ambiguous")),
            Entry::Tag { example, tag, .. } => Some(format!("taken back: the tag {tag} of #{example}")),
            Entry::Human { .. } | Entry::Undo { .. } => None,
        };
        Some(Entry::Undo { human: false })
    }

    /// Takes a note in.
    pub fn note(&mut self, note: Note) {
        if let MistakesLook::Ready { notes, .. } = &mut self.look {
            notes.push(note);
            self.count();
        }
    }

    fn count(&mut self) {
        let MistakesLook::Ready { found, notes, .. } = &self.look else { return };
        self.review = Review::of(notes);
        self.tally = Some(Tally::of(&self.review, &found.classes, &found.answers));
    }
}
