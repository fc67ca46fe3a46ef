//! The runs on the whole screen, in columns that a person chooses; and the choosing.
//!
//! ```text
//! ╭ 2 Runs ──────────────────────────────────────────────────────────────────────── 8 ╮
//! │   run                  status     epoch   train     dev ▲    test  diagnosis      │
//! │ ★ digits-4             finished     8/8   0.4 %     1.0 %   1.2 %  healthy        │
//! │ ✓ digits-2             finished     8/8   1.1 %     1.9 %   2.0 %  undecided      │
//! ╰───────────────────────────────────────────────────────────────────────────────────╯
//! ```
//!
//! Columns that do not fit are left out from the right, and the last one gives way.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Ink;
use super::lists::{first_shown, sign_of};
use crate::tui::action::Target;
use crate::tui::state::Pane;
use crate::tui::state::table::{Columns, cell, heading, is_figure};
use crate::tui::text::{clean, fit, width};
use crate::tui::theme::Role;
use crate::tui::widget::frame;
use crate::tui::widget::line::Pen;

/// Between two columns.
const GAP: usize = 2;
/// No column is wider, but for the last one.
const WIDEST: usize = 24;

/// The rows of the table: a heading, then the runs that fit.
pub(super) fn draw(ink: &mut Ink<'_>, area: Rect) {
    let rows = usize::from(area.height.saturating_sub(1));
    let (selected, shown) = (ink.state.run_place(), ink.state.list.visible.len());
    let first = first_shown(selected.unwrap_or(0), shown, rows);
    let state = ink.state;
    let runs: Vec<_> = state.visible_runs().skip(first).take(rows).collect();
    let keys = &state.list.table.columns;
    let ids: Vec<String> = runs.iter().map(|run| clean(&run.id.0).into_owned()).collect();
    let cells: Vec<Vec<String>> = runs
        .iter()
        .map(|run| {
            let subject = state.subject(run);
            let place = state.queue_place(&run.id).map(|place| format!(" {}", place + 1)).unwrap_or_default();
            let text = |key: &str| cell(key, &subject, state.now) + if key == "status" { &place } else { "" };
            keys.iter().map(|key| clean(&text(key)).into_owned()).collect()
        })
        .collect();
    let headings: Vec<String> = keys.iter().map(|key| titled(ink, key)).collect();
    let widest = |column: usize| {
        let cells = cells.iter().map(|row| width(&row[column])).max().unwrap_or(0);
        cells.max(width(&headings[column])).min(WIDEST)
    };
    let name = ids.iter().map(|id| width(id)).max().unwrap_or(0).clamp(12, WIDEST + 12);
    let mut left = usize::from(area.width).saturating_sub(name + 4);
    let mut widths = Vec::new();
    for (column, key) in keys.iter().enumerate() {
        let wanted = widest(column) + GAP;
        if wanted > left {
            // What is left over is enough for the beginning of a text.
            if left > GAP + 5 && !is_figure(key) {
                widths.push(left - GAP);
            }
            break;
        }
        widths.push(wanted - GAP);
        left -= wanted;
    }
    let padded = |key: &str, text: &str, wide: usize| {
        let text = fit(text, wide);
        let blank = " ".repeat(wide.saturating_sub(width(&text)));
        if is_figure(key) { format!("  {blank}{text}") } else { format!("  {text}{blank}") }
    };
    let line = |cells: &[String]| -> String {
        widths.iter().zip(keys).zip(cells).map(|((wide, key), text)| padded(key, text, *wide)).collect()
    };
    let theme = ink.theme;
    let head = format!("   {:name$}{}", "run", line(&headings));
    ink.buffer.set_stringn(area.x, area.y, head, usize::from(area.width), theme.fg(Role::Muted));
    for (row, ((run, id), cells)) in runs.iter().zip(&ids).zip(&cells).enumerate() {
        let area = Rect { y: area.y + 1 + row as u16, height: 1, ..area };
        let id = fit(id, name);
        let blank = " ".repeat(name.saturating_sub(width(&id)));
        let spans = vec![
            sign_of(ink, run),
            Span::styled(format!("{id}{blank}"), theme.fg(Role::Text)),
            Span::styled(line(cells), theme.fg(Role::Muted)),
        ];
        ink.buffer.set_line(area.x, area.y, &Line::from(spans), area.width);
        if selected == Some(first + row) {
            ink.buffer.set_style(area, theme.selected(ink.state.focus == Pane::Runs));
        }
        ink.hit(area, Target::Run(first + row));
    }
}

/// A column's heading, with the sign of the order where the runs are ordered by it.
fn titled(ink: &Ink<'_>, key: &str) -> String {
    let sort = ink.state.list.table.sort.as_ref().filter(|sort| sort.key == key);
    let sign = sort.map_or("", |sort| if sort.descending { " ▼" } else { " ▲" });
    format!("{}{sign}", heading(key))
}

/// The choice of columns and order.
pub(super) fn columns(ink: &mut Ink<'_>, area: Rect, columns: &Columns) {
    let theme = ink.theme;
    let high = area.height.saturating_sub(4).clamp(8, 30);
    let size = (78.min(area.width.saturating_sub(2)), high);
    let inner = frame::over(area, ink.buffer, theme, size, "Sort the runs, choose their columns");
    let mut pen = Pen::new(inner, ink.buffer);
    let (before, after) = columns.input.halves();
    let mut spans =
        vec![Span::styled("find ", theme.fg(Role::Muted)), Span::styled(before.to_owned(), theme.fg(Role::Text))];
    spans.extend(super::over::cursor(theme, after, true));
    pen.write(spans);
    let found = columns.found();
    if found.is_empty() {
        pen.write(Span::styled("no figure or setting is called that", theme.fg(Role::Muted)));
    }
    let rows = pen.left().saturating_sub(2);
    let first = first_shown(columns.selected, found.len(), rows);
    let table = &ink.state.list.table;
    let mut highlighted = None;
    for (place, (key, help)) in found.iter().enumerate().skip(first).take(rows) {
        let shown = if table.columns.iter().any(|column| column == key) { "✓" } else { " " };
        let sort = table.sort.as_ref().filter(|sort| sort.key == *key);
        let sign = sort.map_or(" ", |sort| if sort.descending { "▼" } else { "▲" });
        let spans = vec![
            Span::styled(format!("{shown} {sign} "), theme.bold(Role::Key)),
            Span::styled(format!("{key:<23} "), theme.fg(Role::Text)),
            Span::styled(fit(help, usize::from(inner.width).saturating_sub(29)).into_owned(), theme.fg(Role::Muted)),
        ];
        let row = pen.write(spans);
        if place == columns.selected {
            highlighted = row;
        }
    }
    if let Some(row) = highlighted {
        ink.buffer.set_style(row, theme.selected(true));
    }
    let row = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
    let keys = [
        ("Enter", crate::tui::action::Intent::Open, "sort by it, again: turn round"),
        ("Tab", crate::tui::action::Intent::NextPane, "show or hide it"),
        ("Esc", crate::tui::action::Intent::Back, "close"),
    ];
    super::over::answers(ink, row, &keys);
}
