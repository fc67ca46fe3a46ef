//! The figure that a problem shows in, and how it moved from one run to another.

use serde::{Serialize, Serializer};

use crate::domain::confusion::Confusion;
use crate::domain::diagnosis::ProblemKind;
use crate::domain::interval::{Interval, mean, newcombe, wilson};
use crate::domain::ladder::{Counts, GapKind, Ladder, Rung};
use crate::domain::report::Report;

/// A figure of a run that is the better, the smaller it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Measure {
    /// A gap of the ladder.
    Gap(GapKind),
    /// The dev error.
    DevError,
    /// The dev error of each class, averaged over the classes: what rare ones suffer, too.
    MacroError,
    /// The share of the dev examples of two classes that are taken for one another.
    Pair {
        /// The first class by its place, and its name.
        a: (usize, String),
        /// The other one.
        b: (usize, String),
    },
}

impl Measure {
    /// Where a problem of `run` shows.
    pub(super) fn of_problem(problem: ProblemKind, run: &Report) -> Option<Self> {
        match problem {
            ProblemKind::StarvedClasses => Some(Self::MacroError),
            ProblemKind::ConfusedClasses => {
                let confusion = run.confusion.as_ref()?;
                let (a, b, _) = confusion.worst_pair()?;
                let named = |class: usize| (class, confusion.classes.get(class).cloned().unwrap_or_default());
                Some(Self::Pair { a: named(a), b: named(b) })
            }
            other => Some(other.gap().map_or(Self::DevError, Self::Gap)),
        }
    }

    /// As it is written on screens.
    pub fn words(&self) -> String {
        match self {
            Self::Gap(gap) => gap.words().to_owned(),
            Self::DevError => "dev error".to_owned(),
            Self::MacroError => "error averaged over the classes".to_owned(),
            Self::Pair { a: (_, a), b: (_, b) } => format!("confusion of {a} and {b}"),
        }
    }

    /// The word in documents.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Gap(GapKind::AvoidableBias) => "avoidable-bias",
            Self::Gap(GapKind::Variance) => "variance",
            Self::Gap(GapKind::DataMismatch) => "data-mismatch",
            Self::Gap(GapKind::DevOverfit) => "dev-overfit",
            Self::DevError => "dev-error",
            Self::MacroError => "macro-error",
            Self::Pair { .. } => "confusion-of-two",
        }
    }

    /// The figure of a run with its 95 % interval.
    fn of(&self, run: &Report) -> Option<(f64, Interval)> {
        match self {
            Self::Gap(gap) => of_gap(&run.ladder, *gap),
            Self::DevError => run.ladder.dev.and_then(|dev| Some((dev.rate, dev.interval?))),
            Self::MacroError => run.confusion.as_ref().and_then(macro_error),
            Self::Pair { a: (a, _), b: (b, _) } => run.confusion.as_ref().and_then(|confusion| pair(confusion, *a, *b)),
        }
    }
}

impl Serialize for Measure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

/// What human error is does not change between runs, so that its doubt is none of the bias's shift.
fn of_gap(ladder: &Ladder, kind: GapKind) -> Option<(f64, Interval)> {
    let exact = |rung: Rung| Rung { interval: None, ..rung };
    let ladder = if kind == GapKind::AvoidableBias {
        &Ladder { human: ladder.human.map(exact), ..ladder.clone() }
    } else {
        ladder
    };
    let gap = ladder.gap(kind)?;
    Some((gap.size, gap.interval?))
}

fn macro_error(confusion: &Confusion) -> Option<(f64, Interval)> {
    let classes: Vec<(f64, Interval)> = confusion.missed().filter(|class| class.of > 0).map(estimate).collect();
    mean(&classes)
}

fn pair(confusion: &Confusion, a: usize, b: usize) -> Option<(f64, Interval)> {
    let examples = |class: usize| confusion.matrix.get(class).map(|row| row.iter().sum::<u64>());
    let of = examples(a)? + examples(b)?;
    (of > 0).then(|| estimate(Counts { errors: confusion.at(a, b) + confusion.at(b, a), of }))
}

fn estimate(counts: Counts) -> (f64, Interval) {
    (counts.rate(), wilson(counts))
}

/// How a figure moved from one run to another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shift {
    /// Which figure.
    pub of: Measure,
    /// In the run that it is held against, as a fraction.
    pub before: f64,
    /// In this run.
    pub after: f64,
    /// Lower end of the 95 % interval of `after` − `before`, for runs whose sets were drawn independently; where they were
    /// evaluated on the same examples, which moves both alike, it is wider than it need be.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Shift {
    /// The shift of a figure from `other` to `run`; `None` where either lacks it, or where it is read between other rungs.
    pub(super) fn between(of: &Measure, other: &Report, run: &Report) -> Option<Self> {
        if let Measure::Gap(gap) = of
            && other.ladder.gap(*gap)?.to != run.ladder.gap(*gap)?.to
        {
            return None;
        }
        let (before, after) = (of.of(other)?, of.of(run)?);
        let Interval { low, high } = newcombe(after, before);
        Some(Self { of: of.clone(), before: before.0, after: after.0, low, high })
    }

    /// By how much it moved, as a fraction; below zero where it fell.
    pub fn size(&self) -> f64 {
        self.after - self.before
    }

    /// Whether it fell beyond its interval.
    pub fn fell(&self) -> bool {
        self.high < 0.0
    }

    /// Whether it rose beyond its interval.
    pub fn rose(&self) -> bool {
        self.low > 0.0
    }
}
