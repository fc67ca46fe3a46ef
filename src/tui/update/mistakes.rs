//! Looking at what a run got wrong: from mistake to mistake, from group to group, and what is said about them.

use crate::domain::review::{Entry, Note};
use crate::domain::run::RunId;
use crate::tui::action::{Effect, Intent};
use crate::tui::state::mistakes::{Asking, MistakesLook, MistakesView};
use crate::tui::state::{Overlay, Selected, State};

/// Mistakes in a screenful.
const PAGE: usize = 10;

/// Opens the mistakes of the selected run, of a pair of classes (label, prediction) first where one is wanted.
pub(super) fn open(state: &mut State, wanted: Option<(usize, usize)>) -> Vec<Effect> {
    let Some(run) = state.selected_run().map(|run| run.id.clone()) else { return Vec::new() };
    let wanted = wanted.map(|(label, predicted)| (label as u32, predicted as u32));
    state.overlay = Some(Overlay::Mistakes(Box::new(MistakesView::new(run.clone(), wanted))));
    vec![Effect::LookAtMistakes(run)]
}

/// A look has come so far; who has gone on to something else is not called back.
pub(super) fn looked(state: &mut State, run: &RunId, look: MistakesLook) {
    if let Some(Overlay::Mistakes(view)) = &mut state.overlay
        && view.run == *run
    {
        view.arrived(look);
    }
}

/// A key.
pub(super) fn intent(state: &mut State, intent: Intent) -> Vec<Effect> {
    let Some(Overlay::Mistakes(view)) = &mut state.overlay else { return Vec::new() };
    view.word = None;
    let said = match intent {
        Intent::Back if view.asking.is_some() => {
            view.asking = None;
            None
        }
        Intent::Back if view.table => {
            view.table = false;
            None
        }
        Intent::Back | Intent::Mistakes => {
            state.overlay = None;
            return vec![Effect::LeaveData];
        }
        Intent::Open => view.answer(),
        Intent::Relabel => {
            view.ask(Asking::Class);
            None
        }
        Intent::Tag => {
            view.ask(Asking::Tag);
            None
        }
        Intent::Ambiguous => view.ambiguous(),
        Intent::Undo => view.undo(),
        Intent::TagTable => {
            view.table = !view.table;
            None
        }
        _ => {
            go(view, intent);
            None
        }
    };
    let Some(entry) = said else { return Vec::new() };
    note(state, entry)
}

/// Something was said: it is counted at once, and written down.
fn note(state: &mut State, entry: Entry) -> Vec<Effect> {
    let note = Note { time: state.now, entry };
    let Some(Overlay::Mistakes(view)) = &mut state.overlay else { return Vec::new() };
    view.note(note.clone());
    vec![Effect::Note(Selected::Run(view.run.clone()), note)]
}

fn go(view: &mut MistakesView, intent: Intent) {
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

#[cfg(test)]
mod tests {
    use super::super::update;
    use super::*;
    use crate::tui::action::Action;
    use crate::tui::fixtures::{mistakes, overfitted, with_run};
    use crate::tui::state::field::Edit;

    #[test]
    fn what_is_said_of_a_mistake_counts_at_once() {
        let mut state = with_run((80, 24), overfitted("digits-variance-2"));
        update(&mut state, Action::Intent(Intent::Mistakes));
        let run = state.selected_run().unwrap().id.clone();
        let (found, pictures) = mistakes();
        let (example, predicted) = (found.all[0].example, found.class(found.all[0].predicted).to_owned());
        let was = found.class(found.all[0].label).to_owned();
        let errors = found.all.len() as u64;
        let look = MistakesLook::Ready { found: Box::new(found), pictures, notes: Vec::new() };
        update(&mut state, Action::Mistakes { run: run.clone(), look });
        let counted = |state: &State| match &state.overlay {
            Some(Overlay::Mistakes(view)) => view.tally.as_ref().map(|tally| (tally.counts.errors, tally.counts.of)),
            _ => None,
        };
        assert_eq!(counted(&state), Some((errors, 200)));

        let mut written = Vec::new();
        let mut act = |state: &mut State, action: Action| {
            for effect in update(state, action) {
                let Effect::Note(owner, note) = effect else { panic!("{effect:?}") };
                assert_eq!(owner, Selected::Run(run.clone()));
                written.push(note.entry);
            }
        };
        act(&mut state, Action::Intent(Intent::Relabel));
        for c in predicted.chars() {
            act(&mut state, Action::Edit(Edit::Insert(c)));
        }
        act(&mut state, Action::Intent(Intent::Open));
        assert_eq!(counted(&state), Some((errors - 1, 200)));
        act(&mut state, Action::Intent(Intent::Down));
        act(&mut state, Action::Intent(Intent::Ambiguous));
        assert_eq!(counted(&state), Some((errors - 2, 199)));
        act(&mut state, Action::Intent(Intent::Undo));
        act(&mut state, Action::Intent(Intent::Undo));
        act(&mut state, Action::Intent(Intent::Undo));
        assert_eq!(counted(&state), Some((errors, 200)), "a third has nothing left to take back");
        act(&mut state, Action::Intent(Intent::Tag));
        act(&mut state, Action::Intent(Intent::Back));
        assert!(state.overlay.is_some(), "Esc takes what is typed first");
        assert_eq!(written[0], Entry::Label { example, was, class: predicted });
        assert_eq!(written[2..], [Entry::Undo { human: false }, Entry::Undo { human: false }]);
    }
}
