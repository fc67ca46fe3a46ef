//! Scenes that the program paints: 48×48 in color, in most of them a kangaroo; three classes (it faces left or right, or
//! there is none), each example from the seed and its number alone.
//!
//! Land, light, size, pose and place vary; grass and bushes cover a part of some animals, and stones and logs look like
//! them from afar. Further tasks learn the animal's `box` (left, top, width and height, as shares of the picture's side),
//! the `points` of its head and of the tip of its tail (likewise), whether it is `grazing`, and `marks` of what is in the
//! scene at all. Where there is no animal, it has no box, no points and does not graze: those labels are absent. The
//! second variant is at dusk.

mod animal;
mod scene;

use self::animal::{Animal, Seen};
use self::scene::Land;
use super::{Ask, Examples, Mirroring, Variant, drawn};
use crate::data::alter::Picture;
use crate::data::alter::light::blur;
use crate::data::error::DataError;
use crate::data::random::{Purpose, Stream};
use crate::data::{ABSENT, Labels, Shape, Values};

/// Side of a picture in pixels.
const SIDE: usize = 48;
/// Numbers of one example.
pub(super) const NUMBERS: usize = 3 * SIDE * SIDE;
/// Keeps the random numbers of this source apart from those of others.
const SOURCE: u64 = 30;

const FACING: [&str; 3] = ["left", "right", "none"];
/// Of five in a row two face left, two right, and one scene has no animal.
const ROUND: [u32; 5] = [0, 0, 1, 1, 2];
const MARKS: [&str; 4] = ["animal", "tree", "bush", "bird"];

/// What is known of one scene.
struct Known {
    facing: u32,
    grazing: bool,
    seen: Option<Seen>,
    marks: [f32; 4],
}

/// Paints so many scenes, with the labels that are asked for: `box`, `points`, `grazing`, `marks`.
///
/// # Errors
/// Other labels are asked for.
pub(super) fn make(variant: Variant, examples: usize, ask: Ask<'_>) -> Result<Examples, DataError> {
    let key = SOURCE + variant as u64;
    let (values, known) = drawn::make(examples, NUMBERS, |number, out| {
        let facing = ROUND[drawn::class_in_rounds::<5>([ask.seed, key], number) as usize];
        let mut stream = Stream::new(Purpose::Draw, &[ask.seed, key, number]);
        let (numbers, known) = paint(facing, variant, &mut stream);
        drawn::to_bytes(&numbers, out);
        known
    });
    let of_animal = |number: fn(&Seen) -> [f32; 4]| {
        known.iter().map(move |known| known.seen.as_ref().map_or([f32::NAN; 4], number))
    };
    let grazing = known.iter().map(|known| known.seen.map_or(ABSENT, |_| u32::from(known.grazing)));
    let marks = Labels::Marks {
        names: MARKS.map(str::to_owned).to_vec(),
        of: known.iter().flat_map(|known| known.marks).collect(),
    };
    let further = [
        ("box", drawn::numbers(["left", "top", "width", "height"], of_animal(box_of))),
        ("points", drawn::numbers(["head x", "head y", "tail x", "tail y"], of_animal(points_of))),
        ("grazing", drawn::classes(&["no", "yes"], grazing)),
        ("marks", marks),
    ];
    Ok(Examples {
        shape: Shape::Image { channels: 3, height: SIDE, width: SIDE },
        values: Values::Bytes(values),
        labels: known.iter().map(|known| known.facing).collect(),
        classes: FACING.map(str::to_owned).to_vec(),
        further: drawn::asked(ask, &further)?,
        keys: None,
        mirroring: Mirroring::Spoils("kangaroo faces the other way than its class says"),
        notes: Vec::new(),
    })
}

/// From pixels, whose middles lie at whole numbers, to a share of the side.
fn share(pixels: f32) -> f32 {
    ((pixels + 0.5) / SIDE as f32).clamp(0.0, 1.0)
}

fn box_of(seen: &Seen) -> [f32; 4] {
    let [left, top, right, bottom] = seen.bounds.map(share);
    [left, top, right - left, bottom - top]
}

fn points_of(seen: &Seen) -> [f32; 4] {
    [seen.head.0, seen.head.1, seen.tail.0, seen.tail.1].map(share)
}

fn paint(facing: u32, variant: Variant, stream: &mut Stream) -> (Vec<f32>, Known) {
    let land = match variant {
        Variant::Plain => Land::by_day(stream),
        Variant::Hard => Land::at_dusk(stream),
    };
    let there = facing < 2;
    let grazing = there && stream.chance(0.4);
    let [tree, bush, bird] = [stream.chance(0.45), stream.chance(0.4), stream.chance(0.3)];
    let mut painting = land.begin(stream);
    if bird {
        (0..=stream.below(3)).for_each(|_| land.bird(&mut painting, stream));
    }
    if tree {
        (0..=stream.below(2)).for_each(|_| land.tree(&mut painting, stream));
    }
    // Where there is no animal, there is more of what could be one.
    for _ in 0..stream.below(if there { 2 } else { 3 }) {
        land.thing(&mut painting, stream);
    }
    let end = SIDE as f32;
    let stand = stream.between(0.4, 1.0);
    // Bushes mostly stand behind; some of them before an animal.
    let before = stream.chance(0.25);
    if bush && !before {
        let row = land.horizon + stream.between(1.0, 8.0);
        (0..=stream.below(2)).for_each(|_| land.bush(row, &mut painting, stream));
    }
    land.grass(land.horizon..end, stand, &mut painting, stream);
    let seen = there.then(|| {
        let way = if facing == 1 { 1.0 } else { -1.0 };
        let animal = Animal::draw(way, grazing, land.horizon, stream);
        let seen = animal.paint(land.light, &mut painting);
        // Its feet are in the grass.
        let foot = seen.bounds[3];
        land.grass(foot - 0.5..foot + 2.5, 1.3 * stand, &mut painting, stream);
        seen
    });
    if bush && before {
        let row = stream.between(land.horizon + 8.0, end);
        land.bush(row, &mut painting, stream);
    }
    land.end(&mut painting);
    let mut numbers = painting.planes();
    blur(Picture { channels: 3, height: SIDE, width: SIDE }, stream.between(0.2, 0.6), &mut numbers);
    let grain = stream.between(0.01, 0.04);
    for number in &mut numbers {
        *number += grain * stream.normal();
    }
    let marks = [there, tree, bush, bird].map(|mark| if mark { 1.0 } else { 0.0 });
    (numbers, Known { facing, grazing, seen, marks })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::experiment::Auxiliary;

    fn made(variant: Variant, examples: usize, seed: u64) -> Examples {
        let asked = |target: &str| Auxiliary { target: target.into(), loss: None, weight: 1.0, labelled: 1.0 };
        let auxiliary = ["box", "points", "grazing", "marks"].map(asked);
        make(variant, examples, Ask { section: "data", seed, auxiliary: &auxiliary, sequences: false }).unwrap()
    }

    fn bytes(examples: &Examples) -> &[u8] {
        let Values::Bytes(values) = &examples.values else { panic!() };
        values
    }

    #[test]
    fn the_same_seed_paints_the_same_and_more_begin_with_the_same() {
        for variant in [Variant::Plain, Variant::Hard] {
            let (few, many, other) = (made(variant, 20, 1), made(variant, 40, 1), made(variant, 20, 2));
            assert_eq!(bytes(&few), &bytes(&many)[..20 * NUMBERS]);
            assert_eq!(few.labels, many.labels[..20]);
            assert_ne!(bytes(&few), bytes(&other));
        }
    }

    #[test]
    fn labels_fit_one_another() {
        let scenes = made(Variant::Plain, 1000, 2);
        let [
            Labels::Numbers { of: boxes, .. },
            Labels::Numbers { of: points, .. },
            Labels::Classes { of: grazing, .. },
            Labels::Marks { of: marks, .. },
        ] = &scenes.further[..]
        else {
            panic!()
        };
        let mut counts = [0; 3];
        for (scene, &facing) in scenes.labels.iter().enumerate() {
            counts[facing as usize] += 1;
            let (place, points) = (&boxes[4 * scene..][..4], &points[4 * scene..][..4]);
            let there = facing < 2;
            assert_eq!(marks[4 * scene] == 1.0, there);
            assert_eq!(grazing[scene] == ABSENT, !there);
            if !there {
                assert!(place.iter().chain(points).all(|number| number.is_nan()));
                continue;
            }
            let [left, top, width, height] = *place else { panic!() };
            assert!(left >= 0.0 && top >= 0.0 && left + width <= 1.0 && top + height <= 1.0, "{place:?}");
            assert!(width > 0.15 && height > 0.1, "{place:?}");
            for point in points.chunks(2) {
                assert!(
                    (left..=left + width).contains(&point[0]) && (top..=top + height).contains(&point[1]),
                    "{points:?}"
                );
            }
            // The head leads, the tail follows.
            assert_eq!(points[0] > points[2], facing == 1, "example {scene}");
        }
        assert_eq!(counts, [400, 400, 200]);
    }

    /// Inside its box an animal differs from the same scene's surroundings; without one, nothing would be there to see.
    #[test]
    fn animals_are_where_their_boxes_are() {
        let scenes = made(Variant::Plain, 400, 3);
        let Labels::Numbers { of: boxes, .. } = &scenes.further[0] else { panic!() };
        let mut apart = 0;
        let mut animals = 0;
        for (scene, picture) in bytes(&scenes).chunks(NUMBERS).enumerate() {
            let place = &boxes[4 * scene..][..4];
            if place[0].is_nan() {
                continue;
            }
            let pixels = |at: f32| (at * SIDE as f32) as usize;
            let (middle, foot) = (pixels(place[0] + place[2] / 2.0), pixels(place[1] + 0.55 * place[3]));
            let at = |column: usize| f64::from(picture[foot.min(SIDE - 1) * SIDE + column.min(SIDE - 1)]);
            let beside = [pixels(place[0]).saturating_sub(3), pixels(place[0] + place[2]) + 3];
            let off = beside.iter().map(|&column| (at(middle) - at(column)).abs()).fold(0.0, f64::max);
            animals += 1;
            apart += usize::from(off > 12.0);
        }
        assert!(apart * 10 > animals * 8, "{apart} of {animals}");
    }
}
