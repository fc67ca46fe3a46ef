//! Looking at what a run got wrong: from mistake to mistake, and from group to group.

use crate::domain::review::Opinion;
use crate::domain::run::RunId;
use crate::tui::action::{Effect, Intent};
use crate::tui::state::mistakes::{MistakesLook, MistakesView};
use crate::tui::state::{Field, Overlay, State};

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
pub(super) fn intent(view: &mut MistakesView, intent: Intent, now: f64) -> Vec<Effect> {
    if view.input.is_some() {
        return typing(view, intent, now);
    }
    match intent {
        Intent::Relabel => relabel(view),
        Intent::Ambiguous => return say(view, Opinion::Ambiguous, now),
        Intent::Undo => return say(view, Opinion::AsGiven, now),
        _ => step(view, intent),
    }
    Vec::new()
}

fn step(view: &mut MistakesView, intent: Intent) {
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

/// Begins to type a label; the class that the network gave stands there to be taken.
fn relabel(view: &mut MistakesView) {
    let MistakesLook::Ready { found, .. } = &view.look else { return };
    let predicted = view.shown().get(view.selected).map(|(mistake, _)| found.class(mistake.predicted).to_owned());
    view.input = predicted.map(Field::new);
    view.problem = None;
}

/// Enter takes what is typed, Esc leaves it.
fn typing(view: &mut MistakesView, intent: Intent, now: f64) -> Vec<Effect> {
    let MistakesLook::Ready { found, .. } = &view.look else { return Vec::new() };
    match intent {
        Intent::Open => {
            let typed = view.input.as_ref().map_or("", |input| input.text().trim());
            let named = |class: &&String| class.to_lowercase().starts_with(&typed.to_lowercase());
            let exact = found.classes.iter().find(|class| *class == typed);
            let mut begun = found.classes.iter().filter(named);
            let class = exact.or_else(|| begun.next().filter(|_| begun.next().is_none() && !typed.is_empty()));
            let Some(class) = class.cloned() else {
                let some = found.classes.iter().take(12).cloned().collect::<Vec<_>>().join(", ");
                view.problem =
                    Some(format!("the classes are {some}{}", if found.classes.len() > 12 { ", …" } else { "" }));
                return Vec::new();
            };
            view.input = None;
            let given = view.remark(Opinion::AsGiven, now).map(|remark| remark.given);
            say(view, if given.as_ref() == Some(&class) { Opinion::AsGiven } else { Opinion::Class(class) }, now)
        }
        Intent::Back => {
            view.input = None;
            view.problem = None;
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// Says something of the selected example, here at once and in the file.
fn say(view: &mut MistakesView, opinion: Opinion, now: f64) -> Vec<Effect> {
    let Some(remark) = view.remark(opinion, now) else { return Vec::new() };
    if let MistakesLook::Ready { review, .. } = &mut view.look {
        review.add(remark.clone());
    }
    view.problem = None;
    vec![Effect::Remark(view.run.clone(), remark)]
}
