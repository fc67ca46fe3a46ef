//! Getting about: panes, selection, filter, history; starting and opening what is selected.

use crate::domain::control::Command;
use crate::domain::run::{RunId, Status, Summary};
use crate::tui::action::{Effect, Intent};
use crate::tui::state::{Field, OpenRun, Pane, Selected, State, Tone};

use super::{chart, mistakes, over};

/// Puts the keyboard on a pane.
pub(super) fn focus(state: &mut State, pane: Pane) {
    if pane.is_of_run() && state.selected_run().is_none() {
        state.say(Tone::Plain, "this pane shows a run: start or select one first");
        return;
    }
    if state.focus != pane {
        (state.scroll, state.confused) = (0, None);
    }
    if !pane.is_of_run() {
        state.maximized = false;
    }
    if pane != Pane::Runs {
        state.list.table.open = false;
    }
    state.focus = pane;
}

/// Puts the keyboard on a pane, and selects something where it is a list.
pub(super) fn to_pane(state: &mut State, pane: Pane) -> Vec<Effect> {
    focus(state, if state.watching && pane == Pane::Experiments { Pane::Runs } else { pane });
    let selected = match (state.focus, &state.list.selected) {
        (Pane::Experiments, Some(Selected::Experiment(_))) | (Pane::Runs, Some(Selected::Run(_))) => None,
        (Pane::Experiments, _) => state.experiments.first().map(|item| Selected::Experiment(item.name.clone())),
        (Pane::Runs, _) => state.visible_runs().next().map(|run| Selected::Run(run.id.clone())),
        _ => None,
    };
    selected.map_or_else(Vec::new, |selected| select(state, selected))
}

/// Selects a line; what it shows is read.
pub(super) fn select(state: &mut State, selected: Selected) -> Vec<Effect> {
    state.list.chosen = true;
    if state.list.selected.as_ref() == Some(&selected) {
        return Vec::new();
    }
    (state.scrub, state.remedy, state.scroll, state.confused) = (None, 0, 0, None);
    (state.chart.window, state.chart.cursor) = (None, None);
    state.run = match &selected {
        Selected::Run(id) => Some(opened(state, id)),
        Selected::Experiment(_) => None,
    };
    state.list.selected = Some(selected);
    state.stale = true;
    vec![follow(state)]
}

/// The run in full if it is at hand, else yet to be read.
fn opened(state: &State, id: &RunId) -> OpenRun {
    let known = state.run.iter().chain(&state.others).find(|open| open.id == *id);
    known.cloned().unwrap_or_else(|| OpenRun::new(id.clone(), state.chart.axis, state.chart.weight()))
}

/// What is to be read: the selected run and the marked ones.
fn follow(state: &State) -> Effect {
    let mut ids: Vec<RunId> = state.run.iter().map(|run| run.id.clone()).collect();
    for id in &state.list.marked {
        if !ids.contains(id) {
            ids.push(id.clone());
        }
    }
    Effect::Follow(ids)
}

/// Marks the selected run, or takes its mark away.
pub(super) fn mark(state: &mut State) -> Vec<Effect> {
    let Some(id) = state.selected_run().map(|run| run.id.clone()) else { return Vec::new() };
    if let Some(place) = state.list.marked.iter().position(|marked| *marked == id) {
        state.list.marked.remove(place);
        state.others.retain(|open| open.id != id);
    } else {
        let open = opened(state, &id);
        state.list.marked.push(id);
        state.others.push(open);
    }
    let mut effects = vec![follow(state)];
    if state.focus == Pane::Runs {
        effects.extend(step(state, Intent::Down));
    }
    effects
}

/// To the next pane, or the one before. While a run is selected the round leaves the experiments out, for going there
/// would let go of the run.
pub(super) fn turn_pane(state: &mut State, forward: bool) -> Vec<Effect> {
    let has_run = state.selected_run().is_some();
    let stops = |pane: &Pane| match pane {
        Pane::Experiments => !has_run && !state.watching,
        Pane::Runs => !state.list.visible.is_empty(),
        _ => has_run,
    };
    let panes: Vec<Pane> = Pane::ALL.into_iter().filter(stops).collect();
    let Some(place) = panes.iter().position(|pane| *pane == state.focus) else { return Vec::new() };
    let by = if forward { 1 } else { panes.len() - 1 };
    to_pane(state, panes[(place + by) % panes.len()])
}

/// One layer back.
pub(super) fn back(state: &mut State) -> Vec<Effect> {
    if state.confused.is_some() && state.focus == Pane::Matrix {
        state.confused = None;
    } else if state.scrub.is_some() && state.focus.is_of_run() {
        state.scrub = None;
    } else if state.chart.cursor.is_some() && state.focus == Pane::Curves {
        state.chart.cursor = None;
    } else if state.chart.window.is_some() && state.focus == Pane::Curves {
        state.chart.window = None;
    } else if state.maximized {
        state.maximized = false;
    } else if state.list.table.open {
        state.list.table.open = false;
    } else if state.focus.is_of_run() {
        focus(state, Pane::Runs);
    } else if !state.list.filter.text().is_empty() {
        state.list.filter = Field::default();
        state.refilter();
    } else if !state.list.marked.is_empty() {
        state.list.marked.clear();
        state.others.clear();
        return vec![follow(state)];
    }
    Vec::new()
}

/// Enter.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    match state.focus {
        Pane::Experiments => {
            let Some(item) = state.selected_experiment() else { return Vec::new() };
            let name = item.name.clone();
            if item.experiment.is_err() {
                state.say(Tone::Bad, format!("{name} cannot run: its file says something wrong, see above"));
                return Vec::new();
            }
            state.say(Tone::Plain, format!("starting {name} …"));
            vec![Effect::Launch(name)]
        }
        Pane::Runs => {
            focus(state, Pane::Curves);
            Vec::new()
        }
        Pane::Diagnosis if state.open().is_some_and(|run| !run.remedies().is_empty()) => {
            over::open(state, Intent::Remedy(state.remedy));
            Vec::new()
        }
        Pane::Matrix if state.confused().is_some() => mistakes::open(state, state.confused()),
        _ => {
            state.maximized = !state.maximized;
            Vec::new()
        }
    }
}

/// A run was started: it is selected and looked at.
pub(super) fn started(state: &mut State, id: RunId) -> Vec<Effect> {
    state.say(Tone::Good, format!("{id} has started; it goes on when you leave"));
    if state.summary(&id).is_none() {
        let name = id.0.rsplit_once('-').map_or(id.0.as_str(), |(name, _)| name).to_owned();
        state.runs.insert(0, Summary::new(id.clone(), name, None, 0, state.now));
    }
    state.list.filter = Field::default();
    state.refilter();
    let effects = select(state, Selected::Run(id));
    state.maximized = false;
    focus(state, Pane::Curves);
    effects
}

/// Pause, go on, or take up, whichever the run's status allows.
pub(super) fn pause(state: &mut State) -> Vec<Effect> {
    let Some(run) = state.selected_run() else { return Vec::new() };
    let (id, status) = (run.id.clone(), run.status);
    let (text, effect) = match status {
        Status::Running => (format!("{id} pauses"), Effect::Control(id, Command::Pause)),
        Status::Paused => (format!("{id} goes on"), Effect::Control(id, Command::Resume)),
        Status::Stopped | Status::Failed | Status::Interrupted => {
            (format!("taking up {id} from its last checkpoint …"), Effect::TakeUp(id))
        }
        Status::Queued => (format!("starting {id} at once …"), Effect::TakeUp(id)),
        Status::Finished => return Vec::new(),
    };
    state.say(Tone::Plain, text);
    vec![effect]
}

/// More lines than any pane has; panes do not scroll past their end.
const SCROLL_LIMIT: usize = 2000;

/// Arrow keys and their like, by where the keyboard is.
pub(super) fn step(state: &mut State, intent: Intent) -> Vec<Effect> {
    let page = usize::from(state.size.1.saturating_sub(8)).max(1);
    match state.focus {
        Pane::Experiments | Pane::Runs => return step_lists(state, intent, page),
        Pane::Curves => chart::move_cursor(state, intent),
        Pane::Ladder | Pane::Matrix | Pane::Classes if matches!(intent, Intent::Left | Intent::Right) => {
            scrub(state, intent == Intent::Right);
        }
        Pane::Diagnosis => {
            let remedies = state.open().map_or(0, |run| run.remedies().len());
            state.remedy = moved(state.remedy, intent, page, remedies);
        }
        Pane::Matrix => confused(state, intent),
        Pane::Ladder | Pane::Classes | Pane::Settings => {
            state.scroll = moved(state.scroll, intent, page, SCROLL_LIMIT);
        }
    }
    Vec::new()
}

/// Both lists as one: beyond the end of the first begins the second.
fn step_lists(state: &mut State, intent: Intent, page: usize) -> Vec<Effect> {
    let (experiments, runs) = (state.experiments.len(), state.list.visible.len());
    let place = match (state.experiment_place(), state.run_place()) {
        (Some(place), _) => place,
        (None, Some(place)) => experiments + place,
        (None, None) => 0,
    };
    let place = match intent {
        // First and last of the list that the keyboard is on; filtering keeps to the runs.
        Intent::First if state.focus == Pane::Runs => experiments,
        Intent::Last if state.focus == Pane::Experiments => experiments.saturating_sub(1),
        _ => moved(place, intent, page, experiments + runs),
    };
    let place = if state.list.filtering { place.max(experiments) } else { place };
    let selected = match place.checked_sub(experiments) {
        None => state.experiments.get(place).map(|item| Selected::Experiment(item.name.clone())),
        Some(place) => state.visible_runs().nth(place).map(|run| Selected::Run(run.id.clone())),
    };
    let Some(selected) = selected else { return Vec::new() };
    state.focus = if matches!(selected, Selected::Run(_)) { Pane::Runs } else { Pane::Experiments };
    select(state, selected)
}

fn moved(place: usize, intent: Intent, page: usize, count: usize) -> usize {
    let last = count.saturating_sub(1);
    match intent {
        Intent::Up => place.saturating_sub(1),
        Intent::Down => (place + 1).min(last),
        Intent::PageUp => place.saturating_sub(page),
        Intent::PageDown => (place + page).min(last),
        Intent::First => 0,
        Intent::Last => last,
        _ => place,
    }
}

/// To the kind of mistake that is more or less frequent; above the most frequent one none is selected.
fn confused(state: &mut State, intent: Intent) {
    let confusion = state.open().and_then(|run| run.confusion(state.scrub));
    let kinds = confusion.map_or(0, |confusion| confusion.mistakes().len());
    state.confused = match (state.confused, intent) {
        (_, _) if kinds == 0 => None,
        (None, Intent::Down) | (_, Intent::First) => Some(0),
        (Some(0), Intent::Up) | (None, _) => None,
        (Some(place), _) => Some(moved(place, intent, 5, kinds)),
    };
}

/// To the evaluation before or after; after the last one the newest is followed again.
fn scrub(state: &mut State, forward: bool) {
    let count = state.open().and_then(|run| run.report.as_ref()).map_or(0, |report| report.evaluations.len());
    let Some(last) = count.checked_sub(1) else { return };
    state.scrub = match (state.scrub, forward) {
        (None, true) => None,
        (None, false) => last.checked_sub(1),
        (Some(place), true) => (place + 1 < last).then_some(place + 1),
        (Some(place), false) => Some(place.saturating_sub(1)),
    };
}
