//! What a run got wrong in the dev set, as far as it has been looked at.

use crate::domain::mistakes::{Group, Mistake, Mistakes};
use crate::domain::run::RunId;
use crate::domain::thumbnail::Thumbnail;

/// How far a look at mistakes has come.
#[derive(Debug, Clone, PartialEq)]
pub enum MistakesLook {
    /// The predictions are read, the data are being loaded.
    Loading,
    /// All is there. A picture for each of the first mistakes; none for those beyond, and none where the data are gone.
    Ready(Box<Mistakes>, Vec<Thumbnail>),
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
}

impl MistakesView {
    /// A look that has just begun.
    pub fn new(run: RunId) -> Self {
        Self { run, look: MistakesLook::Loading, group: 0, selected: 0 }
    }

    /// The groups there are, and which one is shown.
    pub fn groups(&self) -> Vec<(Group, usize)> {
        match &self.look {
            MistakesLook::Ready(found, _) => {
                found.groups().into_iter().map(|group| (group, found.count(group))).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The mistakes of the group that is shown, with their pictures.
    pub fn shown(&self) -> Vec<(&Mistake, Option<&Thumbnail>)> {
        let MistakesLook::Ready(found, pictures) = &self.look else { return Vec::new() };
        let Some(group) = found.groups().get(self.group).copied() else { return Vec::new() };
        found.of_group(group).map(|(place, mistake)| (mistake, pictures.get(place))).collect()
    }
}
