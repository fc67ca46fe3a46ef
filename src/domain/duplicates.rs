//! Examples that are in two sets at once. An error measured on them tells what a network remembers, not what it knows.

use serde::{Deserialize, Serialize};

use super::ladder::Place;
use super::text::thousands;
use super::thumbnail::Thumbnail;

/// What was found across sets.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Duplicates {
    /// The same numbers to the last bit, for each pair of sets that shares some.
    pub exact: Vec<Twins>,
    /// Pictures that look alike but are not the same; `None` where nobody looked, for the examples are no pictures.
    pub near: Option<Vec<Twins>>,
}

/// Examples of one set that are in another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Twins {
    /// The set that should hold nothing of the other.
    pub set: Place,
    /// The set that comes before it.
    pub within: Place,
    /// How many examples of `set` have a twin in `within`.
    pub examples: u64,
    /// How many examples `set` has.
    pub of: u64,
    /// How many of the twins are of another class.
    pub other_class: u64,
    /// The first few.
    pub shown: Vec<Twin>,
}

/// Two examples that are one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Twin {
    /// The place in the data of the one in the later set.
    pub example: u32,
    /// Its class.
    pub class: String,
    /// The place of the one in the earlier set.
    pub twin: u32,
    /// Its class.
    pub twin_class: String,
    /// From 0 (the same up to brightness and contrast) to 1 (nothing in common): 1 less the correlation of their pixels.
    pub distance: f64,
    /// What both look like, where somebody has looked.
    #[serde(skip)]
    pub pictures: Option<(Thumbnail, Thumbnail)>,
}

/// Twins that are listed one by one.
pub const SHOWN: usize = 5;

impl Duplicates {
    /// Whether there is nothing to warn of.
    pub fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.near.as_ref().is_none_or(Vec::is_empty)
    }

    /// All pairs of sets that share something, those that share the same examples first.
    pub fn pairs(&self) -> impl Iterator<Item = &Twins> {
        self.exact.iter().chain(self.near.iter().flatten())
    }

    /// A warning for each of [`Self::pairs`], in their order.
    pub fn warnings(&self) -> Vec<String> {
        self.exact.iter().map(exact_warning).chain(self.near.iter().flatten().map(near_warning)).collect()
    }
}

/// How many examples of one set are in another, to the last bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overlap {
    /// The set that should hold nothing of the other.
    pub set: Place,
    /// The set that comes before it.
    pub within: Place,
    /// How many examples of `set` are in `within` as well.
    pub examples: u64,
    /// How many examples `set` has.
    pub of: u64,
    /// How many of them have another class there.
    pub other_class: u64,
}

impl Overlap {
    /// The share of the set that is in the other.
    pub fn share(&self) -> f64 {
        self.examples as f64 / self.of.max(1) as f64
    }
}

impl From<&Twins> for Overlap {
    fn from(twins: &Twins) -> Self {
        let Twins { set, within, examples, of, other_class, .. } = *twins;
        Self { set, within, examples, of, other_class }
    }
}

/// Why it matters that two sets share something.
fn consequence(twins: &Twins) -> String {
    match twins.within {
        Place::Dev => format!("decisions made on dev are made on {} too", twins.set.word()),
        _ => format!("the {} error looks lower than it is on unseen examples", twins.set.word()),
    }
}

/// «12 of 900 examples of dev are in train as well, to the last bit: …»
pub fn exact_warning(twins: &Twins) -> String {
    let verb = if twins.examples == 1 { "is" } else { "are" };
    let mut text = format!(
        "{} of {} examples of {} {verb} in {} as well, to the last bit: {}.",
        thousands(twins.examples),
        thousands(twins.of),
        twins.set.word(),
        twins.within.word(),
        consequence(twins)
    );
    if let Some(first) = twins.shown.first() {
        text += &format!(" The first: example {} ({}) is example {}.", first.example, first.class, first.twin);
    }
    if twins.other_class > 0 {
        text += &format!(" {} of them with another label.", thousands(twins.other_class));
    }
    text
}

fn near_warning(twins: &Twins) -> String {
    let (verb, one) = if twins.examples == 1 { ("looks", "it") } else { ("look", "they") };
    format!(
        "{} of {} pictures of {} {verb} almost like one in {}. If {one} were copied (moved a little, noisy, packed anew), \
         {}; but simple pictures may look alike by chance, so look before you throw one out.",
        thousands(twins.examples),
        thousands(twins.of),
        twins.set.word(),
        twins.within.word(),
        consequence(twins)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn twins(set: Place, within: Place, examples: u64) -> Twins {
        let first =
            Twin { example: 70, class: "7".into(), twin: 12, twin_class: "1".into(), distance: 0.0, pictures: None };
        Twins { set, within, examples, of: 900, other_class: 0, shown: vec![first] }
    }

    #[test]
    fn warnings_say_what_and_why() {
        assert_eq!(
            exact_warning(&twins(Place::Dev, Place::Train, 12)),
            "12 of 900 examples of dev are in train as well, to the last bit: the dev error looks lower than it is on \
             unseen examples. The first: example 70 (7) is example 12."
        );
        let one = Twins { other_class: 1, ..twins(Place::Test, Place::Dev, 1) };
        assert!(exact_warning(&one).starts_with("1 of 900 examples of test is in dev as well"));
        assert!(exact_warning(&one).ends_with("1 of them with another label."));
        let found = Duplicates { exact: vec![one], near: Some(vec![twins(Place::Dev, Place::Train, 1)]) };
        assert_eq!(found.warnings().len(), 2);
        assert!(!found.is_empty() && Duplicates::default().is_empty());
    }
}
