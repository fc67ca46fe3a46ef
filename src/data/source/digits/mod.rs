//! Digits that the program draws itself: 28×28 gray, light on dark, ten classes, each example from the seed and its
//! number alone.
//!
//! A digit is one of a few hand-made skeletons, bent, slanted, turned, sized and placed at random and drawn with a pen
//! whose pressure varies and that sometimes skips; on it lie a little blur, stray marks and noise. Some come out so odd
//! that a person errs, too. The foggy variant is the same digits seen through fog.

mod skeletons;

use self::skeletons::{SKELETONS, Skeleton, Stroke};
use super::canvas::{Canvas, Dot};
use super::{Examples, Mirroring, Variant, drawn};
use crate::data::alter::Picture;
use crate::data::alter::fog;
use crate::data::alter::light::{blur, noise};
use crate::data::random::{Purpose, Stream};
use crate::data::{Shape, Values};

/// Side of a picture in pixels.
const SIDE: usize = 28;

/// Draws so many digits. More of the same seed begin with the same ones.
pub(super) fn draw(variant: Variant, examples: usize, seed: u64) -> Examples {
    let (values, labels) = drawn::make(examples, SIDE * SIDE, |number, out| {
        let class = drawn::class_in_rounds::<10>([seed, variant as u64], number);
        let mut stream = Stream::new(Purpose::Draw, &[seed, variant as u64, number]);
        drawn::to_bytes(&picture(class as usize, variant, &mut stream), out);
        class
    });
    Examples {
        shape: Shape::Image { channels: 1, height: SIDE, width: SIDE },
        values: Values::Bytes(values),
        labels,
        classes: (0..10).map(|class: u32| class.to_string()).collect(),
        further: Vec::new(),
        keys: None,
        mirroring: Mirroring::Spoils("digit is no digit, or another one"),
        notes: Vec::new(),
    }
}

/// One digit, numbers about 0 to 1.
fn picture(class: usize, variant: Variant, stream: &mut Stream) -> Vec<f32> {
    let ways = SKELETONS[class];
    let skeleton = ways[stream.below(ways.len())];
    let mut canvas = Canvas::new(SIDE, SIDE);
    let ink = stream.between(0.6, 1.0);
    let hand = Hand::draw(stream);
    write(&mut canvas, skeleton, &hand, ink, stream);
    stray_marks(&mut canvas, ink, stream);

    let mut numbers = canvas.ink;
    shade(&mut numbers, stream);
    let sides = Picture { channels: 1, height: SIDE, width: SIDE };
    blur(sides, stream.between(0.2, 0.75), &mut numbers);
    let grain = match variant {
        Variant::Plain => stream.between(0.02, 0.1),
        // What little contrast fog leaves would drown in more.
        Variant::Hard => {
            fog::lay(sides, stream.between(0.25, 0.65), stream, &mut numbers);
            stream.between(0.01, 0.045)
        }
    };
    noise(grain, stream, &mut numbers);
    numbers
}

/// How one digit is written: from the box of its skeleton to pixels.
struct Hand {
    /// Bends: how far each of 3×3 places in the box is off.
    bends: [(f32, f32); 9],
    middle: (f32, f32),
    size: (f32, f32),
    /// Columns to the right for each row upwards.
    slant: f32,
    /// Sine and cosine of the turn.
    turn: (f32, f32),
    /// Mean radius of the pen in pixels.
    pen: f32,
}

impl Hand {
    fn draw(stream: &mut Stream) -> Self {
        let height = stream.between(13.5, 20.5);
        let width = height * stream.between(0.5, 0.85);
        let free = (SIDE as f32 - height) / 2.0 - 1.5;
        let middle = (SIDE as f32 - 1.0) / 2.0;
        Self {
            bends: std::array::from_fn(|_| (0.055 * stream.normal(), 0.045 * stream.normal())),
            middle: (middle + stream.between(-free, free).clamp(-4.0, 4.0), middle + stream.between(-free, free)),
            size: (width, height),
            slant: 0.06 + 0.17 * stream.normal().clamp(-2.2, 2.2),
            turn: (0.11 * stream.normal()).clamp(-0.3, 0.3).sin_cos(),
            pen: stream.between(0.8, 1.75),
        }
    }

    /// Where a place in the box comes to lie on the canvas.
    fn place(&self, (x, y): (f32, f32)) -> (f32, f32) {
        let (bend_x, bend_y) = self.bend(x, y);
        let x = (x + bend_x - 0.5) * self.size.0;
        let y = (y + bend_y - 0.5) * self.size.1;
        let x = x - self.slant * y;
        let (sin, cos) = self.turn;
        (self.middle.0 + cos * x - sin * y, self.middle.1 + sin * x + cos * y)
    }

    /// The bend at a place, smooth between the nine.
    fn bend(&self, x: f32, y: f32) -> (f32, f32) {
        let (across, down) = (weights(x), weights(y));
        let mut bend = (0.0, 0.0);
        for (row, down) in down.into_iter().enumerate() {
            for (column, across) in across.into_iter().enumerate() {
                let (x, y) = self.bends[row * 3 + column];
                bend = (bend.0 + x * across * down, bend.1 + y * across * down);
            }
        }
        bend
    }
}

/// How much each of three places at 0, ½ and 1 weighs at `t`: the quadratic Bernstein polynomials.
fn weights(t: f32) -> [f32; 3] {
    let t = t.clamp(0.0, 1.0);
    [(1.0 - t) * (1.0 - t), 2.0 * t * (1.0 - t), t * t]
}

fn write(canvas: &mut Canvas, skeleton: Skeleton, hand: &Hand, ink: f32, stream: &mut Stream) {
    let (swing, phase) = (stream.between(0.0, 0.3), stream.between(0.0, std::f32::consts::TAU));
    // Where the pen skips, as a share of one stroke, if it does.
    let skip = stream.chance(0.12).then(|| {
        let at = stream.between(0.1, 0.9);
        (stream.below(skeleton.len()), at, at + stream.between(0.06, 0.16))
    });
    for (place, stroke) in skeleton.iter().enumerate() {
        let path = path(stroke, stream);
        let steps = path.len().max(2) as f32 - 1.0;
        let dot = |(step, &point): (usize, &(f32, f32))| {
            let (x, y) = hand.place(point);
            let share = step as f32 / steps;
            let pressure = 1.0 + swing * (phase + 5.0 * share).sin();
            (share, Dot { x, y, radius: (hand.pen * pressure).max(0.5) })
        };
        let dots: Vec<(f32, Dot)> = path.iter().enumerate().map(dot).collect();
        let run = |keep: &dyn Fn(f32) -> bool| -> Vec<Dot> {
            dots.iter().filter(|(share, _)| keep(*share)).map(|(_, dot)| *dot).collect()
        };
        match skip {
            Some((which, from, to)) if which == place => {
                canvas.stroke(&run(&|share| share < from), ink);
                canvas.stroke(&run(&|share| share > to), ink);
            }
            _ => canvas.stroke(&run(&|_| true), ink),
        }
    }
}

/// The points of a stroke in its box, close enough to look smooth.
fn path(stroke: &Stroke, stream: &mut Stream) -> Vec<(f32, f32)> {
    const STEPS: usize = 6;
    match *stroke {
        Stroke::Lines(points) => {
            let mut path = vec![points[0]];
            for pair in points.windows(2) {
                path.extend((1..=STEPS).map(|step| between(pair[0], pair[1], step as f32 / STEPS as f32)));
            }
            path
        }
        Stroke::Curve(points) => {
            let mut path = vec![points[0]];
            for (at, pair) in points.windows(2).enumerate() {
                let before = points[at.saturating_sub(1)];
                let after = points[(at + 2).min(points.len() - 1)];
                path.extend((1..=STEPS).map(|step| {
                    let t = step as f32 / STEPS as f32;
                    (
                        catmull_rom([before.0, pair[0].0, pair[1].0, after.0], t),
                        catmull_rom([before.1, pair[0].1, pair[1].1, after.1], t),
                    )
                }));
            }
            path
        }
        Stroke::Ring((x, y), (across, down)) => {
            // Rings begin near the top and do not always quite close, or close with an overlap.
            let begin = stream.between(-2.2, -0.9);
            let length = std::f32::consts::TAU + stream.between(-0.35, 0.5);
            (0..=24)
                .map(|step| {
                    let (sin, cos) = (begin - length * step as f32 / 24.0).sin_cos();
                    (x + across * cos, y + down * sin)
                })
                .collect()
        }
    }
}

fn between(from: (f32, f32), to: (f32, f32), share: f32) -> (f32, f32) {
    (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share)
}

/// The Catmull-Rom spline between the middle two of four numbers.
fn catmull_rom([a, b, c, d]: [f32; 4], t: f32) -> f32 {
    let (square, cube) = (t * t, t * t * t);
    0.5 * (2.0 * b + (c - a) * t + (2.0 * a - 5.0 * b + 4.0 * c - d) * square + (3.0 * (b - c) + d - a) * cube)
}

/// Paper is not quite black, nor lit quite evenly.
fn shade(numbers: &mut [f32], stream: &mut Stream) {
    let mean = stream.between(0.02, 0.14);
    let (across, down) = (stream.between(-mean, mean), stream.between(-mean, mean));
    for (place, number) in numbers.iter_mut().enumerate() {
        let (row, column) = (place / SIDE, place % SIDE);
        let at = |step: usize| step as f32 / (SIDE as f32 - 1.0) - 0.5;
        let paper = mean + across * at(column) + down * at(row);
        *number += paper * (1.0 - *number);
    }
}

/// Specks and scratches that belong to the paper.
fn stray_marks(canvas: &mut Canvas, ink: f32, stream: &mut Stream) {
    let side = SIDE as f32;
    for _ in 0..stream.below(3) {
        let (x, y) = (stream.between(0.0, side), stream.between(0.0, side));
        let radius = stream.between(0.1, 0.7);
        canvas.stroke(&[Dot { x, y, radius }], ink * stream.between(0.4, 1.0));
    }
    if stream.chance(0.25) {
        let (x, y) = (stream.between(0.0, side), stream.between(0.0, side));
        let (sin, cos) = stream.between(0.0, std::f32::consts::TAU).sin_cos();
        let length = stream.between(3.0, 9.0);
        let dots = [Dot { x, y, radius: 0.3 }, Dot { x: x + length * cos, y: y + length * sin, radius: 0.3 }];
        canvas.stroke(&dots, ink * stream.between(0.4, 0.9));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_and_more_begin_with_the_same() {
        let few = draw(Variant::Plain, 40, 1);
        let many = draw(Variant::Plain, 60, 1);
        let other = draw(Variant::Plain, 40, 2);
        let (Values::Bytes(few_values), Values::Bytes(many_values)) = (&few.values, &many.values) else { panic!() };
        assert_eq!(few_values[..], many_values[..few_values.len()]);
        assert_eq!(few.labels[..], many.labels[..40]);
        assert_ne!(few.values, other.values);
    }

    #[test]
    fn classes_are_balanced_and_in_no_fixed_order() {
        let labels = draw(Variant::Hard, 200, 3).labels;
        for tens in labels.chunks(10) {
            let mut sorted = tens.to_vec();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..10).collect::<Vec<_>>());
        }
        assert_ne!(labels[..10], labels[10..20]);
    }

    #[test]
    fn every_digit_has_ink_in_the_middle_and_none_is_cut_off() {
        let digits = draw(Variant::Plain, 2000, 4);
        let Values::Bytes(values) = &digits.values else { panic!() };
        for (number, picture) in values.chunks(SIDE * SIDE).enumerate() {
            let bright = |row: usize, column: usize| picture[row * SIDE + column] > 90;
            let ink = (0..SIDE * SIDE).filter(|at| bright(at / SIDE, at % SIDE)).count();
            assert!((12..400).contains(&ink), "example {number} has {ink} pixels of ink");
        }
    }

    #[test]
    fn fog_takes_contrast() {
        let contrast = |variant| {
            let Values::Bytes(values) = draw(variant, 200, 5).values else { panic!() };
            let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / values.len() as f64;
            (values.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
        };
        let (clear, foggy) = (contrast(Variant::Plain), contrast(Variant::Hard));
        assert!(foggy < 0.8 * clear, "{foggy} is not below {clear}");
    }
}
