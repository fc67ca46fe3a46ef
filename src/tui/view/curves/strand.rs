//! What one line of a chart is made of: a run's curve; or those of several runs that differ in nothing but the seed, drawn
//! as their mean in the band that they span.

use crate::domain::experiment::Experiment;
use crate::domain::track::Track;
use crate::tui::state::axis::Placing;
use crate::tui::state::metric::Hue;
use crate::tui::state::run::OpenRun;

/// One run's curve.
#[derive(Clone, Copy)]
pub(super) struct Strand<'a> {
    pub(super) raw: Track<'a>,
    /// Laid over the raw one.
    pub(super) smooth: Option<Track<'a>>,
    pub(super) placing: Placing,
}

impl<'a> Strand<'a> {
    /// What is read off it.
    pub(super) fn read(&self) -> Track<'a> {
        self.smooth.unwrap_or(self.raw)
    }

    /// Its last value up to a place, or the last of all.
    pub(super) fn value(&self, place: Option<f64>) -> Option<f64> {
        let series = self.read();
        let upto = place.map_or(series.len(), |place| series.until(self.placing.own(place)));
        upto.checked_sub(1).map(|at| f64::from(series.ys()[at]))
    }

    /// The value on the line between the points on either side; `None` beyond its ends and next to what is not finite.
    fn between(&self, place: f64) -> Option<f64> {
        let series = self.read();
        let own = self.placing.own(place);
        let right = series.until(own);
        let y = |at: usize| series.ys().get(at).map(|y| f64::from(*y)).filter(|y| y.is_finite());
        // A point that stands there; the conversion to the axis and back may have moved it a hair.
        let is_there = |at: usize| at < series.len() && (series.x(at) - own).abs() <= own.abs() * 1e-9;
        if let Some(at) = [Some(right), right.checked_sub(1)].into_iter().flatten().find(|at| is_there(*at)) {
            return y(at);
        }
        let left = right.checked_sub(1).filter(|_| right < series.len())?;
        let (before, x) = (series.x(left), series.x(right));
        let share = (own - before) / (x - before);
        Some(y(left)? * (1.0 - share) + y(right)? * share)
    }
}

/// One line of a chart.
pub(super) struct Drawn<'a> {
    /// One curve, or those that are drawn as one.
    pub(super) strands: Vec<Strand<'a>>,
    pub(super) hue: Hue,
    pub(super) label: String,
    /// Whether the raw curve stands faintly behind the smoothed one.
    pub(super) with_raw: bool,
    /// Whether the points are few and far between, so that each is shown.
    pub(super) joined: bool,
}

/// What several curves come to at a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spread {
    pub(super) low: f64,
    pub(super) mean: f64,
    pub(super) high: f64,
}

impl Spread {
    fn of(values: impl IntoIterator<Item = (f64, f64, f64)>) -> Option<Self> {
        let (mut low, mut high, mut sum, mut count) = (f64::INFINITY, f64::NEG_INFINITY, 0.0, 0);
        for (least, value, most) in values {
            (low, high, sum, count) = (low.min(least), high.max(most), sum + value, count + 1);
        }
        (count > 0).then(|| Self { low, mean: sum / f64::from(count), high })
    }
}

impl Drawn<'_> {
    /// Whether it has no points at all.
    pub(super) fn is_empty(&self) -> bool {
        self.strands.iter().all(|strand| strand.raw.is_empty())
    }

    /// What is read at a place, or at the end.
    pub(super) fn value(&self, place: Option<f64>) -> Option<Spread> {
        Spread::of(self.strands.iter().filter_map(|strand| strand.value(place)).map(|value| (value, value, value)))
    }

    /// What its curves come to at places from `from` to `to`, evenly apart; `None` where there is nothing.
    pub(super) fn spread(&self, from: f64, to: f64, places: usize) -> Vec<Option<Spread>> {
        let columns: Vec<_> = self
            .strands
            .iter()
            .map(|strand| {
                let (from, to) = (strand.placing.own(from), strand.placing.own(to));
                // Where several points share a place, all that they span belongs to the band.
                let dense = strand.read().within(from, to).len() >= places;
                dense.then(|| strand.read().columns(from, to, places))
            })
            .collect();
        let step = (to - from) / places.saturating_sub(1).max(1) as f64;
        (0..places)
            .map(|place| {
                let values = self.strands.iter().zip(&columns).filter_map(|(strand, columns)| match columns {
                    Some(columns) => {
                        let column = columns[place].filter(|column| column.extent.has_values())?;
                        let extent = column.extent;
                        let last = if column.last.is_finite() { column.last } else { extent.max };
                        Some((f64::from(extent.min), f64::from(last), f64::from(extent.max)))
                    }
                    None => strand.between(from + step * place as f64).map(|value| (value, value, value)),
                });
                Spread::of(values)
            })
            .collect()
    }
}

/// Runs in groups of which each differs in nothing but the seed, in the order of their first.
pub(super) fn by_seed<'a>(runs: &[&'a OpenRun]) -> Vec<Vec<&'a OpenRun>> {
    let mut groups: Vec<(Option<Experiment>, Vec<&OpenRun>)> = Vec::new();
    for run in runs {
        let report = run.report.as_ref().filter(|report| report.elsewhere.is_none());
        let bare = report.map(|report| Experiment {
            name: String::new(),
            parent: None,
            notes: String::new(),
            seed: 0,
            ..report.experiment.clone()
        });
        match groups.iter_mut().find(|(other, _)| bare.is_some() && *other == bare) {
            Some((_, members)) => members.push(run),
            None => groups.push((bare, vec![run])),
        }
    }
    groups.into_iter().map(|(_, members)| members).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::series::Series;

    fn series(points: &[(f64, f32)]) -> Series {
        let mut series = Series::new();
        for (x, y) in points {
            series.push(*x, *y);
        }
        series
    }

    fn drawn(all: &[Series]) -> Drawn<'_> {
        let strands =
            all.iter().map(|series| Strand { raw: series.track(), smooth: None, placing: Placing::SAME }).collect();
        Drawn { strands, hue: Hue::Along(0.0), label: String::new(), with_raw: false, joined: false }
    }

    #[test]
    fn curves_come_to_their_mean_and_what_they_span() {
        let all = [series(&[(0.0, 1.0), (4.0, 5.0)]), series(&[(0.0, 3.0), (2.0, 3.0)])];
        let spread = |low: f64, mean: f64, high: f64| Some(Spread { low, mean, high });
        let found = drawn(&all).spread(0.0, 4.0, 5);
        // The second one ends half way.
        let expected = [
            spread(1.0, 2.0, 3.0),
            spread(2.0, 2.5, 3.0),
            spread(3.0, 3.0, 3.0),
            spread(4.0, 4.0, 4.0),
            spread(5.0, 5.0, 5.0),
        ];
        assert_eq!(found, expected);
        assert_eq!(drawn(&all).value(None), spread(3.0, 4.0, 5.0));
        assert_eq!(drawn(&all).value(Some(1.0)), spread(1.0, 2.0, 3.0));
    }

    #[test]
    fn no_spike_of_a_dense_curve_is_lost() {
        let dense: Vec<(f64, f32)> = (0..1000).map(|at| (f64::from(at), if at == 500 { 9.0 } else { 1.0 })).collect();
        let all = [series(&dense), series(&[(0.0, 2.0), (999.0, 2.0)])];
        let found = drawn(&all).spread(0.0, 999.0, 10);
        assert_eq!(found[5], Some(Spread { low: 1.0, mean: 1.5, high: 9.0 }));
    }

    #[test]
    fn what_is_not_finite_is_a_gap() {
        let all = [series(&[(0.0, 1.0), (1.0, f32::NAN), (2.0, 1.0), (3.0, 1.0)])];
        let found = drawn(&all).spread(0.0, 3.0, 7);
        let there: Vec<bool> = found.iter().map(Option::is_some).collect();
        assert_eq!(there, [true, false, false, false, true, true, true]);
    }
}
