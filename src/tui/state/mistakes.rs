//! What a run got wrong in the dev set, as far as it has been looked at.

use super::Field;
use crate::domain::mistakes::{Group, Mistake, Mistakes};
use crate::domain::review::{Opinion, Remark, Review};
use crate::domain::run::RunId;
use crate::domain::thumbnail::Thumbnail;

/// How far a look at mistakes has come.
#[derive(Debug, Clone, PartialEq)]
pub enum MistakesLook {
    /// The predictions are read, the data are being loaded.
    Loading,
    /// All is there. Mistakes beyond the first have no picture, and none has where the data are gone.
    Ready {
        /// What was taken for another class.
        found: Box<Mistakes>,
        /// A picture for each of the first.
        pictures: Vec<Thumbnail>,
        /// What was said of their labels.
        review: Review,
    },
    /// There is nothing to look at, in a sentence.
    Failed(String),
}

/// A look at mistakes, over the screen.
#[derive(Debug, Clone, PartialEq)]
pub struct MistakesView {
    /// Whose.
    pub run: RunId,
    /// How far it has come.
    pub look: MistakesLook,
    /// Which of the groups is shown.
    pub group: usize,
    /// Which mistake of the group is selected.
    pub selected: usize,
    /// The class that is typed for it, while one is.
    pub input: Option<Field>,
    /// What is wrong with that.
    pub problem: Option<String>,
}

impl MistakesView {
    /// A look that has just begun.
    pub fn new(run: RunId) -> Self {
        Self { run, look: MistakesLook::Loading, group: 0, selected: 0, input: None, problem: None }
    }

    /// The groups there are, and which one is shown.
    pub fn groups(&self) -> Vec<(Group, usize)> {
        match &self.look {
            MistakesLook::Ready { found, .. } => {
                found.groups().into_iter().map(|group| (group, found.count(group))).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The mistakes of the group that is shown, with their pictures.
    pub fn shown(&self) -> Vec<(&Mistake, Option<&Thumbnail>)> {
        let MistakesLook::Ready { found, pictures, .. } = &self.look else { return Vec::new() };
        let Some(group) = found.groups().get(self.group).copied() else { return Vec::new() };
        found.of_group(group).map(|(place, mistake)| (mistake, pictures.get(place))).collect()
    }

    /// What was said of a mistake's label.
    pub fn opinion(&self, mistake: &Mistake) -> Option<&Opinion> {
        match &self.look {
            MistakesLook::Ready { found, review, .. } => review.opinion(mistake.example, found.class(mistake.label)),
            _ => None,
        }
    }

    /// The remark that says this of the selected mistake.
    pub fn remark(&self, opinion: Opinion, time: f64) -> Option<Remark> {
        let MistakesLook::Ready { found, .. } = &self.look else { return None };
        let (mistake, _) = *self.shown().get(self.selected)?;
        Some(Remark { time, example: mistake.example, given: found.class(mistake.label).to_owned(), opinion })
    }
}
