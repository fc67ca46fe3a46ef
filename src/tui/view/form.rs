//! The form that an experiment is tweaked with.
//!
//! ```text
//! ┏ Tweak digits-1 ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
//! ┃   train.optimizer        adam                                  ┃
//! ┃ ▸ train.learning_rate  ◂ 0.002 ▸            was 0.001     live ┃
//! ┃   …                                                            ┃
//! ┃ ────────────────────────────────────────────────────────────── ┃
//! ┃ Step size. Above 0 to 1000; without a value: 0.001.            ┃
//! ┃ One change from digits-1: train.learning_rate 0.001 → 0.002    ┃
//! ┃ Enter start as a new run   ←→ step   e type   u undo   Esc back┃
//! ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
//! ```

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Ink;
use super::over::{answers, cursor};
use crate::domain::experiment::Change;
use crate::domain::experiment::schema::{self, Kind};
use crate::tui::action::Intent;
use crate::tui::state::Selected;
use crate::tui::state::form::{Answer, Form, plain};
use crate::tui::text::{clean, fit, width};
use crate::tui::theme::{Role, Theme};
use crate::tui::widget::frame;
use crate::tui::widget::line::Pen;

const WIDE: u16 = 96;
/// Lines under the settings.
const FOOT: usize = 9;

pub(super) fn draw(ink: &mut Ink<'_>, area: Rect, form: &Form) {
    let theme = ink.theme;
    let keys = form.keys();
    let size = (WIDE.min(area.width), (keys.len() + FOOT + 2).min(usize::from(area.height)) as u16);
    let inner = frame::over(area, ink.buffer, theme, size, &format!("Tweak {}", clean(form.name())));
    let rows = usize::from(inner.height).saturating_sub(FOOT).max(1);
    let place = keys.iter().position(|key| *key == form.selected).unwrap_or(0);
    let first = place.saturating_sub(rows / 2).min(keys.len().saturating_sub(rows));
    let column = keys.iter().map(|key| key.len()).max().unwrap_or(0) + 2;
    let mut pen = Pen::new(inner, ink.buffer);
    for key in keys.iter().skip(first).take(rows) {
        let (left, right) = setting(theme, form, key, column, usize::from(inner.width));
        let row = pen.split(&left, &right);
        if let Some(row) = row.filter(|_| *key == form.selected) {
            pen.tint(row, theme.selected(true));
        }
    }
    let below = keys.len().saturating_sub(first + rows);
    let more = if below == 0 { String::new() } else { format!(" {below} more ") };
    let rule = "─".repeat(usize::from(inner.width).saturating_sub(width(&more)));
    pen.write(vec![Span::styled(rule, theme.fg(Role::Faint)), Span::styled(more, theme.fg(Role::Muted))]);
    match &form.problem {
        Some(problem) => pen.wrapped(problem, theme.fg(Role::Bad), 2),
        None => pen.wrapped(&meaning(form.selected), theme.fg(Role::Muted), 3),
    }
    pen.skip();
    differences(theme, form, &mut pen);
    let foot = Rect { y: inner.bottom().saturating_sub(1), height: 1.min(inner.height), ..inner };
    let enter = match form.answer() {
        _ if form.input.is_some() => "set",
        Answer::Nothing => "",
        Answer::Apply => "apply now",
        Answer::Start if form.changes().is_empty() => "start",
        Answer::Start => "start as a new run",
    };
    let mut keys = vec![("Enter", Intent::Open, enter)];
    keys.retain(|(_, _, words)| !words.is_empty());
    if form.input.is_none() {
        if form.answer() != Answer::Nothing {
            keys.push(("Q", Intent::Queue, "queue"));
        }
        keys.extend([("←→", Intent::Right, "step"), ("e", Intent::Type, "type"), ("u", Intent::Undo, "undo")]);
        if matches!(form.of, Selected::Experiment(_)) && !form.changes().is_empty() {
            keys.push(("w", Intent::Keep, "save"));
        }
    }
    keys.push(("Esc", Intent::Back, "back"));
    answers(ink, foot, &keys);
}

/// One setting: its name and value, and at the right what it was and whether it can change while the run trains.
fn setting(theme: &Theme, form: &Form, key: &str, column: usize, room: usize) -> (Line<'static>, Line<'static>) {
    let selected = key == form.selected;
    let changed = form.is_changed(key);
    let mut right = Vec::new();
    if changed {
        right.push(Span::styled(format!("was {}", fit(&was(form, key), 20)), theme.fg(Role::Muted)));
    }
    if form.is_live(key) {
        right.push(Span::styled("  live".to_owned(), theme.fg(Role::Good)));
    }
    let name = if selected { theme.bold(Role::Accent) } else { theme.fg(Role::Muted) };
    let mut left = vec![Span::styled(format!("{} {key:<column$}", if selected { "▸" } else { " " }), name)];
    if let Some(input) = form.input.as_ref().filter(|_| selected) {
        let (before, after) = input.halves();
        left.push(Span::styled(format!("  {}", clean(before)), theme.bold(Role::Good)));
        left.extend(cursor(theme, &clean(after), true));
        return (Line::from(left), Line::from(right));
    }
    let (text, is_set) = form.text(key);
    let style = match (changed, is_set) {
        (true, _) => theme.bold(Role::Good),
        (false, true) => theme.fg(Role::Text),
        (false, false) => theme.fg(Role::Muted),
    };
    let taken = column + 6 + right.iter().map(Span::width).sum::<usize>();
    let text = fit(&clean(&text), room.saturating_sub(taken).max(4)).into_owned();
    let arrows = selected && steps(key);
    left.push(Span::styled(if arrows { "◂ " } else { "  " }, theme.bold(Role::Key)));
    left.push(Span::styled(text, style));
    if arrows {
        left.push(Span::styled(" ▸", theme.bold(Role::Key)));
    }
    (Line::from(left), Line::from(right))
}

fn was(form: &Form, key: &str) -> String {
    let change = form.changes().into_iter().find(|change| change.key == key);
    change.map(|change| clean(&plain(&change.from)).into_owned()).unwrap_or_default()
}

fn steps(key: &str) -> bool {
    schema::find(key).is_some_and(|field| !matches!(field.kind, Kind::Text | Kind::Path)) || key.ends_with(".variant")
}

/// What a key means and what it may be.
fn meaning(key: &str) -> String {
    let Some(field) = schema::find(key) else {
        return "A list of tables, as it would stand in a file: [{ kind = \"noise\", amount = 0.1 }].".to_owned();
    };
    let may = match field.kind {
        Kind::Choice(words) => words.join(", "),
        Kind::Whole { min, max, .. } if max < 1_000_000 => format!("whole, from {min} to {max}"),
        Kind::Whole { min, .. } => format!("whole, from {min} on"),
        Kind::Real { range, .. } => range.to_string(),
        Kind::Wholes { max } => format!("a list of whole numbers up to {max}"),
        Kind::HumanError => "a rate, or { errors = 3, of = 200 }".to_owned(),
        Kind::Text => "text".to_owned(),
        Kind::Path => "a path".to_owned(),
    };
    format!("{}: {may}. Without a value: {}.", field.doc, field.default)
}

/// What was changed, and what a comparison with the parent could tell.
fn differences(theme: &Theme, form: &Form, pen: &mut Pen<'_>) {
    let changes = form.changes();
    let of = clean(form.name()).into_owned();
    let heading = match (&changes[..], form.answer()) {
        ([], _) => format!("Nothing differs from {of} yet."),
        (_, Answer::Apply) => "It holds from the next step on, and is marked on the curves.".to_owned(),
        ([_], _) => format!("One change from {of}: whatever moves on the ladder, this moved it."),
        (several, _) => {
            format!("{} changes from {of}: a comparison will not tell which of them did it.", several.len())
        }
    };
    let style = theme.fg(if changes.len() > 1 && form.answer() == Answer::Start { Role::Warn } else { Role::Text });
    pen.wrapped(&heading, style, 1);
    let room = pen.left().saturating_sub(1);
    let cut = changes.len() > room;
    for change in changes.iter().take(if cut { room.saturating_sub(1) } else { room }) {
        pen.write(line(theme, change));
    }
    if cut {
        let more = format!("… and {} more", changes.len() - room.saturating_sub(1));
        pen.write(Span::styled(more, theme.fg(Role::Muted)));
    }
}

fn line(theme: &Theme, change: &Change) -> Line<'static> {
    let (from, to) = change.texts();
    Line::from(vec![
        Span::styled(format!("  {}  ", change.key), theme.fg(Role::Accent)),
        Span::styled(clean(&from).into_owned(), theme.fg(Role::Muted)),
        Span::styled(" → ", theme.fg(Role::Muted)),
        Span::styled(clean(&to).into_owned(), theme.bold(Role::Good)),
    ])
}
