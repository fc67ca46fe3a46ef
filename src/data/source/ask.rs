//! What an experiment asks of a source beside its examples, and the words for what the source lacks.

use crate::data::auxiliary::LabelKind;
use crate::data::error::DataError;
use crate::domain::experiment::{Auxiliary, Loss};

/// Targets that a message names one by one.
const NAMED: usize = 8;

/// What an experiment asks of a source.
#[derive(Debug, Clone, Copy)]
pub(in crate::data) struct Ask<'a> {
    /// `data` or `data.target`, for messages.
    pub(in crate::data) section: &'static str,
    /// The experiment's.
    pub(in crate::data) seed: u64,
    /// Further tasks whose labels are to be loaded, too.
    pub(in crate::data) auxiliary: &'a [Auxiliary],
    /// Whether the network takes sequences.
    pub(in crate::data) sequences: bool,
}

impl Ask<'_> {
    /// The kind of labels that a further task's loss learns, where the experiment names one.
    pub(super) fn kind(&self, task: usize) -> Option<LabelKind> {
        self.auxiliary[task].loss.map(LabelKind::of_loss)
    }

    /// Refuses any further task for a source (named with its verb) that has classes alone.
    ///
    /// # Errors
    /// There is one.
    pub(super) fn nothing_further(&self, source: &str) -> Result<(), DataError> {
        if self.auxiliary.is_empty() {
            return Ok(());
        }
        Err(DataError::Setting {
            key: "task.auxiliary.0.target".to_owned(),
            problem: format!("{}: {source} no labels beside the class", self.section),
            remedy: "leave [[task.auxiliary]] out, or take a source that has more".to_owned(),
        })
    }

    /// A further task's labels are not among those that `there` are.
    pub(super) fn unknown(&self, task: usize, target: &str, there: &[&str]) -> DataError {
        let more = if there.len() > NAMED { ", …" } else { "" };
        let named = there[..there.len().min(NAMED)].join(", ");
        DataError::Setting {
            key: format!("task.auxiliary.{task}.target"),
            problem: format!("{} has no labels \"{target}\"", self.section),
            remedy: if there.is_empty() {
                "it has none beside the class".to_owned()
            } else {
                format!("there are {named}{more}")
            },
        }
    }

    /// A further task's labels are not what its loss learns: `found` says what they are, `right` what would learn them.
    pub(super) fn mismatch(&self, task: usize, found: &str, right: LabelKind) -> DataError {
        mismatch(&self.auxiliary[task], task, found, right)
    }
}

/// As [`Ask::mismatch`], of a further task and its place.
pub(in crate::data) fn mismatch(auxiliary: &Auxiliary, task: usize, found: &str, right: LabelKind) -> DataError {
    let learns = match auxiliary.loss {
        Some(loss) => format!("{} learns {}", word(loss), LabelKind::of_loss(loss).words()),
        None => "there is no loss".to_owned(),
    };
    DataError::Setting {
        key: format!("task.auxiliary.{task}.loss"),
        problem: format!("{learns}, and {found}"),
        remedy: format!("{} would be right", right.losses()),
    }
}

/// As experiment files have it.
fn word(loss: Loss) -> &'static str {
    match loss {
        Loss::CrossEntropy => "cross-entropy",
        Loss::Focal => "focal",
        Loss::BinaryCrossEntropy => "binary-cross-entropy",
        Loss::MeanSquaredError => "mean-squared-error",
        Loss::Huber => "huber",
    }
}
