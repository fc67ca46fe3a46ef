//! Runs side by side: the settings that differ, their ladders, what the changes did, and one confusion matrix minus another.
//!
//! ```text
//! ┏ 3 runs side by side ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
//! ┃                              digits-1        digits-2      digits-3 ┃
//! ┃ model.dropout                       0             0.3             0 ┃
//! ┃ train error                     0.2 %           0.9 %         0.1 % ┃
//! ┃ dev error                       6.1 %           3.0 %         6.3 % ┃
//! ┃ variance                  +5.9 points  +2.1 points ↓   +6.2 points  ┃
//! ```
//!
//! The first run marked is what the others are held against: an arrow stands where a gap or an error moved beyond its
//! interval.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::Ink;
use crate::domain::comparison::beside::{confusion_minus, differing};
use crate::domain::comparison::{Comparison, Measure, Outcome, Shift, compare};
use crate::domain::confusion::Confusion;
use crate::domain::experiment::change::toml_text;
use crate::domain::ladder::{GapKind, Place};
use crate::domain::report::Report;
use crate::domain::text::{capitalized, percent, points};
use crate::tui::action::Intent;
use crate::tui::text::{clean, fit, width, wrap};
use crate::tui::theme::{Role, Theme};
use crate::tui::widget::frame;

/// Columns of the names of figures and settings.
const HEAD: usize = 24;
/// A run's column is at least so wide, and at most.
const COLUMN: (usize, usize) = (15, 30);
/// Most classes that a matrix is drawn for; of more, only what moved most is told.
const MOST_CLASSES: usize = 12;
/// Confusions told in words.
const MOST_MOVES: usize = 8;

pub(super) fn draw(ink: &mut Ink<'_>, area: Rect, scroll: usize) {
    let state = ink.state;
    let runs = state.compared();
    let title = format!("{} runs side by side", runs.len());
    let size = (area.width, area.height.saturating_sub(1));
    let inner = frame::over(area, ink.buffer, ink.theme, size, &title);
    let reports: Vec<&Report> = runs.iter().filter_map(|run| run.report.as_deref()).collect();
    let mut lines = if reports.len() < 2 {
        vec![Line::from(Span::styled("reading runs …", ink.theme.fg(Role::Muted)))]
    } else {
        lines(ink.theme, &reports, usize::from(inner.width))
    };
    let rows = usize::from(inner.height.saturating_sub(1));
    let first = scroll.min(lines.len().saturating_sub(rows));
    let more = lines.len() > first + rows;
    for (row, line) in lines.drain(..).skip(first).take(rows).enumerate() {
        ink.buffer.set_line(inner.x, inner.y + row as u16, &line, inner.width);
    }
    let keys = if more || first > 0 {
        vec![("↑↓", Intent::Down, "more"), ("Esc", Intent::Back, "close")]
    } else {
        vec![("Esc", Intent::Back, "close")]
    };
    super::over::answers(ink, Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner }, &keys);
}

/// All there is to see.
fn lines(theme: &Theme, reports: &[&Report], room: usize) -> Vec<Line<'static>> {
    let most = (room.saturating_sub(HEAD) / COLUMN.0).max(2);
    let (shown, hidden) = reports.split_at(reports.len().min(most));
    let column = (room.saturating_sub(HEAD) / shown.len()).clamp(COLUMN.0, COLUMN.1);
    let page = Page { theme, column };
    let comparisons: Vec<Option<Comparison>> = shown[1..].iter().map(|report| compare(shown[0], report)).collect();
    let mut lines = vec![page.row(
        "",
        Style::new(),
        shown.iter().map(|report| (clean(&report.summary.id.0).into_owned(), theme.bold(Role::Accent))),
    )];
    let settings = differing(shown);
    lines.push(page.heading("What differs"));
    if settings.is_empty() {
        lines.push(Line::from(Span::styled("nothing: what differs below is chance", theme.fg(Role::Muted))));
    }
    for (key, values) in &settings {
        let cells = values.iter().map(|value| {
            let same = *value == values[0];
            let text = if value.is_null() { "·".to_owned() } else { clean(&toml_text(value)).into_owned() };
            (text, theme.fg(if same { Role::Muted } else { Role::Text }))
        });
        lines.push(page.row(key, theme.fg(Role::Text), cells));
    }
    lines.push(page.heading("Error ladder"));
    page.ladder(shown, &comparisons, &mut lines);
    for (report, comparison) in shown[1..].iter().zip(&comparisons) {
        lines.push(page.heading(&format!("{} against {}", clean(&report.summary.id.0), clean(&shown[0].summary.id.0))));
        page.told(comparison.as_ref(), room, &mut lines);
        if let (Some(run), Some(first)) = (&report.confusion, &shown[0].confusion) {
            page.confusion(run, first, room, &mut lines);
        }
    }
    if !hidden.is_empty() {
        let names = hidden.iter().map(|report| clean(&report.summary.id.0).into_owned()).collect::<Vec<_>>().join(", ");
        lines.push(Line::default());
        let text = format!("There is no room here for {names}; a wider terminal has it, and `rungs compare`.");
        lines.extend(wrap(&text, room).into_iter().map(|line| Line::from(Span::styled(line, theme.fg(Role::Muted)))));
    }
    lines
}

/// What lines are made with.
struct Page<'a> {
    theme: &'a Theme,
    column: usize,
}

impl Page<'_> {
    fn heading(&self, text: &str) -> Line<'static> {
        Line::from(Span::styled(format!("── {text}"), self.theme.bold(Role::Muted)))
    }

    /// A line with a cell for each run, at the right of its column.
    fn row(&self, head: &str, style: Style, cells: impl Iterator<Item = (String, Style)>) -> Line<'static> {
        self.marked_row(head, style, cells.map(|(text, style)| (text, " ", style)))
    }

    /// The same with a sign after each cell.
    fn marked_row(
        &self,
        head: &str,
        style: Style,
        cells: impl Iterator<Item = (String, &'static str, Style)>,
    ) -> Line<'static> {
        let head = fit(head, HEAD).into_owned();
        let blank = " ".repeat(HEAD - width(&head));
        let mut spans = vec![Span::styled(head + &blank, style)];
        for (text, sign, style) in cells {
            let text = fit(&text, self.column - 3).into_owned();
            spans.push(Span::raw(" ".repeat(self.column - 2 - width(&text))));
            spans.push(Span::styled(format!("{text} {sign}"), style));
        }
        Line::from(spans)
    }

    /// Rungs, gaps, and what is made of them.
    fn ladder(&self, reports: &[&Report], comparisons: &[Option<Comparison>], lines: &mut Vec<Line<'static>>) {
        let theme = self.theme;
        let known = |place: &Place| reports.iter().any(|report| report.ladder.rung(*place).is_some());
        for place in Place::ALL.into_iter().filter(known) {
            let cells = reports.iter().enumerate().map(|(run, report)| {
                let rate = report.ladder.rung(place).map(|rung| percent(rung.rate)).unwrap_or_default();
                let dev = (place == Place::Dev).then(|| shift(comparisons, run, |found| found.dev.as_ref())).flatten();
                self.moved(rate, dev)
            });
            lines.push(self.marked_row(&format!("{} error", place.word()), theme.fg(Role::Text), cells));
        }
        for gap in GapKind::ALL.into_iter().filter(|gap| reports.iter().any(|report| report.ladder.gap(*gap).is_some()))
        {
            let cells = reports.iter().enumerate().map(|(run, report)| {
                let size = report.ladder.gap(gap).map(|gap| points(gap.size)).unwrap_or_default();
                let of_gap = |found| gap_of(found, gap);
                self.moved(size, shift(comparisons, run, of_gap))
            });
            lines.push(self.marked_row(gap.words(), theme.fg(Role::Muted), cells));
        }
        let f1 = reports.iter().map(|report| {
            let metrics = report.confusion.as_ref().map(Confusion::metrics);
            (metrics.map(|metrics| percent(metrics.macro_f1)).unwrap_or_default(), theme.fg(Role::Text))
        });
        lines.push(self.row("macro F1", theme.fg(Role::Text), f1));
        let verdicts =
            reports.iter().map(|report| (report.diagnosis.verdict.words().to_owned(), theme.bold(Role::Text)));
        lines.push(self.row("diagnosis", theme.fg(Role::Text), verdicts));
    }

    /// A figure with an arrow where it moved beyond its interval.
    fn moved(&self, figure: String, shift: Option<&Shift>) -> (String, &'static str, Style) {
        match shift {
            Some(shift) if shift.fell() => (figure, "↓", self.theme.bold(Role::Good)),
            Some(shift) if shift.rose() => (figure, "↑", self.theme.bold(Role::Bad)),
            _ => (figure, " ", self.theme.fg(Role::Text)),
        }
    }

    /// What came of the changes, in words.
    fn told(&self, comparison: Option<&Comparison>, room: usize, lines: &mut Vec<Line<'static>>) {
        let theme = self.theme;
        let (text, role) = match comparison {
            None => ("The two have no dev error in common yet.".to_owned(), Role::Muted),
            Some(found) => {
                let caveat = found.caveat().map(|caveat| format!(" {caveat}")).unwrap_or_default();
                let role = match found.outcome {
                    Outcome::Helped => Role::Good,
                    Outcome::Hurt => Role::Bad,
                    Outcome::Mixed => Role::Warn,
                    Outcome::CannotTell => Role::Text,
                };
                (format!("{}. {}{caveat}", capitalized(&found.verdict()), found.sentence()), role)
            }
        };
        let text = clean(&text).into_owned();
        lines.extend(wrap(&text, room.min(100)).into_iter().map(|line| Line::from(Span::styled(line, theme.fg(role)))));
    }

    /// One confusion matrix minus the other, and what of it moved most.
    fn confusion(&self, run: &Confusion, first: &Confusion, room: usize, lines: &mut Vec<Line<'static>>) {
        let theme = self.theme;
        let Some(matrix) = confusion_minus(run, first) else {
            let text = "Their dev sets are not the same, so that their confusions cannot be subtracted.";
            lines.push(Line::from(Span::styled(text, theme.fg(Role::Muted))));
            return;
        };
        let mut moves: Vec<(usize, usize, i64)> = Vec::new();
        for (truth, row) in matrix.iter().enumerate() {
            moves.extend(
                row.iter()
                    .enumerate()
                    .filter(|(predicted, by)| *predicted != truth && **by != 0)
                    .map(|(predicted, by)| (truth, predicted, *by)),
            );
        }
        moves.sort_by_key(|(_, _, by)| std::cmp::Reverse(by.abs()));
        if moves.is_empty() {
            lines.push(Line::from(Span::styled("They confuse the same.", theme.fg(Role::Muted))));
            return;
        }
        let class = |place: usize| fit(&clean(&run.classes[place]), 12).into_owned();
        let told = moves.iter().take(MOST_MOVES).map(|(truth, predicted, by)| {
            let style = theme.fg(if *by < 0 { Role::Good } else { Role::Bad });
            Span::styled(format!("{} for {} {}   ", class(*truth), class(*predicted), signed(*by)), style)
        });
        let mut taken = vec![Span::styled("Taken: ", theme.fg(Role::Muted))];
        taken.extend(told);
        lines.push(Line::from(taken));
        let cell = 5;
        let label = run.classes.iter().map(|class| width(&clean(class))).max().unwrap_or(0).min(12);
        if run.classes.len() > MOST_CLASSES || label + 2 + cell * run.classes.len() > room {
            return;
        }
        let mut head = vec![Span::raw(" ".repeat(label + 1))];
        head.extend(
            (0..run.classes.len())
                .map(|place| Span::styled(format!("{:>cell$}", fit(&class(place), cell - 1)), theme.fg(Role::Muted))),
        );
        lines.push(Line::from(head));
        for (truth, row) in matrix.iter().enumerate() {
            let mut spans = vec![Span::styled(format!("{:>label$} ", class(truth)), theme.fg(Role::Muted))];
            spans.extend(row.iter().enumerate().map(|(predicted, by)| {
                // More is good on the diagonal, and bad beside it.
                let good = (*by > 0) == (truth == predicted);
                let role = if good { Role::Good } else { Role::Bad };
                let (text, style) = match by {
                    0 => ("·".to_owned(), theme.fg(Role::Faint)),
                    by => (signed(*by), theme.fg(role)),
                };
                Span::styled(format!("{text:>cell$}"), style)
            }));
            lines.push(Line::from(spans));
        }
    }
}

fn gap_of(comparison: &Comparison, gap: GapKind) -> Option<&Shift> {
    comparison.gaps.iter().find(|shift| shift.of == Measure::Gap(gap))
}

/// With a real minus, which is as wide as the plus.
fn signed(number: i64) -> String {
    format!("{number:+}").replace('-', "−")
}

/// How a figure of a run moved against the first one.
fn shift<'a>(
    comparisons: &'a [Option<Comparison>],
    run: usize,
    of: impl Fn(&'a Comparison) -> Option<&'a Shift>,
) -> Option<&'a Shift> {
    comparisons.get(run.checked_sub(1)?)?.as_ref().and_then(of)
}
