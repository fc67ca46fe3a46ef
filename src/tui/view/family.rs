//! The family of the selected run: parents and children, what each change was, and what it did to the dev error.
//!
//! ```text
//! ┏ The family of digits-2 ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
//! ┃ digits-1           ✓  6.1 %            high variance              ┃
//! ┃ ├─ digits-2        ✓  3.0 %  −3.1 ↓    train.dropout: 0 → 0.3     ┃
//! ┃ └─ digits-3        ✓  6.3 %  +0.2      train.epochs: 10 → 30      ┃
//! ```
//!
//! An arrow stands where the dev error moved beyond its 95 % interval.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Ink;
use super::lists::status_mark;
use crate::domain::experiment::changes;
use crate::domain::family::{Member, dev_shift, family};
use crate::domain::run::RunId;
use crate::tui::action::Intent;
use crate::tui::format::{change, percent};
use crate::tui::text::{clean, fit, width};
use crate::tui::theme::Role;
use crate::tui::widget::frame;
use crate::tui::widget::line::Pen;

/// Columns of names with their branches.
const NAMES: usize = 34;

pub(super) fn draw(ink: &mut Ink<'_>, area: Rect, of: &RunId, scroll: usize) {
    let members = family(&ink.state.runs, of);
    let names = members.iter().map(|member| width(&member.branch) + width(&member.id)).max().unwrap_or(0);
    let names = names.clamp(12, NAMES);
    let size = (area.width.min(110), (members.len() as u16 + 4).clamp(8, area.height.saturating_sub(2).max(8)));
    let title = format!("The family of {}", clean(&of.0));
    let inner = frame::over(area, ink.buffer, ink.theme, size, &title);
    let rows = usize::from(inner.height.saturating_sub(2));
    let first = scroll.min(members.len().saturating_sub(rows));
    let lines: Vec<Line<'static>> = members
        .iter()
        .skip(first)
        .take(rows)
        .map(|member| line(ink, member, of, names, usize::from(inner.width)))
        .collect();
    let mut pen = Pen::new(inner, ink.buffer);
    for line in lines {
        pen.write(line);
    }
    let row = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
    let keys = [("↑↓", Intent::Down, "more"), ("Esc", Intent::Back, "close")];
    let fits = members.len() <= rows;
    super::over::answers(ink, row, if fits { &keys[1..] } else { &keys });
}

fn line(ink: &Ink<'_>, member: &Member, of: &RunId, names: usize, room: usize) -> Line<'static> {
    let (state, theme) = (ink.state, ink.theme);
    let id = RunId(member.id.clone());
    let run = state.summary(&id);
    let branch = fit(&member.branch, names.saturating_sub(6)).into_owned();
    let name = fit(&clean(&member.id), names.saturating_sub(width(&branch))).into_owned();
    let blank = " ".repeat(names.saturating_sub(width(&branch) + width(&name)));
    let name =
        if id == *of { Span::styled(name, theme.bold(Role::Accent)) } else { Span::styled(name, theme.fg(Role::Text)) };
    let mut spans = vec![Span::styled(branch, theme.fg(Role::Faint)), name, Span::raw(blank + "  ")];
    let Some(run) = run else {
        spans.push(Span::styled("no run: an experiment, or one that was deleted", theme.fg(Role::Muted)));
        return Line::from(spans);
    };
    let (mark, role) = status_mark(run.status);
    spans.push(Span::styled(format!("{mark} "), theme.fg(role)));
    let dev = run.dev.map(|dev| percent(dev.rate())).unwrap_or_default();
    spans.push(Span::styled(format!("{dev:>7}  "), theme.fg(Role::Dev)));
    let parent = member.parent.as_ref().map(|parent| RunId(parent.clone()));
    let parent_run = parent.as_ref().and_then(|parent| state.summary(parent));
    let moved = match parent_run.and_then(|parent| dev_shift(parent, run)) {
        Some((size, interval)) => {
            let (sign, role) = match (interval.high < 0.0, interval.low > 0.0) {
                (true, _) => ("↓", Role::Good),
                (_, true) => ("↑", Role::Bad),
                _ => (" ", Role::Muted),
            };
            Span::styled(format!("{:>5} {sign}  ", format!("{:+.1}", 100.0 * size).replace('-', "−")), theme.fg(role))
        }
        None => Span::raw(" ".repeat(9)),
    };
    spans.push(moved);
    let told: usize = spans.iter().map(Span::width).sum();
    let text =
        changed(ink, parent.as_ref(), &id).unwrap_or_else(|| run.verdict.clone().unwrap_or_default().replace('-', " "));
    spans.push(Span::styled(fit(&clean(&text), room.saturating_sub(told)).into_owned(), theme.fg(Role::Muted)));
    Line::from(spans)
}

/// What a run changed against its parent, where both experiments are at hand.
fn changed(ink: &Ink<'_>, parent: Option<&RunId>, run: &RunId) -> Option<String> {
    let experiment = |id: &RunId| ink.state.details.get(id).and_then(Option::as_deref);
    let from = match parent {
        Some(parent) => experiment(parent).or_else(|| {
            let named = ink.state.experiments.iter().find(|item| item.name == parent.0)?;
            named.experiment.as_ref().ok().map(|experiment| &**experiment)
        })?,
        None => return None,
    };
    let changes = changes(from, experiment(run)?);
    let texts: Vec<String> = changes
        .iter()
        .map(|one| {
            let (from, to) = change(one);
            format!("{}: {from} → {to}", one.key)
        })
        .collect();
    Some(if texts.is_empty() { "nothing changed".to_owned() } else { texts.join("; ") })
}
