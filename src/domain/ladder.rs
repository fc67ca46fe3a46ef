//! The error ladder: human, train, train-dev, dev and test error on one scale, and the gaps between neighbours.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::event::Evaluation;
use super::experiment::HumanError;
use super::interval::{Interval, newcombe, wilson, wilson_at};

/// Examples are numbered with 32 bits.
const MOST_EXAMPLES: u64 = 1 << 32;

/// Mistakes counted on a set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Counts {
    /// Mistakes.
    pub errors: u64,
    /// Examples looked at.
    pub of: u64,
}

/// Counts as a file has them, which may be damaged.
#[derive(Deserialize)]
struct Written {
    errors: u64,
    of: u64,
}

impl TryFrom<Written> for Counts {
    type Error = &'static str;

    fn try_from(Written { errors, of }: Written) -> Result<Self, &'static str> {
        if errors <= of && of <= MOST_EXAMPLES {
            Ok(Self { errors, of })
        } else {
            Err("these are no counts of mistakes among examples")
        }
    }
}

/// Reads rows of counts from a file, such that no sum of what fits into memory overflows.
///
/// # Errors
/// One of them is no count of examples.
pub(super) fn rows_of_counts<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Vec<u64>>, D::Error> {
    let rows = Vec::<Vec<u64>>::deserialize(from)?;
    if rows.iter().flatten().all(|count| *count <= MOST_EXAMPLES) {
        Ok(rows)
    } else {
        Err(D::Error::custom("these are no counts of examples"))
    }
}

/// The same of one row.
///
/// # Errors
/// As there.
pub(super) fn counts<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u64>, D::Error> {
    let row = Vec::<u64>::deserialize(from)?;
    if row.iter().all(|count| *count <= MOST_EXAMPLES) {
        Ok(row)
    } else {
        Err(D::Error::custom("these are no counts of examples"))
    }
}

impl Counts {
    /// The share of mistakes; 0 of an empty set.
    pub fn rate(self) -> f64 {
        if self.of == 0 { 0.0 } else { self.errors as f64 / self.of as f64 }
    }
}

/// The places on the ladder, from the bottom up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// The stand-in for the best that is possible.
    Human,
    /// On the examples that train.
    Train,
    /// On examples of the training distribution that do not train.
    TrainDev,
    /// On the examples that decisions are made on.
    Dev,
    /// On the examples looked at once, at the end.
    Test,
}

impl Place {
    /// From the bottom up.
    pub const ALL: [Self; 5] = [Self::Human, Self::Train, Self::TrainDev, Self::Dev, Self::Test];

    /// As it is written on screens: `train-dev`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Train => "train",
            Self::TrainDev => "train-dev",
            Self::Dev => "dev",
            Self::Test => "test",
        }
    }
}

/// One rung: an error rate, and what is known of its certainty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rung {
    /// The error rate, as a fraction.
    pub rate: f64,
    /// What it was counted from; `None` for a rate given as such.
    pub counts: Option<Counts>,
    /// Its 95 % interval, where the number of examples is known.
    pub interval: Option<Interval>,
}

impl Rung {
    /// A rate counted on a set.
    pub fn counted(counts: Counts) -> Self {
        Self { rate: counts.rate(), counts: Some(counts), interval: Some(wilson(counts)) }
    }

    /// A rate given as such, as a fraction; with an interval when it is known on how many examples it rests.
    pub fn given(rate: f64, examples: Option<u64>) -> Self {
        let interval = examples.filter(|n| *n > 0).map(|n| wilson_at(rate, n as f64));
        Self { rate, counts: None, interval }
    }
}

impl From<HumanError> for Rung {
    fn from(human: HumanError) -> Self {
        match human {
            HumanError::Rate(rate) => Self::given(rate, None),
            HumanError::Measured { errors, of } => Self::counted(Counts { errors, of }),
        }
    }
}

/// The rungs that are known.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ladder {
    /// See [`Place::Human`].
    pub human: Option<Rung>,
    /// See [`Place::Train`].
    pub train: Option<Rung>,
    /// See [`Place::TrainDev`].
    pub train_dev: Option<Rung>,
    /// See [`Place::Dev`].
    pub dev: Option<Rung>,
    /// See [`Place::Test`].
    pub test: Option<Rung>,
}

impl Ladder {
    /// The ladder of an evaluation, with the experiment's human error at its foot. A set without examples has no rung.
    pub fn from_evaluation(evaluation: &Evaluation, human: Option<HumanError>) -> Self {
        let counted = |counts: Counts| (counts.of > 0).then(|| Rung::counted(counts));
        Self {
            human: human.map(Rung::from),
            train: counted(evaluation.train.counts),
            train_dev: evaluation.train_dev.and_then(|set| counted(set.counts)),
            dev: counted(evaluation.dev.counts),
            test: evaluation.test.and_then(|set| counted(set.counts)),
        }
    }

    /// The rung at a place.
    pub fn rung(&self, place: Place) -> Option<&Rung> {
        match place {
            Place::Human => self.human.as_ref(),
            Place::Train => self.train.as_ref(),
            Place::TrainDev => self.train_dev.as_ref(),
            Place::Dev => self.dev.as_ref(),
            Place::Test => self.test.as_ref(),
        }
    }

    /// The same, with the rungs of another ladder where it has none.
    pub fn or(self, other: &Self) -> Self {
        Self {
            human: self.human.or(other.human),
            train: self.train.or(other.train),
            train_dev: self.train_dev.or(other.train_dev),
            dev: self.dev.or(other.dev),
            test: self.test.or(other.test),
        }
    }

    /// The known rungs from the bottom up.
    pub fn rungs(&self) -> impl Iterator<Item = (Place, &Rung)> {
        Place::ALL.into_iter().filter_map(|place| Some((place, self.rung(place)?)))
    }

    /// The gaps whose both rungs are known, from the bottom up.
    pub fn gaps(&self) -> Vec<Gap> {
        GapKind::ALL.into_iter().filter_map(|kind| self.gap(kind)).collect()
    }

    /// One gap, if both its rungs are known.
    pub fn gap(&self, kind: GapKind) -> Option<Gap> {
        // Who measures on a test set alone uses it as a dev set.
        let unseen = if self.dev.is_some() { Place::Dev } else { Place::Test };
        let (from, to) = match kind {
            GapKind::AvoidableBias => (Place::Human, Place::Train),
            GapKind::Variance if self.train_dev.is_some() => (Place::Train, Place::TrainDev),
            GapKind::Variance => (Place::Train, unseen),
            GapKind::DataMismatch => (Place::TrainDev, unseen),
            GapKind::DevOverfit => (Place::Dev, Place::Test),
        };
        let (lower, upper) = (self.rung(from)?, self.rung(to)?);
        // A rate given without counts, as human error often is, is taken at its word: all doubt is the other rung's.
        let exact = |rung: &Rung| rung.interval.unwrap_or(Interval { low: rung.rate, high: rung.rate });
        let doubtful = lower.interval.is_some() || upper.interval.is_some();
        let interval = doubtful.then(|| newcombe((upper.rate, exact(upper)), (lower.rate, exact(lower))));
        Some(Gap { kind, from, to, size: upper.rate - lower.rate, interval })
    }
}

/// The gaps between neighbouring rungs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GapKind {
    /// Train − human.
    AvoidableBias,
    /// Train-dev − train; dev − train when there is no train-dev set. Test stands for dev where there is no dev set.
    Variance,
    /// Dev − train-dev, or test − train-dev.
    DataMismatch,
    /// Test − dev.
    DevOverfit,
}

impl GapKind {
    /// From the bottom of the ladder up.
    pub const ALL: [Self; 4] = [Self::AvoidableBias, Self::Variance, Self::DataMismatch, Self::DevOverfit];

    /// As it is written on screens.
    pub fn words(self) -> &'static str {
        match self {
            Self::AvoidableBias => "avoidable bias",
            Self::Variance => "variance",
            Self::DataMismatch => "data mismatch",
            Self::DevOverfit => "dev-set overfitting",
        }
    }
}

/// A difference between two rungs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gap {
    /// Which.
    pub kind: GapKind,
    /// The lower rung.
    pub from: Place,
    /// The upper rung.
    pub to: Place,
    /// `to` − `from`, as a fraction; below zero when the ladder goes down here.
    pub size: f64,
    /// Its 95 % interval, where the number of examples of either rung is known.
    pub interval: Option<Interval>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "a ladder's rungs are optional")]
    fn given(rate: f64) -> Option<Rung> {
        Some(Rung::given(rate, None))
    }

    #[test]
    fn variance_is_read_off_train_dev_where_there_is_one() {
        let mut ladder =
            Ladder { human: given(0.01), train: given(0.02), train_dev: None, dev: given(0.09), test: given(0.1) };
        let kinds = |ladder: &Ladder| ladder.gaps().iter().map(|gap| (gap.kind, gap.from, gap.to)).collect::<Vec<_>>();
        assert_eq!(
            kinds(&ladder),
            [
                (GapKind::AvoidableBias, Place::Human, Place::Train),
                (GapKind::Variance, Place::Train, Place::Dev),
                (GapKind::DevOverfit, Place::Dev, Place::Test),
            ]
        );
        ladder.train_dev = given(0.03);
        assert_eq!(
            kinds(&ladder)[1..3],
            [(GapKind::Variance, Place::Train, Place::TrainDev), (GapKind::DataMismatch, Place::TrainDev, Place::Dev),]
        );
        ladder.human = None;
        assert_eq!(ladder.gap(GapKind::AvoidableBias), None);
        // As in runs made elsewhere, which often have nothing between training and test.
        ladder.dev = None;
        assert_eq!(
            kinds(&ladder),
            [(GapKind::Variance, Place::Train, Place::TrainDev), (GapKind::DataMismatch, Place::TrainDev, Place::Test)]
        );
        ladder.train_dev = None;
        assert_eq!(kinds(&ladder), [(GapKind::Variance, Place::Train, Place::Test)]);
    }

    #[test]
    fn what_cannot_be_counted_is_not_read() {
        for (text, right) in [
            (r#"{"errors":3,"of":4}"#, true),
            (r#"{"errors":5,"of":4}"#, false),
            (r#"{"errors":0,"of":18446744073709551615}"#, false),
        ] {
            assert_eq!(serde_json::from_str::<Counts>(text).is_ok(), right, "{text}");
        }
        let rows = |text: &str| rows_of_counts(&mut serde_json::Deserializer::from_str(text)).is_ok();
        assert!(rows("[[1,2],[3]]") && !rows("[[1],[18446744073709551615]]"));
    }

    #[test]
    fn a_gap_is_as_doubtful_as_its_rungs() {
        let rates = Ladder { train: given(0.02), dev: given(0.05), ..Ladder::default() };
        assert_eq!(rates.gap(GapKind::Variance).unwrap().interval, None);
        let counted = Ladder { dev: Some(Rung::counted(Counts { errors: 4, of: 100 })), ..rates };
        let interval = counted.gap(GapKind::Variance).unwrap().interval.unwrap();
        assert!(interval.low < 0.0 && interval.high > 0.02, "{interval:?}");
    }
}
