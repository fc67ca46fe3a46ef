//! From stored numbers to those that people see (0 to 1 for pictures) and on to those that the network sees.

use super::{Shape, Values};

/// Deviations from the mean beyond which a number tells nothing more.
const FARTHEST: f32 = 1e9;

/// Standardization by the training set's means and standard deviations.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scale {
    /// Stored number that is seen as 0.
    low: f32,
    /// Stored numbers from 0 to 1.
    span: f32,
    /// Numbers in a row that share a channel.
    plane: usize,
    /// What each channel is multiplied by, and what is then added. Channels follow one another, plane by plane, and for
    /// sequences again at each step.
    channels: Vec<(f32, f32)>,
}

impl Scale {
    /// Measures the training set. A channel that never changes is only centered.
    pub(super) fn of_training_set(shape: Shape, values: &Values, train: &[u32]) -> Self {
        let (channels, plane) = match shape {
            Shape::Image { channels, height, width } => (channels, height * width),
            Shape::Vector(features) | Shape::Sequence { features, .. } => (features, 1),
        };
        let (low, span) = match (shape, values) {
            (_, Values::Bytes(_)) => (0.0, 255.0),
            (Shape::Vector(_) | Shape::Sequence { .. }, Values::Floats(_)) => (0.0, 1.0),
            (Shape::Image { .. }, Values::Floats(values)) => range(values, shape.len(), train),
        };
        let mut scale = Self { low, span, plane, channels: vec![(1.0, 0.0); channels] };
        scale.channels = scale.measure(shape.len(), values, train);
        scale
    }

    fn measure(&self, numbers: usize, values: &Values, train: &[u32]) -> Vec<(f32, f32)> {
        let channels = self.channels.len();
        let mut sums = vec![(0.0f64, 0.0f64); self.channels.len()];
        let mut seen = vec![0.0; numbers];
        for &example in train {
            let place = example as usize * numbers;
            match values {
                Values::Bytes(values) => self.bytes_to_units(&values[place..place + numbers], &mut seen),
                Values::Floats(values) => self.floats_to_units(&values[place..place + numbers], &mut seen),
            }
            for (place, plane) in seen.chunks_exact(self.plane.max(1)).enumerate() {
                let sums = &mut sums[place % channels];
                // A plane's sums are short enough for f32 pairs to lose nothing that matters; the total is kept in f64.
                sums.0 += plane.iter().map(|&value| f64::from(value)).sum::<f64>();
                sums.1 += plane.iter().map(|&value| f64::from(value) * f64::from(value)).sum::<f64>();
            }
        }
        let count = (train.len() * numbers / channels.max(1)).max(1) as f64;
        sums.into_iter()
            .map(|(sum, squares)| {
                let mean = sum / count;
                let deviation = (squares / count - mean * mean).max(0.0).sqrt();
                let factor = if deviation > 1e-6 * mean.abs().max(1e-6) { 1.0 / deviation } else { 1.0 };
                (factor as f32, (-mean * factor) as f32)
            })
            .collect()
    }

    /// Stored bytes as seen: 0 to 1.
    pub(super) fn bytes_to_units(&self, stored: &[u8], out: &mut [f32]) {
        let factor = 1.0 / self.span;
        for (out, &value) in out.iter_mut().zip(stored) {
            *out = (f32::from(value) - self.low) * factor;
        }
    }

    /// Stored numbers as seen: 0 to 1 for pictures, as they are for vectors.
    pub(super) fn floats_to_units(&self, stored: &[f32], out: &mut [f32]) {
        let factor = 1.0 / self.span;
        for (out, &value) in out.iter_mut().zip(stored) {
            *out = (value - self.low) * factor;
        }
    }

    /// Numbers as people see them, turned in place into those that the network sees. One that is further off than
    /// [`FARTHEST`] would be infinite in the end, and everything with it.
    pub(super) fn standardize(&self, numbers: &mut [f32]) {
        for (plane, &(factor, offset)) in numbers.chunks_exact_mut(self.plane.max(1)).zip(self.channels.iter().cycle())
        {
            for value in plane {
                *value = (*value * factor + offset).clamp(-FARTHEST, FARTHEST);
            }
        }
    }

    /// Numbers that the network sees, turned in place back into those that people see.
    pub(super) fn restore(&self, numbers: &mut [f32]) {
        for (plane, &(factor, offset)) in numbers.chunks_exact_mut(self.plane.max(1)).zip(&self.channels) {
            for value in plane {
                *value = (*value - offset) / factor;
            }
        }
    }
}

/// The smallest number of the training set, and how far the largest is from it.
fn range(values: &[f32], numbers: usize, train: &[u32]) -> (f32, f32) {
    let (mut low, mut high) = (f32::INFINITY, f32::NEG_INFINITY);
    for &example in train {
        let place = example as usize * numbers;
        for &value in &values[place..place + numbers] {
            low = low.min(value);
            high = high.max(value);
        }
    }
    // Numbers that are farther apart than the largest of their type stay as they are.
    if high > low && (high - low).is_finite() { (low, high - low) } else { (0.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(scale: &Scale, stored: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; stored.len()];
        scale.floats_to_units(stored, &mut out);
        scale.standardize(&mut out);
        out
    }

    #[test]
    fn what_the_training_set_never_came_near_stays_finite() {
        let values = Values::Floats(vec![0.001, 0.002, 0.0015, 0.001, 3e38]);
        let scale = Scale::of_training_set(Shape::Vector(1), &values, &[0, 1, 2, 3]);
        assert_eq!([seen(&scale, &[3e38]), seen(&scale, &[-3e38])], [[FARTHEST], [-FARTHEST]]);
    }

    #[test]
    fn the_training_set_has_mean_0_and_deviation_1_in_each_column() {
        let values = Values::Floats(vec![1.0, 10.0, 3.0, 30.0, 5.0, 20.0, 1e6, -1e6]);
        let scale = Scale::of_training_set(Shape::Vector(2), &values, &[0, 1, 2]);
        let Values::Floats(stored) = &values else { unreachable!() };
        let seen: Vec<Vec<f32>> = stored.chunks(2).take(3).map(|row| seen(&scale, row)).collect();
        for column in 0..2 {
            let mean: f32 = seen.iter().map(|row| row[column]).sum::<f32>() / 3.0;
            let square: f32 = seen.iter().map(|row| row[column].powi(2)).sum::<f32>() / 3.0;
            assert!(mean.abs() < 1e-6 && (square - 1.0).abs() < 1e-5, "{column}: {mean} {square}");
        }
    }

    #[test]
    fn a_feature_of_a_sequence_is_scaled_alike_at_every_step() {
        let shape = Shape::Sequence { steps: 2, features: 2 };
        let values = Values::Floats(vec![1.0, 30.0, 3.0, 10.0, 1.0, 10.0, 3.0, 30.0, 9.0, 9.0, 9.0, 9.0]);
        let scale = Scale::of_training_set(shape, &values, &[0, 1]);
        assert_eq!(seen(&scale, &[1.0, 30.0, 3.0, 10.0]), [-1.0, 1.0, 1.0, -1.0]);
    }

    #[test]
    fn a_constant_column_is_only_centered() {
        let values = Values::Floats(vec![7.0, 7.0]);
        let scale = Scale::of_training_set(Shape::Vector(1), &values, &[0, 1]);
        assert_eq!(seen(&scale, &[7.0]), [0.0]);
        assert_eq!(seen(&scale, &[8.0]), [1.0]);
    }

    #[test]
    fn a_picture_of_any_range_is_seen_from_0_to_1() {
        let shape = Shape::Image { channels: 1, height: 1, width: 2 };
        let values = Values::Floats(vec![-1.0, 3.0]);
        let scale = Scale::of_training_set(shape, &values, &[0]);
        let mut out = [0.0; 2];
        scale.floats_to_units(&[-1.0, 3.0], &mut out);
        assert_eq!(out, [0.0, 1.0]);
    }

    #[test]
    fn channels_are_scaled_apart() {
        let shape = Shape::Image { channels: 2, height: 1, width: 2 };
        let values = Values::Bytes(vec![0, 255, 100, 100]);
        let scale = Scale::of_training_set(shape, &values, &[0]);
        let mut out = [0.0; 4];
        scale.bytes_to_units(&[0, 255, 100, 100], &mut out);
        scale.standardize(&mut out);
        assert_eq!(out, [-1.0, 1.0, 0.0, 0.0]);
    }
}
