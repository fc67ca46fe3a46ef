//! A learning-rate test: the loss over the step size, where it falls fastest and where it is lowest.
//!
//! ```text
//! ┏ A learning rate for digits ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
//! ┃ ━ loss 0.41                         112 steps in 0:09   ┃
//! ┃  2.5 ┤                          │ lowest 0.11           ┃
//! ┃      │⠒⠒⠒⠒⠢⢄    │ falls fastest 0.0031                   ┃
//! ┃    1 ┤      ⠑⢄  │              │    ⢀⠎                  ┃
//! ┃      │        ⠑⠒│⠤⠤⠤⠤⣀⣀⣀⣀⣀⣀⣀⣀⣀⡠⠊                       ┃
//! ┃      1e-6     1e-4     0.01     1        10             ┃
//! ┃                                           learning rate ┃
//! ┃ The loss falls fastest at a learning rate of 0.0031; …  ┃
//! ┃                                                         ┃
//! ┃ Enter train digits with 0.0031    Esc close             ┃
//! ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Ink;
use super::over::answers;
use crate::domain::rate::{RANGE, STEPS};
use crate::tui::action::Intent;
use crate::tui::format::{duration, reading, short};
use crate::tui::state::Finder;
use crate::tui::text::{clean, width, wrap};
use crate::tui::theme::{Role, Theme};
use crate::tui::widget::dots::{ACROSS, DOWN};
use crate::tui::widget::line::{meter, split};
use crate::tui::widget::{Dots, frame, ticks};

/// The largest box.
const LARGEST: (u16, u16) = (110, 32);
/// Columns for figures on the left.
const FIGURES: u16 = 7;
/// So many steps are how it began: with rates so small that nothing is learned.
const BEGIN: usize = 10;
/// Cells of the bar that tells how far the test is.
const BAR: usize = 24;

pub(super) fn draw(ink: &mut Ink<'_>, area: Rect, finder: &Finder) {
    let theme = ink.theme;
    let size = (area.width.saturating_sub(4).min(LARGEST.0), area.height.saturating_sub(3).min(LARGEST.1));
    let name = clean(finder.name());
    let inner = frame::over(area, ink.buffer, theme, size, &format!("A learning rate for {name}"));
    let words = wrap(&words(finder), usize::from(inner.width));
    let keys = keys(finder);
    // From the foot up: the keys, what it says, and the picture with all that is left.
    let below = words.len() as u16 + 3;
    if inner.height <= below {
        return;
    }
    let top = Rect { height: 1, ..inner };
    head(top, ink.buffer, theme, finder, ink.state.now);
    let picture = Rect { y: inner.y + 1, height: inner.height - 1 - below, ..inner };
    Picture { finder, theme }.draw(picture, ink.buffer);
    let style = theme.fg(if finder.problem().is_some() { Role::Bad } else { Role::Text });
    for (place, line) in words.iter().enumerate() {
        ink.buffer.set_string(inner.x, picture.bottom() + 1 + place as u16, line, style);
    }
    let keys: Vec<_> = keys.iter().map(|(key, intent, words)| (*key, *intent, words.as_str())).collect();
    answers(ink, Rect { y: inner.bottom() - 1, height: 1, ..inner }, &keys);
}

fn keys(finder: &Finder) -> Vec<(&'static str, Intent, String)> {
    let esc = if finder.is_running() { "end the test" } else { "close" };
    let mut keys = vec![("Esc", Intent::Back, esc.to_owned())];
    if let (Some(_), Some(found)) = (finder.change(), finder.suggestion()) {
        keys.insert(0, ("Enter", Intent::Open, format!("train with {}, as a new run", found.rate)));
        keys.insert(1, ("Q", Intent::Queue, "queue it".to_owned()));
    }
    keys
}

/// What the test says, or what it does.
fn words(finder: &Finder) -> String {
    let name = finder.name();
    let present = finder.experiment.train.learning_rate;
    if let Some(problem) = finder.problem() {
        return format!("The test could not be made. {problem}");
    }
    if finder.is_running() {
        return format!(
            "A network as {name} has it is trained for {STEPS} steps, each larger than the one before, and thrown away."
        );
    }
    match finder.suggestion() {
        None => format!(
            "The loss did not fall in {} steps at any rate: another network, or other data, would tell more.",
            finder.test.points.len()
        ),
        Some(found) if found.is_near(present) => format!("{found} {name} has {present}, which is about right."),
        Some(found) => format!("{found} {name} has {present}."),
    }
}

/// The loss as it stands, and how far the test is.
fn head(row: Rect, buffer: &mut Buffer, theme: &Theme, finder: &Finder, now: f64) {
    let muted = theme.fg(Role::Muted);
    let mut left = Vec::new();
    if let Some(loss) = finder.test.curve().last() {
        left.push(Span::styled("━ ", theme.bold(Role::Train)));
        left.push(Span::styled("loss ", muted));
        left.push(Span::styled(reading(*loss), theme.bold(Role::Train)));
    }
    let (steps, time) = (finder.test.points.len(), duration(finder.seconds(now)));
    let right = if finder.problem().is_some() {
        Vec::new()
    } else if !finder.is_running() {
        vec![Span::styled(format!("{steps} steps in {time}"), muted)]
    } else if steps == 0 {
        vec![Span::styled(format!("loading the data, building the network …  {time}"), muted)]
    } else {
        let mut spans = meter(BAR, finder.progress(), theme.fg(Role::Accent), theme.fg(Role::Faint));
        spans.push(Span::styled(format!("  step {steps} of {STEPS}  {time}"), muted));
        spans
    };
    split(row, buffer, &Line::from(left), &Line::from(right));
}

/// The curve about to be drawn.
struct Picture<'a> {
    finder: &'a Finder,
    theme: &'a Theme,
}

/// A step size that is marked.
struct Mark {
    rate: f64,
    label: String,
    line: &'static str,
    role: Role,
}

impl Picture<'_> {
    fn draw(&self, area: Rect, buffer: &mut Buffer) {
        if area.height < 4 || area.width < FIGURES + 20 {
            return;
        }
        let canvas = Rect { x: area.x + FIGURES, width: area.width - FIGURES, height: area.height - 1, ..area };
        let curve = self.finder.test.curve();
        let (low, high) = extent(&curve);
        self.figures(canvas, buffer, low, high);
        self.foot(canvas, buffer);
        let mut dots = Dots::new(usize::from(canvas.width), usize::from(canvas.height));
        let (across, down) = ((dots.across() - 1) as f64, (dots.down() - 1) as f64);
        let place = |rate: f64, loss: f64| (share(rate) * across, (high - loss) / (high - low) * down);
        let points = &self.finder.test.points;
        let raw: Vec<_> = points.iter().map(|point| place(point.rate, point.loss)).collect();
        let smooth: Vec<_> = points.iter().zip(&curve).map(|(point, loss)| place(point.rate, *loss)).collect();
        for (ink, line) in [raw, smooth].iter().enumerate() {
            line.windows(2).for_each(|pair| dots.line(pair[0], pair[1], ink as u16));
        }
        let marks = self.marks();
        for mark in &marks {
            let x = canvas.x + column(mark.rate, canvas.width);
            for y in canvas.top()..canvas.bottom() {
                buffer.set_string(x, y, mark.line, self.theme.fg(mark.role));
            }
        }
        dots.draw(canvas, buffer, &[self.theme.faded(Role::Train), self.theme.bold(Role::Train)]);
        self.labels(canvas, buffer, &marks);
    }

    /// The rate there is, and those that the test has found, the largest first.
    fn marks(&self) -> Vec<Mark> {
        let present = self.finder.experiment.train.learning_rate;
        let mut marks = Vec::new();
        if let Some(found) = self.finder.suggestion() {
            let lowest = format!("lowest {}", found.lowest);
            let fastest = format!("falls fastest {}", found.rate);
            marks.push(Mark { rate: found.lowest, label: lowest, line: "│", role: Role::Warn });
            marks.push(Mark { rate: found.rate, label: fastest, line: "│", role: Role::Good });
        }
        marks.push(Mark { rate: present, label: format!("now {present}"), line: "┊", role: Role::Key });
        marks.retain(|mark| (RANGE.0..=RANGE.1).contains(&mark.rate));
        marks.sort_by(|a, b| b.rate.total_cmp(&a.rate));
        marks
    }

    /// Names the marks, each in a row of its own, so that none hides another.
    fn labels(&self, canvas: Rect, buffer: &mut Buffer, marks: &[Mark]) {
        for (row, mark) in marks.iter().enumerate().take(usize::from(canvas.height)) {
            let label = format!(" {} ", mark.label);
            let (x, wide) = (canvas.x + column(mark.rate, canvas.width), width(&label) as u16);
            let start = if x + 1 + wide <= canvas.right() { x + 1 } else { x.saturating_sub(wide).max(canvas.x) };
            buffer.set_string(start, canvas.y + row as u16, label, self.theme.bold(mark.role));
        }
    }

    fn figures(&self, canvas: Rect, buffer: &mut Buffer, low: f64, high: f64) {
        for y in canvas.top()..canvas.bottom() {
            buffer.set_string(canvas.x - 1, y, "│", self.theme.fg(Role::Faint));
        }
        if self.finder.test.points.is_empty() {
            return;
        }
        for figure in ticks::linear(low, high, usize::from(canvas.height / 3).clamp(2, 6)) {
            let down = f64::from(canvas.height) * DOWN as f64 - 1.0;
            let y = canvas.y + ((high - figure) / (high - low) * down).round() as u16 / DOWN as u16;
            let text = short(figure);
            let x = (canvas.x - 1).saturating_sub(width(&text) as u16 + 1);
            buffer.set_string(x, y, &text, self.theme.fg(Role::Muted));
            buffer.set_string(canvas.x - 1, y, "┤", self.theme.fg(Role::Faint));
        }
    }

    fn foot(&self, canvas: Rect, buffer: &mut Buffer) {
        let (y, muted) = (canvas.bottom(), self.theme.fg(Role::Muted));
        let mut free = canvas.x;
        // A hair more on both sides: the ends are powers of ten as well.
        for figure in ticks::logarithmic(RANGE.0 * 0.999, RANGE.1 * 1.001, usize::from(canvas.width) / 7) {
            let text = short(figure);
            let wide = width(&text) as u16;
            let x = (canvas.x + column(figure, canvas.width)).saturating_sub(wide / 2).max(canvas.x);
            let x = x.min(canvas.right().saturating_sub(wide));
            if x >= free {
                buffer.set_string(x, y, &text, muted);
                free = x + wide + 1;
            }
        }
        let word = "learning rate";
        buffer.set_string(canvas.right().saturating_sub(width(word) as u16), y + 1, word, muted);
    }
}

/// How far along the axis a step size is, from 0 to 1.
fn share(rate: f64) -> f64 {
    (rate / RANGE.0).ln() / (RANGE.1 / RANGE.0).ln()
}

/// The cell of a step size, as the dots have it.
fn column(rate: f64, width: u16) -> u16 {
    let across = f64::from(width) * ACROSS as f64 - 1.0;
    ((share(rate) * across).round().clamp(0.0, across) as u16) / ACROSS as u16
}

/// What of the loss is shown: where it fell, and as much above where it began as shows that it breaks. How far it breaks
/// would leave no room for the rest.
fn extent(curve: &[f64]) -> (f64, f64) {
    let (low, high) =
        curve.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), loss| (low.min(*loss), high.max(*loss)));
    if !(low.is_finite() && high.is_finite()) {
        return (0.0, 1.0);
    }
    let begin = curve.iter().take(BEGIN).copied().fold(low, f64::max);
    let high = high.min(begin + (0.4 * (begin - low)).max(0.1 * begin.abs()));
    let margin = ((high - low) * 0.08).max(high.abs() * 0.02).max(1e-6);
    (low - margin, high + margin)
}
