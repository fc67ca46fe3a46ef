//! Precision, recall and F1 of each class, the weakest first.
//!
//! ```text
//! ╭ 7 Classes ──────────────────── macro F1 0.971 ╮
//! │ class     precision  recall   F1     examples │
//! │ 4             0.932   0.911   0.921 ━━━━━━ 90 │
//! ╰───────────────────────────────────────────────╯
//! ```

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Ink;
use super::ladder::scrub_note;
use crate::domain::confusion::ClassMetrics;
use crate::tui::format::count;
use crate::tui::state::Pane;
use crate::tui::text::{clean, fit};
use crate::tui::theme::Role;
use crate::tui::widget::line::{Pen, meter};

pub(super) fn draw(ink: &mut Ink<'_>, area: Rect) {
    let metrics = ink.state.open().and_then(|run| run.confusion(ink.state.scrub)).map(|confusion| confusion.metrics());
    let mut note = scrub_note(ink);
    if let (Some(metrics), true) = (&metrics, note.spans.is_empty()) {
        note = Line::from(Span::styled(format!("macro F1 {:.3}", metrics.macro_f1), ink.theme.fg(Role::Muted)));
    }
    let inner = ink.pane(area, Pane::Classes, note);
    let Some(metrics) = metrics else {
        return ink.nothing(inner, "the figures of each class come with the end of the first epoch");
    };
    let theme = ink.theme;
    let mut classes = metrics.per_class;
    classes.sort_by(|a, b| a.f1.total_cmp(&b.f1));
    let names = classes.iter().map(|class| clean(&class.class).chars().count()).max().unwrap_or(5).clamp(5, 16);
    let bar = usize::from(inner.width).saturating_sub(names + 42).min(40);
    let mut pen = Pen::new(inner, ink.buffer);
    let heading = format!(" {:<names$}  precision  recall     F1{:bar$}  examples", "class", "");
    pen.write(Span::styled(heading, theme.fg(Role::Muted)));
    let rows = pen.left();
    let first =
        ink.state.scroll.min(classes.len().saturating_sub(rows)) * usize::from(ink.state.focus == Pane::Classes);
    for class in classes.iter().skip(first).take(rows) {
        pen.write(row(ink.theme, class, names, bar));
    }
}

fn row(theme: &crate::tui::theme::Theme, class: &ClassMetrics, names: usize, bar: usize) -> Line<'static> {
    let role = match class.f1 {
        f1 if f1 >= 0.95 => Role::Good,
        f1 if f1 >= 0.8 => Role::Warn,
        _ => Role::Bad,
    };
    let name = fit(&clean(&class.class), names).into_owned();
    let mut spans = vec![
        Span::styled(format!(" {name:<names$}  "), theme.fg(Role::Text)),
        Span::styled(format!("{:>9.3}  {:>6.3}  ", class.precision, class.recall), theme.fg(Role::Muted)),
        Span::styled(format!("{:>5.3}", class.f1), theme.bold(role)),
    ];
    if bar > 2 {
        spans.push(Span::raw(" "));
        spans.extend(meter(bar - 1, class.f1, theme.fg(role), theme.fg(Role::Faint)));
    } else {
        spans.push(Span::raw(" ".repeat(bar)));
    }
    spans.push(Span::styled(format!("  {:>8}", count(class.support)), theme.fg(Role::Muted)));
    Line::from(spans)
}
