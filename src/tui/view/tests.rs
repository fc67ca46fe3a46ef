//! Whole screens at the sizes that count, kept as snapshots that a person reads.

mod looks;

use insta::assert_snapshot;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::view;
use crate::domain::experiment::{Experiment, HumanError};
use crate::domain::ladder::{Counts, Rung};
use crate::domain::rate;
use crate::domain::run::{RunId, Status};
use crate::tui::action::{Action, Intent};
use crate::tui::fixtures::{
    NOW, biased, deep, empty, mistakes, multitask, overfitted, overview, queue_of, ring, with_run,
};
use crate::tui::graphics::Album;
use crate::tui::state::data::Look;
use crate::tui::state::field::Edit;
use crate::tui::state::human::{HumanLook, Sitting};
use crate::tui::state::mistakes::MistakesLook;
use crate::tui::state::overlay::Told;
use crate::tui::state::{Metric, Overlay, Pane, Selected, State};
use crate::tui::theme::{Depth, Theme};
use crate::tui::update::update;

const SMALL: (u16, u16) = (80, 24);
const MEDIUM: (u16, u16) = (120, 40);
const LARGE: (u16, u16) = (200, 60);

fn screen(state: &State) -> String {
    let mut terminal = Terminal::new(TestBackend::new(state.size.0, state.size.1)).unwrap();
    let theme = Theme::builtin("dark", Depth::True);
    terminal.draw(|frame| drop(view(state, &theme, &mut Album::blocks(), frame))).unwrap();
    terminal.backend().to_string().lines().map(|line| line.trim_matches('"').trim_end()).collect::<Vec<_>>().join("\n")
}

fn after(mut state: State, intents: &[Intent]) -> State {
    for intent in intents {
        update(&mut state, Action::Intent(*intent));
    }
    state
}

#[test]
fn an_empty_directory() {
    assert_snapshot!("empty_80x24", screen(&empty(SMALL)));
    assert_snapshot!("empty_120x40", screen(&empty(MEDIUM)));
    assert_snapshot!("empty_200x60", screen(&empty(LARGE)));
}

#[test]
fn a_run_under_way() {
    for (name, size) in [("80x24", SMALL), ("120x40", MEDIUM), ("200x60", LARGE)] {
        let state = with_run(size, biased("digits-bias-1", 5, Status::Running));
        let state = after(state, &[Intent::Open]);
        assert_snapshot!(format!("running_{name}"), screen(&state));
    }
}

#[test]
fn a_run_that_has_ended() {
    for (name, size) in [("80x24", SMALL), ("120x40", MEDIUM), ("200x60", LARGE)] {
        let state = with_run(size, overfitted("digits-variance-2"));
        let state = after(state, &[Intent::Pane(Pane::Diagnosis), Intent::Down]);
        assert_snapshot!(format!("ended_{name}"), screen(&state));
    }
}

#[test]
fn what_casts_doubt_on_the_ladder_is_seen() {
    let mut made = overfitted("digits-variance-2");
    made.1.warnings = vec![
        "12 of 900 examples of dev are in train as well, to the last bit: the dev error looks lower \
                            than it is on unseen examples. The first: example 70 (7) is example 12."
            .to_owned(),
    ];
    for (name, size) in [("80x24", SMALL), ("120x40", MEDIUM)] {
        let state = after(with_run(size, made.clone()), &[Intent::Pane(Pane::Diagnosis)]);
        assert_snapshot!(format!("warned_{name}"), screen(&state));
    }
}

#[test]
fn the_lists_beside_a_run() {
    let state = with_run(SMALL, biased("digits-bias-1", 5, Status::Running));
    assert_snapshot!("lists_80x24", screen(&state));
}

#[test]
fn runs_that_wait() {
    for (name, size) in [("80x24", SMALL), ("120x40", MEDIUM)] {
        let mut state = with_run(size, biased("digits-bias-1", 5, Status::Running));
        let mut runs = state.runs.clone();
        for run in &mut runs[1..4] {
            (run.status, run.dev, run.verdict) = (Status::Queued, None, None);
            (run.epoch, run.step) = (0, 0);
        }
        let ids: Vec<_> = [2, 3, 1].map(|place: usize| runs[place].id.clone()).to_vec();
        update(&mut state, Action::Runs(runs));
        update(&mut state, Action::Queue(queue_of(&ids)));
        let state = after(state, &[Intent::Pane(Pane::Runs), Intent::Down, Intent::Down, Intent::Down]);
        assert_snapshot!(format!("queue_{name}"), screen(&state));
    }
}

#[test]
fn panes_that_have_the_screen_to_themselves() {
    let state = with_run(SMALL, biased("digits-bias-1", 5, Status::Running));
    for (name, pane) in
        [("matrix", Pane::Matrix), ("classes", Pane::Classes), ("settings", Pane::Settings), ("ladder", Pane::Ladder)]
    {
        let state = after(state.clone(), &[Intent::Pane(pane), Intent::Open]);
        assert_snapshot!(format!("whole_{name}"), screen(&state));
    }
}

#[test]
fn what_lies_over_the_screen() {
    let state = with_run(SMALL, overfitted("digits-variance-2"));
    for (name, intent) in [
        ("try", Intent::Remedy(0)),
        ("try_list", Intent::Remedy(1)),
        ("delete", Intent::Delete),
        ("help", Intent::Help),
        ("palette", Intent::Palette),
    ] {
        assert_snapshot!(format!("over_{name}"), screen(&after(state.clone(), &[intent])));
    }
    let state = with_run(SMALL, biased("digits-bias-1", 5, Status::Running));
    for (name, intent) in [("rate", Intent::Rate), ("stop", Intent::Stop)] {
        assert_snapshot!(format!("over_{name}"), screen(&after(state.clone(), &[intent])));
    }
}

/// Two runs on the same data, the second a variation of the first, and the first marked.
fn compared(size: (u16, u16)) -> State {
    let (parent, mut child) = (overfitted("digits-variance-2"), overfitted("digits-variance-3"));
    child.1.experiment.model.dropout = 0.3;
    let fewer = Some(Rung::counted(Counts { errors: 46, of: 900 }));
    (child.1.ladder.dev, child.1.ladder.test) = (fewer, fewer);
    if let Some(confusion) = &mut child.1.confusion {
        for (truth, predicted, by) in [(7, 1, -12), (2, 7, -4), (4, 9, 2i64)] {
            let row: &mut Vec<u64> = &mut confusion.matrix[truth];
            row[predicted] = row[predicted].saturating_add_signed(by);
            row[truth] = row[truth].saturating_add_signed(-by);
        }
    }
    let mut state = with_run(size, parent.clone());
    let runs = std::iter::once(child.0.clone()).chain(state.runs.clone()).collect();
    update(&mut state, Action::Runs(runs));
    let mut state = after(state, &[Intent::Down, Intent::Mark, Intent::First]);
    for (summary, report, _) in [parent, child] {
        update(&mut state, Action::Report { run: summary.id, report: Ok(Box::new(report)) });
    }
    state
}

#[test]
fn runs_side_by_side() {
    for (name, size) in [("80x24", SMALL), ("120x40", MEDIUM), ("200x60", LARGE)] {
        assert_snapshot!(format!("compare_{name}"), screen(&after(compared(size), &[Intent::Compare])));
    }
}

#[test]
fn a_family_of_runs() {
    for (name, size) in [("80x24", SMALL), ("120x40", MEDIUM)] {
        let mut state = with_run(size, biased("digits-bias-1", 5, Status::Running));
        let mut runs = state.runs.clone();
        for (place, parent) in [(6, "digits-1"), (5, "digits-2"), (2, "digits-2"), (7, "digits")] {
            runs[place].parent = Some(parent.to_owned());
        }
        update(&mut state, Action::Runs(runs));
        let mut state = after(state, &[Intent::Down, Intent::Down, Intent::Family]);
        let settings = [("digits-1", 128, 0.0), ("digits-2", 256, 0.0), ("digits-3", 256, 0.3), ("digits-4", 512, 0.0)];
        let experiments = settings.map(|(id, hidden, dropout)| {
            let mut experiment = Experiment::default();
            (experiment.model.hidden, experiment.model.dropout) = (vec![hidden], dropout);
            (RunId(id.to_owned()), Box::new(experiment))
        });
        update(&mut state, Action::Details(experiments.to_vec()));
        assert_snapshot!(format!("family_{name}"), screen(&state));
    }
}

#[test]
fn what_happened_to_a_run() {
    let state = with_run(SMALL, biased("digits-bias-1", 5, Status::Running));
    let mut state = after(state, &[Intent::History]);
    let events =
        (1..30).map(|epoch| (NOW + 7.0 * f64::from(epoch), format!("evaluated after step {epoch}: dev error 9.0 %")));
    let told = Ok(Told { events: events.collect(), log: "warning: the disk is slow\n".to_owned() });
    update(&mut state, Action::History { run: RunId("digits-bias-1".into()), told });
    assert_snapshot!("history", screen(&state));
    assert_snapshot!("history_first", screen(&after(state, &[Intent::First])));
}

/// A run that another program made.
#[test]
fn a_run_made_elsewhere() {
    for (name, size) in [("80x24", SMALL), ("120x40", MEDIUM)] {
        let (mut summary, mut report, batches) = overfitted("lightning_logs/version_3");
        (summary.elsewhere, summary.updated) = (true, NOW - 40.0);
        (report.confusion, report.evaluations) = (None, Vec::new());
        let sources =
            [("train loss", "train_loss"), ("train error", "1 - train_acc"), ("dev error", "1 - val_acc / 100")];
        report.elsewhere = Some(sources.map(|(role, tag)| (role.to_owned(), tag.to_owned())).to_vec());
        report.summary = summary.clone();
        let state = State { watching: true, ..with_run(size, (summary, report, batches)) };
        assert_snapshot!(format!("elsewhere_{name}"), screen(&after(state, &[Intent::Pane(Pane::Settings)])));
    }
}

#[test]
fn runs_in_columns() {
    for (name, size) in [("80x24", SMALL), ("120x40", MEDIUM), ("200x60", LARGE)] {
        let state = after(with_run(size, biased("digits-bias-1", 5, Status::Running)), &[Intent::Down, Intent::Down]);
        let mut state = after(state, &[Intent::Pin, Intent::TagRun]);
        "baseline".chars().for_each(|c| drop(update(&mut state, Action::Edit(Edit::Insert(c)))));
        let mut state = after(state, &[Intent::Open, Intent::Note]);
        "the first that anybody would use"
            .chars()
            .for_each(|c| drop(update(&mut state, Action::Edit(Edit::Insert(c)))));
        if size == SMALL {
            assert_snapshot!("note", screen(&state));
        }
        let state = after(state, &[Intent::Open]);
        assert_snapshot!(format!("annotated_{name}"), screen(&state));
        let state = after(state, &[Intent::Table]);
        assert_snapshot!(format!("table_{name}"), screen(&state));
        if size == SMALL {
            assert_snapshot!("columns", screen(&after(state, &[Intent::Columns, Intent::Down])));
        }
    }
    let mut state = with_run(SMALL, biased("digits-bias-1", 5, Status::Running));
    state = after(state, &[Intent::Filter]);
    "dvv<3".chars().for_each(|c| drop(update(&mut state, Action::Edit(Edit::Insert(c)))));
    assert_snapshot!("filter_problem", screen(&state));
}

/// The data of the first experiment, as far as they have been looked at.
fn looking(size: (u16, u16), look: Look) -> State {
    let mut state = after(empty(size), &[Intent::Data]);
    let Some(Overlay::Data(view)) = &state.overlay else { panic!("nothing lies over the screen") };
    let owner = view.owner.clone();
    update(&mut state, Action::Data { owner, look });
    state
}

#[test]
fn mistakes_over_the_screen() {
    let looking = |size, look| {
        let mut state = after(with_run(size, overfitted("digits-variance-2")), &[Intent::Mistakes]);
        let run = state.selected_run().unwrap().id.clone();
        update(&mut state, Action::Mistakes { run, look });
        state
    };
    let ready = || {
        let (found, pictures) = mistakes();
        MistakesLook::Ready { found: Box::new(found), pictures, notes: Vec::new() }
    };
    for (name, size) in [("80x24", SMALL), ("120x40", MEDIUM)] {
        assert_snapshot!(format!("mistakes_{name}"), screen(&looking(size, ready())));
    }
    let state = after(looking(SMALL, ready()), &[Intent::Right, Intent::Right, Intent::Down]);
    assert_snapshot!("mistakes_pair", screen(&state));
    assert_snapshot!("mistakes_none", screen(&looking(SMALL, MistakesLook::Failed("there are none yet".into()))));
    let typing = |state: State, text: &str| {
        text.chars().fold(state, |mut state, c| {
            update(&mut state, Action::Edit(Edit::Insert(c)));
            state
        })
    };
    for (name, size) in [("80x24", SMALL), ("120x40", MEDIUM)] {
        let state = after(looking(size, ready()), &[Intent::Down, Intent::Relabel]);
        let state = after(typing(state, "5"), &[Intent::Open, Intent::Down, Intent::Ambiguous, Intent::Tag]);
        let state = after(typing(state, "two strokes"), &[Intent::Open, Intent::Up, Intent::Tag]);
        assert_snapshot!(format!("mistakes_tagging_{name}"), screen(&state));
        let state = after(typing(state, "two strokes"), &[Intent::Open]);
        assert_snapshot!(format!("mistakes_said_{name}"), screen(&state));
        assert_snapshot!(format!("mistakes_table_{name}"), screen(&after(state, &[Intent::TagTable])));
    }
    let state = typing(after(looking(SMALL, ready()), &[Intent::Relabel]), "x");
    assert_snapshot!("mistakes_no_class", screen(&after(state, &[Intent::Open])));
    for size in [(40, 10), (61, 12), (109, 30), (250, 60)] {
        screen(&after(looking(size, ready()), &[Intent::Tag]));
        screen(&after(looking(size, ready()), &[Intent::TagTable]));
        screen(&looking(size, ready()));
        screen(&looking(size, MistakesLook::Loading));
    }
}

#[test]
fn a_kind_of_mistake_in_the_matrix() {
    for (name, size) in [("80x24", SMALL), ("120x40", MEDIUM)] {
        let state = with_run(size, overfitted("digits-variance-2"));
        let state = after(state, &[Intent::Pane(Pane::Matrix), Intent::Down, Intent::Down]);
        assert_snapshot!(format!("confused_{name}"), screen(&state));
        let state = after(state, &[Intent::Open]);
        assert!(matches!(&state.overlay, Some(Overlay::Mistakes(view)) if view.wanted.is_some()));
    }
}

#[test]
fn judging_without_labels() {
    let sitting = |size, classes: &[&str], given| {
        let mut state = after(with_run(size, overfitted("digits-variance-2")), &[Intent::Human]);
        let owner = Selected::Run(state.selected_run().unwrap().id.clone());
        let look = HumanLook::Ready(Box::new(Sitting {
            classes: classes.iter().map(|class| (*class).to_owned()).collect(),
            queue: (0..60).map(|example| (example, example % 3)).collect(),
            pictures: (0..60).map(|example| ring(example % 3, 1.0)).collect(),
            notes: Vec::new(),
            given,
        }));
        update(&mut state, Action::Human { owner, look });
        state
    };
    let judging = |state: State, keys: usize| {
        (0..keys).fold(state, |mut state, place| {
            let key = if place % 11 == 4 { '1' } else { char::from(b'1' + (place % 3) as u8) };
            update(&mut state, Action::Edit(Edit::Insert(key)));
            state
        })
    };
    let lights = ["red", "orange", "green"];
    for (name, size) in [("80x24", SMALL), ("120x40", MEDIUM)] {
        let state = judging(sitting(size, &lights, None), 34);
        assert_snapshot!(format!("human_{name}"), screen(&state));
        assert_snapshot!(format!("human_told_{name}"), screen(&after(state, &[Intent::Back])));
    }
    let state = after(judging(sitting(SMALL, &lights, Some(HumanError::Rate(0.002))), 40), &[Intent::Back]);
    assert_snapshot!("human_told_given", screen(&state));
    assert_snapshot!("human_told_none", screen(&after(sitting(SMALL, &lights, None), &[Intent::Back])));
    let many: Vec<String> = (0..60).map(|class| format!("class number {class}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for size in [(40, 10), (61, 12), (80, 24), (250, 60)] {
        screen(&judging(sitting(size, &many, None), 5));
        screen(&sitting(size, &lights, None));
        screen(&judging(sitting(size, &lights, None), 60));
    }
}

#[test]
fn the_form() {
    for (name, size) in [("80x24", SMALL), ("120x40", MEDIUM)] {
        let state = after(empty(size), &[Intent::Tweak]);
        assert_snapshot!(format!("form_{name}"), screen(&state));
        let state = after(state, &[Intent::Right, Intent::Up, Intent::Right]);
        assert_snapshot!(format!("form_changed_{name}"), screen(&state));
    }
    let state = with_run(SMALL, biased("digits-bias-1", 5, Status::Running));
    let state = after(state, &[Intent::Tweak, Intent::Right, Intent::Type]);
    assert_snapshot!("form_live_typing", screen(&state));
}

#[test]
fn data_over_the_screen() {
    for (name, size) in [("80x24", SMALL), ("120x40", MEDIUM)] {
        let state = looking(size, Look::Whole(Box::new(overview())));
        assert_snapshot!(format!("data_{name}"), screen(&state));
        let state = after(state, &[Intent::PageDown, Intent::PageDown]);
        assert_snapshot!(format!("data_below_{name}"), screen(&state));
    }
    assert_snapshot!("data_loading", screen(&looking(SMALL, Look::Loading { done: 1250, of: 5000 })));
    let problem = "data.path: there is no data/mnist (a folder); name the folder that holds a folder of pictures";
    assert_snapshot!("data_failed", screen(&looking(SMALL, Look::Failed(problem.to_owned()))));
}

#[test]
fn many_layers_and_many_tasks() {
    for (name, size) in [("80x24", SMALL), ("120x40", MEDIUM)] {
        let mut state = with_run(size, deep("digits-1"));
        state.chart.metric = Metric::Layers;
        assert_snapshot!(format!("layers_{name}"), screen(&after(state, &[Intent::Open])));
        let mut state = with_run(size, multitask("digits-1"));
        state.chart.metric = Metric::Tasks;
        assert_snapshot!(format!("tasks_{name}"), screen(&after(state, &[Intent::Open])));
    }
    let state = with_run(SMALL, multitask("digits-1"));
    assert_snapshot!("tasks_whole", screen(&after(state, &[Intent::Pane(Pane::Ladder), Intent::Open])));
}

/// A dashboard in which a test of the first experiment has made so many steps.
fn testing(size: (u16, u16), steps: usize) -> State {
    let mut state = after(empty(size), &[Intent::FindRate]);
    for place in 0..steps {
        let rate = rate::rate_at(place, rate::STEPS);
        let x = (rate / 0.004).log10();
        let noise = f64::from((place * 7919 % 101) as u32) / 101.0 - 0.5;
        let loss = 2.3 - 1.7 / (1.0 + (-3.0 * x).exp()) + (2.5 * (x - 1.5)).exp() + 0.15 * noise;
        update(&mut state, Action::RatePoint { ticket: 1, point: rate::Point { rate, loss } });
    }
    update(&mut state, Action::Tick(NOW + 9.0));
    state
}

#[test]
fn a_learning_rate_is_looked_for() {
    assert_snapshot!("rate_test_under_way", screen(&testing(SMALL, 80)));
    for (name, size) in [("80x24", SMALL), ("120x40", MEDIUM)] {
        let mut state = testing(size, 132);
        update(&mut state, Action::RateTested { ticket: 1, outcome: Ok(()) });
        assert_snapshot!(format!("rate_test_{name}"), screen(&state));
    }
    let mut state = testing(SMALL, 0);
    let problem = "digits: data.path: there is no file or folder data/mnist".to_owned();
    update(&mut state, Action::RateTested { ticket: 1, outcome: Err(problem) });
    assert_snapshot!("rate_test_failed", screen(&state));
}

#[test]
fn every_size_can_be_drawn() {
    for size in [(40, 10), (61, 12), (80, 24), (109, 30), (112, 12), (250, 60)] {
        for look in [Look::Glance(Box::new(overview())), Look::Failed("x".repeat(300))] {
            screen(&looking(size, look));
        }
    }
    for state in [empty(SMALL), testing(SMALL, 140), with_run(SMALL, overfitted("digits-variance-2")), compared(SMALL)]
    {
        for pane in Pane::ALL {
            for over in [
                None,
                Some(Intent::Help),
                Some(Intent::Palette),
                Some(Intent::Remedy(1)),
                Some(Intent::FindRate),
                Some(Intent::Columns),
                Some(Intent::Note),
                Some(Intent::Compare),
                Some(Intent::Table),
                Some(Intent::Family),
            ] {
                let mut state = after(state.clone(), &[Intent::Pane(pane)]);
                state = after(state, over.as_slice());
                for size in [(1, 1), (10, 3), (40, 10), (61, 12), (80, 9), (100, 24), (132, 43), (250, 20), (300, 80)] {
                    state.size = size;
                    screen(&state);
                    state.maximized = !state.maximized;
                    screen(&state);
                }
            }
        }
    }
}
