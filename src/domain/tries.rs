//! What remedies have come to in this project: each child that was one is a try. What worked here is offered before what
//! nobody has tried, and what made things worse here comes last.

use serde::{Deserialize, Serialize};

use super::comparison::{Comparison, Outcome};
use super::diagnosis::ProblemKind;
use super::experiment::Change;
use super::remedy::{Remedy, RemedyKind};
use super::run::RunId;

/// A remedy that was tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Try {
    /// When its run ended, in seconds since 1970.
    pub time: f64,
    /// The run that the remedy made.
    pub run: RunId,
    /// The run whose problem it was to remedy.
    pub parent: RunId,
    /// The problem.
    pub problem: ProblemKind,
    /// The remedy's short name.
    pub remedy: String,
    /// The change that it was.
    pub change: Change,
    /// What came of it.
    pub outcome: Outcome,
    /// The figure that the problem shows in, in the parent, as a fraction.
    pub before: f64,
    /// In the run.
    pub after: f64,
}

impl Try {
    /// The try that a run was, by how it compares with its parent; `None` where it was no remedy, or but a question.
    pub fn of(run: &RunId, comparison: &Comparison, time: f64) -> Option<Self> {
        if comparison.remedy.as_deref() == Some(RemedyKind::HalfTheData.id()) {
            return None;
        }
        let [change] = comparison.changes.as_slice() else { return None };
        Some(Self {
            time,
            run: run.clone(),
            parent: comparison.with.clone(),
            problem: comparison.problem?,
            remedy: comparison.remedy.clone()?,
            change: change.clone(),
            outcome: comparison.outcome,
            before: comparison.measured.before,
            after: comparison.measured.after,
        })
    }
}

/// How a remedy has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// How often it was tried against the problem.
    pub tried: u32,
    /// How often it helped.
    pub helped: u32,
    /// How often it made things worse.
    pub hurt: u32,
}

impl Standing {
    /// `helped 2 of 3 times here`.
    pub fn words(self) -> String {
        let Self { tried, helped, hurt } = self;
        let what = match (helped, hurt) {
            (0, 0) => "had no clear effect".to_owned(),
            (0, _) => of("made it worse", hurt, tried),
            _ => of("helped", helped, tried),
        };
        format!("{what} here")
    }

    /// What it is worth by what is known: most first.
    fn rank(self) -> i8 {
        match self.helped.cmp(&self.hurt) {
            std::cmp::Ordering::Greater => 1,
            std::cmp::Ordering::Less => -1,
            // One try without an effect says little; several say that there is none.
            std::cmp::Ordering::Equal if self.tried >= 2 => -1,
            std::cmp::Ordering::Equal => 0,
        }
    }
}

fn of(what: &str, count: u32, tried: u32) -> String {
    if tried == 1 { what.to_owned() } else { format!("{what} {count} of {tried} times") }
}

/// Every try of a project.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tries(Vec<Try>);

impl Tries {
    /// Of the lines of the record, oldest first: of a run that went on later, the last one counts.
    pub fn new(lines: impl IntoIterator<Item = Try>) -> Self {
        let mut tries: Vec<Try> = Vec::new();
        for line in lines {
            match tries.iter_mut().find(|other| other.run == line.run) {
                Some(other) => *other = line,
                None => tries.push(line),
            }
        }
        Self(tries)
    }

    /// How a remedy has done against a problem; `None` where nobody has tried it.
    pub fn standing(&self, problem: ProblemKind, remedy: &str) -> Option<Standing> {
        let mut standing = Standing::default();
        for one in self.0.iter().filter(|one| one.problem == problem && one.remedy == remedy) {
            standing.tried += 1;
            standing.helped += u32::from(one.outcome == Outcome::Helped);
            standing.hurt += u32::from(one.outcome == Outcome::Hurt);
        }
        (standing.tried > 0).then_some(standing)
    }

    /// Puts the remedies of a problem in order: those that worked here, then those that may, then those that did not; and
    /// within each as they were.
    pub fn rank(&self, problem: ProblemKind, remedies: &mut [Remedy]) {
        for remedy in remedies.iter_mut() {
            remedy.standing = self.standing(problem, &remedy.id);
        }
        remedies.sort_by_key(|remedy| std::cmp::Reverse(remedy.standing.unwrap_or_default().rank()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn one(run: &str, remedy: &str, outcome: Outcome) -> Try {
        Try {
            time: 1.0,
            run: RunId(run.into()),
            parent: RunId("a-1".into()),
            problem: ProblemKind::HighVariance,
            remedy: remedy.into(),
            change: Change { key: "model.dropout".into(), from: json!(0.0), to: json!(0.3) },
            outcome,
            before: 0.05,
            after: 0.03,
        }
    }

    fn remedies(ids: &[&str]) -> Vec<Remedy> {
        let remedy = |id: &&str| Remedy {
            id: (*id).into(),
            title: String::new(),
            why: String::new(),
            change: None,
            standing: None,
        };
        ids.iter().map(remedy).collect()
    }

    #[test]
    fn what_worked_here_comes_first_and_what_did_not_last() {
        let tries = Tries::new([
            one("a-2", "more-examples", Outcome::Hurt),
            one("a-3", "more-dropout", Outcome::CannotTell),
            one("a-4", "more-weight-decay", Outcome::Hurt),
            one("a-5", "augment-shift", Outcome::Helped),
            one("a-6", "augment-shift", Outcome::Hurt),
            one("a-7", "augment-shift", Outcome::Helped),
        ]);
        let mut offered =
            remedies(&["more-examples", "more-dropout", "smaller-network", "augment-shift", "more-weight-decay"]);
        tries.rank(ProblemKind::HighVariance, &mut offered);
        let order: Vec<&str> = offered.iter().map(|remedy| remedy.id.as_str()).collect();
        assert_eq!(order, ["augment-shift", "more-dropout", "smaller-network", "more-examples", "more-weight-decay"]);
        assert_eq!(offered[0].standing, Some(Standing { tried: 3, helped: 2, hurt: 1 }));
        assert_eq!(offered[2].standing, None);
        // Against another problem nobody has tried them.
        assert_eq!(tries.standing(ProblemKind::HighBias, "augment-shift"), None);
    }

    #[test]
    fn a_run_that_went_on_counts_once() {
        let tries =
            Tries::new([one("a-2", "more-epochs", Outcome::CannotTell), one("a-2", "more-epochs", Outcome::Helped)]);
        let standing = tries.standing(ProblemKind::HighVariance, "more-epochs").unwrap();
        assert_eq!(standing, Standing { tried: 1, helped: 1, hurt: 0 });
        assert_eq!(standing.words(), "helped here");
    }
}
