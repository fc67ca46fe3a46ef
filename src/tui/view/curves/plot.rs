//! The plot itself: scales, axes, dots.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::paint;
use super::strand::{Drawn, Strand};
use crate::domain::series::Column;
use crate::domain::track::Track;
use crate::tui::format::{clock, count, duration, short};
use crate::tui::state::Axis;
use crate::tui::state::axis::Placing;
use crate::tui::state::metric::Metric;
use crate::tui::text::width;
use crate::tui::theme::{Role, Theme};
use crate::tui::widget::dots::{ACROSS, DOWN};
use crate::tui::widget::{Dots, ticks};

/// What is shown of the curves.
pub(super) struct Plot {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) log: bool,
    /// A value to draw a line at.
    pub(super) reference: Option<f64>,
    /// What is drawn: how figures are written and where the axis begins.
    pub(super) metric: Metric,
    pub(super) axis: Axis,
    /// Seconds by which clocks here are ahead of UTC.
    pub(super) ahead: i32,
    pub(super) cursor: Option<f64>,
    /// Where something happened to the run.
    pub(super) marks: Vec<f64>,
}

/// Columns for figures on the left.
const FIGURES: u16 = 8;

/// The vertical scale.
#[derive(Clone, Copy)]
struct Scale {
    low: f64,
    high: f64,
    log: bool,
}

impl Scale {
    /// From 0 (at the foot) to 1 (at the top); beyond where the value is.
    fn share(self, y: f64) -> f64 {
        if self.log {
            (y.max(f64::MIN_POSITIVE) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (y - self.low) / (self.high - self.low)
        }
    }

    /// The dot of a value, counted from the top.
    fn dot(self, y: f64, down: usize) -> f64 {
        (1.0 - self.share(y)) * (down - 1) as f64
    }
}

/// Every curve, and whether its raw form is shown.
fn strands<'a>(curves: &'a [Drawn<'a>]) -> impl Iterator<Item = (&'a Strand<'a>, bool)> {
    curves.iter().flat_map(|curve| curve.strands.iter().map(|strand| (strand, curve.with_raw)))
}

impl Plot {
    /// Draws, and gives where the dots are.
    pub(super) fn draw(&self, area: Rect, buffer: &mut Buffer, theme: &Theme, curves: &[Drawn<'_>]) -> Option<Rect> {
        if area.height < 3 || area.width < FIGURES + 10 {
            return None;
        }
        let canvas = Rect { x: area.x + FIGURES, y: area.y, width: area.width - FIGURES - 1, height: area.height - 1 };
        let scale = self.scale(curves);
        self.figures(area, canvas, buffer, theme, scale);
        self.foot(canvas, buffer, theme);
        self.reference_line(canvas, buffer, theme, scale);
        self.events(canvas, buffer, theme);

        let mut dots = Dots::new(usize::from(canvas.width), usize::from(canvas.height));
        let mut inks = Vec::new();
        let mut points = Vec::new();
        for curve in curves {
            if let [strand] = curve.strands[..] {
                let behind = strand.smooth.is_some();
                if !behind || curve.with_raw {
                    inks.push(if behind { paint::faded(theme, curve.hue) } else { paint::plain(theme, curve.hue) });
                    self.trace(&mut dots, (strand.raw, strand.placing), scale, inks.len() - 1);
                }
            } else {
                inks.push(paint::faded(theme, curve.hue));
                self.band(&mut dots, curve, scale, inks.len() - 1);
            }
        }
        for curve in curves {
            inks.push(paint::bold(theme, curve.hue));
            match curve.strands[..] {
                [Strand { smooth: Some(smooth), placing, .. }] => {
                    self.trace(&mut dots, (smooth, placing), scale, inks.len() - 1);
                }
                [_] => {}
                _ => self.mean(&mut dots, curve, scale, inks.len() - 1),
            }
        }
        // Curves of few points come last, over the noise of the others.
        for curve in curves.iter().filter(|curve| curve.joined) {
            let [strand] = curve.strands[..] else { continue };
            let style = paint::bold(theme, curve.hue);
            inks.push(style);
            self.trace(&mut dots, (strand.raw, strand.placing), scale, inks.len() - 1);
            points.extend(self.points(canvas, &strand, scale, style));
        }
        dots.draw(canvas, buffer, &inks);
        for (x, y, style) in points {
            buffer.set_string(x, y, "•", style);
        }
        self.not_finite(canvas, buffer, theme, curves);
        self.cursor_line(canvas, buffer, theme);
        Some(canvas)
    }

    /// A scale that holds all that is shown. Zero is the foot where the values come near it.
    fn scale(&self, curves: &[Drawn<'_>]) -> Scale {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for (strand, with_raw) in strands(curves) {
            let series = if with_raw { strand.raw } else { strand.read() };
            let range = self.range(series, strand.placing);
            // A step to either side is drawn as well where the points are far apart.
            let range = range.start.saturating_sub(1)..(range.end + 1).min(series.len());
            let extent = series.extent(range);
            if extent.has_values() {
                (low, high) = (low.min(f64::from(extent.min)), high.max(f64::from(extent.max)));
            }
        }
        if let Some(reference) = self.reference {
            (low, high) = (low.min(reference), high.max(reference));
        }
        if !(low.is_finite() && high.is_finite()) {
            (low, high) = (0.0, 1.0);
        }
        if self.log && high > 0.0 {
            let low = if low > 0.0 { low } else { high * 1e-4 };
            let (low, high) = if high > low * 1.01 { (low / 1.1, high * 1.1) } else { (low / 2.0, high * 2.0) };
            return Scale { low, high, log: true };
        }
        let high = high.max(self.metric.least_top());
        let near_zero = low < 0.6 * high || self.metric.begins_at_zero();
        let low = if low >= 0.0 && near_zero { 0.0 } else { low };
        let margin = if high > low { (high - low) * 0.05 } else { high.abs().max(1e-3) * 0.5 };
        Scale { low: if low == 0.0 { 0.0 } else { low - margin }, high: high + margin, log: false }
    }

    fn column(&self, x: f64, across: usize) -> f64 {
        (x - self.from) / (self.to - self.from) * (across - 1) as f64
    }

    /// The points that are shown.
    fn range(&self, series: Track<'_>, placing: Placing) -> Range<usize> {
        series.within(placing.own(self.from), placing.own(self.to))
    }

    /// Curves that are drawn as one: what they span, as a loose fabric.
    fn band(&self, dots: &mut Dots, curve: &Drawn<'_>, scale: Scale, ink: usize) {
        let down = dots.down();
        for (x, spread) in curve.spread(self.from, self.to, dots.across()).into_iter().enumerate() {
            let Some(spread) = spread else { continue };
            let clamp = |y: f64| y.round().clamp(0.0, (down - 1) as f64) as usize;
            let (top, foot) = (clamp(scale.dot(spread.high, down)), clamp(scale.dot(spread.low, down)));
            for y in (top..=foot).filter(|y| (x + y) % 2 == 0) {
                dots.set(x, y, ink as u16);
            }
        }
    }

    /// Curves that are drawn as one: their mean.
    fn mean(&self, dots: &mut Dots, curve: &Drawn<'_>, scale: Scale, ink: usize) {
        let down = dots.down();
        let mut before = None;
        for (x, spread) in curve.spread(self.from, self.to, dots.across()).into_iter().enumerate() {
            let place = spread.map(|spread| (x as f64, scale.dot(spread.mean, down)));
            if let Some(place) = place {
                dots.line(before.unwrap_or(place), place, ink as u16);
            }
            before = place;
        }
    }

    fn trace(&self, dots: &mut Dots, (series, placing): (Track<'_>, Placing), scale: Scale, ink: usize) {
        let ink = ink as u16;
        let (across, down) = (dots.across(), dots.down());
        let range = self.range(series, placing);
        if range.len() < across {
            // Few points: the lines between them, also to those just outside.
            let range = range.start.saturating_sub(1)..(range.end + 1).min(series.len());
            let column = |at: usize| self.column(placing.on_axis(series.x(at)), across);
            let place = |at: usize| (column(at), scale.dot(f64::from(series.ys()[at]), down));
            let whole: Vec<usize> = range.filter(|at| series.ys()[*at].is_finite()).collect();
            for pair in whole.windows(2) {
                // A value that is not finite is a gap.
                if pair[1] == pair[0] + 1 {
                    dots.line(place(pair[0]), place(pair[1]), ink);
                }
            }
            if let [only] = whole[..] {
                dots.line(place(only), place(only), ink);
            }
            return;
        }
        let clamp = |y: f64| y.round().clamp(0.0, (down - 1) as f64) as usize;
        let mut before: Option<usize> = None;
        for (x, column) in series.columns(placing.own(self.from), placing.own(self.to), across).into_iter().enumerate()
        {
            let Some(Column { extent, last }) = column.filter(|column| column.extent.has_values()) else { continue };
            let top = clamp(scale.dot(f64::from(extent.max), down));
            let foot = clamp(scale.dot(f64::from(extent.min), down));
            // Joined to the column before, so that a steep curve has no holes.
            let (top, foot) = before.map_or((top, foot), |last: usize| {
                (top.min(last.saturating_add(1).min(foot)), foot.max(last.saturating_sub(1).max(top)))
            });
            dots.column(x, top, foot, ink);
            before = last.is_finite().then(|| clamp(scale.dot(f64::from(last), down)));
        }
    }

    /// Where the single points of a curve are, if there is room to tell them apart.
    fn points(&self, canvas: Rect, strand: &Strand<'_>, scale: Scale, style: Style) -> Vec<(u16, u16, Style)> {
        let range = self.range(strand.raw, strand.placing);
        if range.len() > usize::from(canvas.width) / 3 {
            return Vec::new();
        }
        let (across, down) = (usize::from(canvas.width) * ACROSS, usize::from(canvas.height) * DOWN);
        let point = |at: usize| (strand.placing.on_axis(strand.raw.x(at)), f64::from(strand.raw.ys()[at]));
        let inside = range.map(point).filter(|(_, y)| y.is_finite());
        inside
            .map(|(x, y)| {
                let column = self.column(x, across).round().clamp(0.0, (across - 1) as f64) as usize / ACROSS;
                let row = scale.dot(y, down).round().clamp(0.0, (down - 1) as f64) as usize / DOWN;
                (canvas.x + column as u16, canvas.y + row as u16, style)
            })
            .collect()
    }

    fn figures(&self, area: Rect, canvas: Rect, buffer: &mut Buffer, theme: &Theme, scale: Scale) {
        let most = usize::from(canvas.height / 3).clamp(2, 8);
        let figures = if scale.log {
            ticks::logarithmic(scale.low, scale.high, most)
        } else {
            ticks::linear(scale.low, scale.high, most)
        };
        for y in canvas.top()..canvas.bottom() {
            buffer.set_string(canvas.x - 1, y, "│", theme.fg(Role::Faint));
        }
        let texts = self.metric.figures(&figures);
        for (figure, text) in figures.into_iter().zip(texts) {
            let dot = scale.dot(figure, usize::from(canvas.height) * DOWN).round();
            let y = canvas.y + (dot.max(0.0) as u16 / DOWN as u16).min(canvas.height - 1);
            let x = (canvas.x - 2).saturating_sub(width(&text) as u16).max(area.x);
            buffer.set_stringn(x, y, &text, usize::from(FIGURES) - 2, theme.fg(Role::Muted));
            buffer.set_string(canvas.x - 1, y, "┤", theme.fg(Role::Faint));
            for x in canvas.left()..canvas.right() {
                buffer.set_string(x, y, "┈", theme.fg(Role::Faint));
            }
        }
    }

    fn foot(&self, canvas: Rect, buffer: &mut Buffer, theme: &Theme) {
        let y = canvas.bottom();
        let word = self.axis.word();
        let end = canvas.right().saturating_sub(width(word) as u16);
        buffer.set_string(end, y, word, theme.fg(Role::Muted));
        let most = usize::from(canvas.width) / 12;
        // Round on the clocks here.
        let ahead = f64::from(self.ahead);
        let figures = match self.axis {
            Axis::Time => ticks::times(self.from, self.to, most),
            Axis::Clock => {
                ticks::times(self.from + ahead, self.to + ahead, most).into_iter().map(|time| time - ahead).collect()
            }
            _ => ticks::linear(self.from, self.to, most),
        };
        let mut free = canvas.x;
        for figure in figures {
            let text = match self.axis {
                Axis::Time => duration(figure),
                Axis::Clock => clock(figure, self.ahead, self.to - self.from),
                _ if figure.fract() == 0.0 && figure.abs() < 1e7 => count(figure as u64),
                _ => short(figure),
            };
            let wide = width(&text) as u16;
            let column = self.column(figure, usize::from(canvas.width)).round();
            if column < 0.0 || column >= f64::from(canvas.width) {
                continue;
            }
            let x = (canvas.x + column as u16).saturating_sub(wide / 2).max(canvas.x);
            if x >= free && x + wide + 2 <= end {
                buffer.set_string(x, y, &text, theme.fg(Role::Muted));
                free = x + wide + 2;
            }
        }
    }

    fn reference_line(&self, canvas: Rect, buffer: &mut Buffer, theme: &Theme, scale: Scale) {
        let Some(reference) = self.reference else { return };
        let dot = scale.dot(reference, usize::from(canvas.height) * DOWN).round();
        if dot < 0.0 {
            return;
        }
        let y = canvas.y + (dot as u16 / DOWN as u16).min(canvas.height - 1);
        for x in canvas.left()..canvas.right() {
            buffer.set_string(x, y, "┄", theme.fg(Role::Human));
        }
    }

    /// Marks where something happened to the run.
    fn events(&self, canvas: Rect, buffer: &mut Buffer, theme: &Theme) {
        for mark in self.marks.iter().filter(|mark| (self.from..=self.to).contains(mark)) {
            let x = canvas.x + self.column(*mark, usize::from(canvas.width)).round() as u16;
            for y in canvas.top()..canvas.bottom() {
                buffer.set_string(x, y, "┊", theme.fg(Role::Key));
            }
            buffer.set_string(x, canvas.y, "▼", theme.fg(Role::Key));
        }
    }

    /// Marks columns with values that are NaN or infinite.
    fn not_finite(&self, canvas: Rect, buffer: &mut Buffer, theme: &Theme, curves: &[Drawn<'_>]) {
        for (strand, _) in strands(curves) {
            // Mostly there are none.
            if strand.raw.extent(self.range(strand.raw, strand.placing)).not_finite == 0 {
                continue;
            }
            let (from, to) = (strand.placing.own(self.from), strand.placing.own(self.to));
            let columns = strand.raw.columns(from, to, usize::from(canvas.width));
            let broken = columns
                .into_iter()
                .enumerate()
                .filter(|(_, column)| column.is_some_and(|column| column.extent.not_finite > 0));
            for (x, _) in broken {
                buffer.set_string(canvas.x + x as u16, canvas.bottom() - 1, "×", theme.bold(Role::Bad));
            }
        }
    }

    fn cursor_line(&self, canvas: Rect, buffer: &mut Buffer, theme: &Theme) {
        let Some(cursor) = self.cursor.filter(|cursor| (self.from..=self.to).contains(cursor)) else { return };
        let x = canvas.x + self.column(cursor, usize::from(canvas.width)).round() as u16;
        for y in canvas.top()..canvas.bottom() {
            if let Some(cell) = buffer.cell_mut((x, y)) {
                if cell.symbol() == " " || cell.symbol() == "┈" {
                    cell.set_symbol("│");
                }
                cell.set_style(theme.bold(Role::Accent));
            }
        }
    }
}
