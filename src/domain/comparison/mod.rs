//! What the changes of a run did, held against another run: as a rule a child against the parent whose problem it was to
//! remedy. Did the gap that the remedy named shrink, beyond what chance does?

pub mod beside;
mod measure;
mod words;

pub use measure::{Measure, Shift};

use serde::{Deserialize, Serialize};

use super::diagnosis::{ProblemKind, Weight, weigh};
use super::experiment::{Change, changes};
use super::ladder::GapKind;
use super::report::Report;
use super::run::RunId;

/// A run held against another one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The run it is held against.
    pub with: RunId,
    /// What was changed against it.
    pub changes: Vec<Change>,
    /// The problem that the change was to remedy: the one that offered it, else the first that the other run had.
    pub problem: Option<ProblemKind>,
    /// The remedy that the change is, where it is one.
    pub remedy: Option<String>,
    /// Whether the problem is gone; `None` without one.
    pub cured: Option<bool>,
    /// Whether this run's loss has not settled yet, so that all of this may still move.
    pub provisional: bool,
    /// What came of it.
    pub outcome: Outcome,
    /// The figure that the problem shows in, or the dev error.
    pub measured: Shift,
    /// The dev error.
    pub dev: Option<Shift>,
    /// Every gap that is known of both, from the bottom of the ladder up.
    pub gaps: Vec<Shift>,
}

/// What came of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The figure fell beyond its interval, or the problem of training is gone.
    Helped,
    /// The figure rose beyond its interval.
    Hurt,
    /// The gap and the dev error went opposite ways, each beyond its interval.
    Mixed,
    /// What moved may be chance.
    CannotTell,
}

impl Outcome {
    /// As it is written on screens.
    pub fn words(self) -> &'static str {
        match self {
            Self::Helped => "helped",
            Self::Hurt => "made it worse",
            Self::Mixed => "helped here and hurt there",
            Self::CannotTell => "cannot be told from chance",
        }
    }
}

/// Holds `run` against `other`. `None` where one of them has not been evaluated.
pub fn compare(other: &Report, run: &Report) -> Option<Comparison> {
    let changes = changes(&other.experiment, &run.experiment);
    let (problem, remedy) = aim(other, &changes);
    let dev = Shift::between(&Measure::DevError, other, run);
    let of_problem = problem.and_then(|problem| Measure::of_problem(problem, other));
    let measured = of_problem.and_then(|measure| Shift::between(&measure, other, run)).or_else(|| dev.clone())?;
    let cured = problem.map(|problem| is_free_of(run, problem));
    let of_training = problem.is_some_and(ProblemKind::is_of_training);
    let outcome = outcome(&measured, dev.as_ref(), of_training && cured == Some(true));
    let gaps = GapKind::ALL.into_iter().filter_map(|gap| Shift::between(&Measure::Gap(gap), other, run)).collect();
    Some(Comparison {
        with: other.summary.id.clone(),
        changes,
        problem,
        remedy,
        cured,
        provisional: run.summary.status.is_live() || !run.convergence.state.is_settled(),
        outcome,
        measured,
        dev,
        gaps,
    })
}

/// Whether a run does not have a problem: that too few examples can tell is not enough.
fn is_free_of(run: &Report, problem: ProblemKind) -> bool {
    let gap = problem.gap().and_then(|gap| run.ladder.gap(gap));
    let is_open = gap.is_some_and(|gap| weigh(gap.size, gap.interval, run.experiment.task.tolerance) != Weight::Fine);
    !is_open && run.diagnosis.problems.iter().all(|other| other.kind != problem)
}

/// The problem of `other` that the changes were to remedy, and the remedy that they are.
fn aim(other: &Report, changes: &[Change]) -> (Option<ProblemKind>, Option<String>) {
    let problems = &other.diagnosis.problems;
    if let [change] = changes {
        let offered = problems.iter().flat_map(|problem| problem.remedies.iter().map(move |remedy| (problem, remedy)));
        for (problem, remedy) in offered {
            if remedy.change.as_ref() == Some(change) {
                return (Some(problem.kind), Some(remedy.id.clone()));
            }
        }
    }
    (problems.first().map(|problem| problem.kind), None)
}

/// A gap is no end in itself: one that shrank while the dev error rose was bought with it.
fn outcome(measured: &Shift, dev: Option<&Shift>, training_cured: bool) -> Outcome {
    let dev = dev.filter(|_| matches!(measured.of, Measure::Gap(_) | Measure::Pair { .. }));
    let (dev_fell, dev_rose) = (dev.is_some_and(Shift::fell), dev.is_some_and(Shift::rose));
    match (measured.fell(), measured.rose()) {
        (true, _) if dev_rose => Outcome::Mixed,
        (true, _) => Outcome::Helped,
        (_, true) if dev_fell => Outcome::Mixed,
        (_, true) => Outcome::Hurt,
        _ if dev_rose => Outcome::Hurt,
        _ if training_cured => Outcome::Helped,
        _ => Outcome::CannotTell,
    }
}

#[cfg(test)]
mod tests;
