//! What lies over the screen: opening it, moving in it, typing in it, and what Enter does there.

use serde_json::Value;

use crate::domain::control::Command;
use crate::domain::experiment::change::{toml_text, value_of};
use crate::domain::remedy;
use crate::tui::action::{Effect, Intent};
use crate::tui::palette;
use crate::tui::state::data::{DataView, Look, Owner};
use crate::tui::state::field::Edit;
use crate::tui::state::overlay::{Proposal, Setting};
use crate::tui::state::{Field, Overlay, State, Tone};

use super::{finder, go};

/// Opens what an intent asks for.
pub(super) fn open(state: &mut State, intent: Intent) {
    state.overlay = match intent {
        Intent::Help => Some(Overlay::Help { scroll: 0 }),
        Intent::Palette => Some(Overlay::Palette { input: Field::default(), selected: 0 }),
        Intent::Remedy(place) => propose(state, place),
        Intent::Stop => state.selected_run().map(|run| Overlay::Stop(run.id.clone())),
        Intent::Rate => rate(state),
        Intent::Delete => delete(state),
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

const RATE: &str = "train.learning_rate";
const RATE_TAG: &str = "train/learning_rate";

fn rate(state: &State) -> Option<Overlay> {
    let open = state.open()?;
    // It may have been changed while it trained: what was logged last is in force.
    let logged = open.curves.get(RATE_TAG).and_then(|curve| curve.raw().last());
    let set = value_of(&open.report.as_ref()?.experiment, RATE);
    let from = logged.map_or_else(|| toml_text(&set), |(_, value)| value.to_string());
    let input = Field::new(from.clone());
    Some(Overlay::Set(Setting { run: open.id.clone(), key: RATE.to_owned(), from, input, problem: None }))
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
    let run = state.selected_run().map(|run| Owner::Run(run.id.clone()));
    let experiment = || state.selected_experiment().map(|item| Owner::Experiment(item.name.clone()));
    let Some(owner) = run.or_else(experiment) else { return Vec::new() };
    state.overlay = Some(Overlay::Data(Box::new(DataView::new(owner.clone()))));
    vec![Effect::LookAtData(owner)]
}

/// A look at data has come so far; who has gone on to something else is not called back.
pub(super) fn looked(state: &mut State, owner: &Owner, look: Look) {
    if let Some(Overlay::Data(view)) = &mut state.overlay
        && view.owner == *owner
    {
        view.look = look;
    }
}

/// A key while something lies over the screen.
pub(super) fn intent(state: &mut State, intent: Intent) -> Vec<Effect> {
    if let Some(Overlay::Data(_)) = state.overlay
        && matches!(intent, Intent::Back | Intent::Data | Intent::Open)
    {
        state.overlay = None;
        return vec![Effect::LeaveData];
    }
    match intent {
        Intent::Back => {
            let closed = state.overlay.take();
            if let Some(Overlay::Finder(finder)) = closed {
                return finder::close(&finder);
            }
        }
        // Over the help screen and questions it has no meaning.
        Intent::Data => {}
        Intent::Help if matches!(state.overlay, Some(Overlay::Help { .. })) => state.overlay = None,
        Intent::Open => return confirm(state),
        _ => step(state, intent),
    }
    Vec::new()
}

/// More lines than the help screen has; it does not scroll past its end.
const HELP_LINES: usize = 200;
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
        Some(Overlay::Set(setting)) => {
            if let (Intent::Up | Intent::Down, Ok(value)) = (intent, setting.input.text().trim().parse::<f64>()) {
                setting.input = Field::new(along_decades(value, intent == Intent::Up).to_string());
                setting.problem = None;
            }
        }
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

/// The next of …, 1, 2, 5, 10, 20, … above or below.
pub(super) fn along_decades(value: f64, up: bool) -> f64 {
    if value <= 0.0 || !value.is_finite() {
        return value;
    }
    let decade = value.log10().floor() as i32;
    // Parsed rather than computed, so that 0.001 is 0.001 and not a hair beside it.
    let rung = |digit: i32, decade: i32| format!("{digit}e{decade}").parse::<f64>().unwrap_or(value);
    let rungs = (decade - 1..=decade + 1).flat_map(|decade| [1, 2, 5].map(|digit| rung(digit, decade)));
    let near = value * 1e-6;
    let next = if up {
        rungs.into_iter().find(|rung| *rung > value + near)
    } else {
        rungs.into_iter().rfind(|rung| *rung < value - near)
    };
    next.unwrap_or(value)
}

/// Something is typed.
pub(super) fn edit(state: &mut State, edit: &Edit) -> Vec<Effect> {
    if state.list.filtering {
        return go::edit_filter(state, edit);
    }
    if let Some(field) = state.overlay.as_mut().and_then(Overlay::field_mut) {
        field.edit(edit);
    }
    match &mut state.overlay {
        Some(Overlay::Palette { selected, .. }) => *selected = 0,
        Some(Overlay::Set(setting)) => setting.problem = None,
        _ => {}
    }
    Vec::new()
}

/// Enter.
fn confirm(state: &mut State) -> Vec<Effect> {
    let Some(overlay) = state.overlay.take() else { return Vec::new() };
    match overlay {
        Overlay::Help { .. } | Overlay::Advice(_) | Overlay::Data(_) => Vec::new(),
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
        Overlay::Set(setting) => set(state, setting),
        Overlay::Finder(finder) => finder::confirm(state, finder),
    }
}

fn set(state: &mut State, mut setting: Setting) -> Vec<Effect> {
    let value = setting.input.text().trim().parse::<f64>().ok().filter(|value| *value > 0.0 && *value <= 1000.0);
    let Some(value) = value else {
        setting.problem = Some("a number above 0 up to 1000, such as 0.001".to_owned());
        state.overlay = Some(Overlay::Set(setting));
        return Vec::new();
    };
    state.say(Tone::Plain, format!("{}: {} → {value} from the next step on", setting.key, setting.from));
    vec![Effect::Control(setting.run, Command::Set { key: setting.key, value: Value::from(value) })]
}
