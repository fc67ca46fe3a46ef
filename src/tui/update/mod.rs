//! From the state and what happens to the next state and what is to be done outside. Pure: no clock, no files, no
//! terminal; the same state and action always give the same.

mod arrival;
mod chart;
mod finder;
mod form;
mod go;
mod human;
mod mistakes;
mod over;
mod queue;
mod runs;

#[cfg(test)]
mod tests;

use super::action::{Action, Effect, Intent, Target};
use super::state::overlay::Wording;
use super::state::{NOTICE_SECONDS, Overlay, Pane, Selected, State, Tone};

/// Takes in one action.
pub fn update(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Tick(now) => {
            tick(state, now);
            return Vec::new();
        }
        Action::Points { .. }
        | Action::Report { .. }
        | Action::Runs(_)
        | Action::Queue(_)
        | Action::Annotations(_)
        | Action::Details(_)
        | Action::Experiments(_) => {
            return arrival::take(state, action);
        }
        _ => {}
    }
    state.stale = true;
    match action {
        Action::Intent(intent) => {
            state.notice = None;
            self::intent(state, intent)
        }
        Action::Edit(edit) => over::edit(state, &edit),
        Action::Click { target, along } => click(state, &target, along),
        Action::Wheel { pane, down } => wheel(state, pane, down),
        Action::Resized(width, height) => {
            state.size = (width, height);
            // What a terminal keeps of its screen while its size changes is its own affair, also when it comes back to
            // the size it had.
            vec![Effect::Redraw]
        }
        Action::Machine(machine) => {
            state.machine = Some(machine);
            Vec::new()
        }
        Action::Started(id) => go::started(state, id),
        Action::RatePoint { ticket, point } => {
            finder::point(state, ticket, point);
            Vec::new()
        }
        Action::RateTested { ticket, outcome } => {
            finder::ended(state, ticket, outcome);
            Vec::new()
        }
        Action::Data { owner, look } => {
            over::looked(state, &owner, look);
            Vec::new()
        }
        Action::Mistakes { run, look } => {
            mistakes::looked(state, &run, look);
            Vec::new()
        }
        Action::Human { owner, look } => {
            human::looked(state, &owner, look);
            Vec::new()
        }
        Action::History { run, told } => {
            if let Some(Overlay::History(history)) = &mut state.overlay
                && history.run == run
            {
                history.told = Some(told);
            }
            Vec::new()
        }
        Action::Say(tone, text) => {
            state.say(tone, text);
            Vec::new()
        }
        Action::Themes(names) => {
            state.themes = names;
            Vec::new()
        }
        Action::Themed(name) => {
            state.theme = name;
            Vec::new()
        }
        _ => Vec::new(),
    }
}

fn tick(state: &mut State, now: f64) {
    // Screens count whole seconds, so nothing is to be seen of the parts between.
    let visible = now.floor() != state.now.floor() && state.counts_seconds();
    state.pass(now);
    if state.notice.as_ref().is_some_and(|notice| now - notice.since > NOTICE_SECONDS) {
        state.notice = None;
        state.stale = true;
    }
    state.stale |= visible;
}

fn intent(state: &mut State, intent: Intent) -> Vec<Effect> {
    match intent {
        Intent::Quit => return vec![Effect::Quit],
        Intent::Suspend => return vec![Effect::Suspend],
        Intent::Redraw => return vec![Effect::Redraw],
        _ => {}
    }
    if state.overlay.is_some() {
        return over::intent(state, intent);
    }
    if state.list.filtering {
        return runs::filtering(state, intent);
    }
    match intent {
        Intent::Queue => queue::enter(state),
        Intent::Hold => queue::hold(state),
        Intent::MoreAtATime | Intent::FewerAtATime => queue::at_a_time(state, intent == Intent::MoreAtATime),
        Intent::Sooner | Intent::Later => queue::shift(state, intent == Intent::Sooner),
        Intent::Stop if state.place_in_queue().is_some() => queue::leave(state),
        Intent::Help | Intent::Palette | Intent::Remedy(_) | Intent::Stop | Intent::Delete | Intent::Compare => {
            over::open(state, intent);
            Vec::new()
        }
        Intent::Data => over::data(state),
        Intent::Mistakes => mistakes::open(state, None),
        Intent::Human => human::open(state),
        Intent::Tweak | Intent::Rate => {
            form::open(state);
            Vec::new()
        }
        Intent::ZoomIn
        | Intent::ZoomOut
        | Intent::ZoomReset
        | Intent::PanLeft
        | Intent::PanRight
        | Intent::Log
        | Intent::Axis
        | Intent::Smooth
        | Intent::Pool
        | Intent::NextMetric
        | Intent::PreviousMetric => {
            chart::intent(state, intent);
            Vec::new()
        }
        Intent::Normalize => {
            state.normalized = !state.normalized;
            Vec::new()
        }
        Intent::Group => {
            state.grouped = !state.grouped;
            Vec::new()
        }
        Intent::FindRate => finder::open(state),
        Intent::Theme => next_theme(state),
        Intent::Pause => go::pause(state),
        Intent::Mark => go::mark(state),
        Intent::Table => runs::table(state),
        Intent::Family => runs::family(state),
        Intent::History => runs::history(state),
        Intent::Picture => vec![Effect::SavePicture],
        Intent::Columns => {
            runs::columns(state);
            Vec::new()
        }
        Intent::Pin => runs::pin(state),
        Intent::Archive => runs::archive(state),
        Intent::Note => {
            runs::ask(state, Wording::Note);
            Vec::new()
        }
        Intent::TagRun => {
            runs::ask(state, Wording::Tag);
            Vec::new()
        }
        Intent::Undelete => vec![Effect::Undelete],
        Intent::Filter => {
            state.list.filtering = true;
            go::focus(state, Pane::Runs);
            Vec::new()
        }
        Intent::Pane(pane) => go::to_pane(state, pane),
        Intent::NextPane => go::turn_pane(state, true),
        Intent::PreviousPane => go::turn_pane(state, false),
        Intent::Back => go::back(state),
        Intent::Open => go::open(state),
        Intent::Up
        | Intent::Down
        | Intent::Left
        | Intent::Right
        | Intent::PageUp
        | Intent::PageDown
        | Intent::First
        | Intent::Last => go::step(state, intent),
        // Those of the form and of mistakes, which are overlays; and what was done above.
        Intent::Type
        | Intent::Keep
        | Intent::Undo
        | Intent::Relabel
        | Intent::Ambiguous
        | Intent::Tag
        | Intent::TagTable
        | Intent::Quit
        | Intent::Suspend
        | Intent::Redraw => Vec::new(),
    }
}

fn next_theme(state: &mut State) -> Vec<Effect> {
    let place = state.themes.iter().position(|name| *name == state.theme).map_or(0, |place| place + 1);
    let Some(name) = state.themes.get(place).or_else(|| state.themes.first()).cloned() else { return Vec::new() };
    state.say(Tone::Plain, format!("theme {name}"));
    vec![Effect::UseTheme(name)]
}

fn click(state: &mut State, target: &Target, along: f64) -> Vec<Effect> {
    if state.overlay.is_some() {
        return match target {
            Target::Intent(intent) => self::intent(state, *intent),
            _ => Vec::new(),
        };
    }
    match target {
        Target::Pane(pane) => go::to_pane(state, *pane),
        Target::Experiment(place) => {
            let selected = state.experiments.get(*place).map(|item| Selected::Experiment(item.name.clone()));
            click_line(state, Pane::Experiments, selected)
        }
        Target::Run(place) => {
            let selected = state.visible_runs().nth(*place).map(|run| Selected::Run(run.id.clone()));
            click_line(state, Pane::Runs, selected)
        }
        Target::Cell(truth, predicted) => mistakes::open(state, Some((*truth, *predicted))),
        Target::Remedy(place) => intent(state, Intent::Remedy(*place)),
        Target::Intent(intent) => self::intent(state, *intent),
        Target::Axis => {
            go::focus(state, Pane::Curves);
            chart::point(state, along);
            Vec::new()
        }
    }
}

/// A click selects; a click on what is selected opens.
fn click_line(state: &mut State, pane: Pane, selected: Option<Selected>) -> Vec<Effect> {
    let Some(selected) = selected else { return Vec::new() };
    let again = state.focus == pane && state.list.selected.as_ref() == Some(&selected);
    let effects = go::select(state, selected);
    go::focus(state, pane);
    if again { go::open(state) } else { effects }
}

fn wheel(state: &mut State, pane: Pane, down: bool) -> Vec<Effect> {
    if state.overlay.is_some() {
        return over::intent(state, if down { Intent::Down } else { Intent::Up });
    }
    if pane == Pane::Curves {
        chart::intent(state, if down { Intent::ZoomOut } else { Intent::ZoomIn });
        return Vec::new();
    }
    if state.focus != pane && pane.is_of_run() == state.focus.is_of_run() {
        return go::to_pane(state, pane);
    }
    go::step(state, if down { Intent::Down } else { Intent::Up })
}
