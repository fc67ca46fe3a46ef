//! Looking for a learning rate: the test is begun, its steps come in, and what it suggests is trained with.

use crate::domain::experiment::Change;
use crate::domain::rate::Point;
use crate::domain::remedy;
use crate::tui::action::{Effect, Planned};
use crate::tui::state::{Finder, Overlay, Selected, State, Tone};

/// Begins a test of what is selected.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    let Some(of) = state.list.selected.clone() else { return Vec::new() };
    let experiment = match &of {
        Selected::Run(_) => state.open().and_then(|run| run.report.as_ref()).map(|report| report.experiment.clone()),
        Selected::Experiment(_) => {
            state.selected_experiment().and_then(|item| item.experiment.as_deref().ok().cloned())
        }
    };
    let Some(experiment) = experiment else {
        let why = match &of {
            Selected::Run(id) => format!("{id} has not been read yet"),
            Selected::Experiment(name) => format!("{name} cannot run: its file says something wrong, see above"),
        };
        state.say(Tone::Bad, why);
        return Vec::new();
    };
    state.rate_tests += 1;
    let ticket = state.rate_tests;
    state.overlay = Some(Overlay::Finder(Box::new(Finder::new(ticket, of.clone(), Box::new(experiment), state.now))));
    vec![Effect::FindRate { ticket, of }]
}

/// The test that a ticket stands for, if it is still looked at.
fn of(state: &mut State, ticket: u64) -> Option<&mut Finder> {
    match &mut state.overlay {
        Some(Overlay::Finder(finder)) if finder.ticket == ticket => Some(finder),
        _ => None,
    }
}

/// A step was made.
pub(super) fn point(state: &mut State, ticket: u64, point: Point) {
    if let Some(finder) = of(state, ticket) {
        finder.test.push(point.rate, point.loss);
    }
}

/// The test has ended.
pub(super) fn ended(state: &mut State, ticket: u64, outcome: Result<(), String>) {
    let now = state.now;
    if let Some(finder) = of(state, ticket) {
        finder.ended = Some((now, outcome));
    }
}

/// Esc: a test that nobody looks at is not made to its end.
pub(super) fn close(finder: &Finder) -> Vec<Effect> {
    if finder.is_running() { vec![Effect::EndRateTest] } else { Vec::new() }
}

/// Enter: trains with the rate that is suggested. While the test goes on there is nothing to be answered yet.
pub(super) fn confirm(state: &mut State, finder: Box<Finder>) -> Vec<Effect> {
    let Some(change) = finder.change() else {
        if finder.is_running() {
            state.overlay = Some(Overlay::Finder(finder));
        }
        return Vec::new();
    };
    match planned(&finder, &change) {
        Ok(planned) => {
            state.say(Tone::Plain, format!("starting {} with {change} …", finder.experiment.name));
            vec![planned.at_once()]
        }
        Err(problem) => {
            state.say(Tone::Bad, problem);
            Vec::new()
        }
    }
}

/// The run with the rate that is suggested.
pub(super) fn planned(finder: &Finder, change: &Change) -> Result<Planned, String> {
    match &finder.of {
        Selected::Experiment(name) => Ok(Planned::Changed(name.clone(), vec![change.clone()])),
        Selected::Run(id) => remedy::child(&id.0, &finder.experiment, change)
            .map(|child| Planned::Child(Box::new(child)))
            .map_err(|error| error.to_string()),
    }
}
