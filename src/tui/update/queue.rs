//! The queue: what is selected or answered goes into it instead of being started, and what waits is moved or taken off.

use crate::domain::queue::{Change, Spot};
use crate::tui::action::{Effect, Planned};
use crate::tui::command::When;
use crate::tui::state::form::Answer;
use crate::tui::state::{Overlay, Pane, State, Tone};

use super::{finder, form};

/// Puts the selected experiment, or the selected run that has ended early, at the end.
pub(super) fn enter(state: &mut State) -> Vec<Effect> {
    if state.focus == Pane::Experiments
        && let Some(item) = state.selected_experiment()
    {
        let name = item.name.clone();
        if item.experiment.is_err() {
            state.say(Tone::Bad, format!("{name} cannot run: its file says something wrong, see above"));
            return Vec::new();
        }
        return queued(state, &name, Planned::Experiment(name.clone()));
    }
    let id = state.selected_run().filter(|_| When::Queueable.holds(state)).map(|run| run.id.clone());
    id.map_or_else(Vec::new, |id| queued(state, &id.0, Planned::Run(id.clone())))
}

/// Puts what lies over the screen to be answered at the end, as a new run.
pub(super) fn answer(state: &mut State) -> Vec<Effect> {
    let planned = match &mut state.overlay {
        Some(Overlay::Try(proposal)) => proposal.child.clone().map(Planned::Child),
        Some(Overlay::Form(form)) => {
            if form.answer() == Answer::Nothing {
                form.problem = Some("nothing has been changed yet".to_owned());
                return Vec::new();
            }
            Ok(form::planned(form))
        }
        Some(Overlay::Finder(finder)) => match finder.change() {
            Some(change) => finder::planned(finder, &change),
            None => return Vec::new(),
        },
        _ => return Vec::new(),
    };
    state.overlay = None;
    match planned {
        Ok(planned) => {
            let name = match &planned {
                Planned::Child(child) => child.name.clone(),
                Planned::Experiment(name) | Planned::Changed(name, _) => name.clone(),
                Planned::Run(id) => id.0.clone(),
            };
            queued(state, &name, planned)
        }
        Err(problem) => {
            state.say(Tone::Bad, problem);
            Vec::new()
        }
    }
}

fn queued(state: &mut State, name: &str, planned: Planned) -> Vec<Effect> {
    state.say(Tone::Plain, format!("putting {name} into the queue …"));
    vec![Effect::Queue(planned)]
}

/// Takes the selected run off.
pub(super) fn leave(state: &State) -> Vec<Effect> {
    state.selected_run().map(|run| Effect::Unqueue(run.id.clone())).into_iter().collect()
}

/// Holds the queue, or lets it go on.
pub(super) fn hold(state: &mut State) -> Vec<Effect> {
    let hold = !state.queue.held;
    state.queue.held = hold;
    state.say(Tone::Good, if hold { "the queue is held: no run is started" } else { "the queue goes on" });
    vec![Effect::Hold(hold)]
}

/// Lets one more or one fewer run train at a time. It is seen at once, before the file has it.
pub(super) fn at_a_time(state: &mut State, more: bool) -> Vec<Effect> {
    let count = if more { state.queue.at_a_time + 1 } else { state.queue.at_a_time - 1 };
    let Some(count) = u32::try_from(count).ok().filter(|count| (1..=MOST).contains(count)) else {
        state.say(
            Tone::Bad,
            if more { "no more are let train at a time" } else { "one at a time is the least; W holds the queue" },
        );
        return Vec::new();
    };
    state.queue.apply(state.now, Change::AtATime { count });
    let runs =
        if count == 1 { "one run of the queue trains".to_owned() } else { format!("{count} runs of the queue train") };
    state.say(Tone::Good, format!("{runs} at a time; others that train take places too"));
    vec![Effect::AtATime(count)]
}

/// Moves the selected run by one place. It is seen at once, before the file has it.
pub(super) fn shift(state: &mut State, sooner: bool) -> Vec<Effect> {
    let Some(place) = state.place_in_queue() else { return Vec::new() };
    // One place later is the next one's one place sooner.
    let behind = if sooner { place } else { place + 1 };
    let pair = behind.checked_sub(1).map(|before| (state.queued.get(behind), state.queued.get(before)));
    let Some((Some(run), Some(other))) = pair else { return Vec::new() };
    let (run, to) = (run.clone(), Spot::Before(other.clone()));
    state.queue.apply(state.now, Change::Move { run: run.clone(), to: to.clone() });
    state.requeue();
    vec![Effect::Shift(run, to)]
}

/// As many runs as `rungs queue --at-a-time` takes.
const MOST: u32 = 1000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::queue::{Line, Queue};
    use crate::domain::run::{RunId, Status};
    use crate::tui::action::{Action, Intent};
    use crate::tui::fixtures::{biased, empty, overfitted, queue_of, with_run};
    use crate::tui::update::update;

    const SIZE: (u16, u16) = (80, 24);

    fn id(text: &str) -> RunId {
        RunId(text.into())
    }

    fn press(state: &mut State, intents: &[Intent]) -> Vec<Effect> {
        intents.iter().flat_map(|intent| update(state, Action::Intent(*intent))).collect()
    }

    #[test]
    fn how_many_train_at_a_time_goes_up_and_down() {
        let mut state = waiting();
        assert_eq!(press(&mut state, &[Intent::FewerAtATime]), []);
        let pressed = press(&mut state, &[Intent::MoreAtATime, Intent::MoreAtATime, Intent::FewerAtATime]);
        assert_eq!(pressed, [2, 3, 2].map(Effect::AtATime));
        assert_eq!(state.queue.at_a_time, 2);
        state.watching = true;
        assert!(!When::Here.holds(&state), "nothing is started there");
    }

    /// Three runs wait, of which the one in the middle is selected.
    fn waiting() -> State {
        let mut state = with_run(SIZE, biased("digits-bias-1", 5, Status::Running));
        let mut runs = state.runs.clone();
        for run in &mut runs[1..4] {
            run.status = Status::Queued;
        }
        let ids: Vec<RunId> = runs[1..4].iter().map(|run| run.id.clone()).collect();
        update(&mut state, Action::Runs(runs));
        update(&mut state, Action::Queue(queue_of(&ids)));
        press(&mut state, &[Intent::Pane(Pane::Runs), Intent::Down, Intent::Down]);
        assert_eq!(state.place_in_queue(), Some(1));
        state
    }

    #[test]
    fn an_experiment_a_remedy_and_a_tweak_are_queued() {
        let mut state = empty(SIZE);
        assert_eq!(press(&mut state, &[Intent::Queue]), [Effect::Queue(Planned::Experiment("digits".into()))]);
        assert_eq!(press(&mut state, &[Intent::Queue]).len(), 1, "as many as one likes");
        let effects = press(&mut state, &[Intent::Tweak, Intent::Right, Intent::Queue]);
        assert!(matches!(&effects[..], [Effect::Queue(Planned::Changed(name, _))] if name == "digits"), "{effects:?}");
        press(&mut state, &[Intent::Last]);
        assert_eq!(press(&mut state, &[Intent::Queue]), [], "its file says something wrong");

        let mut state = with_run(SIZE, overfitted("digits-variance-2"));
        let effects = press(&mut state, &[Intent::Remedy(0), Intent::Queue]);
        let [Effect::Queue(Planned::Child(child))] = &effects[..] else { panic!("{effects:?}") };
        assert_eq!((child.parent.as_deref(), &state.overlay), (Some("digits-variance-2"), &None));
        assert_eq!(press(&mut state, &[Intent::Tweak, Intent::Queue]), [], "nothing was changed");
        assert!(state.overlay.is_some());
    }

    /// Enter would change the run that trains; in the queue it is a run of its own.
    #[test]
    fn a_tweak_of_a_run_that_trains_is_queued_as_a_child() {
        let mut state = with_run(SIZE, biased("digits-bias-1", 5, Status::Running));
        let effects = press(&mut state, &[Intent::Tweak, Intent::Right, Intent::Queue]);
        assert!(matches!(&effects[..], [Effect::Queue(Planned::Child(_))]), "{effects:?}");
    }

    #[test]
    fn a_run_that_ended_early_is_queued_and_others_are_not() {
        for (status, is_queued) in [
            (Status::Interrupted, true),
            (Status::Stopped, true),
            (Status::Failed, true),
            (Status::Finished, false),
            (Status::Running, false),
        ] {
            let mut state = with_run(SIZE, biased("digits-bias-1", 5, Status::Running));
            state.runs[0].status = status;
            let effects = press(&mut state, &[Intent::Queue]);
            let expected = [Effect::Queue(Planned::Run(id("digits-bias-1")))];
            assert_eq!(effects, if is_queued { &expected[..] } else { &[] }, "{status:?}");
        }
    }

    #[test]
    fn what_waits_is_moved_started_and_taken_off() {
        let mut state = waiting();
        let [first, run, last] = [0, 1, 2].map(|place| state.queued[place].clone());
        let sooner = |run: &RunId, other: &RunId| Effect::Shift(run.clone(), Spot::Before(other.clone()));
        assert_eq!(press(&mut state, &[Intent::Sooner]), [sooner(&run, &first)]);
        assert_eq!(state.place_in_queue(), Some(0), "it is seen before the file has it");
        assert_eq!(press(&mut state, &[Intent::Sooner]), [], "it is the next one already");
        assert_eq!(
            press(&mut state, &[Intent::Later, Intent::Later, Intent::Later]),
            [sooner(&first, &run), sooner(&last, &run)]
        );
        assert_eq!(state.queued, [first, last, run.clone()]);
        assert_eq!(press(&mut state, &[Intent::Stop]), [Effect::Unqueue(run.clone())]);
        assert_eq!(state.overlay, None, "nothing is lost, so nothing is asked");
        assert_eq!(press(&mut state, &[Intent::Pause]), [Effect::TakeUp(run)]);
    }

    #[test]
    fn the_queue_is_held_and_goes_on() {
        let mut state = waiting();
        assert_eq!(press(&mut state, &[Intent::Hold, Intent::Hold]), [Effect::Hold(true), Effect::Hold(false)]);
    }

    #[test]
    fn a_run_that_was_started_waits_no_more() {
        let mut state = waiting();
        let mut runs = state.runs.clone();
        runs[2].status = Status::Running;
        update(&mut state, Action::Runs(runs));
        assert_eq!((state.place_in_queue(), state.queued.len()), (None, 2));
        assert_eq!(press(&mut state, &[Intent::Sooner, Intent::Later]), []);
        let held = Queue::new([Line { time: 1.0, change: Change::Hold }]);
        update(&mut state, Action::Queue(held));
        assert!(state.queued.is_empty() && state.queue.held);
    }
}
