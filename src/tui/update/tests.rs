//! Keys in, state and effects out: tables of what a person does and what comes of it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::update;
use crate::domain::control::Command;
use crate::domain::points::Points;
use crate::domain::rate;
use crate::domain::run::{RunId, Status};
use crate::tui::action::{Action, Effect, Target};
use crate::tui::fixtures::{NOW, biased, empty, overfitted, summaries, with_run};
use crate::tui::keymap;
use crate::tui::state::overlay::Told;
use crate::tui::state::run::time_left;
use crate::tui::state::{Finder, Overlay, Pane, Selected, State, Tone};

const SIZE: (u16, u16) = (80, 24);

/// Types keys, given by name and separated by spaces, and gathers what is to be done.
fn keys(state: &mut State, keys: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    for key in keys.split(' ') {
        let (code, modifiers) = match key {
            "enter" => (KeyCode::Enter, KeyModifiers::NONE),
            "esc" => (KeyCode::Esc, KeyModifiers::NONE),
            "tab" => (KeyCode::Tab, KeyModifiers::NONE),
            "space" => (KeyCode::Char(' '), KeyModifiers::NONE),
            "backspace" => (KeyCode::Backspace, KeyModifiers::NONE),
            "left" => (KeyCode::Left, KeyModifiers::NONE),
            "down" => (KeyCode::Down, KeyModifiers::NONE),
            "ctrl-c" => (KeyCode::Char('c'), KeyModifiers::CONTROL),
            one => (KeyCode::Char(one.chars().next().unwrap()), KeyModifiers::NONE),
        };
        if let Some(action) = keymap::resolve(state, &KeyEvent::new(code, modifiers)) {
            effects.extend(update(state, action));
        }
    }
    effects
}

fn running() -> State {
    with_run(SIZE, biased("digits-bias-1", 5, Status::Running))
}

fn id(text: &str) -> RunId {
    RunId(text.into())
}

/// What is awaited is drawn at once, news when it is their turn.
#[test]
fn the_first_of_what_is_asked_for_is_awaited_and_news_are_not() {
    let mut state = running();
    assert!(std::mem::take(&mut state.awaited));
    let run = id("digits-bias-1");
    let points = |step: u64, more: bool| Action::Points {
        run: run.clone(),
        whole: false,
        restart: None,
        batches: vec![Points::of("train/loss", [(step, NOW, 0.5)])],
        marks: Vec::new(),
        more,
    };
    update(&mut state, points(900, false));
    assert!(state.stale && !state.awaited);
    // Another run, whose files take a while to read.
    keys(&mut state, "j k");
    update(&mut state, points(1, true));
    assert!(!state.awaited);
    update(&mut state, points(2, false));
    assert!(state.awaited, "its curve is whole");
}

#[test]
fn an_axis_that_grows_has_room_and_a_click_finds_what_is_drawn() {
    let mut state = running();
    let ((from, last), (begin, end)) = (state.span(), state.stretch());
    assert!(begin == from && end > last && end < last * 1.13);
    update(&mut state, Action::Click { target: Target::Axis, along: 0.5 });
    assert_eq!(state.chart.cursor, Some(f64::midpoint(from, end)));
    let ended = with_run(SIZE, biased("digits-bias-1", 5, Status::Finished));
    assert_eq!(ended.stretch(), ended.span());
}

#[test]
fn one_key_starts_the_first_experiment() {
    let mut state = empty(SIZE);
    assert_eq!(keys(&mut state, "enter"), [Effect::Launch("digits".into())]);
    let effects = update(&mut state, Action::Started(id("digits-1")));
    assert_eq!(effects, [Effect::Follow(vec![id("digits-1")])]);
    assert_eq!(state.focus, Pane::Curves);
    assert_eq!(state.selected_run().unwrap().id, id("digits-1"));
}

#[test]
fn an_experiment_that_cannot_run_is_not_started() {
    let mut state = empty(SIZE);
    assert_eq!(keys(&mut state, "G enter"), [Effect::Follow(Vec::new())]);
    assert!(state.notice.unwrap().text.contains("post cannot run"));
}

#[test]
fn what_is_most_interesting_is_selected_until_a_person_chooses() {
    let mut state = empty(SIZE);
    let mut runs = summaries();
    update(&mut state, Action::Runs(runs.clone()));
    assert_eq!(state.selected_run().unwrap().id, id("digits-mismatch-2"), "the newest");
    runs[3].status = Status::Running;
    update(&mut state, Action::Runs(runs.clone()));
    assert_eq!(state.selected_run().unwrap().id, id("digits-variance-1"), "the one that trains");
    keys(&mut state, "j");
    assert_eq!(state.selected_run().unwrap().id, id("digits-3"));
    runs[0].status = Status::Running;
    update(&mut state, Action::Runs(runs));
    assert_eq!(state.selected_run().unwrap().id, id("digits-3"), "chosen is chosen");
}

#[test]
fn both_lists_are_walked_as_one() {
    let mut state = running();
    assert_eq!(state.focus, Pane::Runs);
    keys(&mut state, "k");
    assert_eq!((state.focus, state.selected_experiment().unwrap().name.as_str()), (Pane::Experiments, "post"));
    keys(&mut state, "j j");
    assert_eq!((state.focus, state.run_place()), (Pane::Runs, Some(1)));
    keys(&mut state, "G g");
    assert_eq!(state.run_place(), Some(0), "first and last are those of the list");
}

#[test]
fn a_remedy_is_shown_and_started_as_a_child() {
    let mut state = running();
    assert_eq!(keys(&mut state, "a"), []);
    let Some(Overlay::Try(proposal)) = &state.overlay else { panic!("{:?}", state.overlay) };
    assert_eq!(proposal.change.to_string(), "model.hidden: [6] → [48]");
    let effects = keys(&mut state, "enter");
    let [Effect::LaunchChild(child)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(child.parent.as_deref(), Some("digits-bias-1"));
    assert_eq!(child.model.hidden, [48]);
    assert_eq!(state.overlay, None);

    keys(&mut state, "b esc");
    assert_eq!(state.overlay, None, "Esc lets it be");
    // In the diagnosis the arrows choose and Enter tries.
    keys(&mut state, "6 j enter");
    let second = state.open().unwrap().remedies()[1].clone();
    assert!(matches!(&state.overlay, Some(Overlay::Try(proposal)) if proposal.remedy.as_ref() == Some(&second)));
}

/// Steps of a learning-rate test whose loss falls fastest at about 0.01, come in and the test has ended.
fn tested(state: &mut State, ticket: u64) {
    for place in 0..rate::STEPS {
        let rate = rate::rate_at(place, rate::STEPS);
        let loss = 2.3 - 1.8 / (1.0 + (-3.0 * (rate / 0.01).log10()).exp());
        assert_eq!(update(state, Action::RatePoint { ticket, point: rate::Point { rate, loss } }), []);
    }
    assert_eq!(update(state, Action::RateTested { ticket, outcome: Ok(()) }), []);
}

#[test]
fn a_learning_rate_is_found_and_trained_with() {
    let mut state = empty(SIZE);
    let of = Selected::Experiment("digits".into());
    assert_eq!(keys(&mut state, "F"), [Effect::FindRate { ticket: 1, of }]);
    assert_eq!(keys(&mut state, "enter"), [], "there is nothing to say yes to");
    assert!(state.finder().is_some_and(Finder::is_running) && state.needs_clock());
    tested(&mut state, 1);
    let rate = state.finder().and_then(Finder::suggestion).unwrap().rate;
    assert!((0.005..0.02).contains(&rate), "{rate}");
    let effects = keys(&mut state, "enter");
    let [Effect::LaunchChanged(name, change)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((name.as_str(), change[0].to_string()), ("digits", format!("train.learning_rate: 0.001 → {rate}")));

    // Of a run it is a child of the run.
    let mut state = running();
    keys(&mut state, "F");
    tested(&mut state, 1);
    let effects = keys(&mut state, "enter");
    let [Effect::LaunchChild(child)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((child.parent.as_deref(), child.train.learning_rate), (Some("digits-bias-1"), rate));
}

#[test]
fn a_rate_test_that_is_closed_is_ended_and_heard_of_no_more() {
    let mut state = empty(SIZE);
    assert_eq!(keys(&mut state, "F esc").last(), Some(&Effect::EndRateTest));
    assert!(!state.needs_clock());
    keys(&mut state, "F");
    tested(&mut state, 1);
    assert!(state.finder().is_some_and(|finder| finder.is_running() && finder.test.points.is_empty()));
    let failed = Action::RateTested { ticket: 2, outcome: Err("no data".into()) };
    update(&mut state, failed);
    assert_eq!(state.finder().and_then(Finder::problem), Some("no data"));
    assert_eq!(keys(&mut state, "enter"), [], "there is nothing to train with");
    assert_eq!(state.overlay, None);
}

#[test]
fn an_experiment_that_cannot_run_is_not_tested() {
    let mut state = empty(SIZE);
    assert_eq!(keys(&mut state, "G F"), [Effect::Follow(Vec::new())]);
    assert!(state.overlay.is_none() && state.notice.unwrap().text.contains("post cannot run"));
}

#[test]
fn a_live_run_is_controlled() {
    let run = || id("digits-bias-1");
    let mut state = running();
    assert_eq!(keys(&mut state, "p"), [Effect::Control(run(), Command::Pause)]);
    assert_eq!(keys(&mut state, "S"), [], "asks first");
    assert_eq!(keys(&mut state, "enter"), [Effect::Control(run(), Command::Stop)]);
    let value = serde_json::json!(0.005);
    let command = Command::Set { key: "train.learning_rate".into(), value };
    assert_eq!(keys(&mut state, "r 0 . 0 0 5 enter enter"), [Effect::Control(run(), command)]);
    assert_eq!(keys(&mut state, "r e x enter"), []);
    assert!(matches!(&state.overlay, Some(Overlay::Form(form)) if form.problem.is_some()));
    assert_eq!(keys(&mut state, "esc esc"), []);
    assert_eq!(state.overlay, None, "the first leaves the value, the second the form");

    state.runs[0].status = Status::Interrupted;
    assert_eq!(keys(&mut state, "p"), [Effect::TakeUp(run())]);
    state.runs[0].status = Status::Finished;
    assert_eq!(keys(&mut state, "p S r"), [], "what has ended well is left alone");
}

#[test]
fn deleting_asks_first_and_spares_what_trains() {
    let mut state = running();
    assert_eq!(keys(&mut state, "X"), []);
    assert_eq!(state.overlay, None);
    assert_eq!(keys(&mut state, "j X"), [Effect::Follow(vec![id("digits-mismatch-2")])]);
    assert_eq!(state.overlay, Some(Overlay::Delete(vec![id("digits-mismatch-2")])));
    assert_eq!(keys(&mut state, "n X y"), [Effect::Delete(id("digits-mismatch-2"))]);
}

#[test]
fn esc_goes_back_layer_by_layer() {
    let mut state = running();
    keys(&mut state, "enter enter + left ?");
    assert!(state.maximized && state.chart.window.is_some() && state.chart.cursor.is_some());
    let layers = |state: &State| {
        (
            state.overlay.is_some(),
            state.chart.cursor.is_some(),
            state.chart.window.is_some(),
            state.maximized,
            state.focus,
        )
    };
    for left in [
        (false, true, true, true, Pane::Curves),
        (false, false, true, true, Pane::Curves),
        (false, false, false, true, Pane::Curves),
        (false, false, false, false, Pane::Curves),
        (false, false, false, false, Pane::Runs),
        (false, false, false, false, Pane::Runs),
    ] {
        keys(&mut state, "esc");
        assert_eq!(layers(&state), left);
    }
}

#[test]
fn runs_are_filtered_as_one_types() {
    let mut state = running();
    keys(&mut state, "/ h i g h");
    assert_eq!(state.visible_runs().count(), 2);
    assert_eq!(state.selected_run().unwrap().id, id("digits-variance-1"), "what is hidden is not selected");
    keys(&mut state, "enter");
    assert!(!state.list.filtering);
    keys(&mut state, "esc");
    assert_eq!(state.visible_runs().count(), 8);
}

/// Types text into whatever takes it.
fn typed(state: &mut State, text: &str) -> Vec<Effect> {
    let key = |c: char| KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE);
    text.chars().filter_map(|c| Some(update(state, keymap::resolve(state, &key(c))?))).flatten().collect()
}

fn visible(state: &State) -> Vec<&str> {
    state.visible_runs().map(|run| run.id.0.as_str()).collect()
}

#[test]
fn the_filter_speaks_the_language_of_ls() {
    let mut state = running();
    keys(&mut state, "/");
    typed(&mut state, "dev<3% & !status=stopped");
    assert_eq!(visible(&state), ["digits-4", "digits-2", "digits-1"]);
    typed(&mut state, " & verdit=healthy");
    assert!(state.list.problem.as_ref().unwrap().contains("did you mean `verdict`?"));
    assert_eq!(visible(&state).len(), 3, "what is understood counts");
    keys(&mut state, "esc /");
    let effects = typed(&mut state, "model.kind=mlp");
    let asked = effects.iter().find(|effect| matches!(effect, Effect::ReadExperiments(ids) if ids.len() == 8));
    assert!(asked.is_some(), "{effects:?}");
    assert_eq!(visible(&state).len(), 0);
    let experiment = biased("digits-bias-1", 5, Status::Running).1.experiment;
    update(&mut state, Action::Details(vec![(id("digits-bias-1"), Box::new(experiment))]));
    assert_eq!(visible(&state), ["digits-bias-1"]);
    assert!(typed(&mut state, " & dev<1").iter().all(|effect| !matches!(effect, Effect::ReadExperiments(_))));
}

#[test]
fn runs_are_pinned_archived_tagged_and_noted() {
    let mut state = running();
    keys(&mut state, "j j P");
    assert_eq!(visible(&state)[0], "digits-4", "a pinned run stands first");
    assert_eq!(state.selected_run().unwrap().id, id("digits-4"), "and stays selected");
    keys(&mut state, "N");
    typed(&mut state, "the best so far");
    let effects = keys(&mut state, "enter");
    assert!(
        matches!(effects.as_slice(), [Effect::Annotate(remarks)] if remarks[0].run == id("digits-4")),
        "{effects:?}"
    );
    keys(&mut state, "#");
    typed(&mut state, "two words");
    keys(&mut state, "enter");
    let Some(Overlay::Say(saying)) = &state.overlay else { panic!("it asks again") };
    assert!(saying.problem.as_ref().unwrap().contains("is no tag"));
    keys(&mut state, "esc #");
    typed(&mut state, "Best");
    keys(&mut state, "enter /");
    typed(&mut state, "tag:best");
    assert_eq!(visible(&state), ["digits-4"]);
    let said = state.annotations.of(state.selected_run().unwrap()).unwrap();
    assert!(said.pinned && said.note == "the best so far");
    keys(&mut state, "enter esc A");
    assert!(!visible(&state).contains(&"digits-4") && visible(&state).len() == 7);
    assert_eq!(state.selected_run().unwrap().id, id("digits-bias-1"), "what is hidden is not selected");
    keys(&mut state, "/");
    typed(&mut state, "archived:true");
    keys(&mut state, "enter A");
    keys(&mut state, "esc");
    assert_eq!(visible(&state).len(), 8);
}

#[test]
fn runs_are_ordered_by_any_key_in_columns_of_choice() {
    let mut state = running();
    keys(&mut state, "w");
    assert!(state.list.table.open);
    keys(&mut state, "o");
    typed(&mut state, "dev");
    keys(&mut state, "enter");
    assert_eq!(visible(&state)[..2], ["digits-4", "digits-2"]);
    keys(&mut state, "enter");
    assert_eq!(visible(&state)[0], "digits-mismatch-2");
    assert_eq!(visible(&state)[7], "digits-rate-1", "what has no dev error comes last");
    keys(&mut state, "esc o");
    typed(&mut state, "train.learn");
    let effects = keys(&mut state, "tab");
    assert!(matches!(effects.as_slice(), [Effect::ReadExperiments(ids)] if ids.len() == 8), "{effects:?}");
    assert!(state.list.table.columns.contains(&"train.learning_rate".to_owned()));
    keys(&mut state, "esc esc");
    assert!(!state.list.table.open);
}

#[test]
fn runs_are_set_side_by_side() {
    let mut state = running();
    keys(&mut state, "C");
    assert!(state.overlay.is_none() && state.notice.as_ref().unwrap().text.contains("Space"));
    keys(&mut state, "space C");
    assert!(matches!(state.overlay, Some(Overlay::Compare { .. })));
    let names: Vec<&str> = state.compared().iter().map(|run| run.id.0.as_str()).collect();
    assert_eq!(names, ["digits-bias-1", "digits-mismatch-2"], "the marked one first");
    keys(&mut state, "esc");
    assert!(state.overlay.is_none());
}

#[test]
fn what_happened_to_a_run_is_read_when_one_asks() {
    let mut state = running();
    assert_eq!(keys(&mut state, "O"), [Effect::ReadHistory(id("digits-bias-1"))]);
    let told = Ok(Told { events: vec![(1.0, "started".to_owned())], log: "a word".to_owned() });
    update(&mut state, Action::History { run: id("digits-4"), told: told.clone() });
    let read = |state: &State| matches!(&state.overlay, Some(Overlay::History(history)) if history.told.is_some());
    assert!(!read(&state), "another run's is not shown for it");
    update(&mut state, Action::History { run: id("digits-bias-1"), told });
    assert!(read(&state));
}

#[test]
fn changes_are_written_into_the_experiment_s_file() {
    let mut state = empty(SIZE);
    keys(&mut state, "t w");
    let Some(Overlay::Form(form)) = &state.overlay else { panic!() };
    assert_eq!(form.problem.as_deref(), Some("nothing has been changed yet"));
    let effects = keys(&mut state, "l w");
    let [Effect::Rewrite(name, changes)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((name.as_str(), changes[0].key.as_str(), changes.len()), ("digits", "train.learning_rate", 1));
    let Some(Overlay::Form(form)) = &state.overlay else { panic!() };
    assert!(form.changes().is_empty(), "the form goes on from what is written");
    let mut state = running();
    keys(&mut state, "t l");
    assert_eq!(keys(&mut state, "w"), []);
    let Some(Overlay::Form(form)) = &state.overlay else { panic!() };
    assert!(form.problem.as_ref().unwrap().contains("keeps the settings"));
}

#[test]
fn a_family_is_shown_with_what_each_change_was() {
    let mut state = running();
    let mut runs = state.runs.clone();
    runs[2].parent = Some("digits-1".into());
    update(&mut state, Action::Runs(runs));
    keys(&mut state, "j j");
    assert_eq!(state.selected_run().unwrap().id, id("digits-4"));
    let effects = keys(&mut state, "V");
    assert_eq!(effects, [Effect::ReadExperiments(["digits-1", "digits-4"].map(id).to_vec())]);
    assert!(matches!(&state.overlay, Some(Overlay::Family { of, .. }) if *of == id("digits-4")));
    assert_eq!(keys(&mut state, "esc V"), [], "what is at hand is not asked for again");
    assert!(matches!(state.overlay, Some(Overlay::Family { .. })));
}

#[test]
fn evaluations_are_walked_back_in_time() {
    let mut state = running();
    keys(&mut state, "5 left");
    assert_eq!(state.scrub, Some(3));
    keys(&mut state, "left left left left left");
    assert_eq!(state.scrub, Some(0));
    keys(&mut state, "l l l l");
    assert_eq!(state.scrub, None, "after the last the newest is followed");
}

#[test]
fn marks_gather_runs_to_compare() {
    let mut state = running();
    let effects = keys(&mut state, "space space");
    let follows = |ids: [&str; 2]| Effect::Follow(ids.map(id).to_vec());
    assert_eq!(
        effects.last(),
        Some(&Effect::Follow(["digits-4", "digits-bias-1", "digits-mismatch-2"].map(id).to_vec()))
    );
    assert_eq!(state.others.len(), 2);
    assert_eq!(keys(&mut state, "k space")[0], follows(["digits-mismatch-2", "digits-bias-1"]));
    keys(&mut state, "esc");
    assert!(state.list.marked.is_empty() && state.others.is_empty());
}

#[test]
fn a_run_that_ends_is_told_of() {
    let mut state = running();
    let mut runs = state.runs.clone();
    runs[0].status = Status::Finished;
    let effects = update(&mut state, Action::Runs(runs));
    assert!(
        matches!(&effects[..], [Effect::Notify(text)] if text == "digits-bias-1 finished: undecided"),
        "{effects:?}"
    );
}

/// Who keeps the list watches what it knows to be live. Of a run that was taken up elsewhere it did not know, and told of its
/// end when it next looked at all runs, which may be minutes where there are many or the disk is slow.
#[test]
fn a_list_that_does_not_know_of_a_live_run_is_read_anew() {
    let made = overfitted("digits-variance-2");
    let report = made.1.clone();
    let mut state = with_run(SIZE, made);
    let arrives = |state: &mut State, status, later| {
        let mut report = report.clone();
        report.summary.status = status;
        report.summary.updated += later;
        update(state, Action::Report { run: id("digits-variance-2"), report: Ok(Box::new(report)) })
    };
    assert_eq!(arrives(&mut state, Status::Interrupted, 1.0), [], "it has ended");
    assert_eq!(arrives(&mut state, Status::Running, 2.0), [Effect::ReadRuns]);
    assert_eq!(arrives(&mut state, Status::Running, 3.0), [], "once");
    assert_eq!(arrives(&mut state, Status::Finished, 4.0), [Effect::ReadRuns], "the list tells of that");
    assert_eq!(state.selected_run().unwrap().status, Status::Running);
    let mut runs = state.runs.clone();
    let run = runs.iter_mut().find(|run| run.id == id("digits-variance-2")).unwrap();
    run.status = Status::Finished;
    assert!(matches!(&update(&mut state, Action::Runs(runs))[..], [Effect::Notify(_)]));
}

#[test]
fn nothing_is_drawn_when_nothing_changed() {
    let mut state = with_run(SIZE, overfitted("digits-variance-2"));
    state.stale = false;
    let (runs, experiments) = (state.runs.clone(), state.experiments.clone());
    update(&mut state, Action::Runs(runs));
    update(&mut state, Action::Experiments(experiments));
    update(&mut state, Action::Tick(NOW + 5.0));
    assert!(!state.stale && !state.needs_clock());
    let mut state = running();
    state.stale = false;
    update(&mut state, Action::Tick(NOW + 1.0));
    assert!(state.stale, "time left is counted down");
}

/// A message stands for its seconds, as does what is counted from a moment, though the clock be set back or ahead meanwhile.
#[test]
fn a_clock_that_is_set_moves_nothing_that_counts_seconds() {
    let day = 86_400.0;
    for jump in [-day, day, -400.0 * day] {
        let mut state = running();
        update(&mut state, Action::Say(Tone::Plain, "read this".to_owned()));
        for second in 1..=5 {
            let set = if second > 2 { jump } else { 0.0 };
            update(&mut state, Action::Tick(NOW + set + f64::from(second)));
            assert!(state.notice.is_some(), "gone after {second} s of a jump by {jump}");
        }
        update(&mut state, Action::Tick(NOW + jump + 6.0));
        update(&mut state, Action::Tick(NOW + jump + 7.0));
        assert!(state.notice.is_none(), "it stays after a jump by {jump}");
        // And the time left of a run is what its worker said.
        let run = &state.runs[0];
        let said = time_left(run, run.updated).unwrap();
        let left = time_left(run, state.now).unwrap();
        assert!(left <= said && left >= said - 60.0, "{left} of {said}");
    }
}

#[test]
fn quit_quits_from_everywhere() {
    for before in ["?", ":", "/", "a", "5"] {
        let mut state = running();
        keys(&mut state, before);
        assert_eq!(keys(&mut state, "ctrl-c"), [Effect::Quit], "after {before}");
    }
    assert_eq!(keys(&mut running(), "q"), [Effect::Quit]);
}

#[test]
fn clicks_do_what_keys_do() {
    let mut state = running();
    let mut click = |target: Target| update(&mut state, Action::Click { target, along: 0.5 });
    click(Target::Run(1));
    let effects = click(Target::Run(0));
    assert_eq!(effects, [Effect::Follow(vec![id("digits-bias-1")])]);
    click(Target::Run(0));
    assert_eq!(state.focus, Pane::Curves, "a click on what is selected opens it");
    assert_eq!(state.list.selected, Some(Selected::Run(id("digits-bias-1"))));
    update(&mut state, Action::Click { target: Target::Axis, along: 0.5 });
    let (from, to) = state.span();
    assert_eq!(state.chart.cursor, Some(f64::midpoint(from, to)));
}

#[test]
fn settings_are_tweaked_in_a_form() {
    let mut state = empty(SIZE);
    assert_eq!(keys(&mut state, "t l l enter"), [launched("train.learning_rate", "0.001", "0.005")]);
    assert_eq!(state.overlay, None);
    assert_eq!(keys(&mut state, "t l u enter"), [Effect::Launch("digits".into())], "nothing was changed after all");
    assert_eq!(keys(&mut state, "t l esc"), [], "Esc leaves everything as it was");

    let mut state = with_run(SIZE, overfitted("digits-variance-2"));
    let effects = keys(&mut state, "t 3 e - 4 enter enter");
    let [Effect::LaunchChild(child)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((child.parent.as_deref(), child.train.learning_rate), (Some("digits-variance-2"), 3e-4));
    assert_eq!(keys(&mut state, "t enter"), [], "there is nothing to start");
    assert!(state.overlay.is_some());
}

fn launched(key: &str, from: &str, to: &str) -> Effect {
    let number = |text: &str| serde_json::from_str(text).unwrap();
    let change = crate::domain::experiment::Change { key: key.into(), from: number(from), to: number(to) };
    Effect::LaunchChanged("digits".into(), vec![change])
}

#[test]
fn data_are_looked_at_until_somebody_turns_away() {
    use crate::tui::state::data::Look;
    let mut state = empty((80, 24));
    let owner = Selected::Experiment("digits".into());
    assert_eq!(keys(&mut state, "D"), [Effect::LookAtData(owner.clone())]);
    let look_of = |state: &State| match &state.overlay {
        Some(Overlay::Data(view)) => Some(view.look.clone()),
        _ => None,
    };
    let news = |done| Look::Loading { done, of: 9 };
    update(&mut state, Action::Data { owner: owner.clone(), look: news(3) });
    assert_eq!(look_of(&state), Some(news(3)));
    update(&mut state, Action::Data { owner: Selected::Experiment("other".into()), look: news(5) });
    assert_eq!(look_of(&state), Some(news(3)), "another's news is not taken in");
    assert_eq!(keys(&mut state, "esc"), [Effect::LeaveData]);
    update(&mut state, Action::Data { owner, look: news(7) });
    assert_eq!(state.overlay, None, "nor are news that come too late");

    let mut state = with_run((80, 24), biased("digits-bias-1", 5, Status::Running));
    let owner = Selected::Run(RunId("digits-bias-1".into()));
    assert_eq!(keys(&mut state, "D"), [Effect::LookAtData(owner)]);
    assert_eq!(keys(&mut state, "D"), [Effect::LeaveData], "the same key closes it");
}
