//! What screens look like: on terminals with fewer colors, in every theme; and what is drawn of several runs.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::{Color, Modifier};

use super::{LARGE, MEDIUM, SMALL, after, screen};
use crate::domain::run::{RunId, Status};
use crate::tui::action::{Action, Intent};
use crate::tui::fixtures::{biased, overfitted, run, with_run};
use crate::tui::graphics::Album;
use crate::tui::state::machine::{Accelerator, Machine};
use crate::tui::state::{OpenRun, Pane, State};
use crate::tui::theme::{BUILTINS, Depth, Theme};
use crate::tui::update::update;
use crate::tui::view::view;

const DEPTHS: [Depth; 4] = [Depth::True, Depth::Indexed, Depth::Ansi, Depth::None];

/// The words of a screen, and how they are painted: a letter for each style, and what the letters mean.
fn painted(state: &State, theme: &Theme) -> (String, String) {
    let mut terminal = Terminal::new(TestBackend::new(state.size.0, state.size.1)).unwrap();
    terminal.draw(|frame| drop(view(state, theme, &mut Album::blocks(), frame))).unwrap();
    let buffer = terminal.backend().buffer();
    let mut letters: BTreeMap<String, char> = BTreeMap::new();
    let (mut words, mut grid, mut legend) = (String::new(), String::new(), String::new());
    for y in 0..buffer.area.height {
        let mut line = String::new();
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y)];
            words.push_str(cell.symbol());
            let style = told(cell.fg, cell.bg, cell.modifier);
            let next = char::from(b'a' + letters.len() as u8);
            // Of a blank only the ground is seen.
            let seen = cell.symbol() != " " || cell.modifier.contains(Modifier::REVERSED);
            let style = if seen { style } else { told(Color::Reset, cell.bg, Modifier::empty()) };
            let letter = *letters.entry(style.clone()).or_insert_with(|| {
                legend.push_str(&format!("{next}: {style}\n"));
                next
            });
            line.push(letter);
        }
        words.push('\n');
        grid.push_str(&line);
        grid.push('\n');
    }
    (words, grid + "\n" + &legend)
}

fn told(fg: Color, bg: Color, modifier: Modifier) -> String {
    let modifiers = if modifier.is_empty() { String::new() } else { format!(" {modifier:?}") };
    format!("{fg} on {bg}{modifiers}")
}

#[test]
fn every_theme_says_the_same_words_with_any_number_of_colors() {
    for size in [SMALL, MEDIUM, LARGE] {
        let running = with_run(size, biased("digits-bias-1", 5, Status::Running));
        let ended = after(with_run(size, overfitted("digits-variance-2")), &[Intent::Pane(Pane::Diagnosis)]);
        for state in [running, ended] {
            let (words, _) = painted(&state, &Theme::builtin("dark", Depth::True));
            for (name, _) in BUILTINS {
                for depth in DEPTHS {
                    assert_eq!(painted(&state, &Theme::builtin(name, depth)).0, words, "{name}, {depth:?}, {size:?}");
                }
            }
        }
    }
}

#[test]
fn paint() {
    let ended = after(with_run(SMALL, overfitted("digits-variance-2")), &[Intent::Pane(Pane::Diagnosis)]);
    for (name, _) in BUILTINS {
        assert_snapshot!(format!("paint_{name}"), painted(&ended, &Theme::builtin(name, Depth::True)).1);
    }
    for (name, depth) in [("256", Depth::Indexed), ("16", Depth::Ansi), ("none", Depth::None)] {
        assert_snapshot!(format!("paint_{name}_colors"), painted(&ended, &Theme::builtin("dark", depth)).1);
    }
}

/// A run under way beside two others that differ from it in the seed, and one that differs in more.
fn with_seeds(size: (u16, u16)) -> State {
    let made = biased("digits-1", 5, Status::Running);
    let experiment = made.1.experiment.clone();
    let mut state = with_run(size, made);
    for (id, seed, rate, floor) in
        [("digits-2", 2, 0.001, 0.35), ("digits-3", 3, 0.001, 0.5), ("digits-4", 1, 0.01, 0.1)]
    {
        let mut other = experiment.clone();
        (other.seed, other.train.learning_rate) = (seed, rate);
        let (summary, report, batches) =
            run(id, other, 5, Status::Finished, |epoch| (0.3 / epoch as f64, 0.35 / epoch as f64), floor);
        let id = summary.id.clone();
        state.runs.push(summary);
        state.others.push(OpenRun::new(id.clone(), state.chart.axis, state.chart.weight()));
        update(
            &mut state,
            Action::Points { run: id.clone(), whole: true, more: false, restart: None, batches, marks: Vec::new() },
        );
        update(&mut state, Action::Report { run: id, report: Ok(Box::new(report)) });
    }
    state
}

#[test]
fn runs_that_differ_in_the_seed_are_one_line_in_a_band() {
    for (name, size) in [("80x24", SMALL), ("120x40", MEDIUM)] {
        let state = after(with_seeds(size), &[Intent::Pane(Pane::Curves), Intent::Open]);
        let shown = screen(&state);
        assert!(shown.contains("×3 seeds train") && shown.contains("digits-4 train"), "{shown}");
        assert_snapshot!(format!("seeds_{name}"), shown);
        let apart = screen(&after(state, &[Intent::Pool]));
        assert!(apart.contains("digits-2 train") && !apart.contains("seeds train"), "{apart}");
    }
}

#[test]
fn the_axis_counts_what_is_asked_for() {
    let mut state = after(with_run(MEDIUM, biased("digits-bias-1", 5, Status::Running)), &[Intent::Pane(Pane::Curves)]);
    for (word, figure) in [("epoch", "4"), ("examples", "10,000"), ("time", "30 s"), ("clock", ":"), ("step", "300")] {
        state = after(state, &[Intent::Axis]);
        let shown = screen(&state);
        let foot = shown.lines().find(|line| line.contains(&format!(" {word} ┃")));
        let foot = foot.unwrap_or_else(|| panic!("no axis of {word} in\n{shown}"));
        assert!(foot.contains(figure), "{foot}");
    }
    // What is not known of a run is passed over.
    state.run.as_mut().unwrap().report = None;
    let shown = screen(&after(state, &[Intent::Axis, Intent::Axis]));
    assert!(!shown.contains("examples ┃") && shown.contains("time"), "{shown}");
}

#[test]
fn the_machine_is_told_of_while_something_trains() {
    let cards = vec![Accelerator::new(0.4, 3e9, 8e10)];
    let machine = Machine::new(0.93, 3_300_000_000, 24 << 30, cards);
    for (status, size, seen) in [
        (Status::Running, SMALL, Some(" CPU 95 % ")),
        (Status::Running, LARGE, Some(" CPU 95 %  3.1/24 GiB ━")),
        (Status::Finished, LARGE, None),
    ] {
        let mut state = with_run(size, biased("digits-bias-1", 5, status));
        update(&mut state, Action::Machine(machine.clone()));
        let shown = screen(&state);
        assert_eq!(shown.contains(seen.unwrap_or("CPU")), seen.is_some(), "{shown}");
    }
}

#[test]
fn remedies_without_a_letter_are_gone_to() {
    let mut made = overfitted("digits-variance-2");
    let problem = made.1.diagnosis.problems.first_mut().unwrap();
    let first = problem.remedies[0].clone();
    problem.remedies = (1..=12)
        .map(|number| {
            let mut remedy = first.clone();
            remedy.title = format!("Remedy number {number}");
            remedy
        })
        .collect();
    let state = with_run(MEDIUM, made);
    let shown = screen(&state);
    assert!(shown.contains("more: 6, then ↓") && shown.contains("Remedy number 1 "), "{shown}");
    let state = after(state, &[Intent::Pane(Pane::Diagnosis), Intent::Last]);
    let shown = screen(&state);
    assert!(shown.contains("Remedy number 12") && !shown.contains("Remedy number 1 "), "{shown}");
    let asked = screen(&after(state, &[Intent::Open]));
    assert!(asked.contains("Remedy number 12"), "{asked}");
}

#[test]
fn confused_classes_stand_side_by_side() {
    let state = with_run(MEDIUM, overfitted("digits-variance-2"));
    let run = state.run.clone().unwrap();
    let order = run.confusion(None).unwrap().by_mistakes();
    let grouped = after(state, &[Intent::Pane(Pane::Matrix), Intent::Group, Intent::Open]);
    let shown = screen(&grouped);
    let column: Vec<usize> =
        shown.lines().filter_map(|line| line.get(..8)?.trim_matches(['┃', '│', ' ']).parse().ok()).collect();
    assert_eq!(column.len(), 10, "{shown}");
    assert_eq!(column, order, "{shown}");
    assert_ne!(order, (0..10).collect::<Vec<_>>());
    assert_eq!(run.id, RunId("digits-variance-2".into()));
}
