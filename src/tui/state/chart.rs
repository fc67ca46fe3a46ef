//! How curves are looked at: which scalars, on what axis, how far zoomed in, with what smoothing.

use std::borrow::Cow;

use super::curves::Curves;
use crate::tui::theme::Role;

/// What the horizontal axis counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Axis {
    /// Steps.
    #[default]
    Step,
    /// Epochs.
    Epoch,
    /// Seconds since the run's first point.
    Time,
}

impl Axis {
    /// As it is written beside the axis.
    pub fn word(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Epoch => "epoch",
            Self::Time => "time",
        }
    }

    /// The next one round.
    pub fn next(self) -> Self {
        match self {
            Self::Step => Self::Epoch,
            Self::Epoch => Self::Time,
            Self::Time => Self::Step,
        }
    }
}

/// Scalars that are drawn together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Metric {
    /// What training minimizes.
    #[default]
    Loss,
    /// Error rates, as on the ladder.
    Error,
    /// The step size.
    LearningRate,
    /// The length of the gradient.
    Gradient,
    /// Examples per second.
    Speed,
    /// The loss of each task by itself, where several are learned.
    Tasks,
    /// The length of the gradient by each layer.
    Layers,
    /// The share of each layer's ReLUs that are never on.
    Dead,
    /// Seconds per step, by what they are spent on.
    Time,
    /// What the worker takes of the machine's memory.
    Memory,
}

/// One line of a chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The scalar's tag.
    pub tag: Cow<'static, str>,
    /// As it is called in the legend.
    pub label: Cow<'static, str>,
    /// Its color.
    pub role: Role,
    /// Whether it is noisy, so that smoothing helps.
    pub noisy: bool,
}

const fn line(tag: &'static str, label: &'static str, role: Role) -> Line {
    Line { tag: Cow::Borrowed(tag), label: Cow::Borrowed(label), role, noisy: false }
}

const fn noisy(tag: &'static str, label: &'static str, role: Role) -> Line {
    Line { tag: Cow::Borrowed(tag), label: Cow::Borrowed(label), role, noisy: true }
}

const LOSS: &[Line] = &[
    noisy("train/loss", "train", Role::Train),
    line("eval/train_dev_loss", "train-dev", Role::TrainDev),
    line("eval/dev_loss", "dev", Role::Dev),
    line("eval/test_loss", "test", Role::Test),
];
const ERROR: &[Line] = &[
    line("eval/train_error", "train", Role::Train),
    line("eval/train_dev_error", "train-dev", Role::TrainDev),
    line("eval/dev_error", "dev", Role::Dev),
    line("eval/test_error", "test", Role::Test),
];
const LEARNING_RATE: &[Line] = &[line("train/learning_rate", "learning rate", Role::Accent)];
const GRADIENT: &[Line] = &[noisy("train/gradient_norm", "gradient norm", Role::Accent)];
const SPEED: &[Line] = &[noisy("train/examples_per_second", "examples/s", Role::Accent)];
const TIME: &[Line] = &[
    noisy("time/data", "data", Role::Human),
    noisy("time/forward", "forward", Role::Train),
    noisy("time/backward", "backward", Role::Dev),
    noisy("time/update", "update", Role::Test),
    noisy("time/telling", "telling", Role::Key),
];
const MEMORY: &[Line] = &[line("system/memory_mib", "MiB", Role::Accent)];

/// Colors of lines that have none of their own, in turn.
const TURNS: [Role; 6] = [Role::Train, Role::Dev, Role::TrainDev, Role::Test, Role::Human, Role::Key];

impl Metric {
    /// In the order that keys go through them.
    pub const ALL: [Self; 10] = [
        Self::Loss,
        Self::Error,
        Self::LearningRate,
        Self::Gradient,
        Self::Speed,
        Self::Tasks,
        Self::Layers,
        Self::Dead,
        Self::Time,
        Self::Memory,
    ];

    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::Error => "error",
            Self::LearningRate => "learning rate",
            Self::Gradient => "gradient",
            Self::Speed => "speed",
            Self::Tasks => "tasks",
            Self::Layers => "layers",
            Self::Dead => "dead units",
            Self::Time => "time",
            Self::Memory => "memory",
        }
    }

    /// What is drawn of these curves, the last on top.
    pub fn lines(self, curves: &Curves) -> Cow<'static, [Line]> {
        match self {
            Self::Loss => LOSS.into(),
            Self::Error => ERROR.into(),
            Self::LearningRate => LEARNING_RATE.into(),
            Self::Gradient => GRADIENT.into(),
            Self::Speed => SPEED.into(),
            Self::Tasks => found(curves, "tasks/", "/loss", true),
            Self::Layers => found(curves, "layers/", "/gradient_norm", false),
            Self::Dead => found(curves, "layers/", "/dead", false),
            Self::Time => TIME.into(),
            Self::Memory => MEMORY.into(),
        }
    }

    /// Whether there may be something to draw: what not every run has is not offered for nothing.
    pub fn is_offered(self, curves: Option<&Curves>) -> bool {
        match self {
            Self::Loss | Self::Error | Self::LearningRate | Self::Gradient | Self::Speed => true,
            Self::Tasks | Self::Layers | Self::Dead | Self::Time | Self::Memory => {
                curves.is_some_and(|curves| self.lines(curves).iter().any(|line| curves.get(&line.tag).is_some()))
            }
        }
    }

    /// Its place among all.
    pub fn place(self) -> usize {
        self as usize
    }

    /// The next one round that is offered, or the one before.
    pub fn turned(self, forward: bool, curves: Option<&Curves>) -> Self {
        let count = Self::ALL.len();
        let by = if forward { 1 } else { count - 1 };
        let others = (1..count).map(|turn| Self::ALL[(self.place() + turn * by) % count]);
        others.into_iter().find(|metric| metric.is_offered(curves)).unwrap_or(self)
    }
}

/// Lines for the tags that begin and end so, called by what stands between, in the order of the network's layers as far
/// as names tell it.
fn found(curves: &Curves, begin: &str, end: &str, noisy: bool) -> Cow<'static, [Line]> {
    let named = curves.tags().filter_map(|tag| Some((tag, tag.strip_prefix(begin)?.strip_suffix(end)?)));
    let lines = named.zip(TURNS.into_iter().cycle()).map(|((tag, label), role)| Line {
        tag: Cow::Owned(tag.to_owned()),
        label: Cow::Owned(label.to_owned()),
        role,
        noisy,
    });
    Cow::Owned(lines.collect())
}

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
}

impl Default for Chart {
    fn default() -> Self {
        Self { metric: Metric::Loss, axis: Axis::Step, log: false, smoothing: 2, window: None, cursor: None }
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

/// A window moved so that it lies within all that there is.
fn fitted(window: (f64, f64), all: (f64, f64)) -> (f64, f64) {
    let width = window.1 - window.0;
    let from = window.0.min(all.1 - width).max(all.0);
    (from, from + width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::state::curves::Batch;

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

    #[test]
    fn metrics_go_round() {
        let mut metric = Metric::Loss;
        for _ in 0..5 {
            assert_eq!(metric.turned(true, None).turned(false, None), metric);
            metric = metric.turned(true, None);
        }
        assert_eq!(metric, Metric::Loss, "what a run does not have is not offered");
        let mut curves = Curves::default();
        let tags = ["layers/conv1/dead", "layers/dense1/dead", "tasks/shape/dev_loss"];
        curves.extend(&tags.map(|tag| Batch { tag: tag.to_owned(), points: vec![(1, 0.0, 0.5)] }));
        assert_eq!(Metric::Loss.turned(false, Some(&curves)), Metric::Dead);
        let labels: Vec<_> = Metric::Dead.lines(&curves).iter().map(|line| line.label.to_string()).collect();
        assert_eq!(labels, ["conv1", "dense1"]);
    }
}
