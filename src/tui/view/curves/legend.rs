//! What the lines of a chart are called, and what they read at the cursor or at the end.
//!
//! Where not all have room, the flags give way first, and then the lines that say least; how many those are is said.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::plot::Drawn;
use super::{paint, place_text, reference};
use crate::tui::state::metric::Picked;
use crate::tui::state::run::OpenRun;
use crate::tui::state::{Metric, State};
use crate::tui::text::{clean, fit};
use crate::tui::theme::{Role, Theme};
use crate::tui::view::Ink;

/// Columns of the longest label.
const LABEL: usize = 24;
/// Between two entries.
const GAP: usize = 3;

/// The name of a line and its reading.
struct Entry {
    spans: Vec<Span<'static>>,
    value: f64,
}

impl Entry {
    fn width(&self) -> usize {
        self.spans.iter().map(Span::width).sum()
    }
}

/// Draws it into at most so many rows at the top of an area, and gives how many it took.
pub(super) fn draw(ink: &mut Ink<'_>, area: Rect, drawn: &[Drawn<'_>], run: &OpenRun, most: u16) -> u16 {
    let theme = ink.theme;
    let entries = entries(ink.state, theme, drawn, run);
    let flags = flags(ink.state, drawn);
    let room = usize::from(area.width).saturating_sub(2);
    let beside = if flags.is_empty() { 0 } else { flags.chars().count() + GAP };
    let widths: Vec<usize> = entries.iter().map(Entry::width).collect();
    let all: Vec<usize> = (0..entries.len()).collect();
    let most = usize::from(most.max(1));
    let mut rows = rows(&widths, &all, room, beside);
    let with_flags = rows.len() <= most;
    let mut left_out = 0;
    if !with_flags {
        rows = self::rows(&widths, &all, room, 0);
    }
    if rows.len() > most {
        // Room for "+12 more" is kept in the last row.
        let ranked = ranked(&entries, ink.state.chart.metric.picked());
        let mut count = ranked.len();
        while rows.len() > most && count > 1 {
            count -= 1;
            let mut kept: Vec<usize> = ranked[..count].to_vec();
            kept.sort_unstable();
            let mut widths = widths.clone();
            widths.push(format!("+{} more", entries.len() - count).len());
            kept.push(entries.len());
            rows = self::rows(&widths, &kept, room, 0);
        }
        left_out = entries.len() - count;
    }
    for (row, places) in rows.iter().take(most).enumerate() {
        let mut spans = vec![Span::raw(" ")];
        for place in places {
            if spans.len() > 1 {
                spans.push(Span::raw(" ".repeat(GAP)));
            }
            match entries.get(*place) {
                Some(entry) => spans.extend(entry.spans.iter().cloned()),
                None => spans.push(Span::styled(format!("+{left_out} more"), theme.fg(Role::Muted))),
            }
        }
        ink.buffer.set_line(area.x, area.y + row as u16, &Line::from(spans), area.width);
    }
    if with_flags && !flags.is_empty() {
        let x = area.right().saturating_sub(flags.chars().count() as u16 + 1);
        ink.buffer.set_string(x, area.y, flags, theme.fg(Role::Muted));
    }
    rows.len().clamp(1, most) as u16
}

/// Entries put into rows; beside the first stands something so wide.
fn rows(widths: &[usize], places: &[usize], room: usize, beside: usize) -> Vec<Vec<usize>> {
    let mut rows: Vec<Vec<usize>> = Vec::new();
    let mut used = 0;
    for place in places {
        let room = room - if rows.len() <= 1 { beside.min(room) } else { 0 };
        let wide = widths.get(*place).copied().unwrap_or(0);
        match rows.last_mut() {
            Some(row) if used + GAP + wide <= room => {
                row.push(*place);
                used += GAP + wide;
            }
            _ => {
                rows.push(vec![*place]);
                used = wide;
            }
        }
    }
    rows
}

/// The places of the entries, those first that say most.
fn ranked(entries: &[Entry], picked: Picked) -> Vec<usize> {
    let mut falling: Vec<usize> = (0..entries.len()).collect();
    if picked == Picked::First {
        return falling;
    }
    falling.sort_by(|a, b| entries[*b].value.total_cmp(&entries[*a].value));
    if picked == Picked::Largest {
        return falling;
    }
    let count = falling.len();
    (0..count).map(|place| if place % 2 == 0 { falling[place / 2] } else { falling[count - 1 - place / 2] }).collect()
}

fn entries(state: &State, theme: &Theme, drawn: &[Drawn<'_>], run: &OpenRun) -> Vec<Entry> {
    let chart = &state.chart;
    let mut entries = Vec::new();
    for curve in drawn.iter().filter(|curve| !curve.raw.is_empty()) {
        let series = curve.smooth.unwrap_or(curve.raw);
        let value = match chart.cursor {
            Some(cursor) => series.until(cursor).checked_sub(1).map(|at| series.ys()[at]),
            None => series.ys().last().copied(),
        };
        let Some(value) = value.map(f64::from) else { continue };
        let style = paint::bold(theme, curve.hue);
        let spans = vec![
            Span::styled("━ ", style),
            Span::styled(format!("{} ", fit(&clean(&curve.label), LABEL)), theme.fg(Role::Muted)),
            Span::styled(chart.metric.value(value), style),
        ];
        entries.push(Entry { spans, value });
    }
    if let Some(human) = reference(run, chart.metric) {
        let spans = vec![
            Span::styled("┄ ", theme.fg(Role::Human)),
            Span::styled("human ", theme.fg(Role::Muted)),
            Span::styled(Metric::Error.value(human), theme.bold(Role::Human)),
        ];
        entries.push(Entry { spans, value: human });
    }
    if let (Some(cursor), Some(first)) = (chart.cursor, entries.first_mut()) {
        // Where it is read stands before all that is read.
        let place = Span::styled(format!("{}  ", place_text(state, cursor)), theme.bold(Role::Accent));
        first.spans.insert(0, place);
    }
    entries
}

/// How the curves are looked at.
fn flags(state: &State, drawn: &[Drawn<'_>]) -> String {
    let chart = &state.chart;
    let mut flags = Vec::new();
    if drawn.iter().any(|curve| curve.smooth.is_some()) {
        flags.push(format!("smoothed {}", chart.weight()));
    }
    if chart.log {
        flags.push("log".to_owned());
    }
    if chart.window.is_some() {
        flags.push("zoomed".to_owned());
    }
    flags.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(value: f64) -> Entry {
        Entry { spans: Vec::new(), value }
    }

    #[test]
    fn entries_fill_rows() {
        for (widths, room, beside, expected) in [
            (&[10, 10, 10][..], 36, 0, vec![vec![0, 1, 2]]),
            (&[10, 10, 10], 36, 5, vec![vec![0, 1], vec![2]]),
            (&[10, 10, 10], 22, 0, vec![vec![0], vec![1], vec![2]]),
            (&[50, 10], 20, 30, vec![vec![0], vec![1]]),
        ] {
            let places: Vec<usize> = (0..widths.len()).collect();
            assert_eq!(rows(widths, &places, room, beside), expected, "{widths:?} in {room}");
        }
    }

    #[test]
    fn what_says_most_is_named_first() {
        let entries = [3.0, 9.0, 1.0, 7.0, f64::NAN].map(entry);
        assert_eq!(ranked(&entries, Picked::First), [0, 1, 2, 3, 4]);
        assert_eq!(ranked(&entries, Picked::Largest), [4, 1, 3, 0, 2], "what is broken comes first");
        assert_eq!(ranked(&entries, Picked::Extreme), [4, 2, 1, 0, 3]);
    }
}
