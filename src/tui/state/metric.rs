//! Scalars that are drawn together: which they are, in what order, in what colors, and how their values are written.

use std::borrow::Cow;

use super::curves::Curves;
use crate::tui::format::{percent, reading, seconds, short};
use crate::tui::theme::Role;

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
    /// What the worker takes of the machine's processors.
    Cores,
    /// Any other scalar by itself, by its place among those that no other chart draws.
    Further(u16),
}

/// The color of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Hue {
    /// One that means something.
    Of(Role),
    /// Of many lines that stand in an order, so far from the first (0) to the last (1).
    Along(f64),
}

/// One line of a chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The scalar's tag.
    pub tag: Cow<'static, str>,
    /// As it is called in the legend.
    pub label: Cow<'static, str>,
    /// Its color.
    pub hue: Hue,
    /// Whether it is noisy, so that smoothing helps.
    pub noisy: bool,
}

/// Which lines a legend names that has not room for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picked {
    /// The first ones.
    First,
    /// Those with the largest values.
    Largest,
    /// Those with the largest and with the smallest values.
    Extreme,
}

const fn line(tag: &'static str, label: &'static str, role: Role) -> Line {
    Line { tag: Cow::Borrowed(tag), label: Cow::Borrowed(label), hue: Hue::Of(role), noisy: false }
}

const fn noisy(tag: &'static str, label: &'static str, role: Role) -> Line {
    Line { tag: Cow::Borrowed(tag), label: Cow::Borrowed(label), hue: Hue::Of(role), noisy: true }
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
];
const MEMORY: &[Line] = &[line(MEMORY_TAG, "worker", Role::Accent)];
const CORES: &[Line] = &[line(CORES_TAG, "worker", Role::Accent)];

/// The scalar that tells the worker's memory, in MiB.
pub const MEMORY_TAG: &str = "system/memory_mib";
/// The scalar that tells how many cores the worker keeps busy.
pub const CORES_TAG: &str = "system/cpu_cores";

/// Colors of lines that have none of their own. Where there are more lines than that, [`Hue::Along`] tells them apart.
const TURNS: [Role; 6] = [Role::Train, Role::Dev, Role::TrainDev, Role::Test, Role::Human, Role::Key];

impl Metric {
    /// Those with a meaning of their own, in the order that keys go through them.
    const KNOWN: [Self; 11] = [
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
        Self::Cores,
    ];

    /// Those that there is something to draw of, in the order that keys go through them.
    pub fn offered(curves: Option<&Curves>) -> Vec<Self> {
        let further = curves.map_or(0, |curves| further(curves).count()).min(usize::from(u16::MAX));
        let known = Self::KNOWN.into_iter().filter(|metric| metric.is_offered(curves));
        known.chain((0..further as u16).map(Self::Further)).collect()
    }

    /// The heading.
    pub fn title(self, curves: Option<&Curves>) -> Cow<'static, str> {
        let title = match self {
            Self::Further(place) => {
                let tag = curves.and_then(|curves| further(curves).nth(usize::from(place)));
                return tag.map_or("nothing".into(), |tag| tag.to_owned().into());
            }
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
            Self::Cores => "processor",
        };
        title.into()
    }

    /// What is drawn of these curves, the last on top.
    pub fn lines(self, curves: &Curves) -> Cow<'static, [Line]> {
        match self {
            Self::Loss => LOSS.into(),
            Self::Error => ERROR.into(),
            Self::LearningRate => LEARNING_RATE.into(),
            Self::Gradient => GRADIENT.into(),
            Self::Speed => SPEED.into(),
            Self::Tasks => of_tasks(curves),
            Self::Layers => of_layers(curves, "/gradient_norm"),
            Self::Dead => of_layers(curves, "/dead"),
            Self::Time => TIME.into(),
            Self::Memory => MEMORY.into(),
            Self::Cores => CORES.into(),
            Self::Further(place) => {
                let line = |tag: &str| Line {
                    tag: Cow::Owned(tag.to_owned()),
                    label: Cow::Owned(tag.to_owned()),
                    hue: Hue::Of(Role::Train),
                    noisy: true,
                };
                Cow::Owned(further(curves).nth(usize::from(place)).map(line).into_iter().collect())
            }
        }
    }

    /// Whether there may be something to draw: what not every run has is not offered for nothing.
    fn is_offered(self, curves: Option<&Curves>) -> bool {
        match self {
            Self::Loss | Self::Error | Self::LearningRate | Self::Gradient | Self::Speed => true,
            Self::Further(_) | Self::Tasks | Self::Layers | Self::Dead | Self::Time | Self::Memory | Self::Cores => {
                curves.is_some_and(|curves| self.lines(curves).iter().any(|line| curves.get(&line.tag).is_some()))
            }
        }
    }

    /// The next one round that is offered, or the one before.
    pub fn turned(self, forward: bool, curves: Option<&Curves>) -> Self {
        let offered = Self::offered(curves);
        let by = if forward { 1 } else { offered.len() - 1 };
        match offered.iter().position(|metric| *metric == self) {
            Some(place) => offered[(place + by) % offered.len()],
            // What another run had and this one has not.
            None => Self::Loss,
        }
    }

    /// A value in the legend, with its unit.
    pub fn value(self, value: f64) -> String {
        match self {
            Self::Error | Self::Dead => percent(value),
            Self::Time => seconds(value),
            Self::Memory => format!("{} MiB", reading(value)),
            Self::Cores => format!("{} cores", short(value)),
            Self::LearningRate => short(value),
            Self::Loss | Self::Gradient | Self::Speed | Self::Tasks | Self::Layers | Self::Further(_) => reading(value),
        }
    }

    /// Round figures on the axis, each different from the others.
    pub fn figures(self, figures: &[f64]) -> Vec<String> {
        let text = |figure: &f64| match self {
            Self::Error | Self::Dead => percent(*figure),
            Self::Time => seconds(*figure),
            Self::Memory => format!("{} M", short(*figure)),
            _ => short(*figure),
        };
        let texts: Vec<String> = figures.iter().map(text).collect();
        let step = figures.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
        if texts.windows(2).all(|pair| pair[0] != pair[1]) || !(step > 0.0 && step.is_finite()) {
            return texts;
        }
        // Close together and far from zero: as many decimals as tell them apart.
        let (factor, unit) = if matches!(self, Self::Error | Self::Dead) { (100.0, "%") } else { (1.0, "") };
        let decimals = (-((step * factor).log10() + 1e-6).floor()).clamp(0.0, 9.0) as usize;
        figures.iter().map(|figure| format!("{:.decimals$}{unit}", figure * factor)).collect()
    }

    /// Whether its values say something by how far they are from zero, so that the axis begins there.
    pub fn begins_at_zero(self) -> bool {
        matches!(self, Self::Speed | Self::Dead | Self::Time | Self::Memory | Self::Cores)
    }

    /// The axis goes at least so far.
    pub fn least_top(self) -> f64 {
        if self == Self::Dead { 0.05 } else { 0.0 }
    }

    /// Which of many lines its legend names.
    pub fn picked(self) -> Picked {
        match self {
            Self::Layers => Picked::Extreme,
            Self::Dead => Picked::Largest,
            _ => Picked::First,
        }
    }
}

/// The scalars that no chart with a meaning of its own draws, in the order they came.
fn further(curves: &Curves) -> impl Iterator<Item = &str> {
    let known = |tag: &str| {
        let lines = [LOSS, ERROR, LEARNING_RATE, GRADIENT, SPEED, TIME, MEMORY, CORES].into_iter().flatten();
        let of_others = ["layers/", "tasks/", "time/", "eval/"];
        lines.into_iter().any(|line| line.tag == tag) || of_others.iter().any(|prefix| tag.starts_with(prefix))
    };
    curves.tags().filter(move |tag| !known(tag))
}

/// A line for each layer of which this is logged, in the order of the network.
fn of_layers(curves: &Curves, end: &str) -> Cow<'static, [Line]> {
    let named = curves.tags().filter_map(|tag| Some((tag, tag.strip_prefix("layers/")?.strip_suffix(end)?)));
    let found: Vec<(&str, &str)> = named.collect();
    let hue = |place: usize| match TURNS.get(place) {
        Some(role) if found.len() <= TURNS.len() => Hue::Of(*role),
        _ => Hue::Along(place as f64 / (found.len() - 1).max(1) as f64),
    };
    let line = |(place, (tag, label)): (usize, &(&str, &str))| Line {
        tag: Cow::Owned((*tag).to_owned()),
        label: Cow::Owned((*label).to_owned()),
        hue: hue(place),
        noisy: false,
    };
    Cow::Owned(found.iter().enumerate().map(line).collect())
}

/// Two lines for each task, of one color: its loss in training, step by step, and that on the dev set.
fn of_tasks(curves: &Curves) -> Cow<'static, [Line]> {
    let tasks = curves.tags().filter_map(|tag| tag.strip_prefix("tasks/")?.strip_suffix("/loss"));
    let tasks: Vec<(&str, Role)> = tasks.zip(TURNS.into_iter().cycle()).collect();
    let line = |tag: String, label: String, role: Role, noisy: bool| Line {
        tag: Cow::Owned(tag),
        label: Cow::Owned(label),
        hue: Hue::Of(role),
        noisy,
    };
    let training = tasks.iter().map(|(task, role)| line(format!("tasks/{task}/loss"), (*task).to_owned(), *role, true));
    let dev = tasks.iter().map(|(task, role)| {
        // The class is evaluated with the rest of the ladder.
        let tag = if *task == "class" { "eval/dev_loss".to_owned() } else { format!("tasks/{task}/dev_loss") };
        line(tag, format!("{task} dev"), *role, false)
    });
    Cow::Owned(training.chain(dev).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::points::Points;

    fn curves(tags: &[&str]) -> Curves {
        let mut curves = Curves::default();
        let batch = |tag: &&str| Points::of(*tag, [(1, 0.0, 0.5)]);
        curves.extend(&tags.iter().map(batch).collect::<Vec<_>>());
        curves
    }

    fn labels(metric: Metric, curves: &Curves) -> Vec<String> {
        metric.lines(curves).iter().map(|line| line.label.to_string()).collect()
    }

    #[test]
    fn metrics_go_round() {
        let mut metric = Metric::Loss;
        for _ in 0..5 {
            assert_eq!(metric.turned(true, None).turned(false, None), metric);
            metric = metric.turned(true, None);
        }
        assert_eq!(metric, Metric::Loss, "what a run does not have is not offered");
        let deep = curves(&["layers/dense1/dead", "tasks/shape/dev_loss"]);
        assert_eq!(Metric::Loss.turned(false, Some(&deep)), Metric::Dead);
        let curves = curves(&["train/loss", "val_f1", "images/s"]);
        assert_eq!(Metric::Loss.turned(false, Some(&curves)), Metric::Further(1), "what has no chart gets one");
        assert_eq!(Metric::Further(0).title(Some(&curves)), "val_f1");
        assert_eq!(labels(Metric::Further(1), &curves), ["images/s"]);
        assert_eq!(Metric::Further(7).turned(true, Some(&curves)), Metric::Loss);
    }

    #[test]
    fn layers_stand_in_the_order_of_the_network() {
        let names: Vec<String> = ["input", "conv1", "conv10", "conv2", "a", "b", "output"].map(String::from).to_vec();
        let tags: Vec<String> = names.iter().map(|name| format!("layers/{name}/dead")).collect();
        let curves = curves(&tags.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(labels(Metric::Dead, &curves), names);
        assert_eq!(labels(Metric::Layers, &curves), [""; 0]);
        let lines = Metric::Dead.lines(&curves);
        assert_eq!((lines[0].hue, lines[6].hue), (Hue::Along(0.0), Hue::Along(1.0)), "many are told apart by shades");
    }

    #[test]
    fn each_task_has_its_loss_in_training_and_on_the_dev_set() {
        let curves = curves(&["tasks/class/loss", "tasks/mood/loss", "eval/dev_loss", "tasks/mood/dev_loss"]);
        assert_eq!(labels(Metric::Tasks, &curves), ["class", "mood", "class dev", "mood dev"]);
        assert!(Metric::Tasks.lines(&curves).iter().all(|line| curves.get(&line.tag).is_some()));
    }

    #[test]
    fn figures_on_an_axis_differ() {
        for (metric, figures, texts) in [
            (Metric::Loss, &[0.0, 0.5, 1.0][..], &["0", "0.5", "1"][..]),
            (Metric::Loss, &[11.9, 11.91, 11.92], &["11.90", "11.91", "11.92"]),
            (Metric::Error, &[0.1, 0.2], &["10.0 %", "20.0 %"]),
            (Metric::Error, &[0.1231, 0.1232], &["12.31%", "12.32%"]),
            (Metric::Time, &[0.0, 0.000_5, 0.001], &["0", "500 µs", "1 ms"]),
            (Metric::Memory, &[0.0, 500.0], &["0 M", "500 M"]),
            (Metric::Loss, &[1.0, 1.0], &["1", "1"]),
        ] {
            assert_eq!(metric.figures(figures), texts);
        }
    }
}
