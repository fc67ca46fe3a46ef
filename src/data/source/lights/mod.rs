//! Traffic lights that the program paints: 32×32 in color, three classes (the color that is lit), each example from the
//! seed and its number alone. Orange is rare, as on the road.
//!
//! A light stands, hangs or faces walkers before sky, houses, trees and traffic, at some distance and tilt; dusk, haze,
//! rain and a low sun take their part, and a few pictures keep to themselves what color is lit. Further tasks learn the
//! `shape` of the housing and the `arrow` that the lamp shows. The second variant is the night, where other lamps shine,
//! too.

mod scene;
mod signal;

use self::signal::Signal;
use super::{Ask, Examples, Mirroring, Variant, drawn};
use crate::data::alter::Picture;
use crate::data::alter::light::blur;
use crate::data::error::DataError;
use crate::data::random::{Purpose, Stream};
use crate::data::{Shape, Values};

/// Side of a picture in pixels.
const SIDE: usize = 32;
/// Numbers of one example.
pub(super) const NUMBERS: usize = 3 * SIDE * SIDE;
/// Keeps the random numbers of this source apart from those of others.
const SOURCE: u64 = 20;

const COLORS: [&str; 3] = ["red", "orange", "green"];
/// So many in a row hold 25 red, 3 orange and 22 green lights.
const ROUND: usize = 50;

/// Paints so many lights, with the labels that are asked for: `shape` and `arrow`.
///
/// # Errors
/// Other labels are asked for.
pub(super) fn make(variant: Variant, examples: usize, ask: Ask<'_>) -> Result<Examples, DataError> {
    let key = SOURCE + variant as u64;
    let (values, known) = drawn::make(examples, NUMBERS, |number, out| {
        let color = color_of(drawn::class_in_rounds::<ROUND>([ask.seed, key], number));
        let mut stream = Stream::new(Purpose::Draw, &[ask.seed, key, number]);
        let signal = Signal::draw(color, &mut stream);
        drawn::to_bytes(&paint(&signal, variant, &mut stream), out);
        (color, signal.shape as u32, signal.arrow as u32)
    });
    let further = [
        ("shape", drawn::classes(&signal::SHAPES, known.iter().map(|&(_, shape, _)| shape))),
        ("arrow", drawn::classes(&signal::ARROWS, known.iter().map(|&(_, _, arrow)| arrow))),
    ];
    Ok(Examples {
        shape: Shape::Image { channels: 3, height: SIDE, width: SIDE },
        values: Values::Bytes(values),
        labels: known.iter().map(|&(color, _, _)| color as u32).collect(),
        classes: COLORS.map(str::to_owned).to_vec(),
        further: drawn::asked(ask, &further)?,
        keys: None,
        mirroring: Mirroring::MaySpoil("light keeps its color, and its arrow points elsewhere"),
        notes: Vec::new(),
    })
}

fn color_of(place: u32) -> usize {
    match place {
        0..25 => 0,
        25..28 => 1,
        _ => 2,
    }
}

fn paint(signal: &Signal, variant: Variant, stream: &mut Stream) -> Vec<f32> {
    let weather = match variant {
        Variant::Plain => scene::Weather::by_day(stream),
        Variant::Hard => scene::Weather::by_night(stream),
    };
    let mut painting = scene::background(&weather, stream);
    signal.paint(&weather, &mut painting, stream);
    scene::air(&weather, signal.lamp(), &mut painting, stream);
    let mut numbers = painting.planes();
    let sides = Picture { channels: 3, height: SIDE, width: SIDE };
    blur(sides, weather.blur, &mut numbers);
    for number in &mut numbers {
        *number += weather.grain * stream.normal();
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Labels;
    use crate::domain::experiment::Auxiliary;

    fn made(variant: Variant, examples: usize, seed: u64) -> Examples {
        let asked = |target: &str| Auxiliary { target: target.into(), loss: None, weight: 1.0, labelled: 1.0 };
        let auxiliary = [asked("arrow"), asked("shape")];
        make(variant, examples, Ask { section: "data", seed, auxiliary: &auxiliary, sequences: false }).unwrap()
    }

    fn bytes(examples: &Examples) -> &[u8] {
        let Values::Bytes(values) = &examples.values else { panic!() };
        values
    }

    #[test]
    fn the_same_seed_paints_the_same_and_more_begin_with_the_same() {
        for variant in [Variant::Plain, Variant::Hard] {
            let (few, many, other) = (made(variant, 30, 1), made(variant, 60, 1), made(variant, 30, 2));
            assert_eq!(bytes(&few), &bytes(&many)[..30 * NUMBERS]);
            assert_eq!(few.labels, many.labels[..30]);
            assert_ne!(bytes(&few), bytes(&other));
        }
        assert_ne!(bytes(&made(Variant::Plain, 5, 1)), bytes(&made(Variant::Hard, 5, 1)));
    }

    #[test]
    fn six_of_a_hundred_are_orange_and_walkers_see_none_of_them() {
        let lights = made(Variant::Plain, 1000, 1);
        let count = |color: u32| lights.labels.iter().filter(|label| **label == color).count();
        assert_eq!([count(0), count(1), count(2)], [500, 60, 440]);
        let [Labels::Classes { names: arrows, of: arrow }, Labels::Classes { of: shape, .. }] = &lights.further[..]
        else {
            panic!("{:?}", lights.further)
        };
        assert_eq!(arrows.len(), 4);
        for ((&color, &shape), &arrow) in lights.labels.iter().zip(shape).zip(arrow) {
            assert!(shape != 2 || (color != 1 && arrow == 0), "a {color} light for walkers with arrow {arrow}");
        }
        for (of, classes) in [(arrow, 4), (shape, 3)] {
            assert!((0..classes).all(|class| of.iter().filter(|other| **other == class).count() > 60));
        }
    }

    /// Green and red lights differ where the lamp is, so the strongest difference between the two planes has the sign
    /// of the color in nearly all pictures; not in all, or no one would ever err.
    #[test]
    fn the_color_is_seen() {
        for (variant, most) in [(Variant::Plain, 0.3), (Variant::Hard, 0.3)] {
            let lights = made(variant, 600, 3);
            let plane = SIDE * SIDE;
            let mut wrong = 0;
            for (picture, &color) in bytes(&lights).chunks(NUMBERS).zip(&lights.labels) {
                let difference = |at: usize| i32::from(picture[at]) - i32::from(picture[plane + at]);
                let strongest =
                    (0..plane).map(difference).max_by_key(|difference| difference.abs()).unwrap_or_default();
                wrong += usize::from((strongest > 0) != (color < 2));
            }
            assert!((wrong as f64) < most * 600.0, "{wrong} of 600");
        }
    }
}
