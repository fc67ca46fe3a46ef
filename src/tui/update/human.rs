//! Labelling examples by key without seeing their labels, which measures how well people do.

use crate::domain::review::{Entry, Note};
use crate::tui::action::{Effect, Intent};
use crate::tui::state::field::Edit;
use crate::tui::state::human::{HumanLook, HumanView};
use crate::tui::state::{Field, Overlay, Selected, State};

/// Opens a sitting on the data of the selected run or experiment.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    let Some(owner) = state.list.selected.clone() else { return Vec::new() };
    state.overlay = Some(Overlay::Human(Box::new(HumanView::new(owner.clone()))));
    vec![Effect::LookToJudge(owner)]
}

/// A sitting has come so far; who has gone on to something else is not called back.
pub(super) fn looked(state: &mut State, owner: &Selected, look: HumanLook) {
    if let Some(Overlay::Human(view)) = &mut state.overlay
        && view.owner == *owner
    {
        view.look = look;
        view.told = view.picture().is_none();
    }
}

/// A key that is not typed.
pub(super) fn intent(state: &mut State, intent: Intent) -> Vec<Effect> {
    let Some(Overlay::Human(view)) = &mut state.overlay else { return Vec::new() };
    match intent {
        Intent::Open if view.asks() => {
            let said = view.answer(true);
            said.map_or_else(Vec::new, |entry| note(state, entry))
        }
        // What is typed goes first, then the example for the figures, then the figures.
        Intent::Back if view.asks() => {
            let typed = std::mem::take(&mut view.field);
            view.told = typed == Field::default();
            Vec::new()
        }
        Intent::Open if view.picture().is_some() => {
            view.told = false;
            Vec::new()
        }
        Intent::Back | Intent::Open | Intent::Human => {
            state.overlay = None;
            vec![Effect::LeaveData]
        }
        _ => Vec::new(),
    }
}

/// Something is typed: a class is taken as soon as nothing else can be meant. With nothing typed, what would take a
/// character back takes the last judgement back.
pub(super) fn edit(state: &mut State, edit: &Edit) -> Vec<Effect> {
    let Some(Overlay::Human(view)) = &mut state.overlay else { return Vec::new() };
    if !view.asks() {
        return Vec::new();
    }
    let takes_back = matches!(edit, Edit::Backspace | Edit::Left) && view.field.text().is_empty();
    let said = if takes_back {
        view.undo()
    } else {
        view.field.edit(edit);
        view.answer(false)
    };
    said.map_or_else(Vec::new, |entry| note(state, entry))
}

fn note(state: &mut State, entry: Entry) -> Vec<Effect> {
    let note = Note { time: state.now, entry };
    let Some(Overlay::Human(view)) = &mut state.overlay else { return Vec::new() };
    view.note(note.clone());
    vec![Effect::Note(view.owner.clone(), note)]
}

#[cfg(test)]
mod tests {
    use super::super::update;
    use super::*;
    use crate::tui::action::Action;
    use crate::tui::fixtures::{mistakes, overfitted, with_run};
    use crate::tui::state::human::Sitting;

    #[test]
    fn people_are_measured_and_can_break_off() {
        let mut state = with_run((80, 24), overfitted("digits-variance-2"));
        let run = Selected::Run(state.selected_run().unwrap().id.clone());
        assert_eq!(update(&mut state, Action::Intent(Intent::Human)), [Effect::LookToJudge(run.clone())]);
        let sitting = Sitting {
            classes: ["cat", "cow", "dog"].map(str::to_owned).to_vec(),
            queue: vec![(4, 0), (2, 1), (9, 2)],
            pictures: mistakes().1[..3].to_vec(),
            notes: Vec::new(),
            given: None,
        };
        update(&mut state, Action::Human { owner: run.clone(), look: HumanLook::Ready(Box::new(sitting)) });
        let counts = |state: &State| match &state.overlay {
            Some(Overlay::Human(view)) => (view.counts().errors, view.counts().of),
            _ => panic!("the sitting is over"),
        };
        let typed = |state: &mut State, text: &str| -> usize {
            text.chars().map(|c| update(state, Action::Edit(Edit::Insert(c))).len()).sum()
        };
        assert_eq!(typed(&mut state, "c"), 0, "a cat or a cow");
        assert_eq!((typed(&mut state, "a"), counts(&state)), (1, (0, 1)));
        assert_eq!((typed(&mut state, "3"), counts(&state)), (1, (1, 2)), "a cow was taken for a dog");
        update(&mut state, Action::Edit(Edit::Backspace));
        assert_eq!(counts(&state), (0, 1), "taken back");
        assert_eq!((typed(&mut state, "co"), counts(&state)), (1, (0, 2)));
        update(&mut state, Action::Intent(Intent::Back));
        assert_eq!(typed(&mut state, "d"), 0, "the figures are shown, nothing is asked");
        update(&mut state, Action::Intent(Intent::Open));
        assert_eq!((typed(&mut state, "d"), counts(&state)), (1, (0, 3)));
        assert_eq!(update(&mut state, Action::Intent(Intent::Back)), [Effect::LeaveData]);
        assert_eq!(state.overlay, None);
    }
}
