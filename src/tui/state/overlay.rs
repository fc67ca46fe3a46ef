//! What lies over the screen: help, palette, questions.

use super::data::DataView;
use super::field::Field;
use super::finder::Finder;
use super::form::Form;
use super::human::HumanView;
use super::mistakes::MistakesView;
use super::table::Columns;
use crate::domain::experiment::{Change, Experiment};
use crate::domain::remedy::Remedy;
use crate::domain::run::RunId;

/// What lies over the screen; there is one at most.
#[derive(Debug, Clone, PartialEq)]
pub enum Overlay {
    /// Every command with its keys.
    Help {
        /// First line shown.
        scroll: usize,
    },
    /// An experiment's data.
    Data(Box<DataView>),
    /// A command by its name.
    Palette {
        /// What is typed.
        input: Field,
        /// Which of the matches Enter takes.
        selected: usize,
    },
    /// A remedy is about to be tried.
    Try(Box<Proposal>),
    /// Something that a person has to do.
    Advice(Box<Remedy>),
    /// Runs are about to be deleted.
    Delete(Vec<RunId>),
    /// A run is about to be ended early.
    Stop(RunId),
    /// Marked runs side by side.
    Compare {
        /// First line shown.
        scroll: usize,
    },
    /// Parents and children of a run.
    Family {
        /// The run.
        of: RunId,
        /// First line shown.
        scroll: usize,
    },
    /// What happened to a run.
    History(Box<History>),
    /// Columns and order of the runs are chosen.
    Columns(Box<Columns>),
    /// Something is said of runs.
    Say(Box<Saying>),
    /// An experiment is being tweaked.
    Form(Box<Form>),
    /// What a run got wrong.
    Mistakes(Box<MistakesView>),
    /// Examples are shown to be judged without their labels.
    Human(Box<HumanView>),
    /// A learning rate is looked for.
    Finder(Box<Finder>),
}

/// A child that is about to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The run it is a variation of.
    pub parent: RunId,
    /// The remedy, where there is one behind it.
    pub remedy: Option<Remedy>,
    /// The one parameter that changes.
    pub change: Change,
    /// The child, or why it cannot be made.
    pub child: Result<Box<Experiment>, String>,
}

/// What a run's files tell of its course.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Told {
    /// When, in seconds since 1970, and what.
    pub events: Vec<(f64, String)>,
    /// The end of `worker.log`.
    pub log: String,
}

/// What happened to a run.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// The run.
    pub run: RunId,
    /// What its files tell, or why they cannot be read; `None` until they are.
    pub told: Option<Result<Told, String>>,
    /// Lines scrolled back from the end.
    pub back: usize,
}

/// Something that is about to be said of runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Saying {
    /// Which, and when each was made.
    pub runs: Vec<(RunId, f64)>,
    /// What it will be.
    pub wording: Wording,
    /// What is typed.
    pub field: Field,
    /// Why that will not do.
    pub problem: Option<String>,
}

/// What can be typed of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wording {
    /// A note.
    Note,
    /// A tag, given or taken away.
    Tag,
}

impl Overlay {
    /// The line of text that is being typed in it.
    pub fn field_mut(&mut self) -> Option<&mut Field> {
        match self {
            Self::Palette { input, .. } => Some(input),
            Self::Columns(columns) => Some(&mut columns.input),
            Self::Say(saying) => Some(&mut saying.field),
            Self::Form(form) => form.input.as_mut(),
            Self::Mistakes(view) => view.asking.as_mut().map(|(_, field)| field),
            _ => None,
        }
    }

    /// Whether characters are typed in it rather than taken as keys.
    pub fn takes_text(&self) -> bool {
        match self {
            Self::Palette { .. } | Self::Columns(_) | Self::Say(_) => true,
            Self::Form(form) => form.input.is_some(),
            Self::Mistakes(view) => view.asking.is_some(),
            Self::Human(view) => view.asks(),
            _ => false,
        }
    }
}
