//! What predictions, weights and gradients show beside counts of mistakes: signs that a diagnosis looks for.

use serde::{Deserialize, Serialize};

use super::event::{Event, Record};
use super::label_errors::{surest, suspects};
use super::ladder::Counts;

/// Signs seen when all sets were evaluated.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Signs {
    /// Steps done.
    pub step: u64,
    /// What speaks for wrong labels in the dev set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<LabelSigns>,
    /// The layers from the data on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<LayerSigns>,
}

/// What speaks for wrong labels in a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelSigns {
    /// Labels that confident learning suspects ([`super::label_errors`]).
    pub suspects: u64,
    /// Examples in the set.
    pub of: u64,
    /// Mistakes among the quarter of them that the network is surest of, and among the next
    /// ([`super::label_errors::surest`]).
    pub surest: [Counts; 2],
}

impl LabelSigns {
    /// What there is to see in a network's probabilities, as for [`suspects`].
    pub fn of(probabilities: &[f32], labels: &[u32], classes: usize) -> Self {
        Self {
            suspects: suspects(probabilities, labels, classes).len() as u64,
            of: labels.len() as u64,
            surest: surest(probabilities, labels, classes),
        }
    }
}

/// One layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerSigns {
    /// Its name.
    pub name: String,
    /// The norm of the last gradient by its weights; `None` where it has none or does not learn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gradient_norm: Option<f64>,
    /// The share of its ReLUs that are off whatever is shown; `None` where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dead: Option<f64>,
}

/// The last signs in a log.
pub fn signs(records: &[Record]) -> Option<&Signs> {
    records.iter().rev().find_map(|record| match &record.event {
        Event::Signs(signs) => Some(&**signs),
        _ => None,
    })
}
