//! Everything known of one run, put together: what `rungs show` prints and the dashboard draws.

pub mod json;

use std::sync::LazyLock;

use std::collections::HashSet;

use super::baseline::{Baseline, baselines};
use super::comparison::{Comparison, compare};
use super::confusion::Confusion;
use super::convergence::{self, Convergence};
use super::diagnosis::{Case, Diagnosis, Findings, diagnose};
use super::duplicates::Overlap;
use super::elsewhere::Elsewhere;
use super::event::{Evaluation, Event, Record, Started, TaskEvaluation};
use super::experiment::{Change, ClassWeights, Experiment, HumanError, Loss, changes};
use super::ladder::Ladder;
use super::review::tally::Reviewed;
use super::run::{RunId, Summary};
use super::signs::signs;
use super::text::shortened;
use super::tries::Tries;

/// Characters of a class's name, and of a sentence out of the log, that are taken.
const MOST_OF_NAME: usize = 200;
const MOST_OF_SENTENCE: usize = 2000;

/// One run with all that is derived from its files.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Status and last figures.
    pub summary: Summary,
    /// The experiment as it was run.
    pub experiment: Experiment,
    /// What differs from the parent, where the parent is known.
    pub changes: Vec<Change>,
    /// What was changed while it trained, the last value of each key.
    pub set: Vec<Change>,
    /// What the worker found when it started.
    pub started: Option<Started>,
    /// What is worth knowing of its data and its course, in sentences, each once.
    pub warnings: Vec<String>,
    /// The evaluations so far, oldest first.
    pub evaluations: Vec<Evaluation>,
    /// The ladder of the last evaluation.
    pub ladder: Ladder,
    /// The dev set's confusion matrix of the last evaluation.
    pub confusion: Option<Confusion>,
    /// What simple methods make of the same data, from the simplest on.
    pub baselines: Vec<Baseline>,
    /// What the training loss is doing.
    pub convergence: Convergence,
    /// What is wrong, and what could be done.
    pub diagnosis: Diagnosis,
    /// What people found when they looked at its examples; the last evaluation is counted with it.
    pub review: Option<Reviewed>,
    /// What its changes did, held against its parent, where that is a run that was evaluated.
    pub comparison: Option<Comparison>,
    /// Of a run made elsewhere, which of its tags were taken for what: the role, and the tag. `None`: it was made here.
    pub elsewhere: Option<Vec<(String, String)>>,
}

/// What a report is put together from.
#[derive(Debug, Clone)]
pub struct Parts<'a> {
    /// Status and last figures.
    pub summary: Summary,
    /// The experiment as it was run.
    pub experiment: Experiment,
    /// What the run is a variation of, where it is at hand.
    pub parent: Option<&'a Parent>,
    /// The lines of the log, oldest first.
    pub records: &'a [Record],
    /// The training loss of each step.
    pub losses: &'a [f32],
    /// What people found in its examples.
    pub review: Option<Reviewed>,
    /// What remedies have come to in this project.
    pub tries: &'a Tries,
    /// A run of the project whose weights this one could begin with.
    pub donor: Option<&'a RunId>,
    /// What its curves tell, where it was made elsewhere; `experiment` is then but a name.
    pub elsewhere: Option<&'a Elsewhere>,
}

impl<'a> Parts<'a> {
    /// Those of a run made elsewhere, of which nobody here knows how it was set.
    pub fn elsewhere(summary: Summary, records: &'a [Record], losses: &'a [f32], told: &'a Elsewhere) -> Self {
        static NO_TRIES: LazyLock<Tries> = LazyLock::new(Tries::default);
        Self {
            experiment: Experiment { name: summary.name.clone(), ..Experiment::default() },
            summary,
            parent: None,
            records,
            losses,
            review: None,
            tries: &NO_TRIES,
            donor: None,
            elsewhere: Some(told),
        }
    }
}

/// What a run is a variation of.
#[derive(Debug, Clone, PartialEq)]
pub enum Parent {
    /// An experiment that is no run.
    Experiment(Box<Experiment>),
    /// Another run.
    Run(Box<Report>),
}

impl Parent {
    /// The parent's experiment.
    pub fn experiment(&self) -> &Experiment {
        match self {
            Self::Experiment(experiment) => experiment,
            Self::Run(report) => &report.experiment,
        }
    }
}

/// Puts a run's files together.
pub fn assemble(parts: Parts<'_>) -> Report {
    let Parts { mut summary, experiment, parent, records, losses, review, tries, donor, elsewhere } = parts;
    let (mut started, mut evaluations) = history(records);
    if let Some(started) = &mut started {
        started.classes.iter_mut().for_each(|name| *name = shortened(name, MOST_OF_NAME).into_owned());
    }
    summary.error = summary.error.map(|error| shortened(&error, MOST_OF_SENTENCE).into_owned());
    if let Some(elsewhere) = elsewhere.filter(|_| evaluations.is_empty()) {
        (_, evaluations) = history(&elsewhere.evaluations());
    }
    if let Some(review) = &review {
        review.correct(&mut evaluations);
    }
    let human =
        human_error(&experiment, review.as_ref()).or(elsewhere.and_then(Elsewhere::human_error).map(HumanError::Rate));
    let mut warnings = warnings(records);
    warnings.extend(elsewhere.map(Elsewhere::missing).unwrap_or_default());
    warnings.extend(review.as_ref().and_then(Reviewed::sentence));
    let changes = parent.map(|parent| changes(parent.experiment(), &experiment)).unwrap_or_default();
    let set = set(records);
    let classes = started.as_ref().map(|started| started.classes.clone()).unwrap_or_default();
    let last = evaluations.last();
    let ladder = match last {
        Some(last) => Ladder::from_evaluation(last, human),
        None => Ladder { human: human.map(Into::into), ..Ladder::default() },
    };
    let ladder = ladder.or(&elsewhere.map(Elsewhere::ladder).unwrap_or_default());
    let confusion = last
        .filter(|last| !last.confusion.is_empty())
        .map(|last| Confusion { classes: classes.clone(), matrix: last.confusion.clone() });
    let convergence = convergence::judge(
        losses,
        chance(&experiment, started.as_ref()),
        confusion.as_ref().is_some_and(Confusion::says_one),
    );
    let baselines = baselines(records);
    let signs = signs(records);
    let reviewed = review.as_ref().filter(|review| last.is_some_and(|last| last.step == review.step));
    let overlaps = overlaps(records);
    let mut diagnosis = diagnose(&Case {
        ladder: &ladder,
        convergence: Some(&convergence),
        experiment: elsewhere.is_none().then_some(&experiment),
        live: summary.status.is_live(),
        findings: Findings {
            baselines: &baselines,
            confusion: confusion.as_ref(),
            labels: reviewed.and_then(|review| review.labels).or_else(|| signs?.labels),
            layers: signs.map_or(&[], |signs| &signs.layers),
            overlaps: &overlaps,
            donor,
        },
    });
    for problem in &mut diagnosis.problems {
        tries.rank(problem.kind, &mut problem.remedies);
    }
    let mut report = Report {
        summary,
        experiment,
        changes,
        set,
        started,
        warnings,
        evaluations,
        ladder,
        confusion,
        baselines,
        convergence,
        diagnosis,
        review,
        comparison: None,
        elsewhere: elsewhere.map(Elsewhere::sources),
    };
    if let Some(Parent::Run(parent)) = parent {
        report.comparison = compare(parent, &report);
    }
    report
}

/// The last value of each key that was changed while the run trained.
fn set(records: &[Record]) -> Vec<Change> {
    let mut set: Vec<Change> = Vec::new();
    for record in records {
        let Event::Set { key, from, to, .. } = &record.event else { continue };
        match set.iter_mut().find(|change| change.key == *key) {
            Some(change) => change.to = to.clone(),
            None => set.push(Change { key: key.clone(), from: from.clone(), to: to.clone() }),
        }
    }
    set
}

impl Report {
    /// How often people are wrong: what the experiment says, else what was measured.
    pub fn human_error(&self) -> Option<HumanError> {
        human_error(&self.experiment, self.review.as_ref())
    }

    /// What came of the tasks beside the class at the last evaluation.
    pub fn tasks(&self) -> &[TaskEvaluation] {
        self.evaluations.last().map_or(&[], |last| &last.tasks)
    }
}

fn human_error(experiment: &Experiment, review: Option<&Reviewed>) -> Option<HumanError> {
    experiment.task.human_error.or_else(|| review?.human_error())
}

/// The sets that share examples, each pair once.
fn overlaps(records: &[Record]) -> Vec<Overlap> {
    let mut overlaps: Vec<Overlap> = Vec::new();
    for record in records {
        if let Event::Overlap(overlap) = &record.event
            && !overlaps.contains(overlap)
        {
            overlaps.push(*overlap);
        }
    }
    overlaps
}

/// Each warning once: a worker that takes a run up may say again what the one before it said.
fn warnings(records: &[Record]) -> Vec<String> {
    let mut told = HashSet::new();
    let messages = records.iter().filter_map(|record| match &record.event {
        Event::Warning { message } => Some(message.as_str()),
        _ => None,
    });
    messages
        .filter(|message| told.insert(*message))
        .map(|message| shortened(message, MOST_OF_SENTENCE).into_owned())
        .collect()
}

/// The last start and the evaluations that hold. A worker that takes a run up from a checkpoint does the steps after it
/// again, so what was evaluated there before no longer counts; and the evaluation at the end stands for the last epoch's.
fn history(records: &[Record]) -> (Option<Started>, Vec<Evaluation>) {
    let mut started = None;
    let mut evaluations: Vec<Evaluation> = Vec::new();
    for record in records {
        match &record.event {
            Event::Started(event) => {
                evaluations.retain(|evaluation| evaluation.step <= event.step);
                started = Some(event.clone());
            }
            Event::Epoch(evaluation) => {
                evaluations.retain(|earlier| earlier.step < evaluation.step);
                evaluations.push((**evaluation).clone());
            }
            _ => {}
        }
    }
    (started, evaluations)
}

/// The loss of guessing by how frequent each class is, in the loss function's unit; unknown where other losses are added to
/// it. A network that has learned nothing else gets there.
fn chance(experiment: &Experiment, started: Option<&Started>) -> Option<f64> {
    let Experiment { task, train, .. } = experiment;
    let shares = shares(started?, train.class_weights)?;
    if !task.auxiliary.is_empty() {
        return None;
    }
    let expected = |loss: &dyn Fn(f64) -> f64| shares.iter().map(|share| loss(*share)).sum::<f64>();
    // Each class is an output of its own.
    let mean = |loss: &dyn Fn(f64) -> f64| expected(loss) / shares.len() as f64;
    let entropy = |share: f64| if share > 0.0 { -share * share.ln() } else { 0.0 };
    match train.loss {
        Loss::CrossEntropy => Some(expected(&entropy)),
        Loss::Focal => Some(expected(&|share| entropy(share) * (1.0 - share).powf(train.focal_gamma))),
        Loss::BinaryCrossEntropy => Some(mean(&|share| entropy(share) + entropy(1.0 - share))),
        Loss::MeanSquaredError => Some(mean(&|share| share * (1.0 - share))),
        Loss::Huber if train.huber_delta >= 1.0 => Some(0.5 * mean(&|share| share * (1.0 - share))),
        Loss::Huber => None,
    }
}

/// How much each class counts in training: all alike where they are weighed so, or where their sizes were not logged.
fn shares(started: &Started, weights: ClassWeights) -> Option<Vec<f64>> {
    let classes = started.classes.len();
    let all: u64 = started.class_sizes.iter().sum();
    if classes < 2 {
        return None;
    }
    if weights == ClassWeights::Balanced || started.class_sizes.len() != classes || all == 0 {
        return Some(vec![1.0 / classes as f64; classes]);
    }
    Some(started.class_sizes.iter().map(|size| *size as f64 / all as f64).collect())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::baseline::BaselineKind;
    use crate::domain::diagnosis::Verdict;
    use crate::domain::event::{SetResult, SetSizes};
    use crate::domain::ladder::Counts;
    use crate::domain::run::Status;

    fn set(errors: u64, of: u64) -> SetResult {
        SetResult { counts: Counts { errors, of }, loss: errors as f64 / of as f64 }
    }

    fn evaluation(epoch: u64, step: u64, dev_errors: u64, test: Option<u64>) -> Record {
        let evaluation = Evaluation {
            epoch,
            step,
            train: set(2, 2000),
            train_dev: None,
            dev: set(dev_errors, 1000),
            test: test.map(|errors| set(errors, 1000)),
            confusion: vec![vec![500 - dev_errors, dev_errors], vec![0, 500]],
            tasks: Vec::new(),
        };
        Record { time: 0.0, event: Event::Epoch(Box::new(evaluation)) }
    }

    fn started(step: u64) -> Record {
        let started = Started {
            step,
            steps: 300,
            pid: 1,
            host: "h".into(),
            version: "0".into(),
            classes: vec!["cat".into(), "dog".into()],
            class_sizes: Vec::new(),
            sets: SetSizes { train: 4000, train_dev: None, dev: 1000, test: 1000 },
            parameters: 10,
            layers: vec![],
        };
        Record { time: 0.0, event: Event::Started(started) }
    }

    /// A finished run of 300 steps with high variance.
    pub(crate) fn finished() -> Report {
        let mut summary = Summary::new(RunId("a-1".into()), "a".into(), None, 3, 0.0);
        summary.status = Status::Finished;
        let mut experiment = Experiment { name: "a".into(), ..Experiment::default() };
        experiment.task.human_error = Some(HumanError::Rate(0.001));
        let (name, counts) = (BaselineKind::NearestCentroid, Counts { errors: 200, of: 1000 });
        let baseline = Baseline { name, counts, trained_on: 2000, seconds: 0.25, data: "1".into() };
        let records = [
            started(0),
            evaluation(1, 100, 60, None),
            Record { time: 0.0, event: Event::Baseline(baseline) },
            evaluation(3, 300, 50, None),
            evaluation(3, 300, 50, Some(55)),
        ];
        let losses: Vec<f32> = (0..300).map(|step| 0.02 + 0.67 * (-0.05 * step as f32).exp()).collect();
        assemble(Parts {
            summary,
            experiment,
            parent: None,
            records: &records,
            losses: &losses,
            review: None,
            tries: &Tries::default(),
            donor: None,
            elsewhere: None,
        })
    }

    #[test]
    fn the_last_evaluation_makes_the_ladder_and_the_matrix() {
        let report = finished();
        assert_eq!(report.ladder.dev.unwrap().counts, Some(Counts { errors: 50, of: 1000 }));
        assert_eq!(report.ladder.test.unwrap().counts, Some(Counts { errors: 55, of: 1000 }));
        assert_eq!(report.confusion.as_ref().unwrap().matrix, [[450, 50], [0, 500]]);
        assert_eq!(report.evaluations.len(), 2, "the evaluation at the end stands for the last epoch's");
        assert_eq!(report.diagnosis.verdict, Verdict::Problem(super::super::diagnosis::ProblemKind::HighVariance));
    }

    #[test]
    fn warnings_are_told_once_each() {
        let warning = |message: &str| Record { time: 0.0, event: Event::Warning { message: message.to_owned() } };
        let records = [started(0), warning("b"), warning("a"), started(150), warning("b")];
        assert_eq!(warnings(&records), ["b", "a"]);
    }

    #[test]
    fn what_a_restart_does_again_counts_once() {
        let records = [
            started(0),
            evaluation(1, 100, 60, None),
            evaluation(2, 200, 50, None),
            started(150),
            evaluation(2, 200, 40, None),
        ];
        let (start, evaluations) = history(&records);
        assert_eq!(start.unwrap().step, 150);
        let seen: Vec<_> = evaluations.iter().map(|one| (one.step, one.dev.counts.errors)).collect();
        assert_eq!(seen, [(100, 60), (200, 40)]);
    }
}
