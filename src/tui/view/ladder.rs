//! The error ladder as a staircase: a rung for each set with its 95 % whiskers on one scale, and between two rungs the
//! gap, named and measured. The gap that matters most is heavy and pointed at.
//!
//! ```text
//! ╭ 4 Error ladder ─────────────────────── epoch 5 of 8 ╮
//! │ human      ●                                  0.5 % │
//! │            ┗━━━━━━━━━━━━━┓ ◀ avoidable bias 9.3     │
//! │ train      ┊           ├─●─┤                  9.8 % │
//! │                          ╰╮ variance 0.4            │
//! │ dev                    ┊ ├●─┤                10.2 % │
//! │            0 %     4 %     8 %    12 %              │
//! ╰─────────────────────────────────────────────────────╯
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Ink, baselines, tasks};
use crate::domain::event::TaskEvaluation;
use crate::domain::ladder::{Gap, GapKind, Ladder, Place, Rung};
use crate::domain::text::points;
use crate::tui::format::{count, percent};
use crate::tui::state::{OpenRun, Pane};
use crate::tui::text;
use crate::tui::theme::{Role, Theme};
use crate::tui::widget::ticks;

/// The color of a rung, the same as of its curve.
pub(super) fn role_of(place: Place) -> Role {
    match place {
        Place::Human => Role::Human,
        Place::Train => Role::Train,
        Place::TrainDev => Role::TrainDev,
        Place::Dev => Role::Dev,
        Place::Test => Role::Test,
    }
}

/// Which evaluation is looked at, where it is not the last.
pub(super) fn scrub_note(ink: &Ink<'_>) -> Line<'static> {
    let looked_at = ink.state.scrub.and_then(|place| {
        let run = ink.state.open()?;
        let last = run.evaluation(None)?.epoch;
        Some(format!("◂ as of epoch {} of {last}", run.evaluation(Some(place))?.epoch))
    });
    looked_at.map_or_else(Line::default, |text| Line::from(Span::styled(text, ink.theme.bold(Role::Key))))
}

pub(super) fn draw(ink: &mut Ink<'_>, area: Rect) {
    let mut note = scrub_note(ink);
    let tasks: &[TaskEvaluation] =
        ink.state.open().and_then(|run| run.evaluation(ink.state.scrub)).map_or(&[], |evaluation| &evaluation.tasks);
    let rungs = ink.state.open().and_then(|run| run.ladder(ink.state.scrub)).map_or(0, |ladder| ladder.rungs().count());
    // The ladder keeps what it needs for all rungs, the gaps between them and its axis.
    let below = area.height.saturating_sub(2 + 2 * rungs as u16).min(tasks::height(tasks));
    if !tasks.is_empty() && below < 3 && note.spans.is_empty() {
        note = Line::from(Span::styled(format!("+ {}", counted(tasks.len())), ink.theme.fg(Role::Muted)));
    }
    let inner = ink.pane(area, Pane::Ladder, note);
    let Some(run) = ink.state.open() else {
        return ink.nothing(inner, "reading …");
    };
    let ladder = run.ladder(ink.state.scrub).filter(|ladder| ladder.rungs().any(|(place, _)| place != Place::Human));
    let Some(ladder) = ladder else {
        return ink.nothing(inner, "the first rungs come with the end of the first epoch");
    };
    // With its key if there is room for that too; the tables stand right below.
    let (bare, whole) = (2 * rungs as u16, 2 * rungs as u16 + 4);
    let simple = run.report.as_deref().map_or(&[][..], |report| &report.baselines);
    let between = baselines::height(simple, inner.height.saturating_sub(whole + below));
    let above = match (inner.height - below - between, below + between) {
        (all, 0) => all,
        (room, _) if room >= whole => whole,
        (room, _) => room.min(bare),
    };
    let [above, between, below] = Layout::vertical([above, between, below].map(Constraint::Length)).areas(inner);
    Staircase { ladder: &ladder, main: main_gap(run), theme: ink.theme }.draw(above, ink.buffer);
    let scroll = if ink.state.focus == Pane::Ladder { ink.state.scroll } else { 0 };
    baselines::draw(between, ink.buffer, ink.theme, simple);
    tasks::draw(below, ink.buffer, ink.theme, tasks, scroll);
}

fn counted(tasks: usize) -> String {
    if tasks == 1 { "1 task".to_owned() } else { format!("{tasks} tasks") }
}

/// The gap that the most important problem shows in.
fn main_gap(run: &OpenRun) -> Option<GapKind> {
    run.report.as_ref()?.diagnosis.problems.iter().find_map(|problem| problem.kind.gap())
}

/// Columns for names on the left.
const NAMES: u16 = 11;

/// A ladder about to be drawn.
pub(super) struct Staircase<'a> {
    pub(super) ladder: &'a Ladder,
    /// The gap to point at.
    pub(super) main: Option<GapKind>,
    pub(super) theme: &'a Theme,
}

/// Where rates stand: columns from `left` to `right`, rates from 0 to `top`.
#[derive(Clone, Copy)]
struct Scale {
    left: u16,
    right: u16,
    top: f64,
}

impl Scale {
    fn column(self, rate: f64) -> u16 {
        let share = (rate / self.top).clamp(0.0, 1.0);
        self.left + (f64::from(self.right - self.left) * share).round() as u16
    }
}

impl Staircase<'_> {
    pub(super) fn draw(&self, area: Rect, buffer: &mut Buffer) {
        let rungs: Vec<(Place, &Rung)> = self.ladder.rungs().collect();
        // Counts stand beside the rates where there is room for a scale as well.
        let counts = area.width >= 72;
        let values = if counts { 22 } else { 9 };
        if area.width < NAMES + values + 8 || area.height == 0 {
            return;
        }
        let highest = rungs.iter().map(|(_, rung)| rung.interval.map_or(rung.rate, |i| i.high)).fold(0.0, f64::max);
        let scale =
            Scale { left: area.x + NAMES, right: area.right() - values - 1, top: ticks::ceiling(highest).min(1.0) };
        let height = usize::from(area.height);
        let with_gaps = height >= 2 * rungs.len();
        let with_axis = height > if with_gaps { 2 * rungs.len() - 1 } else { rungs.len() };
        let spare = height.saturating_sub(2 * rungs.len());
        let mut y = area.y + u16::from(spare >= 3);
        for (place, (at, rung)) in rungs.iter().enumerate() {
            if y >= area.bottom() {
                return;
            }
            self.rung(Rect { y, height: 1, ..area }, buffer, scale, *at, rung, counts);
            if let Some((_, target)) = place.checked_sub(1).and_then(|before| rungs.get(before)) {
                mark_target(buffer, scale.column(target.rate), y, self.theme);
            }
            y += 1;
            let gap = rungs
                .get(place + 1)
                .and_then(|(next, _)| self.ladder.gaps().into_iter().find(|gap| gap.from == *at && gap.to == *next));
            if with_gaps && place + 1 < rungs.len() && y < area.bottom() {
                if let Some(gap) = gap {
                    self.gap(Rect { y, height: 1, ..area }, buffer, scale, &gap);
                }
                y += 1;
            }
        }
        if with_axis && y < area.bottom() {
            self.axis(y, buffer, scale);
            y += 1;
        }
        if spare >= 4 {
            let words = "├─●─┤ error with its 95 % interval   ┊ the rung above: its target";
            let room = usize::from(area.width).saturating_sub(1);
            let y = (y + 1).min(area.bottom() - 1);
            buffer.set_stringn(area.x + 1, y, text::fit(words, room), room, self.theme.fg(Role::Muted));
        }
    }

    fn rung(&self, row: Rect, buffer: &mut Buffer, scale: Scale, place: Place, rung: &Rung, counts: bool) {
        let style = self.theme.bold(role_of(place));
        buffer.set_string(row.x + 1, row.y, place.word(), self.theme.fg(role_of(place)));
        let at = scale.column(rung.rate);
        if let Some(interval) = rung.interval {
            let (low, high) = (scale.column(interval.low), scale.column(interval.high));
            for x in low..=high {
                buffer.set_string(x, row.y, "─", style);
            }
            if low < at {
                buffer.set_string(low, row.y, "├", style);
            }
            if high > at {
                buffer.set_string(high, row.y, "┤", style);
            }
        }
        buffer.set_string(at, row.y, "●", style);
        let mut value = percent(rung.rate);
        if let Some(counted) = rung.counts.filter(|_| counts) {
            value = format!("{} of {:>6} {value:>8}", count(counted.errors), count(counted.of));
        }
        let x = row.right().saturating_sub(text::width(&value) as u16 + 1);
        buffer.set_string(x, row.y, value, style);
    }

    fn gap(&self, row: Rect, buffer: &mut Buffer, scale: Scale, gap: &Gap) {
        let (Some(lower), Some(upper)) = (self.ladder.rung(gap.from), self.ladder.rung(gap.to)) else { return };
        let (from, to) = (scale.column(lower.rate), scale.column(upper.rate));
        let is_main = self.main == Some(gap.kind);
        let style = if is_main { self.theme.bold(Role::Bad) } else { self.theme.fg(Role::Muted) };
        draw_step(buffer, from, to, row.y, is_main, style);
        let pointer = if is_main { "◀ " } else { "" };
        let name = gap.kind.words();
        let size = points(gap.size);
        let room = |column: u16| usize::from(row.right().saturating_sub(column + 1));
        let right = from.max(to) + 2;
        // The unit gives way first, then the label goes to the other side.
        let label =
            [format!("{pointer}{name} {size}"), format!("{pointer}{name} {}", size.trim_end_matches(" points"))]
                .into_iter()
                .find(|label| text::width(label) <= room(right));
        if let Some(label) = label {
            buffer.set_string(right, row.y, label, style);
            return;
        }
        // Else it ends where the step does, and the step shows only beyond it.
        let label = format!(" {name} {} ", size.trim_end_matches(" points"));
        let end = from.max(to).saturating_sub(1);
        if let Some(start) = end.checked_sub(text::width(&label) as u16).filter(|start| *start >= row.x) {
            let start = start.min(from.min(to).saturating_sub(text::width(&label) as u16).max(row.x));
            buffer.set_string(start, row.y, label, style);
        }
    }

    fn axis(&self, y: u16, buffer: &mut Buffer, scale: Scale) {
        let most = usize::from(scale.right - scale.left) / 9;
        let mut free = scale.left.saturating_sub(1);
        for tick in ticks::linear(0.0, scale.top, most.clamp(1, 6)) {
            let label = tick_label(tick);
            let width = text::width(&label) as u16;
            let x = scale.column(tick);
            let start = if tick == 0.0 { x } else { x.saturating_sub(width / 2) };
            if start >= free && start + width <= scale.right + 9 {
                buffer.set_string(start, y, &label, self.theme.fg(Role::Muted));
                free = start + width + 1;
            }
        }
    }
}

/// A step of the staircase: down at one column, across, down at the other.
fn draw_step(buffer: &mut Buffer, from: u16, to: u16, y: u16, heavy: bool, style: Style) {
    let [across, straight, out_right, in_left, out_left, in_right] =
        if heavy { ["━", "┃", "┗", "┓", "┛", "┏"] } else { ["─", "│", "╰", "╮", "╯", "╭"] };
    for x in from.min(to)..=from.max(to) {
        buffer.set_string(x, y, across, style);
    }
    let (first, last) = match from.cmp(&to) {
        std::cmp::Ordering::Less => (out_right, in_left),
        std::cmp::Ordering::Equal => (straight, straight),
        std::cmp::Ordering::Greater => (out_left, in_right),
    };
    buffer.set_string(from, y, first, style);
    buffer.set_string(to, y, last, style);
}

/// Shows on a rung's line where the rung above stands, for that is its target.
fn mark_target(buffer: &mut Buffer, x: u16, y: u16, theme: &Theme) {
    if let Some(cell) = buffer.cell_mut((x, y)).filter(|cell| cell.symbol() == " ") {
        cell.set_symbol("┊").set_style(theme.fg(Role::Faint));
    }
}

fn tick_label(rate: f64) -> String {
    let value = 100.0 * rate;
    let text = format!("{value:.2}");
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}
