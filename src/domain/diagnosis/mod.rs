//! From a ladder, a loss curve and an experiment to the problems they show and what could be done.
//!
//! Each problem is a file with its check, its evidence in words and its remedies; [`diagnose`] asks them all, ranks what
//! they find and weighs what they leave open. How a gap is weighed is in [`weight`].

mod baseline;
mod bias;
mod confused;
mod dev_overfit;
mod diverged;
mod labels;
mod leakage;
mod mismatch;
mod not_converged;
mod patterns;
mod starved;
mod units;
mod variance;
mod weight;

pub use weight::{Weight, weigh};

use serde::{Deserialize, Serialize, Serializer};

use super::baseline::Baseline;
use super::confusion::Confusion;
use super::convergence::{Convergence, State};
use super::duplicates::Overlap;
use super::experiment::{Experiment, Task};
use super::ladder::{GapKind, Ladder, Place};
use super::remedy::Remedy;
use super::run::RunId;
use super::signs::{LabelSigns, LayerSigns};
use super::text::percent;

/// The kinds of problem. The words of the first eight are part of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// Train error far above human error.
    HighBias,
    /// Error on unseen examples of the training distribution far above train error.
    HighVariance,
    /// Dev error far above train-dev error: the training data do not look like the target's.
    DataMismatch,
    /// Test error far above dev error.
    DevOverfit,
    /// The loss goes up, swings, or is not finite.
    Diverged,
    /// The loss has not settled yet.
    NotConverged,
    /// Dev labels look wrong.
    LabelErrors,
    /// Something simpler than the network does as well.
    BaselineSuffices,
    /// Rare classes are missed.
    StarvedClasses,
    /// Most mistakes are made between two classes.
    ConfusedClasses,
    /// Examples that measure are among those that train.
    Leakage,
    /// ReLUs that are off whatever is shown.
    DeadUnits,
    /// Gradients do not reach the first layers.
    VanishingGradients,
}

impl ProblemKind {
    /// The word of the contract.
    pub fn id(self) -> &'static str {
        match self {
            Self::HighBias => "high-bias",
            Self::HighVariance => "high-variance",
            Self::DataMismatch => "data-mismatch",
            Self::DevOverfit => "dev-overfit",
            Self::Diverged => "diverged",
            Self::NotConverged => "not-converged",
            Self::LabelErrors => "label-errors",
            Self::BaselineSuffices => "baseline-suffices",
            Self::StarvedClasses => "starved-classes",
            Self::ConfusedClasses => "confused-classes",
            Self::Leakage => "leakage",
            Self::DeadUnits => "dead-units",
            Self::VanishingGradients => "vanishing-gradients",
        }
    }

    /// As it is written on screens.
    pub fn words(self) -> &'static str {
        match self {
            Self::HighBias => "high bias",
            Self::HighVariance => "high variance",
            Self::DataMismatch => "data mismatch",
            Self::DevOverfit => "dev-set overfitting",
            Self::Diverged => "diverged",
            Self::NotConverged => "not converged",
            Self::LabelErrors => "label errors",
            Self::BaselineSuffices => "a baseline suffices",
            Self::StarvedClasses => "starved classes",
            Self::ConfusedClasses => "two classes confused",
            Self::Leakage => "leakage",
            Self::DeadUnits => "dead units",
            Self::VanishingGradients => "vanishing gradients",
        }
    }

    /// The gap it shows in, where it shows in one.
    pub fn gap(self) -> Option<GapKind> {
        match self {
            Self::HighBias => Some(GapKind::AvoidableBias),
            Self::HighVariance => Some(GapKind::Variance),
            Self::DataMismatch => Some(GapKind::DataMismatch),
            Self::DevOverfit => Some(GapKind::DevOverfit),
            Self::Diverged
            | Self::NotConverged
            | Self::LabelErrors
            | Self::BaselineSuffices
            | Self::StarvedClasses
            | Self::ConfusedClasses
            | Self::Leakage
            | Self::DeadUnits
            | Self::VanishingGradients => None,
        }
    }
}

impl ProblemKind {
    /// Whether it is one of how the network trains, that is gone or not, rather than one of how much.
    pub fn is_of_training(self) -> bool {
        matches!(self, Self::Diverged | Self::NotConverged | Self::DeadUnits | Self::VanishingGradients)
    }
}

/// What a diagnosis comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The most important problem.
    Problem(ProblemKind),
    /// No problem found, and enough evidence that there is none.
    Healthy,
    /// Too little evidence.
    Undecided,
}

impl Verdict {
    /// The word of the contract.
    pub fn id(self) -> &'static str {
        match self {
            Self::Problem(kind) => kind.id(),
            Self::Healthy => "healthy",
            Self::Undecided => "undecided",
        }
    }

    /// As it is written on screens.
    pub fn words(self) -> &'static str {
        match self {
            Self::Problem(kind) => kind.words(),
            Self::Healthy => "healthy",
            Self::Undecided => "undecided",
        }
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

/// A diagnosis: the most important problem first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diagnosis {
    /// What it comes to.
    pub verdict: Verdict,
    /// The problems, the most important first.
    pub problems: Vec<Problem>,
    /// Whether the loss had not settled, so that the ladder may still move.
    pub provisional: bool,
    /// What would decide an undecided verdict, or what to bear in mind; sentences.
    pub notes: Vec<String>,
}

/// One problem with its evidence and what could be done about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// Which.
    pub kind: ProblemKind,
    /// The gap it shows in, as a fraction; of label errors the share of dev labels, of starved classes that of dev examples
    /// which are missed there; `None` where it shows in no share.
    pub gap: Option<f64>,
    /// Lower end of the gap's 95 % interval.
    pub low: Option<f64>,
    /// Upper end of the gap's 95 % interval.
    pub high: Option<f64>,
    /// What speaks for it, in a sentence or two.
    pub evidence: String,
    /// What could be done, the most promising first.
    pub remedies: Vec<Remedy>,
}

/// What is known of a model when it is diagnosed.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The error ladder.
    pub ladder: &'a Ladder,
    /// What the training loss is doing; `None` where only error rates are known.
    pub convergence: Option<&'a Convergence>,
    /// The experiment, for remedies that fit it; `None` where only error rates are known.
    pub experiment: Option<&'a Experiment>,
    /// Whether it is still being trained, so that a falling loss is as it should be.
    pub live: bool,
    /// What else was found out.
    pub findings: Findings<'a>,
}

/// What is known of a run beside its ladder and its loss; nothing by default.
#[derive(Debug, Clone, Copy, Default)]
pub struct Findings<'a> {
    /// What simple methods make of the same data.
    pub baselines: &'a [Baseline],
    /// The dev set's confusion matrix.
    pub confusion: Option<&'a Confusion>,
    /// What speaks for wrong labels in the dev set.
    pub labels: Option<LabelSigns>,
    /// The layers from the data on.
    pub layers: &'a [LayerSigns],
    /// Sets that share examples.
    pub overlaps: &'a [Overlap],
    /// A run of the project whose weights this one could begin with.
    pub donor: Option<&'a RunId>,
}

impl Case<'_> {
    /// The gap up to which no gap is a problem, as a fraction.
    fn tolerance(&self) -> f64 {
        self.experiment.map_or(Task::TOLERANCE, |experiment| experiment.task.tolerance)
    }
}

/// What is wrong, what could be done, and what cannot be told.
///
/// Problems of training come first, for a ladder read before the loss has settled may still move; then those of the
/// ladder, the widest gap first, for it has the most to win; then what is to be known of a network that has learned.
pub fn diagnose(case: &Case<'_>) -> Diagnosis {
    let state = case.convergence.map(|convergence| convergence.state);
    let provisional = state.is_some_and(|state| !state.is_settled());
    let mut problems: Vec<Problem> =
        [diverged::check, not_converged::check].iter().filter_map(|check| check(case)).collect();
    let unsettled_but_under_way = provisional && problems.is_empty();
    let has_learned = !provisional && problems.is_empty();
    problems.append(&mut of_ladder(case));
    // A layer that does not learn is worth a word where the network does not.
    if problems.iter().any(|problem| LEARNS_TOO_LITTLE.contains(&problem.kind)) {
        problems.extend([units::dead, units::vanished].iter().filter_map(|check| check(case)));
    }
    problems.extend([leakage::check, confused::check].iter().filter_map(|check| check(case)));
    if has_learned {
        problems.extend(baseline::check(case));
    }

    let mut notes = weight::doubts(case);
    let open = !notes.is_empty();
    if unsettled_but_under_way {
        notes.insert(0, under_way(state, !problems.is_empty()));
    }
    let unknown_bias = unknown_bias(case);
    let verdict = match problems.first() {
        _ if unsettled_but_under_way => Verdict::Undecided,
        // As good as far as few examples tell: that decides no more than the ladder does.
        Some(first) if first.kind == ProblemKind::BaselineSuffices && open && !baseline::is_certain(case) => {
            Verdict::Undecided
        }
        Some(first) => Verdict::Problem(first.kind),
        None if open || unknown_bias.is_some() || case.ladder.rungs().count() < 2 => Verdict::Undecided,
        None => Verdict::Healthy,
    };
    notes.extend(unknown_bias);
    if problems.iter().all(|problem| problem.kind != ProblemKind::DataMismatch) {
        notes.extend(patterns::doubt(case));
    }
    Diagnosis { verdict, problems, provisional, notes }
}

/// Problems that layers which do not learn may be the cause of.
const LEARNS_TOO_LITTLE: [ProblemKind; 3] = [ProblemKind::Diverged, ProblemKind::NotConverged, ProblemKind::HighBias];

/// The problems of the ladder, the widest gap first. Wrong labels and starved classes are among them, for they widen gaps as
/// far as there are any: what is left of a gap without them decides which comes first.
fn of_ladder(case: &Case<'_>) -> Vec<Problem> {
    let (labels, starved) = (labels::check(case), starved::check(case));
    let share = |problem: &Option<Problem>| problem.as_ref().and_then(|problem| problem.gap).unwrap_or(0.0);
    let (mislabeled, missed) = (share(&labels), share(&starved));
    let checks = [bias::check, variance::check, mismatch::check, dev_overfit::check];
    let mut problems: Vec<Problem> = checks.iter().filter_map(|check| check(case)).collect();
    problems.extend(labels);
    problems.extend(starved);
    let is_of_dev = |kind: GapKind| case.ladder.gap(kind).is_some_and(|gap| gap.to == Place::Dev);
    let worth = |problem: &Problem| {
        let gap = problem.gap.unwrap_or(0.0);
        match problem.kind.gap() {
            // Its rungs suffer alike.
            None | Some(GapKind::DevOverfit) => gap,
            Some(kind) if is_of_dev(kind) => gap - mislabeled - missed,
            Some(_) => gap - mislabeled,
        }
    };
    problems.sort_by(|a, b| worth(b).total_cmp(&worth(a)));
    problems
}

/// What to say of a run whose loss is still falling, as it should.
fn under_way(state: Option<State>, has_problems: bool) -> String {
    let loss = if state == Some(State::TooShort) { "The loss has few points yet" } else { "The loss is still falling" };
    if has_problems {
        format!("{loss}: the ladder is provisional, and what it shows may pass.")
    } else {
        format!("{loss}: the ladder is provisional.")
    }
}

/// Without human error nobody knows how much of the train error is avoidable; it matters when there is much of it.
fn unknown_bias(case: &Case<'_>) -> Option<String> {
    let train = case.ladder.rung(Place::Train)?;
    let matters = case.ladder.human.is_none() && train.rate > case.tolerance();
    matters.then(|| {
        format!(
            "Human error is not known, so nobody can say how much of the train error ({}) is avoidable bias; give it as {}.",
            percent(train.rate),
            match (case.experiment, case.convergence) {
                (Some(_), _) => "task.human_error",
                // Curves without an experiment are those of a run made elsewhere.
                (None, Some(_)) => "human_error in rungs.toml",
                (None, None) => "--human",
            },
        )
    })
}

#[cfg(test)]
mod tests;
