//! How curves are looked at: which scalars, on what axis, how far zoomed in, with what smoothing.

use super::axis::Axis;
use super::metric::Metric;

/// Weights of the moving average that a key goes through.
pub const SMOOTHING: [f64; 5] = [0.0, 0.6, 0.9, 0.97, 0.99];

/// How curves are looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// Which scalars.
    pub metric: Metric,
    /// What the horizontal axis counts.
    pub axis: Axis,
    /// Whether the vertical axis is logarithmic.
    pub log: bool,
    /// Which of [`SMOOTHING`].
    pub smoothing: usize,
    /// The stretch that is shown; `None`: all of it, growing with the run.
    pub window: Option<(f64, f64)>,
    /// Where values are read.
    pub cursor: Option<f64>,
    /// Whether runs that differ in nothing but the seed are drawn as one: their mean and what they span.
    pub pooled: bool,
}

impl Default for Chart {
    fn default() -> Self {
        Self {
            metric: Metric::Loss,
            axis: Axis::Step,
            log: false,
            smoothing: 2,
            window: None,
            cursor: None,
            pooled: true,
        }
    }
}

/// A window is never narrower than this share of everything.
const NARROWEST: f64 = 1e-5;

impl Chart {
    /// The weight of the moving average.
    pub fn weight(&self) -> f64 {
        SMOOTHING[self.smoothing]
    }

    /// The stretch that is shown of all that there is.
    pub fn shown(&self, all: (f64, f64)) -> (f64, f64) {
        self.window.unwrap_or(all)
    }

    /// Zooms by `factor` (above 1: closer) about the cursor, or about the end when there is none.
    pub fn zoom(&mut self, all: (f64, f64), factor: f64) {
        let (from, to) = self.shown(all);
        let whole = all.1 - all.0;
        let width = (to - from) / factor;
        if whole <= 0.0 || width >= whole {
            self.window = None;
            return;
        }
        let width = width.max(whole * NARROWEST);
        let center = self.cursor.unwrap_or(to).clamp(from, to);
        let share = if to > from { (center - from) / (to - from) } else { 0.5 };
        self.window = Some(fitted((center - width * share, center + width * (1.0 - share)), all));
    }

    /// Moves the window by a share of its width.
    pub fn pan(&mut self, all: (f64, f64), share: f64) {
        let Some((from, to)) = self.window else { return };
        let by = (to - from) * share;
        self.window = Some(fitted((from + by, to + by), all));
    }

    /// Moves the cursor by a share of the window, setting out from its end; the window follows.
    pub fn move_cursor(&mut self, all: (f64, f64), share: f64) {
        let (from, to) = self.shown(all);
        let at = self.cursor.unwrap_or(to);
        self.put_cursor(all, at + (to - from) * share);
    }

    /// Puts the cursor somewhere; the window follows.
    pub fn put_cursor(&mut self, all: (f64, f64), at: f64) {
        let at = at.clamp(all.0, all.1);
        self.cursor = Some(at);
        if let Some((from, to)) = self.window {
            let by = if at < from { at - from } else { (at - to).max(0.0) };
            self.window = Some((from + by, to + by));
        }
    }
}

/// Steps of a growing axis between one length and its double.
const STEPS_TO_DOUBLE: f64 = 8.0;

/// The end of an axis with room for what comes: the next of few round lengths.
pub fn roomy(from: f64, to: f64) -> f64 {
    let length = to - from;
    if !(length > 0.0 && length.is_finite()) {
        return to;
    }
    let step = length.log2().floor().exp2() / STEPS_TO_DOUBLE;
    from + (length / step).ceil() * step
}

/// A window moved so that it lies within all that there is.
fn fitted(window: (f64, f64), all: (f64, f64)) -> (f64, f64) {
    let width = window.1 - window.0;
    let from = window.0.min(all.1 - width).max(all.0);
    (from, from + width)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: (f64, f64) = (0.0, 100.0);

    #[test]
    fn zoom_keeps_what_is_under_the_cursor() {
        let mut chart = Chart { cursor: Some(25.0), ..Chart::default() };
        chart.zoom(ALL, 2.0);
        assert_eq!(chart.window, Some((12.5, 62.5)));
        chart.zoom(ALL, 0.5);
        assert_eq!(chart.window, None, "zoomed out far enough, everything is shown");
        chart.cursor = None;
        chart.zoom(ALL, 4.0);
        assert_eq!(chart.window, Some((75.0, 100.0)), "without a cursor the end is kept");
        (0..100).for_each(|_| chart.zoom(ALL, 2.0));
        let (from, to) = chart.window.unwrap();
        assert!(from < to && to <= 100.0);
    }

    #[test]
    fn a_growing_axis_has_little_room_and_seldom_changes() {
        let ends: Vec<f64> = (1..=10_000).map(|last| roomy(1.0, f64::from(last))).collect();
        assert!(ends.iter().zip(1..).all(|(end, last)| (1.0..=1.13).contains(&(end / f64::from(last)))));
        let changes = ends[1000..].windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert!(changes < 30, "{changes}");
        assert_eq!(roomy(3.0, 3.0), 3.0);
    }

    #[test]
    fn windows_stay_within_the_curve() {
        let mut chart = Chart { window: Some((40.0, 60.0)), ..Chart::default() };
        for (share, window) in [(0.5, (50.0, 70.0)), (10.0, (80.0, 100.0)), (-99.0, (0.0, 20.0))] {
            chart.pan(ALL, share);
            assert_eq!(chart.window, Some(window));
        }
    }

    #[test]
    fn the_window_follows_the_cursor() {
        let mut chart = Chart { window: Some((40.0, 60.0)), cursor: Some(59.0), ..Chart::default() };
        chart.move_cursor(ALL, 0.2);
        assert_eq!((chart.cursor, chart.window), (Some(63.0), Some((43.0, 63.0))));
        chart.put_cursor(ALL, -5.0);
        assert_eq!((chart.cursor, chart.window), (Some(0.0), Some((0.0, 20.0))));
    }
}
