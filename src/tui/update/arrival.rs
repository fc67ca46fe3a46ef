//! What comes in from files: lists, reports, points.

use std::collections::HashSet;

use crate::domain::report::Report;
use crate::domain::run::{RunId, Status, Summary};
use crate::tui::action::{Action, Effect};
use crate::tui::state::{OpenRun, Pane, Selected, State, Tone};

use super::{go, runs};

pub(super) fn take(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Experiments(items) => {
            if state.experiments == items {
                return Vec::new();
            }
            state.experiments = items;
            state.stale = true;
            keep_selection(state)
        }
        Action::Runs(listed) => {
            if state.listed && state.runs == listed {
                return Vec::new();
            }
            let mut effects = ended(state, &listed);
            state.runs = listed;
            state.requeue();
            state.awaited |= !state.listed;
            state.listed = true;
            state.stale = true;
            let gone = |id: &RunId| state.runs.iter().all(|run| run.id != *id);
            state.list.marked.retain(|id| !gone(id));
            state.others.retain(|open| !gone(&open.id));
            let there: HashSet<&RunId> = state.runs.iter().map(|run| &run.id).collect();
            state.details.retain(|id, _| there.contains(id));
            state.refilter();
            effects.extend(runs::ask_for_experiments(state));
            effects.extend(keep_selection(state));
            effects
        }
        Action::Queue(queue) => {
            if state.queue != queue {
                state.queue = queue;
                state.requeue();
                state.stale = true;
            }
            Vec::new()
        }
        Action::Annotations(annotations) => {
            if state.annotations != annotations {
                state.annotations = annotations;
                state.refilter();
                state.stale = true;
            }
            Vec::new()
        }
        Action::Details(experiments) => {
            state.details.extend(experiments.into_iter().map(|(id, experiment)| (id, Some(experiment))));
            state.refilter();
            state.stale = true;
            Vec::new()
        }
        Action::Points { run, whole, restart, batches, marks, more } => {
            let (axis, weight) = (state.chart.axis, state.chart.weight());
            let mut awaited = false;
            for open in opened(state, &run) {
                if whole {
                    open.curves = OpenRun::new(run.clone(), axis, weight).curves;
                }
                if let Some(step) = restart {
                    open.curves.restart(step);
                }
                open.curves.extend(&batches);
                open.curves.marks.extend(marks.iter().cloned());
                awaited |= !open.whole && !more;
                open.whole |= !more;
            }
            state.awaited |= awaited;
            state.stale = true;
            Vec::new()
        }
        Action::Report { run, report } => report_of(state, &run, &report),
        _ => Vec::new(),
    }
}

fn report_of(state: &mut State, run: &RunId, report: &Result<Box<Report>, String>) -> Vec<Effect> {
    let mut effects = Vec::new();
    if let Ok(report) = report
        && let Some(listed) = state.runs.iter_mut().find(|listed| listed.id == *run)
        && report.summary.updated >= listed.updated
    {
        // A run that has ended is told of when the list says so, with the bell.
        let (was_live, is_live) = (listed.status.is_live(), report.summary.status.is_live());
        if was_live != is_live {
            // One of the two is behind. Who keeps the list watches what it knows to be live, and looks at all others only
            // every so often.
            effects.push(Effect::ReadRuns);
        }
        if !was_live || is_live {
            *listed = report.summary.clone();
            state.requeue();
        }
    }
    let first = opened(state, run).any(|open| open.report.is_none());
    state.awaited |= first;
    for open in opened(state, run) {
        match report {
            Ok(report) => (open.report, open.problem) = (Some(report.clone()), None),
            Err(problem) => open.problem = Some(problem.clone()),
        }
    }
    let remedies = state.open().map_or(0, |open| open.remedies().len());
    state.remedy = state.remedy.min(remedies.saturating_sub(1));
    state.stale = true;
    effects
}

/// The run in full wherever it is looked at: as the selected one, as one of those compared, or both.
fn opened<'a>(state: &'a mut State, id: &'a RunId) -> impl Iterator<Item = &'a mut OpenRun> {
    state.run.iter_mut().chain(&mut state.others).filter(move |open| open.id == *id)
}

/// Tells of runs that have ended since the last list.
fn ended(state: &mut State, runs: &[Summary]) -> Vec<Effect> {
    let were_live: HashSet<&RunId> = state.live().map(|live| &live.id).collect();
    let ended: Vec<&Summary> = runs.iter().filter(|run| !run.status.is_live() && were_live.contains(&run.id)).collect();
    let mut effects = Vec::new();
    for run in ended {
        let tone = if matches!(run.status, Status::Finished | Status::Stopped) { Tone::Good } else { Tone::Bad };
        let verdict = run.verdict.as_deref().map(|verdict| format!(": {}", verdict.replace('-', " ")));
        let text = format!("{} {}{}", run.id, run.status.word(), verdict.unwrap_or_default());
        state.say(tone, text.clone());
        effects.push(Effect::Notify(text));
    }
    effects
}

/// Keeps the selection on something that is there, and until a person has chosen, on what is most interesting.
fn keep_selection(state: &mut State) -> Vec<Effect> {
    let there = state.selected_run().is_some() || state.selected_experiment().is_some();
    // Before the runs have come in nobody knows what is interesting.
    if (there && state.list.chosen) || !state.listed {
        return Vec::new();
    }
    let Some(selected) = state.most_interesting() else {
        state.list.selected = None;
        return Vec::new();
    };
    let is_run = matches!(selected, Selected::Run(_));
    if !is_run || !state.focus.is_of_run() {
        state.focus = if is_run { Pane::Runs } else { Pane::Experiments };
        state.maximized = false;
    }
    let chosen = state.list.chosen;
    let effects = go::select(state, selected);
    state.list.chosen = chosen;
    effects
}
