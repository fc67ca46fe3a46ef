use super::*;
use crate::data::{Prepared, Sets, Shape, Values};

/// Points about the corners of a square, each corner a class; `spread` is how far they are scattered. Every fifth is in
/// the dev set.
fn corners(spread: f32) -> Prepared {
    let mut state = 1u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    let count = 600;
    let labels: Vec<u32> = (0..count).map(|example| example % 4).collect();
    let values = labels.iter().flat_map(|label| [(label % 2) as f32, (label / 2) as f32]);
    let values: Vec<f32> = values.map(|corner| corner + spread * noise()).collect();
    let (dev, train) = (0..count).partition(|example| example / 4 % 5 == 0);
    let classes = ["a", "b", "c", "d"].map(String::from).to_vec();
    Prepared::new(Shape::Vector(2), Values::Floats(values), labels, classes, Sets { train, dev, ..Sets::default() })
}

/// A ring about a ring: no line parts them.
fn rings() -> Prepared {
    let count = 400u32;
    let labels: Vec<u32> = (0..count).map(|example| example % 2).collect();
    let values = (0..count).flat_map(|example| {
        let angle = example as f32 * 2.399; // golden: all around
        let radius = if example % 2 == 0 { 1.0 } else { 3.0 };
        [radius * angle.cos(), radius * angle.sin()]
    });
    let (dev, train) = (0..count).partition(|example| example / 2 % 5 == 0);
    let classes = vec!["inner".into(), "outer".into()];
    let sets = Sets { train, dev, ..Sets::default() };
    Prepared::new(Shape::Vector(2), Values::Floats(values.collect()), labels, classes, sets)
}

fn rate(kind: BaselineKind, data: &Prepared) -> f64 {
    score(kind, &Table::of(data, 3), 3, &AtomicBool::new(false)).unwrap().counts.rate()
}

#[test]
fn each_method_does_what_it_can() {
    let (plain, rings) = (corners(0.8), rings());
    for (kind, of_plain, of_rings) in [
        (BaselineKind::MajorityClass, 0.7..=0.8, 0.4..=0.6),
        (BaselineKind::NearestCentroid, 0.0..=0.0, 0.3..=0.7),
        (BaselineKind::NearestNeighbors, 0.0..=0.0, 0.0..=0.0),
        (BaselineKind::LogisticRegression, 0.0..=0.0, 0.3..=0.7),
        (BaselineKind::RandomForest, 0.0..=0.02, 0.0..=0.1),
    ] {
        let (found_plain, found_rings) = (rate(kind, &plain), rate(kind, &rings));
        assert!(of_plain.contains(&found_plain), "{kind:?} on corners: {found_plain}");
        assert!(of_rings.contains(&found_rings), "{kind:?} on rings: {found_rings}");
    }
}

#[test]
fn the_same_seed_gives_the_same_mistakes() {
    let data = corners(2.0);
    for kind in BaselineKind::ALL {
        let found = [1, 1, 2].map(|seed| {
            let baseline = score(kind, &Table::of(&data, seed), seed, &AtomicBool::new(false)).unwrap();
            (baseline.counts, baseline.trained_on, baseline.data)
        });
        assert_eq!(found[0], found[1], "{kind:?}");
        assert_eq!((found[0].0.of, found[0].1), (120, 480));
    }
}

#[test]
fn who_is_told_to_stop_has_nothing_to_say() {
    let table = Table::of(&corners(1.0), 1);
    let stop = AtomicBool::new(true);
    for kind in [BaselineKind::NearestNeighbors, BaselineKind::LogisticRegression, BaselineKind::RandomForest] {
        assert_eq!(score(kind, &table, 1, &stop), None, "{kind:?}");
    }
}

#[test]
fn a_class_without_training_examples_is_never_said() {
    let mut data = corners(0.5);
    data.sets.train.retain(|example| example % 4 != 3);
    for kind in BaselineKind::ALL {
        let found = rate(kind, &data);
        assert!(found >= 0.25, "{kind:?} {found}");
    }
}

#[test]
fn products_are_summed_whatever_the_length() {
    for length in [0, 1, 15, 16, 17, 50] {
        let a: Vec<f32> = (0..length).map(|value| value as f32).collect();
        let expected: f32 = (0..length).map(|value| (value * value) as f32).sum();
        assert_eq!(dot(&a, &a), expected);
    }
}
