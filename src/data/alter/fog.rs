//! Fog: cloudy brightness between a picture and the eye. It hides contrast more than it adds shape, so that people read
//! through it what a network that has never seen fog does not.

use super::Picture;
use crate::data::random::Stream;

/// Cells along the shorter side for each layer of the cloud, and its weight.
const LAYERS: [(f32, f32); 3] = [(2.2, 0.55), (4.5, 0.3), (9.0, 0.15)];

/// Lays a fresh fog over a picture of numbers from 0 to 1. `amount` is its mean density: at 0 it is clear, at 1 nothing
/// else is seen; in between it drifts about that.
pub(in crate::data) fn lay(picture: Picture, amount: f32, stream: &mut Stream, numbers: &mut [f32]) {
    let Picture { height, width, .. } = picture;
    let mut cloud = vec![0.0; height * width];
    for (cells, weight) in LAYERS {
        let cell = height.min(width) as f32 / cells;
        add_layer(&mut cloud, width, cell.max(1.0), weight, stream);
    }
    let bright = stream.between(0.4, 0.85);
    let (tilt_x, tilt_y) = (stream.between(-0.15, 0.15), stream.between(-0.15, 0.15));
    // How far density may drift without leaving 0 to 1.
    let drift = amount * (1.0 - amount);
    for plane in numbers.chunks_exact_mut(height * width) {
        for (row, (line, cloud)) in plane.chunks_exact_mut(width).zip(cloud.chunks_exact(width)).enumerate() {
            let light = bright + tilt_y * (row as f32 / height as f32 - 0.5);
            for (column, (number, &cloud)) in line.iter_mut().zip(cloud).enumerate() {
                let light = light + tilt_x * (column as f32 / width as f32 - 0.5) + 0.12 * cloud;
                let density = amount + drift * cloud;
                *number += density * (light - *number);
            }
        }
    }
}

/// Adds smoothly interpolated noise from −`weight` to `weight` with cells of so many pixels.
fn add_layer(cloud: &mut [f32], width: usize, cell: f32, weight: f32, stream: &mut Stream) {
    let height = cloud.len() / width.max(1);
    let (across, down) = ((width as f32 / cell) as usize + 3, (height as f32 / cell) as usize + 3);
    let lattice: Vec<f32> = (0..across * down).map(|_| stream.between(-weight, weight)).collect();
    let (offset_x, offset_y) = (stream.unit(), stream.unit());
    // Where each column lies in its cell; the same for all rows.
    let columns: Vec<(usize, f32)> = (0..width).map(|column| place(column as f32 / cell + offset_x)).collect();
    for (row, line) in cloud.chunks_exact_mut(width).enumerate() {
        let (top, t) = place(row as f32 / cell + offset_y);
        let (upper, lower) = (&lattice[top * across..], &lattice[(top + 1) * across..]);
        for (value, &(left, s)) in line.iter_mut().zip(&columns) {
            let above = upper[left] + (upper[left + 1] - upper[left]) * s;
            let below = lower[left] + (lower[left + 1] - lower[left]) * s;
            *value += above + (below - above) * t;
        }
    }
}

/// The cell that a place falls in, and how far it is across, eased at both ends.
fn place(at: f32) -> (usize, f32) {
    let cell = at as usize;
    let share = at - cell as f32;
    (cell, share * share * (3.0 - 2.0 * share))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::random::Purpose;

    const PICTURE: Picture = Picture { channels: 1, height: 28, width: 28 };

    fn fogged(amount: f32, number: u64) -> Vec<f32> {
        let mut numbers: Vec<f32> = (0..784).map(|at| if at % 28 < 14 { 0.0 } else { 1.0 }).collect();
        lay(PICTURE, amount, &mut Stream::new(Purpose::Pattern, &[number]), &mut numbers);
        numbers
    }

    /// Mean of the bright half less mean of the dark half.
    fn contrast(numbers: &[f32]) -> f32 {
        numbers.iter().enumerate().map(|(at, number)| if at % 28 < 14 { -number } else { *number }).sum::<f32>() / 392.0
    }

    #[test]
    fn contrast_falls_with_density_from_all_to_nothing() {
        assert_eq!(contrast(&fogged(0.0, 1)), 1.0);
        let mean = |amount| (0..20).map(|number| contrast(&fogged(amount, number))).sum::<f32>() / 20.0;
        let (thin, thick, full) = (mean(0.3), mean(0.7), mean(1.0));
        assert!((thin - 0.7).abs() < 0.1 && (thick - 0.3).abs() < 0.1 && full.abs() < 0.1, "{thin} {thick} {full}");
    }

    #[test]
    fn fogs_differ_and_are_the_same_again() {
        assert_eq!(fogged(0.6, 1), fogged(0.6, 1));
        let difference: f32 =
            fogged(0.6, 1).iter().zip(fogged(0.6, 2)).map(|(a, b)| (a - b).abs()).sum::<f32>() / 784.0;
        assert!(difference > 0.03, "{difference}");
    }

    #[test]
    fn a_picture_of_one_pixel_or_one_row_is_no_trouble() {
        for (height, width) in [(1, 1), (1, 40), (40, 1)] {
            let mut numbers = vec![0.5; height * width];
            let picture = Picture { channels: 1, height, width };
            lay(picture, 0.5, &mut Stream::new(Purpose::Pattern, &[1]), &mut numbers);
            assert!(numbers.iter().all(|number| (0.0..=1.2).contains(number)));
        }
    }
}
