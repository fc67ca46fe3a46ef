//! Rain: bright streaks that fall one way, before a thin veil.

use super::Picture;
use crate::data::random::Stream;

/// Pixels for each streak at an amount of 1.
const PIXELS: f32 = 28.0;
/// How much contrast the veil takes at an amount of 1.
const VEIL: f32 = 0.45;

/// Lays a fresh rain over a picture of numbers from 0 to 1. `amount` is how dense it is: at 0 it is dry, at 1 it pours.
pub(super) fn lay(picture: Picture, amount: f32, stream: &mut Stream, numbers: &mut [f32]) {
    let Picture { height, width, .. } = picture;
    let side = height.min(width) as f32;
    let count = (amount * (height * width) as f32 / PIXELS).round() as usize;
    // All fall the way the wind blows, or nearly.
    let wind = stream.between(-0.5, 0.5);
    let mut streaks = vec![0.0; height * width];
    for _ in 0..count {
        let length = stream.between(0.12, 0.35) * side;
        let slope = wind + stream.between(-0.06, 0.06);
        let (x, y) = (stream.between(-0.1, 1.1) * width as f32, stream.between(-0.2, 1.0) * height as f32);
        let bright = stream.between(0.45, 1.0);
        let half = (side / 90.0).max(0.45) * stream.between(0.8, 1.3);
        streak(&mut streaks, width, (x, y), slope, length, half, bright);
    }
    let (veil, light) = (VEIL * amount, stream.between(0.4, 0.6));
    for plane in numbers.chunks_exact_mut(height * width) {
        for (number, streak) in plane.iter_mut().zip(&streaks) {
            *number += veil * (light - *number);
            *number += streak * (0.95 - *number);
        }
    }
}

/// Draws one streak from a place downwards, so many columns to the side for each row; the brighter one wins.
fn streak(ink: &mut [f32], width: usize, (x, y): (f32, f32), slope: f32, length: f32, half: f32, bright: f32) {
    let height = ink.len() / width.max(1);
    // Measured along a row, a slanted line is wider than across it.
    let reach = half * (1.0 + slope * slope).sqrt();
    let first = y.max(0.0) as usize;
    let last = ((y + length).max(0.0).ceil() as usize).min(height);
    for row in first..last {
        let center = x + slope * (row as f32 - y);
        // It thins out towards both ends.
        let along = ((row as f32 + 0.5 - y) / length).clamp(0.0, 1.0);
        let strength = bright * (4.0 * along * (1.0 - along)).sqrt();
        let from = (center - reach - 1.0).max(0.0) as usize;
        let to = ((center + reach + 2.0).max(0.0) as usize).min(width);
        for column in from..to {
            let coverage = (reach + 0.5 - (column as f32 - center).abs()).clamp(0.0, 1.0);
            let pixel = &mut ink[row * width + column];
            *pixel = pixel.max(strength * coverage);
        }
    }
}
