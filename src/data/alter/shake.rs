//! Blur as a camera makes it: it was moved while the shutter was open, and not quite in focus. The path of the movement
//! is the pattern.

use super::Picture;
use super::light::blur;
use crate::data::random::Stream;

/// The longest path at an amount of 1, as a share of the shorter side, and the largest deviation out of focus.
const PATH: f32 = 0.4;
const FOCUS: f32 = 0.05;

/// Blurs a picture along a fresh path. `amount` is how far: at 0 not at all, at 1 beyond recognition.
pub(super) fn lay(picture: Picture, amount: f32, stream: &mut Stream, numbers: &mut [f32]) {
    let Picture { height, width, .. } = picture;
    let side = height.min(width) as f32;
    let length = amount * PATH * side * stream.between(0.5, 1.0);
    let (turn, bend) = (stream.between(0.0, std::f32::consts::TAU), stream.between(-0.9, 0.9));
    let focus = amount * FOCUS * side * stream.unit();
    let path = path(length, turn, bend);
    let reach = (length.ceil() as usize + 1).min(4 * height.max(width));
    let mut padded = vec![0.0; (height + 2 * reach) * (width + 2 * reach)];
    for plane in numbers.chunks_exact_mut(height * width) {
        pad(plane, height, width, reach, &mut padded);
        plane.fill(0.0);
        for place in &path {
            add_moved(&padded, height, width, reach, *place, 1.0 / path.len() as f32, plane);
        }
    }
    blur(picture, focus, numbers);
}

/// Places about a pixel apart on an arc about the middle.
fn path(length: f32, turn: f32, bend: f32) -> Vec<(f32, f32)> {
    let steps = length.ceil() as usize + 1;
    let mut places = Vec::with_capacity(steps);
    let (mut x, mut y) = (0.0, 0.0);
    for step in 0..steps {
        places.push((x, y));
        let along = if steps > 1 { step as f32 / (steps - 1) as f32 - 0.5 } else { 0.0 };
        let (sin, cos) = (turn + bend * along).sin_cos();
        let stride = length / (steps - 1).max(1) as f32;
        (x, y) = (x + stride * cos, y + stride * sin);
    }
    let count = places.len() as f32;
    let middle = places.iter().fold((0.0, 0.0), |sum, place| (sum.0 + place.0 / count, sum.1 + place.1 / count));
    places.into_iter().map(|(x, y)| (x - middle.0, y - middle.1)).collect()
}

/// The plane with its border going on for `reach` pixels all around.
fn pad(plane: &[f32], height: usize, width: usize, reach: usize, padded: &mut [f32]) {
    for (row, line) in padded.chunks_exact_mut(width + 2 * reach).enumerate() {
        let from = row.saturating_sub(reach).min(height - 1);
        let own = &plane[from * width..][..width];
        line[..reach].fill(own[0]);
        line[reach..reach + width].copy_from_slice(own);
        line[reach + width..].fill(own[width - 1]);
    }
}

/// Adds a share of the picture moved by a place, bilinearly.
fn add_moved(
    padded: &[f32],
    height: usize,
    width: usize,
    reach: usize,
    (x, y): (f32, f32),
    share: f32,
    out: &mut [f32],
) {
    let stride = width + 2 * reach;
    let (left, top) = (x.floor(), y.floor());
    let (along, down) = (x - left, y - top);
    // A path never leaves the padding: it is shorter than `reach`, and centered.
    let offset = |place: f32| (reach as f32 + place).max(0.0) as usize;
    let (left, top) = (offset(left), offset(top));
    let weights = [(1.0 - down) * (1.0 - along), (1.0 - down) * along, down * (1.0 - along), down * along];
    for (row, line) in out.chunks_exact_mut(width).enumerate().take(height) {
        let upper = &padded[(top + row) * stride + left..][..=width];
        let lower = &padded[(top + row + 1) * stride + left..][..=width];
        for (column, number) in line.iter_mut().enumerate() {
            let above = weights[0] * upper[column] + weights[1] * upper[column + 1];
            let below = weights[2] * lower[column] + weights[3] * lower[column + 1];
            *number += share * (above + below);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::random::Purpose;

    #[test]
    fn blur_spreads_a_point_as_far_as_asked_and_keeps_its_sum() {
        let picture = Picture { channels: 1, height: 41, width: 41 };
        let spread = |amount: f32| {
            let mut far = 0.0f32;
            for seed in 0..20 {
                let mut numbers = vec![0.0; 41 * 41];
                numbers[20 * 41 + 20] = 1.0;
                lay(picture, amount, &mut Stream::new(Purpose::Pattern, &[seed]), &mut numbers);
                assert!((numbers.iter().sum::<f32>() - 1.0).abs() < 1e-3, "{}", numbers.iter().sum::<f32>());
                let distance = |at: usize| ((at % 41) as f32 - 20.0).hypot((at / 41) as f32 - 20.0);
                far += numbers.iter().enumerate().map(|(at, number)| number * distance(at)).sum::<f32>() / 20.0;
            }
            far
        };
        assert!(spread(0.0) < 1e-3);
        assert!((1.0..3.0).contains(&spread(0.5)), "{}", spread(0.5));
        assert!(spread(1.0) > 1.7 * spread(0.5));
    }

    #[test]
    fn an_even_picture_stays_even() {
        for (height, width) in [(1, 1), (1, 30), (30, 1), (8, 20)] {
            let mut numbers = vec![0.5; height * width];
            let picture = Picture { channels: 1, height, width };
            lay(picture, 1.0, &mut Stream::new(Purpose::Pattern, &[1]), &mut numbers);
            assert!(numbers.iter().all(|number| (number - 0.5).abs() < 1e-4), "{height}×{width}");
        }
    }
}
