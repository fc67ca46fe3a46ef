//! What people do with runs in lists: filter them, choose columns and order, write notes, tag, pin, archive, take a deletion
//! back.

use crate::domain::annotation::{self, Remark, Word};
use crate::domain::run::RunId;
use crate::tui::action::{Effect, Intent};
use crate::tui::state::field::Edit;
use crate::tui::state::overlay::{History, Saying, Wording};
use crate::tui::state::table::Columns;
use crate::tui::state::{Field, Overlay, Pane, Selected, State, Tone};

use super::go;

/// A key while the filter is typed.
pub(super) fn filtering(state: &mut State, intent: Intent) -> Vec<Effect> {
    match intent {
        Intent::Open => {
            state.list.filtering = false;
            if let Some(problem) = &state.list.problem {
                state.say(Tone::Bad, problem.clone());
            }
        }
        Intent::Back => {
            state.list.filtering = false;
            state.list.filter = Field::default();
            state.refilter();
        }
        Intent::Up | Intent::Down | Intent::PageUp | Intent::PageDown => return go::step(state, intent),
        _ => {}
    }
    Vec::new()
}

/// The filter has changed by a letter.
pub(super) fn edit_filter(state: &mut State, edit: &Edit) -> Vec<Effect> {
    state.list.filter.edit(edit);
    anew(state)
}

/// What is visible is found out anew; what has become hidden is not selected.
fn anew(state: &mut State) -> Vec<Effect> {
    let place = state.run_place();
    state.refilter();
    let mut effects = ask_for_experiments(state);
    let on_runs = matches!(state.list.selected, Some(Selected::Run(_))) || state.list.filtering;
    if on_runs && state.run_place().is_none() {
        let last = state.list.visible.len().saturating_sub(1);
        let near = state.visible_runs().nth(place.unwrap_or(0).min(last)).map(|run| Selected::Run(run.id.clone()));
        effects.extend(near.map(|selected| go::select(state, selected)).unwrap_or_default());
    }
    effects
}

/// Asks for the experiments of runs where a filter, the order or a column needs those that are not at hand.
pub(super) fn ask_for_experiments(state: &mut State) -> Vec<Effect> {
    if !state.needs_experiments() {
        return Vec::new();
    }
    let missing: Vec<RunId> =
        state.runs.iter().map(|run| &run.id).filter(|id| !state.details.contains_key(id)).cloned().collect();
    if missing.is_empty() {
        return Vec::new();
    }
    state.details.extend(missing.iter().cloned().map(|id| (id, None)));
    vec![Effect::ReadExperiments(missing)]
}

/// Gives the runs the whole screen, or takes it back.
pub(super) fn table(state: &mut State) -> Vec<Effect> {
    state.list.table.open = !state.list.table.open;
    let mut effects = go::to_pane(state, Pane::Runs);
    effects.extend(ask_for_experiments(state));
    effects
}

/// Shows the family of the selected run; what changed in it is asked for.
pub(super) fn family(state: &mut State) -> Vec<Effect> {
    let Some(of) = state.selected_run().map(|run| run.id.clone()) else { return Vec::new() };
    let members = crate::domain::family::family(&state.runs, &of);
    let missing: Vec<RunId> = members
        .into_iter()
        .map(|member| RunId(member.id))
        .filter(|id| state.summary(id).is_some() && !state.details.contains_key(id))
        .collect();
    state.overlay = Some(Overlay::Family { of, scroll: 0 });
    state.details.extend(missing.iter().cloned().map(|id| (id, None)));
    if missing.is_empty() { Vec::new() } else { vec![Effect::ReadExperiments(missing)] }
}

/// Shows what happened to the selected run.
pub(super) fn history(state: &mut State) -> Vec<Effect> {
    let Some(run) = state.selected_run().map(|run| run.id.clone()) else { return Vec::new() };
    state.overlay = Some(Overlay::History(Box::new(History { run: run.clone(), told: None, back: 0 })));
    vec![Effect::ReadHistory(run)]
}

/// Opens the choice of columns and order.
pub(super) fn columns(state: &mut State) {
    state.overlay = Some(Overlay::Columns(Box::default()));
}

/// A key while columns are chosen.
pub(super) fn choose(state: &mut State, intent: Intent) -> Vec<Effect> {
    let Some(Overlay::Columns(columns)) = &mut state.overlay else { return Vec::new() };
    let last = columns.found().len().saturating_sub(1);
    match intent {
        Intent::Back => state.overlay = None,
        Intent::Up => columns.selected = columns.selected.checked_sub(1).unwrap_or(last),
        Intent::Down => columns.selected = if columns.selected >= last { 0 } else { columns.selected + 1 },
        Intent::PageUp => columns.selected = columns.selected.saturating_sub(10),
        Intent::PageDown => columns.selected = (columns.selected + 10).min(last),
        Intent::Open => {
            if let Some(key) = columns.key() {
                state.list.table.sort_by(key);
                return anew(state);
            }
        }
        Intent::NextPane => {
            if let Some(key) = columns.key() {
                state.list.table.toggle(key);
                return ask_for_experiments(state);
            }
        }
        _ => {}
    }
    Vec::new()
}

/// A letter while columns are chosen.
pub(super) fn edit_columns(columns: &mut Columns, edit: &Edit) {
    columns.input.edit(edit);
    columns.selected = 0;
}

/// The marked runs, or else the selected one, with when each was made.
fn meant(state: &State) -> Vec<(RunId, f64)> {
    let marked = state.list.marked.iter().filter_map(|id| state.summary(id));
    let marked: Vec<(RunId, f64)> = marked.map(|run| (run.id.clone(), run.created)).collect();
    if marked.is_empty() {
        state.selected_run().map(|run| (run.id.clone(), run.created)).into_iter().collect()
    } else {
        marked
    }
}

/// Says a word of runs, here at once and in the file.
fn annotate(state: &mut State, runs: Vec<(RunId, f64)>, word: &Word) -> Vec<Effect> {
    let remarks: Vec<Remark> =
        runs.into_iter().map(|(run, created)| Remark { time: state.now, run, created, word: word.clone() }).collect();
    for remark in &remarks {
        state.annotations.add(remark.clone());
    }
    let mut effects = vec![Effect::Annotate(remarks)];
    effects.extend(anew(state));
    effects
}

/// How runs are called in a message.
fn called(runs: &[(RunId, f64)]) -> String {
    match runs {
        [(id, _)] => id.to_string(),
        _ => format!("{} runs", runs.len()),
    }
}

/// Whether the first of these runs is something already.
fn first_is(state: &State, runs: &[(RunId, f64)], is: impl Fn(&annotation::Annotation) -> bool) -> bool {
    let first = runs.first().and_then(|(id, _)| state.summary(id));
    first.and_then(|run| state.annotations.of(run)).is_some_and(is)
}

/// Pins runs to the top of the list, or lets go of them.
pub(super) fn pin(state: &mut State) -> Vec<Effect> {
    let runs = meant(state);
    let pinned = !first_is(state, &runs, |said| said.pinned);
    let text = format!("{} {}", called(&runs), if pinned { "pinned to the top" } else { "no longer pinned" });
    state.say(Tone::Plain, text);
    annotate(state, runs, &Word::Pin(pinned))
}

/// Archives runs, or takes them back into the list.
pub(super) fn archive(state: &mut State) -> Vec<Effect> {
    let runs = meant(state);
    let archived = !first_is(state, &runs, |said| said.archived);
    let text = if archived {
        format!("{} archived: / archived:true shows what is, and A takes it back", called(&runs))
    } else {
        format!("{} back in the list", called(&runs))
    };
    state.say(Tone::Plain, text);
    annotate(state, runs, &Word::Archive(archived))
}

/// Asks for a note or a tag.
pub(super) fn ask(state: &mut State, wording: Wording) {
    let runs = meant(state);
    let Some((id, _)) = runs.first() else { return };
    let said = state.summary(id).and_then(|run| state.annotations.of(run));
    let field = match wording {
        Wording::Note => Field::new(said.map(|said| said.note.clone()).unwrap_or_default()),
        Wording::Tag => Field::default(),
    };
    state.overlay = Some(Overlay::Say(Box::new(Saying { runs, wording, field, problem: None })));
}

/// Enter after a note or a tag.
pub(super) fn say(state: &mut State, mut saying: Box<Saying>) -> Vec<Effect> {
    let word = match saying.wording {
        Wording::Note => Word::Note(saying.field.text().trim().to_owned()),
        Wording::Tag => match annotation::tag(saying.field.text()) {
            Ok(tag) if first_is(state, &saying.runs, |said| said.tags.contains(&tag)) => Word::Untag(tag),
            Ok(tag) => Word::Tag(tag),
            Err(problem) => {
                saying.problem = Some(problem);
                state.overlay = Some(Overlay::Say(saying));
                return Vec::new();
            }
        },
    };
    let runs = called(&saying.runs);
    let text = match &word {
        Word::Tag(tag) => format!("{runs}: tagged #{tag}"),
        Word::Untag(tag) => format!("{runs}: #{tag} taken away"),
        _ => format!("{runs}: noted"),
    };
    state.say(Tone::Good, text);
    annotate(state, saying.runs, &word)
}
