//! What the horizontal axis counts, and where a run's points stand on it.
//!
//! Curves keep their points by step, or by seconds since the run's first point. Everything else is a matter of scale: a
//! run's steps become epochs or examples by a factor of its own, so that runs with other batches can be laid over one
//! another.

use super::run::OpenRun;
use crate::domain::run::Summary;

/// What the horizontal axis counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Axis {
    /// Steps.
    #[default]
    Step,
    /// Epochs.
    Epoch,
    /// Examples that were trained on: steps times the batch's size.
    Examples,
    /// Seconds since the run's first point.
    Time,
    /// Seconds since 1970.
    Clock,
}

impl Axis {
    /// As it is written beside the axis.
    pub fn word(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Epoch => "epoch",
            Self::Examples => "examples",
            Self::Time => "time",
            Self::Clock => "clock",
        }
    }

    /// The next one round.
    pub fn next(self) -> Self {
        match self {
            Self::Step => Self::Epoch,
            Self::Epoch => Self::Examples,
            Self::Examples => Self::Time,
            Self::Time => Self::Clock,
            Self::Clock => Self::Step,
        }
    }

    /// Whether points are kept by their seconds.
    pub fn is_time(self) -> bool {
        matches!(self, Self::Time | Self::Clock)
    }
}

/// How a run's own count, steps or seconds, becomes a place on the axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placing {
    by: f64,
    plus: f64,
}

impl Placing {
    /// The count itself.
    pub const SAME: Self = Self { by: 1.0, plus: 0.0 };

    /// That of a run; `None` where it does not tell what it takes.
    pub fn of(axis: Axis, run: &OpenRun, summary: Option<&Summary>) -> Option<Self> {
        let by = |by: f64| Self { by, ..Self::SAME };
        match axis {
            Axis::Step | Axis::Time => Some(Self::SAME),
            Axis::Epoch => {
                let summary = summary.filter(|summary| summary.epochs > 0 && summary.steps > 0)?;
                Some(by(summary.epochs as f64 / summary.steps as f64))
            }
            Axis::Examples => {
                let report = run.report.as_ref().filter(|report| report.elsewhere.is_none())?;
                Some(by(report.experiment.train.batch_size as f64))
            }
            Axis::Clock => Some(Self { plus: run.curves.origin()?, ..Self::SAME }),
        }
    }

    /// Where a count stands.
    pub fn on_axis(self, own: f64) -> f64 {
        own * self.by + self.plus
    }

    /// What is counted at a place; a hair more, so that rounding does not lose the point that stands there.
    pub fn own(self, place: f64) -> f64 {
        if self == Self::SAME {
            return place;
        }
        let own = (place - self.plus) / self.by;
        own + own.abs() * 1e-12 + (place.abs() + self.plus.abs()) * 1e-15 / self.by
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn axes_go_round() {
        let mut axis = Axis::Step;
        let seen: Vec<&str> = (0..5)
            .map(|_| {
                axis = axis.next();
                axis.word()
            })
            .collect();
        assert_eq!(seen, ["epoch", "examples", "time", "clock", "step"]);
    }

    proptest! {
        #[test]
        fn what_stands_at_a_place_is_found_there(step in 0u32..10_000_000, by in 1e-6..4096.0f64, plus in 0.0..2e9f64) {
            for placing in [Placing { by, plus: 0.0 }, Placing { by: 1.0, plus }, Placing::SAME] {
                let own = f64::from(step);
                let found = placing.own(placing.on_axis(own));
                prop_assert!(found >= own && found < own + 1e-3, "{found} for {own}");
            }
        }
    }
}
