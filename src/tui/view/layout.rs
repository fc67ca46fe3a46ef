//! Which panes are on the screen, and where.
//!
//! ```text
//! 80×24, on the lists       80×24, on a run           120×40                        200×60
//! ┌header──────────────┐    ┌header──────────────┐    ┌header─────────────────┐     ┌header──────────────────────┐
//! │ Exper. │ Curves    │    │ Curves | Matrix |  │    │ Exper. │ Curves       │     │ Exper. │ Curves    │ Ladder│
//! │        │           │    │ Classes | Settings │    │        │              │     │        │           │       │
//! ├────────┤           │    │                    │    ├────────┼───────┬──────┤     ├────────┤           ├───────┤
//! │ Runs   ├───────────┤    ├─────────┬──────────┤    │ Runs   │ Ladder│Matrix│     │ Runs   ├───────────┤ Matrix│
//! │        │ Ladder    │    │ Ladder  │ Diagnosis│    │        ├───────┴──────┤     │        │ Diagnosis │       │
//! │        │           │    │         │          │    │        │ Diagnosis    │     │        ├─────┬─────┤       │
//! └footer──┴───────────┘    └footer───┴──────────┘    └footer──┴──────────────┘     └footer──┴─Set.┴Class┴───────┘
//! ```
//!
//! Where there is no room for all panes, the slot that is named with bars shows the one that the keyboard is on.

use ratatui::layout::{Constraint, Layout, Rect};

use crate::tui::state::{Pane, State};

/// Where everything is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Arrangement {
    /// What is selected and how it is doing.
    pub(super) header: Rect,
    /// The panes that are on the screen.
    pub(super) panes: Vec<(Pane, Rect)>,
    /// Where the selected experiment is described.
    pub(super) card: Option<Rect>,
    /// Keys that work here.
    pub(super) footer: Rect,
}

/// From this many columns on, the lists stay beside an opened run.
const LISTS_STAY: u16 = 110;

/// Arranges the screen.
pub(super) fn arrange(area: Rect, state: &State) -> Arrangement {
    let [header, body, footer] =
        Layout::vertical([Constraint::Length(1), Constraint::Min(0), Constraint::Length(1)]).areas(area);
    let mut panes = Vec::new();
    let mut card = None;
    let on_lists = !state.focus.is_of_run();
    let has_run = state.selected_run().is_some();
    if state.list.table.open && state.focus == Pane::Runs {
        panes.push((Pane::Runs, body));
        return Arrangement { header, panes, card, footer };
    }
    if state.maximized && has_run {
        panes.push((state.focus, body));
        return Arrangement { header, panes, card, footer };
    }
    let main = if on_lists || area.width >= LISTS_STAY {
        let width = lists_width(area.width);
        let [lists, main] = Layout::horizontal([Constraint::Length(width), Constraint::Min(0)]).areas(body);
        let [experiments, runs] = if state.watching { [Rect::default(), lists] } else { split_lists(lists, state) };
        panes.extend((!state.watching).then_some((Pane::Experiments, experiments)));
        panes.push((Pane::Runs, runs));
        main
    } else {
        body
    };
    if !has_run {
        card = Some(main);
    } else if main.width >= 130 && main.height >= 45 {
        panes.extend(large(main));
    } else if main.height >= 32 && main.width >= 72 {
        panes.extend(medium(main, state.focus));
    } else {
        panes.extend(small(main, state.focus));
    }
    Arrangement { header, panes, card, footer }
}

fn lists_width(width: u16) -> u16 {
    match width {
        ..60 => width / 2,
        60..110 => 30,
        110..160 => 34,
        _ => 46,
    }
}

/// Experiments take what they need, up to a half; the runs get the rest, for they grow.
fn split_lists(area: Rect, state: &State) -> [Rect; 2] {
    let needed = state.experiments.len() as u16 + 2;
    let most = if state.runs.is_empty() { area.height.saturating_sub(5) } else { area.height / 2 };
    Layout::vertical([Constraint::Length(needed.clamp(3, most.max(3))), Constraint::Min(0)]).areas(area)
}

/// What the slot that several panes share shows.
fn shared(focus: Pane, among: &[Pane]) -> Pane {
    if among.contains(&focus) { focus } else { among[0] }
}

fn small(area: Rect, focus: Pane) -> Vec<(Pane, Rect)> {
    const UPPER: [Pane; 4] = [Pane::Curves, Pane::Matrix, Pane::Classes, Pane::Settings];
    let wide = area.width >= 72;
    // The matrix wants height; the others share it evenly.
    let upper = shared(focus, &UPPER);
    let lower_height = match upper {
        Pane::Curves => (area.height * 11 / 20).clamp(4, 15),
        _ => area.height * 2 / 5,
    };
    let [top, bottom] = Layout::vertical([Constraint::Min(0), Constraint::Length(lower_height)]).areas(area);
    if wide {
        let [left, right] = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).areas(bottom);
        vec![(upper, top), (Pane::Ladder, left), (Pane::Diagnosis, right)]
    } else {
        vec![(upper, top), (shared(focus, &[Pane::Ladder, Pane::Diagnosis]), bottom)]
    }
}

fn medium(area: Rect, focus: Pane) -> Vec<(Pane, Rect)> {
    let [top, middle, bottom] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(15.min(area.height * 2 / 5)), Constraint::Fill(1)])
            .areas(area);
    let [left, right] = Layout::horizontal([Constraint::Fill(11), Constraint::Fill(10)]).areas(middle);
    vec![
        (shared(focus, &[Pane::Curves, Pane::Settings]), top),
        (Pane::Ladder, left),
        (shared(focus, &[Pane::Matrix, Pane::Classes]), right),
        (Pane::Diagnosis, bottom),
    ]
}

fn large(area: Rect) -> Vec<(Pane, Rect)> {
    let [left, right] = Layout::horizontal([Constraint::Fill(13), Constraint::Fill(9)]).areas(area);
    let [curves, diagnosis, lower] =
        Layout::vertical([Constraint::Fill(11), Constraint::Fill(8), Constraint::Fill(7)]).areas(left);
    let [settings, classes] = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).areas(lower);
    let [ladder, matrix] = Layout::vertical([Constraint::Fill(5), Constraint::Fill(6)]).areas(right);
    vec![
        (Pane::Curves, curves),
        (Pane::Ladder, ladder),
        (Pane::Matrix, matrix),
        (Pane::Diagnosis, diagnosis),
        (Pane::Classes, classes),
        (Pane::Settings, settings),
    ]
}
