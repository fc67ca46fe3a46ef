//! Changes of a picture's light, in the order of the experiment file: noise, blur, brightness, contrast, dark for light,
//! a part covered.

use super::Picture;
use crate::data::random::Stream;
use crate::domain::experiment::AugmentKind;

/// Applies the changes of light among `drawn` in their order.
pub(super) fn apply(picture: Picture, drawn: &[(AugmentKind, f32)], stream: &mut Stream, numbers: &mut [f32]) {
    for &(kind, amount) in drawn {
        match kind {
            AugmentKind::Noise => noise(stream.between(0.0, amount), stream, numbers),
            AugmentKind::Blur => blur(picture, stream.between(0.0, amount), numbers),
            AugmentKind::Invert => numbers.iter_mut().for_each(|number| *number = 1.0 - *number),
            AugmentKind::Brightness => {
                let more = stream.between(-amount, amount);
                for number in &mut *numbers {
                    *number += more;
                }
            }
            AugmentKind::Contrast => contrast(1.0 + stream.between(-amount, amount), numbers),
            AugmentKind::Cutout => cutout(picture, amount.min(1.0), stream, numbers),
            AugmentKind::Crop
            | AugmentKind::Rotate
            | AugmentKind::Shift
            | AugmentKind::Shear
            | AugmentKind::FlipHorizontal
            | AugmentKind::FlipVertical
            | AugmentKind::Mixup => {}
        }
    }
}

/// Multiplies how far each number is from their mean.
fn contrast(factor: f32, numbers: &mut [f32]) {
    let mean = mean(numbers);
    for number in numbers {
        *number = mean + (*number - mean) * factor.max(0.0);
    }
}

/// Covers a square, up to a share of the shorter side long, anywhere in the picture, with the picture's mean.
fn cutout(picture: Picture, share: f32, stream: &mut Stream, numbers: &mut [f32]) {
    let Picture { height, width, .. } = picture;
    let side = (stream.between(0.0, share) * height.min(width) as f32).round() as usize;
    let (top, left) = (stream.below(height - side + 1), stream.below(width - side + 1));
    let mean = mean(numbers);
    for plane in numbers.chunks_exact_mut(height * width) {
        for row in top..top + side {
            plane[row * width + left..][..side].fill(mean);
        }
    }
}

fn mean(numbers: &[f32]) -> f32 {
    numbers.iter().sum::<f32>() / numbers.len().max(1) as f32
}

/// Adds Gaussian noise.
pub(in crate::data) fn noise(deviation: f32, stream: &mut Stream, numbers: &mut [f32]) {
    for number in numbers {
        *number += deviation * stream.normal();
    }
}

/// Lets grain take the place of a share of each number: at 1 nothing else is left.
pub(super) fn grain(share: f32, stream: &mut Stream, numbers: &mut [f32]) {
    for number in numbers {
        let grain = 0.5 + 0.3 * stream.normal();
        *number += share * (grain - *number);
    }
}

/// Gaussian blur with a standard deviation in pixels; beyond the border the border's own numbers go on.
pub(in crate::data) fn blur(picture: Picture, deviation: f32, numbers: &mut [f32]) {
    // Below this the neighbors weigh less than a thousandth.
    if deviation < 0.27 {
        return;
    }
    let Picture { height, width, .. } = picture;
    let radius = ((deviation * 2.5).ceil() as usize).min(height.max(width));
    let mut kernel: Vec<f32> =
        (0..=2 * radius).map(|at| (-0.5 * ((at as f32 - radius as f32) / deviation).powi(2)).exp()).collect();
    let sum: f32 = kernel.iter().sum();
    for weight in &mut kernel {
        *weight /= sum;
    }

    let mut padded = vec![0.0; width + 2 * radius];
    let mut rows = vec![0.0; height * width];
    for plane in numbers.chunks_exact_mut(height * width) {
        for (line, out) in plane.chunks_exact(width).zip(rows.chunks_exact_mut(width)) {
            padded[..radius].fill(line[0]);
            padded[radius..radius + width].copy_from_slice(line);
            padded[radius + width..].fill(line[width - 1]);
            out.fill(0.0);
            for (at, &weight) in kernel.iter().enumerate() {
                add_scaled(out, &padded[at..at + width], weight);
            }
        }
        plane.fill(0.0);
        for (row, out) in plane.chunks_exact_mut(width).enumerate() {
            for (at, &weight) in kernel.iter().enumerate() {
                let from = (row + at).saturating_sub(radius).min(height - 1);
                add_scaled(out, &rows[from * width..][..width], weight);
            }
        }
    }
}

fn add_scaled(out: &mut [f32], line: &[f32], weight: f32) {
    for (out, &value) in out.iter_mut().zip(line) {
        *out += weight * value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::random::Purpose;

    const PICTURE: Picture = Picture { channels: 2, height: 21, width: 21 };

    #[test]
    fn blur_spreads_a_point_as_a_normal_and_keeps_its_sum_and_the_other_channel() {
        let mut numbers = vec![0.0; 2 * 21 * 21];
        numbers[10 * 21 + 10] = 1.0;
        blur(PICTURE, 2.0, &mut numbers);
        let (first, second) = numbers.split_at(21 * 21);
        assert!((first.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        assert!(second.iter().all(|&number| number == 0.0));
        let variance: f32 =
            first.iter().enumerate().map(|(at, weight)| weight * ((at % 21) as f32 - 10.0).powi(2)).sum();
        assert!((variance.sqrt() - 2.0).abs() < 0.1, "{variance}");
    }

    #[test]
    fn blur_leaves_an_even_picture_even_however_wide() {
        for deviation in [0.1, 1.0, 300.0] {
            let mut numbers = vec![0.5; 2 * 21 * 21];
            blur(PICTURE, deviation, &mut numbers);
            assert!(numbers.iter().all(|number| (number - 0.5).abs() < 1e-4), "{deviation}");
        }
    }

    #[test]
    fn contrast_keeps_the_mean_and_cutout_covers_no_more_than_asked() {
        let mut numbers = vec![0.2, 0.4, 0.6];
        contrast(0.5, &mut numbers);
        assert!(numbers.iter().zip([0.3, 0.4, 0.5]).all(|(a, b): (&f32, f32)| (a - b).abs() < 1e-6), "{numbers:?}");
        let mut stream = Stream::new(Purpose::Alter, &[5]);
        let covered: Vec<usize> = (0..500)
            .map(|_| {
                let mut numbers: Vec<f32> = (0..2 * 21 * 21).map(|at| (at % 2) as f32 * 2.0 - 1.0).collect();
                cutout(PICTURE, 0.5, &mut stream, &mut numbers);
                numbers[..441].iter().filter(|number| number.abs() < 0.5).count()
            })
            .collect();
        assert!(covered.iter().all(|count| *count <= 100) && covered.contains(&100) && covered.contains(&0));
    }

    #[test]
    fn noise_has_the_deviation_that_was_asked_for() {
        let mut numbers = vec![0.0; 10_000];
        noise(0.2, &mut Stream::new(Purpose::Alter, &[3]), &mut numbers);
        let deviation = (numbers.iter().map(|number| number * number).sum::<f32>() / 10_000.0).sqrt();
        assert!((deviation - 0.2).abs() < 0.005, "{deviation}");
    }
}
