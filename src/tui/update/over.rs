//! What lies over the screen: opening it, moving in it, typing in it, and what Enter does there.

use crate::domain::control::Command;
use crate::domain::remedy;
use crate::tui::action::{Effect, Intent};
use crate::tui::palette;
use crate::tui::state::data::{DataView, Look};
use crate::tui::state::field::Edit;
use crate::tui::state::overlay::Proposal;
use crate::tui::state::{Field, Overlay, Selected, State, Tone};

use super::{finder, form, human, mistakes, queue, runs};

/// Opens what an intent asks for.
pub(super) fn open(state: &mut State, intent: Intent) {
    state.overlay = match intent {
        Intent::Help => Some(Overlay::Help { scroll: 0 }),
        Intent::Palette => Some(Overlay::Palette { input: Field::default(), selected: 0 }),
        Intent::Remedy(place) => propose(state, place),
        Intent::Stop => state.selected_run().map(|run| Overlay::Stop(run.id.clone())),
        Intent::Delete => delete(state),
        Intent::Compare => compare(state),
        _ => None,
    };
}

/// The child that a remedy would make.
fn propose(state: &State, place: usize) -> Option<Overlay> {
    let open = state.open()?;
    let remedy = (*open.remedies().get(place)?).clone();
    let Some(change) = remedy.change.clone() else { return Some(Overlay::Advice(Box::new(remedy))) };
    let experiment = &open.report.as_ref()?.experiment;
    let child = remedy::child(&open.id.0, experiment, &change).map(Box::new).map_err(|error| error.to_string());
    Some(Overlay::Try(Box::new(Proposal { parent: open.id.clone(), remedy: Some(remedy), change, child })))
}

/// The marked runs and the selected one side by side.
fn compare(state: &mut State) -> Option<Overlay> {
    if state.compared().len() < 2 {
        state.say(Tone::Plain, "mark the runs to compare with Space first; C then sets them side by side");
        return None;
    }
    Some(Overlay::Compare { scroll: 0 })
}

/// The marked runs, or the selected one, are to be deleted.
fn delete(state: &mut State) -> Option<Overlay> {
    let mut asked = state.list.marked.clone();
    if asked.is_empty() {
        asked.extend(state.selected_run().map(|run| run.id.clone()));
    }
    if asked.iter().any(|id| state.summary(id).is_some_and(|run| run.status.is_live())) {
        state.say(Tone::Bad, "a run that trains is not deleted: stop it first");
        return None;
    }
    (!asked.is_empty()).then_some(Overlay::Delete(asked))
}

/// Opens the data of the selected run or experiment.
pub(super) fn data(state: &mut State) -> Vec<Effect> {
    let Some(owner) = state.list.selected.clone() else { return Vec::new() };
    state.overlay = Some(Overlay::Data(Box::new(DataView::new(owner.clone()))));
    vec![Effect::LookAtData(owner)]
}

/// A look at data has come so far; who has gone on to something else is not called back.
pub(super) fn looked(state: &mut State, owner: &Selected, look: Look) {
    if let Some(Overlay::Data(view)) = &mut state.overlay
        && view.owner == *owner
    {
        view.look = look;
    }
}

/// A key while something lies over the screen.
pub(super) fn intent(state: &mut State, intent: Intent) -> Vec<Effect> {
    match state.overlay {
        Some(Overlay::Mistakes(_)) => return mistakes::intent(state, intent),
        Some(Overlay::Human(_)) => return human::intent(state, intent),
        Some(Overlay::Columns(_)) => return runs::choose(state, intent),
        Some(Overlay::Form(_)) if intent == Intent::Keep => return form::keep(state),
        Some(Overlay::Data(_)) if matches!(intent, Intent::Back | Intent::Data | Intent::Open) => {
            state.overlay = None;
            return vec![Effect::LeaveData];
        }
        _ => {}
    }
    match intent {
        Intent::Back => {
            let closed = state.overlay.take();
            match closed {
                Some(Overlay::Finder(finder)) => return finder::close(&finder),
                Some(Overlay::Form(form)) => state.overlay = form::close(form),
                _ => {}
            }
        }
        // Over the help screen and questions they have no meaning.
        Intent::Data | Intent::Mistakes | Intent::Human => {}
        Intent::Help if matches!(state.overlay, Some(Overlay::Help { .. })) => state.overlay = None,
        Intent::Open => return confirm(state),
        Intent::Queue => return queue::answer(state),
        _ => step(state, intent),
    }
    Vec::new()
}

/// More lines than the help screen has; it does not scroll past its end.
const HELP_LINES: usize = 200;
/// More lines than a comparison has.
const COMPARED_LINES: usize = 1000;
/// More lines than a look at data has.
const DATA_LINES: usize = 1000;
const PAGE: usize = 10;

fn step(state: &mut State, intent: Intent) {
    let matches = match &state.overlay {
        Some(Overlay::Palette { input, .. }) => palette::matches(state, input.text()).len(),
        _ => 0,
    };
    match &mut state.overlay {
        Some(Overlay::Help { scroll }) => *scroll = scrolled(*scroll, intent, HELP_LINES),
        Some(Overlay::History(history)) => {
            history.back = match intent {
                Intent::Up => history.back + 1,
                Intent::Down => history.back.saturating_sub(1),
                Intent::PageUp => history.back + PAGE,
                Intent::PageDown => history.back.saturating_sub(PAGE),
                Intent::First => COMPARED_LINES,
                Intent::Last => 0,
                _ => history.back,
            }
            .min(COMPARED_LINES);
        }
        Some(Overlay::Family { scroll, .. } | Overlay::Compare { scroll }) => {
            *scroll = scrolled(*scroll, intent, COMPARED_LINES);
        }
        Some(Overlay::Data(view)) => view.scroll = scrolled(view.scroll, intent, DATA_LINES),
        Some(Overlay::Palette { selected, .. }) => {
            let last = matches.saturating_sub(1);
            *selected = match intent {
                Intent::Up => selected.checked_sub(1).unwrap_or(last),
                Intent::Down if *selected >= last => 0,
                Intent::Down => *selected + 1,
                Intent::PageUp => selected.saturating_sub(PAGE),
                Intent::PageDown => (*selected + PAGE).min(last),
                _ => *selected,
            };
        }
        Some(Overlay::Form(form)) => form::intent(form, intent),
        _ => {}
    }
}

/// The first line shown after a key.
fn scrolled(scroll: usize, intent: Intent, most: usize) -> usize {
    match intent {
        Intent::Up => scroll.saturating_sub(1),
        Intent::Down => (scroll + 1).min(most),
        Intent::PageUp => scroll.saturating_sub(PAGE),
        Intent::PageDown => (scroll + PAGE).min(most),
        Intent::First => 0,
        Intent::Last => most,
        _ => scroll,
    }
}

/// Something is typed.
pub(super) fn edit(state: &mut State, edit: &Edit) -> Vec<Effect> {
    if state.list.filtering {
        return runs::edit_filter(state, edit);
    }
    if let Some(Overlay::Form(form)) = &mut state.overlay {
        form::edit(form, edit);
        return Vec::new();
    }
    if let Some(Overlay::Columns(columns)) = &mut state.overlay {
        runs::edit_columns(columns, edit);
        return Vec::new();
    }
    if let Some(Overlay::Human(_)) = state.overlay {
        return human::edit(state, edit);
    }
    if let Some(field) = state.overlay.as_mut().and_then(Overlay::field_mut) {
        field.edit(edit);
    }
    if let Some(Overlay::Palette { selected, .. }) = &mut state.overlay {
        *selected = 0;
    }
    Vec::new()
}

/// Enter.
fn confirm(state: &mut State) -> Vec<Effect> {
    let Some(overlay) = state.overlay.take() else { return Vec::new() };
    match overlay {
        Overlay::Help { .. }
        | Overlay::Advice(_)
        | Overlay::Data(_)
        | Overlay::Mistakes(_)
        | Overlay::Human(_)
        | Overlay::Compare { .. }
        | Overlay::Family { .. }
        | Overlay::History(_)
        | Overlay::Columns(_) => Vec::new(),
        Overlay::Say(saying) => runs::say(state, saying),
        Overlay::Palette { input, selected } => match palette::matches(state, input.text()).into_iter().nth(selected) {
            Some(palette::Entry::Command(command)) => super::intent(state, command.intent),
            Some(palette::Entry::Theme(name)) => vec![Effect::UseTheme(name)],
            None => Vec::new(),
        },
        Overlay::Try(proposal) => match proposal.child {
            Ok(child) => {
                state.say(Tone::Plain, format!("starting {} with {} …", child.name, proposal.change));
                vec![Effect::LaunchChild(child)]
            }
            Err(problem) => {
                state.say(Tone::Bad, problem);
                Vec::new()
            }
        },
        Overlay::Delete(ids) => {
            state.list.marked.retain(|id| !ids.contains(id));
            state.others.retain(|open| !ids.contains(&open.id));
            ids.into_iter().map(Effect::Delete).collect()
        }
        Overlay::Stop(id) => {
            state.say(Tone::Plain, format!("{id} is evaluated and ends"));
            vec![Effect::Control(id, Command::Stop)]
        }
        Overlay::Form(form) => form::confirm(state, form),
        Overlay::Finder(finder) => finder::confirm(state, finder),
    }
}
