//! What is learned beside the class: labels of further tasks, one for each example or none.

use std::collections::HashMap;

use super::random::{Purpose, mix};
use crate::domain::experiment::Loss;

/// The class of an example that lacks one.
pub const ABSENT: u32 = u32::MAX;

/// One further task's labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Auxiliary {
    /// What the experiment calls it (`task.auxiliary[].target`).
    pub name: String,
    /// The labels, in the order of the examples.
    pub labels: Labels,
}

/// Labels of the kinds that a head can learn.
#[derive(Debug, Clone, PartialEq)]
pub enum Labels {
    /// One class of several.
    Classes {
        /// Names of the classes.
        names: Vec<String>,
        /// The class of each example; [`ABSENT`] where it is not known.
        of: Vec<u32>,
    },
    /// Marks of which any number may hold: 1 where one does, 0 where not, NaN where it is not known.
    Marks {
        /// What each mark says.
        names: Vec<String>,
        /// A number for each mark, example after example.
        of: Vec<f32>,
    },
    /// Numbers to be predicted; NaN where one is not known.
    Numbers {
        /// What each number is.
        names: Vec<String>,
        /// All of them, example after example, in the source's unit.
        of: Vec<f32>,
    },
}

/// The kinds of [`Labels`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelKind {
    /// One class of several.
    Classes,
    /// Marks of which any number may hold.
    Marks,
    /// Numbers.
    Numbers,
}

impl LabelKind {
    /// What a loss on a further task learns.
    pub fn of_loss(loss: Loss) -> Self {
        match loss {
            Loss::CrossEntropy | Loss::Focal => Self::Classes,
            Loss::BinaryCrossEntropy => Self::Marks,
            Loss::MeanSquaredError | Loss::Huber => Self::Numbers,
        }
    }

    /// The loss that is taken where the experiment names none.
    pub fn loss(self) -> Loss {
        match self {
            Self::Classes => Loss::CrossEntropy,
            Self::Marks => Loss::BinaryCrossEntropy,
            Self::Numbers => Loss::MeanSquaredError,
        }
    }

    /// What it is, for messages.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Classes => "one class of several",
            Self::Marks => "marks that are 0 or 1",
            Self::Numbers => "numbers",
        }
    }

    /// The losses that learn it, for messages.
    pub(super) fn losses(self) -> &'static str {
        match self {
            Self::Classes => "cross-entropy or focal",
            Self::Marks => "binary-cross-entropy",
            Self::Numbers => "mean-squared-error or huber",
        }
    }
}

impl Labels {
    /// Outputs that a head needs for them.
    pub fn outputs(&self) -> usize {
        match self {
            Self::Classes { names, .. } | Self::Marks { names, .. } | Self::Numbers { names, .. } => names.len(),
        }
    }

    /// Their kind.
    pub fn kind(&self) -> LabelKind {
        match self {
            Self::Classes { .. } => LabelKind::Classes,
            Self::Marks { .. } => LabelKind::Marks,
            Self::Numbers { .. } => LabelKind::Numbers,
        }
    }

    /// Whether anything is known of an example.
    pub fn known(&self, example: u32) -> bool {
        let example = example as usize;
        match self {
            Self::Classes { of, .. } => of[example] != ABSENT,
            Self::Marks { names, of } | Self::Numbers { names, of } => {
                of[example * names.len()..][..names.len()].iter().any(|number| !number.is_nan())
            }
        }
    }

    /// Those of the examples at these places, in their order.
    pub(super) fn taken(&self, places: &[u32]) -> Self {
        let rows = |of: &[f32], width: usize| {
            places.iter().flat_map(|&place| &of[place as usize * width..][..width]).copied().collect()
        };
        match self {
            Self::Classes { names, of } => {
                Self::Classes { names: names.clone(), of: places.iter().map(|&place| of[place as usize]).collect() }
            }
            Self::Marks { names, of } => Self::Marks { names: names.clone(), of: rows(of, names.len()) },
            Self::Numbers { names, of } => Self::Numbers { names: names.clone(), of: rows(of, names.len()) },
        }
    }

    /// Appends those of further examples, classes by name.
    ///
    /// # Errors
    /// They are of another kind or number; says how, as the end of a sentence.
    pub(super) fn append(&mut self, more: Self) -> Result<(), String> {
        let (kind, other) = (self.kind(), more.kind());
        match (self, more) {
            (Self::Classes { names, of }, Self::Classes { names: others, of: more }) => {
                let mapped = merge(names, others);
                of.extend(more.into_iter().map(|class| mapped.get(class as usize).copied().unwrap_or(ABSENT)));
                Ok(())
            }
            (Self::Marks { names, of }, Self::Marks { names: others, of: more })
            | (Self::Numbers { names, of }, Self::Numbers { names: others, of: more }) => {
                if names.len() != others.len() {
                    return Err(format!("{} numbers for each example here, {} there", names.len(), others.len()));
                }
                of.extend(more);
                Ok(())
            }
            _ => Err(format!("{} here, {} there", kind.words(), other.words())),
        }
    }

    /// Brings the classes into this order, which holds the same names.
    pub(super) fn in_order(&mut self, order: impl FnOnce(&mut [String])) {
        let Self::Classes { names, of } = self else { return };
        let before = std::mem::take(names);
        names.extend_from_slice(&before);
        order(names);
        let mapped = merge(names, before);
        for class in of.iter_mut().filter(|class| **class != ABSENT) {
            *class = mapped[*class as usize];
        }
    }

    /// Leaves only a share of these examples with what is known of them, drawn with the seed; a larger share keeps what
    /// a smaller one does. `keys` are what examples are known by where their order may change.
    pub(super) fn hide(&mut self, examples: &[u32], share: f64, keys: Option<&[u64]>, seed: u64) {
        let kept = (examples.len() as f64 * share).round() as usize;
        if kept >= examples.len() {
            return;
        }
        let rank = |example: u32| {
            let key = keys.map_or(u64::from(example), |keys| keys[example as usize]);
            (mix(Purpose::Hide, &[seed, key]), example)
        };
        let mut order = examples.to_vec();
        order.sort_by_cached_key(|&example| rank(example));
        for &example in &order[kept..] {
            let example = example as usize;
            match self {
                Self::Classes { of, .. } => of[example] = ABSENT,
                Self::Marks { names, of } | Self::Numbers { names, of } => {
                    of[example * names.len()..][..names.len()].fill(f32::NAN);
                }
            }
        }
    }
}

/// Adds what `names` lacks of `others`; tells where each of those is now.
pub(super) fn merge(names: &mut Vec<String>, others: Vec<String>) -> Vec<u32> {
    let mut places: HashMap<String, u32> =
        names.iter().enumerate().map(|(place, name)| (name.clone(), place as u32)).collect();
    others
        .into_iter()
        .map(|name| {
            *places.entry(name).or_insert_with_key(|name| {
                names.push(name.clone());
                names.len() as u32 - 1
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn classes(of: &[u32]) -> Labels {
        Labels::Classes { names: names(&["b", "a"]), of: of.to_vec() }
    }

    fn known(labels: &Labels, count: u32) -> Vec<u32> {
        (0..count).filter(|&example| labels.known(example)).collect()
    }

    #[test]
    fn classes_are_appended_by_name_and_ordered() {
        let mut labels = classes(&[0, ABSENT, 1]);
        labels.append(Labels::Classes { names: names(&["c", "a"]), of: vec![0, 1, ABSENT] }).unwrap();
        labels.in_order(<[String]>::sort);
        assert_eq!(labels, Labels::Classes { names: names(&["a", "b", "c"]), of: vec![1, ABSENT, 0, 2, 0, ABSENT] });
        let numbers = Labels::Numbers { names: names(&["x"]), of: vec![1.0] };
        assert_eq!(labels.append(numbers), Err("one class of several here, numbers there".to_owned()));
    }

    #[test]
    fn a_share_keeps_its_labels_and_a_larger_one_keeps_those_too() {
        let left = |share: f64| {
            let mut labels = Labels::Numbers { names: names(&["x", "y"]), of: vec![1.0; 80] };
            labels.hide(&(0..30).collect::<Vec<_>>(), share, None, 1);
            known(&labels, 40)
        };
        let (few, many) = (left(0.2), left(0.5));
        assert_eq!((few.len(), many.len(), left(1.0).len(), left(0.0).len()), (6 + 10, 15 + 10, 40, 10));
        assert!(few.iter().all(|example| many.contains(example)));
    }

    #[test]
    fn those_of_a_sample_are_taken() {
        assert_eq!(classes(&[0, 1, ABSENT]).taken(&[2, 0]), classes(&[ABSENT, 0]));
        let numbers = Labels::Numbers { names: names(&["x", "y"]), of: vec![0.0, 1.0, 2.0, 3.0] };
        assert_eq!(numbers.taken(&[1]), Labels::Numbers { names: names(&["x", "y"]), of: vec![2.0, 3.0] });
    }
}
