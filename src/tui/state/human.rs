//! Examples shown without their labels, to a person who says what they are: how well do people do?

use super::Field;
use super::Selected;
use crate::domain::experiment::HumanError;
use crate::domain::ladder::Counts;
use crate::domain::review::pick::{Picked, pick};
use crate::domain::review::{Entry, Note, Review};
use crate::domain::thumbnail::Thumbnail;

/// How far a sitting has come.
#[derive(Debug, Clone, PartialEq)]
pub enum HumanLook {
    /// The data are being loaded.
    Loading,
    /// Examples can be shown.
    Ready(Box<Sitting>),
    /// There is nothing to show, in a sentence.
    Failed(String),
}

/// What there is to judge.
#[derive(Debug, Clone, PartialEq)]
pub struct Sitting {
    /// Names of the classes.
    pub classes: Vec<String>,
    /// Examples of dev that nobody has judged, with their labels, in an order of chance.
    pub queue: Vec<(u32, u32)>,
    /// The picture of each.
    pub pictures: Vec<Thumbnail>,
    /// What people have said of the data's examples so far.
    pub notes: Vec<Note>,
    /// The human error that the experiment gives; the measured one does not count beside it.
    pub given: Option<HumanError>,
}

/// A sitting, over the screen.
#[derive(Debug, Clone, PartialEq)]
pub struct HumanView {
    /// Of whose data.
    pub owner: Selected,
    /// How far it has come.
    pub look: HumanLook,
    /// How many of the queue are judged.
    pub place: usize,
    /// What is typed.
    pub field: Field,
    /// Whether the figures are shown in the example's place; before, they would tell too much.
    pub told: bool,
}

impl HumanView {
    /// A sitting that has just begun.
    pub fn new(owner: Selected) -> Self {
        Self { owner, look: HumanLook::Loading, place: 0, field: Field::default(), told: false }
    }

    /// The picture to judge; `None` when there are none left.
    pub fn picture(&self) -> Option<&Thumbnail> {
        let HumanLook::Ready(sitting) = &self.look else { return None };
        sitting.pictures.get(self.place)
    }

    /// Whether an example waits for an answer.
    pub fn asks(&self) -> bool {
        !self.told && self.picture().is_some()
    }

    /// What was typed as a judgement: as soon as it can mean one class alone, or once it is ended.
    pub fn answer(&mut self, ended: bool) -> Option<Entry> {
        let HumanLook::Ready(sitting) = &self.look else { return None };
        let class = match pick(&sitting.classes, self.field.text()) {
            Picked::Only(class) => class,
            Picked::Whole(class) if ended => class,
            _ => return None,
        };
        let (example, label) = *sitting.queue.get(self.place)?;
        let name = |class: usize| sitting.classes.get(class).cloned();
        let entry = Entry::Human { example, was: name(label as usize)?, class: name(class)? };
        self.place += 1;
        self.field = Field::default();
        self.told = self.picture().is_none();
        Some(entry)
    }

    /// Takes the last judgement of this sitting back.
    pub fn undo(&mut self) -> Option<Entry> {
        self.place = self.place.checked_sub(1)?;
        self.told = false;
        Some(Entry::Undo { human: true })
    }

    /// Takes a note in.
    pub fn note(&mut self, note: Note) {
        if let HumanLook::Ready(sitting) = &mut self.look {
            sitting.notes.push(note);
        }
    }

    /// How often people were wrong so far, in this sitting and those before.
    pub fn counts(&self) -> Counts {
        match &self.look {
            HumanLook::Ready(sitting) => Review::of(&sitting.notes).human(),
            _ => Counts { errors: 0, of: 0 },
        }
    }
}
