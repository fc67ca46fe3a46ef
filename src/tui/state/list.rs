//! What is selected among experiments and runs, what is marked, and which runs the filter lets through.

use super::{Field, State};
use crate::domain::run::{RunId, Summary};

/// One line of the lists, by what it is, so that it stays selected while the lists change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selected {
    /// An experiment, by name.
    Experiment(String),
    /// A run.
    Run(RunId),
}

impl Selected {
    /// What people call it.
    pub fn name(&self) -> &str {
        match self {
            Self::Experiment(name) => name,
            Self::Run(id) => &id.0,
        }
    }
}

/// Selection, marks and filter.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct List {
    /// The selected line; `None` until there is one.
    pub selected: Option<Selected>,
    /// Whether a person has chosen it; until then it follows what seems most interesting.
    pub chosen: bool,
    /// Marked runs, in the order they were marked.
    pub marked: Vec<RunId>,
    /// What runs are filtered by.
    pub filter: Field,
    /// Whether the filter is being typed.
    pub filtering: bool,
    /// The runs that the filter lets through, by their place in [`State::runs`].
    pub visible: Vec<usize>,
}

/// Whether a run has all the words of a filter in what a person would call it by.
pub fn passes(summary: &Summary, filter: &str) -> bool {
    if filter.trim().is_empty() {
        return true;
    }
    let parent = summary.parent.as_deref().unwrap_or_default();
    let verdict = summary.verdict.as_deref().unwrap_or_default();
    let text = format!("{} {} {} {parent} {verdict}", summary.id, summary.name, summary.status.word()).to_lowercase();
    filter.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

impl State {
    /// Finds out anew which runs the filter lets through.
    pub fn refilter(&mut self) {
        let filter = self.list.filter.text();
        self.list.visible =
            self.runs.iter().enumerate().filter(|(_, run)| passes(run, filter)).map(|(place, _)| place).collect();
    }

    /// The runs that the filter lets through, newest first.
    pub fn visible_runs(&self) -> impl Iterator<Item = &Summary> {
        self.list.visible.iter().filter_map(|place| self.runs.get(*place))
    }

    /// The place of the selected run among those that are visible.
    pub fn run_place(&self) -> Option<usize> {
        let Some(Selected::Run(id)) = &self.list.selected else { return None };
        self.list.visible.iter().position(|place| self.runs.get(*place).is_some_and(|run| run.id == *id))
    }

    /// The place of the selected experiment.
    pub fn experiment_place(&self) -> Option<usize> {
        let Some(Selected::Experiment(name)) = &self.list.selected else { return None };
        self.experiments.iter().position(|item| item.name == *name)
    }

    /// What a person who has chosen nothing is shown: the newest live run, else the newest, else the first experiment.
    pub fn most_interesting(&self) -> Option<Selected> {
        let run = self.live().next().or_else(|| self.runs.first());
        match run {
            Some(run) => Some(Selected::Run(run.id.clone())),
            None => self.experiments.first().map(|item| Selected::Experiment(item.name.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_look_at_what_a_run_is_called_by() {
        let mut summary = Summary::new(RunId("digits-3".into()), "digits".into(), Some("digits-1".into()), 5, 0.0);
        summary.verdict = Some("high-bias".into());
        for (filter, passed) in
            [("", true), ("DIGITS", true), ("digits-1 bias", true), ("queued", true), ("digits running", false)]
        {
            assert_eq!(passes(&summary, filter), passed, "{filter}");
        }
    }
}
