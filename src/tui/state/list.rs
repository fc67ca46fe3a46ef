//! What is selected among experiments and runs, what is marked, and which runs the filter lets through.

use super::table::Table;
use super::{Field, State};
use crate::domain::filter::{Filter, Subject};
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
    /// The filter, as far as it was understood.
    pub test: Filter,
    /// What is not understood of it.
    pub problem: Option<String>,
    /// The runs that the filter lets through, by their place in [`State::runs`], in the order they are shown.
    pub visible: Vec<usize>,
    /// The columns of runs, and their order.
    pub table: Table,
}

impl State {
    /// What a filter and a column ask of a run.
    pub fn subject<'a>(&'a self, summary: &'a Summary) -> Subject<'a> {
        let experiment = self.details.get(&summary.id).and_then(Option::as_deref);
        Subject { summary, experiment, annotation: self.annotations.of(summary) }
    }

    /// Finds out anew which runs the filter lets through, and in which order. What is not understood of a filter
    /// does not count.
    pub fn refilter(&mut self) {
        let (test, problem) = Filter::so_far(self.list.filter.text());
        (self.list.test, self.list.problem) = (test, problem.map(|problem| problem.to_string()));
        let subjects = || self.runs.iter().enumerate().map(|(place, run)| (place, self.subject(run)));
        let passing = subjects().filter(|(_, subject)| self.list.test.matches(subject));
        let visible = if let Some(sort) = &self.list.table.sort {
            sort.order(passing)
        } else {
            let pinned = |subject: &Subject<'_>| subject.annotation.is_some_and(|said| said.pinned);
            let (mut first, rest): (Vec<_>, Vec<_>) = passing.partition(|(_, subject)| pinned(subject));
            first.extend(rest);
            first.into_iter().map(|(place, _)| place).collect()
        };
        self.list.visible = visible;
    }

    /// Whether the filter, the order or a column asks for what only experiments know.
    pub fn needs_experiments(&self) -> bool {
        self.list.test.needs_experiment() || self.list.table.needs_experiments()
    }

    /// The runs that the filter lets through, in the order they are shown.
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
