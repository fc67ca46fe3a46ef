//! The data of an experiment as people look at them before they train on them: how many there are, of what, in which
//! set, and what they look like.

use serde::Serialize;

use super::duplicates::Duplicates;
use super::ladder::Place;
use super::thumbnail::Thumbnail;

/// All that is to be seen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Overview {
    /// What one example is, in words: `28×28 gray`.
    pub shape: String,
    /// Names of the classes.
    pub classes: Vec<String>,
    /// The sets, train first; no train-dev set where there is no target.
    pub sets: Vec<SetOverview>,
    /// Where the examples come from: `data`, then `data.target` where there is one.
    pub origins: Vec<Origin>,
    /// Labels of further tasks.
    pub auxiliary: Vec<AuxiliaryOverview>,
    /// The numbers of the training set: of each channel (pictures), column (vectors) or feature (sequences).
    pub numbers: Vec<Numbers>,
    /// What is in two sets at once.
    pub duplicates: Duplicates,
    /// What else looks odd, or was left out, in sentences.
    pub notes: Vec<String>,
    /// What some examples look like.
    pub samples: Vec<Sample>,
    /// What training examples look like once they are altered; none where nothing alters them.
    #[serde(skip)]
    pub previews: Vec<Preview>,
}

/// One set.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SetOverview {
    /// Which.
    pub set: Place,
    /// How many examples it has.
    pub examples: u64,
    /// Its share of all examples, as a fraction.
    pub share: f64,
    /// How many of them are the target's.
    pub from_target: u64,
    /// How many of each class.
    pub per_class: Vec<u64>,
}

impl SetOverview {
    /// The places of the class with the most examples and of that with the fewest; `None` where there are no examples.
    pub fn extremes(&self) -> Option<(usize, usize)> {
        let counts = || self.per_class.iter().copied().enumerate();
        // Of equals the first.
        let largest = counts().max_by_key(|&(place, count)| (count, std::cmp::Reverse(place)))?;
        let smallest = counts().min_by_key(|&(_, count)| count)?;
        (largest.1 > 0).then_some((largest.0, smallest.0))
    }

    /// How many times the examples of its smallest class its largest has; `None` where a class has none.
    pub fn imbalance(&self) -> Option<f64> {
        let (largest, smallest) = self.extremes()?;
        let (most, fewest) = (self.per_class[largest], self.per_class[smallest]);
        (fewest > 0).then(|| most as f64 / fewest as f64)
    }
}

/// Where examples come from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Origin {
    /// `data` or `data.target`.
    pub section: &'static str,
    /// The kind of source.
    pub source: String,
    /// Its file or folder.
    pub path: Option<String>,
    /// Its form.
    pub variant: Option<String>,
    /// How many examples it gave.
    pub examples: u64,
}

/// The labels of one further task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AuxiliaryOverview {
    /// What the experiment calls it.
    pub name: String,
    /// `classes`, `marks` or `numbers`.
    pub kind: &'static str,
    /// Names of its classes, marks or numbers.
    pub names: Vec<String>,
    /// Examples in all.
    pub examples: u64,
    /// How many of them have the label.
    pub known: u64,
    /// How many training examples have it.
    pub known_in_train: u64,
    /// Classes: how many examples of each; marks: how many hold it; numbers: nothing.
    pub counts: Vec<u64>,
}

/// The range of some numbers of the training set: from 0 to 1 for pictures, as they were read for others.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Numbers {
    /// What they are: a color, a column, a feature.
    pub name: String,
    /// The smallest.
    pub low: f64,
    /// The largest.
    pub high: f64,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation.
    pub deviation: f64,
}

/// One example.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sample {
    /// The set it is in.
    pub set: Place,
    /// Its place in the data.
    pub example: u32,
    /// Its class.
    pub class: u32,
    /// What it looks like.
    #[serde(skip)]
    pub picture: Thumbnail,
}

/// One training example in several epochs.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// Its place in the data.
    pub example: u32,
    /// Its class.
    pub class: u32,
    /// As it was read.
    pub original: Thumbnail,
    /// As the network sees it in each of the first epochs.
    pub altered: Vec<Thumbnail>,
}

impl Overview {
    /// One set.
    pub fn set(&self, place: Place) -> Option<&SetOverview> {
        self.sets.iter().find(|set| set.set == place)
    }

    /// How many examples there are.
    pub fn examples(&self) -> u64 {
        self.sets.iter().map(|set| set.examples).sum()
    }

    /// What the class balance of the training set comes to, in a sentence or two.
    pub fn balance(&self) -> Option<String> {
        let train = self.set(Place::Train)?;
        let (largest, smallest) = train.extremes()?;
        let name = |class: usize| self.classes.get(class).map_or("?", String::as_str);
        match train.imbalance() {
            None => Some(format!("No example of {} trains: it cannot be learned.", name(smallest))),
            Some(ratio) if ratio < 1.05 => Some("The classes are even.".to_owned()),
            Some(ratio) => {
                let (most, fewest) = (name(largest), name(smallest));
                let advice = if ratio >= UNEVEN {
                    " An error rate hides how the rare ones do, see F1 of each class; train.class_weights = \
                     \"balanced\" makes each count alike."
                } else {
                    ""
                };
                Some(format!(
                    "The largest class, {most}, has {ratio:.1} times the examples of the smallest, {fewest}.{advice}"
                ))
            }
        }
    }
}

/// From here on the largest class outweighs the smallest so far that it is worth a word of advice.
const UNEVEN: f64 = 3.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn overview(per_class: &[u64]) -> Overview {
        let examples = per_class.iter().sum();
        let train =
            SetOverview { set: Place::Train, examples, share: 1.0, from_target: 0, per_class: per_class.to_vec() };
        Overview {
            shape: "2 numbers".into(),
            classes: (0..per_class.len()).map(|class| format!("c{class}")).collect(),
            sets: vec![train],
            origins: Vec::new(),
            auxiliary: Vec::new(),
            numbers: Vec::new(),
            duplicates: Duplicates::default(),
            notes: Vec::new(),
            samples: Vec::new(),
            previews: Vec::new(),
        }
    }

    #[test]
    fn balance_is_told_in_words() {
        for (per_class, wanted) in [
            (&[10, 10, 10][..], Some("The classes are even.")),
            (&[10, 20, 15], Some("The largest class, c1, has 2.0 times the examples of the smallest, c0.")),
            (&[10, 0], Some("No example of c1 trains: it cannot be learned.")),
            (&[0, 0], None),
        ] {
            assert_eq!(overview(per_class).balance().as_deref(), wanted);
        }
        assert!(overview(&[90, 10]).balance().unwrap().contains("balanced"));
    }
}
