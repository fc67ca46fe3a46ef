//! The form: opened on what is selected, stepped through, typed in, and answered.

use crate::domain::control::Command;
use crate::domain::experiment::change::with_changes;
use crate::domain::experiment::{Change, Experiment};
use crate::domain::remedy;
use crate::tui::action::{Effect, Intent, Planned};
use crate::tui::state::field::Edit;
use crate::tui::state::form::{Answer, Form};
use crate::tui::state::{Overlay, Selected, State, Tone};

/// Lines of a screenful.
const PAGE: isize = 10;

/// Opens the form on what is selected.
pub(super) fn open(state: &mut State) {
    let Some(of) = state.list.selected.clone() else { return };
    let live = state.status().is_some_and(crate::domain::run::Status::is_live);
    match experiment(state, &of) {
        Ok(experiment) => {
            state.overlay = Some(Overlay::Form(Box::new(Form::new(of, live, experiment, state.places.clone()))));
        }
        Err(why) => state.say(Tone::Bad, why),
    }
}

/// What an experiment says, or a run as it is set by now.
pub(super) fn experiment(state: &State, of: &Selected) -> Result<Experiment, String> {
    match of {
        Selected::Run(id) => {
            let report =
                state.open().and_then(|run| run.report.as_ref()).ok_or(format!("{id} has not been read yet"))?;
            // What was changed while it trained may not go with the rest any more; then what it began with will do.
            Ok(with_changes(&report.experiment, &report.set).unwrap_or_else(|_| report.experiment.clone()))
        }
        Selected::Experiment(name) => {
            let experiment = state.selected_experiment().and_then(|item| item.experiment.as_deref().ok());
            experiment.cloned().ok_or(format!("{name} cannot run: its file says something wrong, see above"))
        }
    }
}

/// A key that is not typed.
pub(super) fn intent(form: &mut Form, intent: Intent) {
    match intent {
        Intent::Up => form.go(-1),
        Intent::Down => form.go(1),
        Intent::PageUp => form.go(-PAGE),
        Intent::PageDown => form.go(PAGE),
        Intent::First => form.go(isize::MIN),
        Intent::Last => form.go(isize::MAX),
        Intent::Left => form.step(false),
        Intent::Right => form.step(true),
        Intent::Type => form.begin(false),
        Intent::Undo => form.undo(),
        _ => {}
    }
}

/// A character: the first one begins a new value.
pub(super) fn edit(form: &mut Form, edit: &Edit) {
    if form.input.is_none() {
        form.begin(true);
    }
    if let Some(input) = &mut form.input {
        input.edit(edit);
    }
    form.problem = None;
}

/// Esc: what is typed goes first, then the form.
pub(super) fn close(mut form: Box<Form>) -> Option<Overlay> {
    form.leave().then_some(Overlay::Form(form))
}

/// Enter.
pub(super) fn confirm(state: &mut State, mut form: Box<Form>) -> Vec<Effect> {
    if form.input.is_some() {
        form.finish();
        state.overlay = Some(Overlay::Form(form));
        return Vec::new();
    }
    let changes = form.changes();
    match (form.answer(), &form.of) {
        (Answer::Nothing, _) => {
            form.problem = Some("nothing has been changed yet".to_owned());
            state.overlay = Some(Overlay::Form(form));
            Vec::new()
        }
        (Answer::Apply, Selected::Run(id)) => {
            state.say(Tone::Plain, format!("{}: from the next step on", listed(&changes)));
            let set = |change: Change| Command::Set { key: change.key, value: change.to };
            changes.into_iter().map(|change| Effect::Control(id.clone(), set(change))).collect()
        }
        _ => {
            if !changes.is_empty() {
                state.say(Tone::Plain, format!("starting {} with {} …", what(&form), listed(&changes)));
            }
            vec![planned(&form).at_once()]
        }
    }
}

/// Writes the changes into the experiment's file; the form goes on from there.
pub(super) fn keep(state: &mut State) -> Vec<Effect> {
    let Some(Overlay::Form(form)) = &mut state.overlay else { return Vec::new() };
    let changes = form.changes();
    match &form.of {
        Selected::Run(id) => {
            form.problem = Some(format!("{id} keeps the settings it was run with; Enter starts a new run"));
            Vec::new()
        }
        Selected::Experiment(_) if changes.is_empty() => {
            form.problem = Some("nothing has been changed yet".to_owned());
            Vec::new()
        }
        Selected::Experiment(name) => {
            let effect = Effect::Rewrite(name.clone(), changes);
            form.settle();
            vec![effect]
        }
    }
}

/// The run that the form stands for.
pub(super) fn planned(form: &Form) -> Planned {
    let changes = form.changes();
    match &form.of {
        Selected::Run(id) => Planned::Child(Box::new(remedy::child_of(&id.0, form.experiment().clone()))),
        Selected::Experiment(name) if changes.is_empty() => Planned::Experiment(name.clone()),
        Selected::Experiment(name) => Planned::Changed(name.clone(), changes),
    }
}

/// What that run is called while it has no id.
fn what(form: &Form) -> &str {
    match &form.of {
        Selected::Run(_) => "a new run",
        Selected::Experiment(name) => name,
    }
}

fn listed(changes: &[Change]) -> String {
    match changes {
        [one] => one.to_string(),
        several => format!("{} changes", several.len()),
    }
}
