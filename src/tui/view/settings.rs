//! How the run was set: what differs from its parent first, then the sets, every setting that has an effect, the network
//! layer by layer, and the settings that the others leave without one.
//!
//! ```text
//! ╭ 8 Settings ──────────────────────── seed 1 ╮
//! │ One change from digits-bias-1:              │
//! │   model.hidden            [6] → [48]        │
//! │ sets     train 4,200 · dev 900 · test 900   │
//! │ network  47,818 parameters                  │
//! │ model.kind              "mlp"               │
//! │ …                                           │
//! ╰─────────────────────────────────────────────╯
//! ```

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use serde_json::Value;

use super::Ink;
use crate::domain::experiment::change::{parameters, toml_text};
use crate::domain::experiment::matters;
use crate::domain::report::Report;
use crate::tui::format::count;
use crate::tui::state::Pane;
use crate::tui::text::{clean, fit, wrap};
use crate::tui::theme::{Role, Theme};
use crate::tui::widget::line::Pen;

/// Columns for keys.
const KEYS: usize = 22;
/// Lines of the longest value.
const MOST: usize = 6;

pub(super) fn draw(ink: &mut Ink<'_>, area: Rect) {
    let report = ink.state.open().and_then(|run| run.report.as_deref());
    let own = report.filter(|report| report.elsewhere.is_none());
    let note = own.map_or_else(String::new, |report| format!("seed {}", report.experiment.seed));
    let inner = ink.pane(area, Pane::Settings, Line::from(Span::styled(note, ink.theme.fg(Role::Muted))));
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let Some(report) = report else {
        return ink.nothing(inner, "reading …");
    };
    let lines = lines(report, ink.theme, usize::from(inner.width));
    let rows = usize::from(inner.height);
    let scroll = if ink.state.focus == Pane::Settings { ink.state.scroll } else { 0 };
    let first = scroll.min(lines.len().saturating_sub(rows));
    let mut pen = Pen::new(inner, ink.buffer);
    for line in lines.into_iter().skip(first).take(rows) {
        pen.write(line);
    }
}

fn lines(report: &Report, theme: &Theme, room: usize) -> Vec<Line<'static>> {
    let muted = theme.fg(Role::Muted);
    let plain = theme.fg(Role::Text);
    if let Some(sources) = &report.elsewhere {
        return elsewhere(sources, theme, room);
    }
    let experiment = &report.experiment;
    let mut lines = Vec::new();
    if let Some(parent) = &experiment.parent {
        let heading = match report.changes.len() {
            0 => format!("As {}, changed in nothing that trains", clean(parent)),
            1 => format!("One change from {}:", clean(parent)),
            several => format!("{several} changes from {}:", clean(parent)),
        };
        lines.push(Line::from(Span::styled(heading, theme.bold(Role::Text))));
        for change in &report.changes {
            let (from, to) = change.texts();
            lines.push(Line::from(vec![
                Span::styled(format!("  {}  ", clean(&change.key)), theme.fg(Role::Accent)),
                Span::styled(clean(&from).into_owned(), theme.fg(Role::Muted)),
                Span::styled(" → ", muted),
                Span::styled(clean(&to).into_owned(), theme.bold(Role::Good)),
            ]));
        }
    }
    if !experiment.notes.is_empty() {
        lines.push(Line::from(Span::styled(clean(&experiment.notes).into_owned(), plain)));
    }
    for warning in &report.warnings {
        let warned = theme.fg(Role::Warn);
        lines.extend(
            wrap(&format!("! {}", clean(warning)), room).into_iter().map(|line| Line::from(Span::styled(line, warned))),
        );
    }
    if let Some(started) = &report.started {
        let sets = started.sets;
        let train_dev = sets.train_dev.map(|of| format!(" · train-dev {}", count(of))).unwrap_or_default();
        let sizes =
            format!("train {}{train_dev} · dev {} · test {}", count(sets.train), count(sets.dev), count(sets.test));
        lines.extend(pair(theme, room, "sets", &sizes));
        lines.extend(pair(theme, room, "network", &format!("{} parameters", count(started.parameters))));
    }
    let set = parameters(experiment).into_iter().filter(|(_, value)| !value.is_null());
    let (heard, vain): (Vec<_>, Vec<_>) = set.partition(|(key, _)| matters(experiment, key));
    lines.extend(heard.iter().flat_map(|(key, value)| pair(theme, room, key, &toml_text(value))));
    if let Some(started) = report.started.as_ref().filter(|started| !started.layers.is_empty()) {
        lines.push(Line::from(Span::styled("layers, from the data on", muted)));
        let layer = |layer: &String| fit(&format!("  {}", clean(layer)), room).into_owned();
        lines.extend(started.layers.iter().map(|text| Line::from(Span::styled(layer(text), plain))));
    }
    if !vain.is_empty() {
        lines.push(Line::from(Span::styled("without effect beside the others", muted)));
        let text = |(key, value): &(String, Value)| format!("  {:<20} {}", clean(key), clean(&toml_text(value)));
        lines.extend(vain.iter().map(|set| Line::from(Span::styled(text(set), muted))));
    }
    lines
}

/// What there is to say of a run made elsewhere: what its tags were taken for, and how to say otherwise.
fn elsewhere(sources: &[(String, String)], theme: &Theme, room: usize) -> Vec<Line<'static>> {
    let told = |text: &str, role: Role| -> Vec<Line<'static>> {
        wrap(text, room).into_iter().map(|line| Line::from(Span::styled(line, theme.fg(role)))).collect()
    };
    let mut lines = told("Another program made this run; its settings are not known here.", Role::Text);
    lines.push(Line::default());
    if sources.is_empty() {
        lines.extend(told("None of its tags is known as a loss or an error.", Role::Warn));
    } else {
        lines.push(Line::from(Span::styled("taken for", theme.fg(Role::Muted))));
        lines.extend(sources.iter().flat_map(|(role, tag)| pair(theme, room, role, tag)));
    }
    lines.push(Line::default());
    let how = "A rungs.toml beside the runs says otherwise, and how many examples the sets have, from which come \
               intervals: [error] dev = \"1 - val/acc\", [examples] dev = 10000, human_error = 0.01.";
    lines.extend(told(how, Role::Muted));
    lines
}

/// A key and its value, in several lines where the value is long.
fn pair(theme: &Theme, room: usize, key: &str, value: &str) -> Vec<Line<'static>> {
    let values = wrap(&clean(value), room.saturating_sub(KEYS + 1).max(8)).into_iter().take(MOST);
    let line = |(place, value): (usize, String)| {
        let key = if place == 0 { clean(key) } else { "".into() };
        Line::from(vec![
            Span::styled(format!("{key:<KEYS$} "), theme.fg(Role::Muted)),
            Span::styled(value, theme.fg(Role::Text)),
        ])
    };
    values.enumerate().map(line).collect()
}
