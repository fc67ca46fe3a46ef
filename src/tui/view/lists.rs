//! The two lists: what can be run, and what was run or is running.
//!
//! ```text
//! ╭ 1 Experiments ───────────╮   ╭ 2 Runs ───────────────── 3 ╮
//! │ digits               cnn │   │ ● digits-3            38 % │
//! │ digits-bias          mlp │   │ ◆ digits-2           2.1 % │
//! ╰──────────────────────────╯   ╰────────────────────────────╯
//! ```
//!
//! Only the lines that are seen are made, so ten thousand runs cost no more than ten.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Ink;
use crate::domain::run::{Status, Summary};
use crate::tui::action::Target;
use crate::tui::format;
use crate::tui::state::Pane;
use crate::tui::state::run::progress;
use crate::tui::text::{clean, fit, width};
use crate::tui::theme::Role;
use crate::tui::widget::line::{self, Pen};

/// The sign of a status, and its color.
pub(super) fn status_mark(status: Status) -> (&'static str, Role) {
    match status {
        Status::Queued => ("○", Role::Muted),
        Status::Running => ("●", Role::Accent),
        Status::Paused => ("‖", Role::Warn),
        Status::Finished => ("✓", Role::Good),
        Status::Stopped => ("■", Role::Muted),
        Status::Failed => ("✗", Role::Bad),
        Status::Interrupted => ("!", Role::Warn),
    }
}

/// The first line shown of a list, so that the selected one stays in the middle while it scrolls.
pub(super) fn first_shown(selected: usize, count: usize, rows: usize) -> usize {
    selected.saturating_sub(rows / 2).min(count.saturating_sub(rows))
}

pub(super) fn experiments(ink: &mut Ink<'_>, area: Rect) {
    let inner = ink.pane(area, Pane::Experiments, Line::default());
    let rows = usize::from(inner.height);
    let selected = ink.state.experiment_place();
    let first = first_shown(selected.unwrap_or(0), ink.state.experiments.len(), rows);
    for (row, place) in (first..ink.state.experiments.len()).take(rows).enumerate() {
        let item = &ink.state.experiments[place];
        let theme = ink.theme;
        let right = match &item.experiment {
            Ok(experiment) => {
                let kind = serde_json::to_value(experiment.model.kind).ok();
                let kind = kind.as_ref().and_then(|kind| kind.as_str()).unwrap_or_default().to_owned();
                Span::styled(format!("{kind} "), theme.fg(Role::Muted))
            }
            Err(_) => Span::styled("✗ file ", theme.fg(Role::Bad)),
        };
        let room = usize::from(inner.width).saturating_sub(8);
        let left = Span::styled(format!(" {}", fit(&clean(&item.name), room)), theme.fg(Role::Text));
        let area = Rect { y: inner.y + row as u16, height: 1, ..inner };
        line::split(area, ink.buffer, &Line::from(left), &Line::from(right));
        if selected == Some(place) {
            ink.buffer.set_style(area, theme.selected(ink.state.focus == Pane::Experiments));
        }
        ink.hit(area, Target::Experiment(place));
    }
}

pub(super) fn runs(ink: &mut Ink<'_>, area: Rect) {
    let (shown, all) = (ink.state.list.visible.len(), ink.state.runs.len());
    let filter = ink.state.list.filter.text();
    let note = match (filter.is_empty(), all) {
        (_, 0) => String::new(),
        (true, _) => format::count(all as u64),
        (false, _) => format!("{} of {}", format::count(shown as u64), format::count(all as u64)),
    };
    let queue = &ink.state.queue;
    let note = match (ink.state.queued.is_empty(), queue.held, queue.at_a_time) {
        (true, ..) | (_, false, 1) => note,
        (_, true, _) => format!("queue held  {note}"),
        (_, _, count) => format!("{count} at a time  {note}"),
    };
    let mut inner = ink.pane(area, Pane::Runs, Line::from(Span::styled(note, ink.theme.fg(Role::Muted))));
    machine(ink, area);
    if ink.state.list.filtering || !filter.is_empty() {
        filter_line(ink, Rect { height: 1.min(inner.height), ..inner });
        inner = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
        if let Some(problem) = ink.state.list.problem.clone() {
            let mut pen = Pen::new(inner, ink.buffer);
            pen.indented("   ", &problem, ink.theme.fg(Role::Warn), 2);
            inner = pen.rest();
        }
    }
    if shown == 0 {
        let text = match (ink.state.listed, all) {
            (false, _) => "reading runs …",
            (true, 0) if ink.state.watching => "no event files here yet: they are shown as they come",
            (true, 0) => "none yet: Enter starts the selected experiment",
            (true, _) if filter.is_empty() => "all runs are archived: / archived:true shows them",
            (true, _) => "no run passes: Esc clears the filter",
        };
        ink.nothing(inner, text);
        return;
    }
    if ink.state.list.table.open && ink.state.focus == Pane::Runs {
        super::table::draw(ink, inner);
        return;
    }
    let rows = usize::from(inner.height);
    let selected = ink.state.run_place();
    let first = first_shown(selected.unwrap_or(0), shown, rows);
    let places: Vec<usize> = ink.state.list.visible.iter().skip(first).take(rows).copied().collect();
    for (row, place) in places.into_iter().enumerate() {
        let Some(run) = ink.state.runs.get(place) else { continue };
        let area = Rect { y: inner.y + row as u16, height: 1, ..inner };
        run_line(ink, area, run);
        if selected == Some(first + row) {
            ink.buffer.set_style(area, ink.theme.selected(ink.state.focus == Pane::Runs));
        }
        ink.hit(area, Target::Run(first + row));
    }
}

/// Writes the machine's load into the lower border, while something trains here.
fn machine(ink: &mut Ink<'_>, area: Rect) {
    let trains = ink.state.live().any(|run| !run.elsewhere);
    let Some(machine) = ink.state.machine.as_ref().filter(|_| trains) else { return };
    let mut text = String::new();
    for word in machine.words() {
        if width(&text) + width(&word) + 6 > usize::from(area.width) {
            break;
        }
        text = format!("{text} {word} ");
    }
    let x = area.right().saturating_sub(width(&text) as u16 + 2);
    ink.buffer.set_string(x, area.bottom().saturating_sub(1), text, ink.theme.fg(Role::Muted));
}

fn run_line(ink: &mut Ink<'_>, area: Rect, run: &Summary) {
    let theme = ink.theme;
    let (_, role) = status_mark(run.status);
    let figure = match (run.status, run.dev) {
        (Status::Running, None) if run.elsewhere => Span::styled("live ", theme.fg(role)),
        (Status::Running | Status::Finished, None) if run.elsewhere => Span::raw(""),
        (Status::Running, Some(dev)) if run.elsewhere => {
            Span::styled(format!("{} ", format::percent(dev.rate())), theme.fg(Role::Dev))
        }
        (Status::Running | Status::Paused, _) => {
            Span::styled(format!("{:.0} % ", 100.0 * progress(run)), theme.fg(role))
        }
        (Status::Queued, _) => {
            let place = ink.state.queue_place(&run.id).map(|place| format!("{} ", place + 1)).unwrap_or_default();
            Span::styled(format!("queued {place}"), theme.fg(Role::Muted))
        }
        (_, Some(dev)) => Span::styled(format!("{} ", format::percent(dev.rate())), theme.fg(Role::Dev)),
        (status, None) => Span::styled(format!("{} ", status.word()), theme.fg(role)),
    };
    let mut right = vec![figure];
    if area.width >= 40 {
        let verdict = run.verdict.as_deref().unwrap_or_default().replace('-', " ");
        let role = if verdict == "healthy" { Role::Good } else { Role::Muted };
        right.insert(0, Span::styled(format!("{}  ", fit(&clean(&verdict), 14)), theme.fg(role)));
    }
    let right = Line::from(right);
    let room = usize::from(area.width).saturating_sub(right.width() + 4);
    let name = fit(&clean(&run.id.0), room).into_owned();
    let left = room.saturating_sub(width(&name) + 1);
    let mut spans = vec![sign_of(ink, run), Span::styled(name, theme.fg(Role::Text))];
    if let Some(said) = ink.state.annotations.of(run).filter(|_| left > 3) {
        let tags = said.tags.iter().map(|tag| format!("#{tag}")).collect::<Vec<_>>().join(" ");
        spans.push(Span::styled(format!(" {}", fit(&clean(&tags), left)), theme.fg(Role::Key)));
    }
    line::split(area, ink.buffer, &Line::from(spans), &right);
}

/// What stands before a run's name: that it is marked, else that it is pinned, else its status.
pub(super) fn sign_of(ink: &Ink<'_>, run: &Summary) -> Span<'static> {
    let (mark, role) = status_mark(run.status);
    if ink.state.list.marked.contains(&run.id) {
        return Span::styled(" ◆ ", ink.theme.bold(Role::Key));
    }
    let pinned = ink.state.annotations.of(run).is_some_and(|said| said.pinned);
    Span::styled(format!(" {} ", if pinned { "★" } else { mark }), ink.theme.fg(role))
}

fn filter_line(ink: &mut Ink<'_>, area: Rect) {
    let theme = ink.theme;
    let (before, after) = ink.state.list.filter.halves();
    let mut spans =
        vec![Span::styled(" / ", theme.bold(Role::Key)), Span::styled(before.to_owned(), theme.fg(Role::Text))];
    spans.extend(super::over::cursor(theme, after, ink.state.list.filtering));
    ink.buffer.set_line(area.x, area.y, &Line::from(spans), area.width);
}
