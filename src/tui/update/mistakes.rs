//! Looking at what a run got wrong: from mistake to mistake, and from group to group.

use crate::domain::run::RunId;
use crate::tui::action::{Effect, Intent};
use crate::tui::state::mistakes::{MistakesLook, MistakesView};
use crate::tui::state::{Overlay, State};

/// Mistakes in a screenful.
const PAGE: usize = 10;

/// Opens the mistakes of the selected run.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    let Some(run) = state.selected_run().map(|run| run.id.clone()) else { return Vec::new() };
    state.overlay = Some(Overlay::Mistakes(Box::new(MistakesView::new(run.clone()))));
    vec![Effect::LookAtMistakes(run)]
}

/// A look has come so far; who has gone on to something else is not called back.
pub(super) fn looked(state: &mut State, run: &RunId, look: MistakesLook) {
    if let Some(Overlay::Mistakes(view)) = &mut state.overlay
        && view.run == *run
    {
        view.look = look;
    }
}

/// A key.
pub(super) fn intent(view: &mut MistakesView, intent: Intent) {
    let last = view.shown().len().saturating_sub(1);
    view.selected = match intent {
        Intent::Up => view.selected.saturating_sub(1),
        Intent::Down => (view.selected + 1).min(last),
        Intent::PageUp => view.selected.saturating_sub(PAGE),
        Intent::PageDown => (view.selected + PAGE).min(last),
        Intent::First => 0,
        Intent::Last => last,
        _ => view.selected,
    };
    let groups = view.groups().len();
    let group = match intent {
        Intent::Left => view.group.saturating_sub(1),
        Intent::Right => (view.group + 1).min(groups.saturating_sub(1)),
        _ => view.group,
    };
    if group != view.group {
        (view.group, view.selected) = (group, 0);
    }
}
