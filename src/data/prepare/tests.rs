//! From the text of an experiment to examples in sets.

use super::*;
use crate::data::{Sets, Shape};
use crate::domain::experiment::{Override, parse};

fn experiment(text: &str) -> Experiment {
    parse(text, "test.toml", "test", &[] as &[Override]).unwrap()
}

fn prepared(text: &str) -> Prepared {
    prepare(&experiment(text), Path::new(".")).unwrap()
}

fn sizes(sets: &Sets) -> [usize; 4] {
    [sets.train.len(), sets.train_dev.len(), sets.dev.len(), sets.test.len()]
}

const MISMATCH: &str = "[data]\nexamples = 600\n[data.target]\nvariant = \"foggy\"\nexamples = 200\n";

#[test]
fn the_rule_by_size_is_exact_and_can_be_overridden() {
    assert_eq!(sizes(&prepared("[data]\nexamples = 300").sets), [210, 0, 45, 45]);
    let own = "[data]\nexamples = 300\n[data.split]\ntrain = 0.5\ndev = 0.5\ntest = 0.0";
    assert_eq!(sizes(&prepared(own).sets), [150, 0, 150, 0]);
}

#[test]
fn each_set_has_its_share_of_every_class() {
    let prepared = prepared("[data]\nexamples = 1000");
    for (set, size) in [(&prepared.sets.train, 70), (&prepared.sets.dev, 15), (&prepared.sets.test, 15)] {
        for class in 0..10 {
            let count = set.iter().filter(|&&example| prepared.labels[example as usize] == class).count();
            assert_eq!(count, size);
        }
    }
}

#[test]
fn dev_and_test_are_of_the_target_alone_and_train_dev_of_the_source() {
    let prepared = prepared(&format!("{MISMATCH}share_in_train = 0.1"));
    assert_eq!(sizes(&prepared.sets), [530, 90, 90, 90]);
    let from_target = |set: &[u32]| set.iter().filter(|&&example| example >= 600).count();
    let sets = &prepared.sets;
    assert_eq!([&sets.train, &sets.train_dev, &sets.dev, &sets.test].map(|set| from_target(set)), [20, 0, 90, 90]);
    let mut all = [&sets.train[..], &sets.train_dev, &sets.dev, &sets.test].concat();
    all.sort_unstable();
    assert_eq!(all, (0..800).collect::<Vec<_>>());
    assert!(prepared.notes.iter().any(|note| note.contains("Train-dev holds 90")), "{:?}", prepared.notes);
}

#[test]
fn train_dev_is_never_altered_into_training() {
    let text = format!("{MISMATCH}[[data.augment]]\nkind = \"noise\"\nprobability = 1.0\n");
    let (plain, altered) = (prepared(MISMATCH), prepared(&text));
    assert_eq!(plain.sets, altered.sets);
    let (mut a, mut b) = (vec![0.0; 784], vec![0.0; 784]);
    let dev = plain.sets.dev[0];
    plain.plain(dev, &mut a);
    altered.plain(dev, &mut b);
    assert_eq!(a, b);
}

#[test]
fn alteration_hangs_on_seed_example_and_epoch_alone() {
    let text = "[data]\nexamples = 50\n[[data.augment]]\nkind = \"rotate\"\nprobability = 1.0\n\
                [[data.synthesize]]\nkind = \"fog\"\nprobability = 1.0";
    let seen = |prepared: &Prepared, example, epoch| {
        let mut out = vec![0.0; 784];
        prepared.altered(example, epoch, &mut out);
        out
    };
    let first = prepared(text);
    assert_eq!(seen(&first, 3, 2), seen(&prepared(text), 3, 2));
    assert_ne!(seen(&first, 3, 2), seen(&first, 3, 3));
    assert_ne!(seen(&first, 3, 2), seen(&first, 4, 2));
    let plain = prepared("[data]\nexamples = 50");
    let mut out = vec![0.0; 784];
    plain.plain(3, &mut out);
    assert_eq!(seen(&plain, 3, 2), out, "without alterations both are the same");
}

#[test]
fn what_is_mixed_is_what_two_examples_look_like() {
    let text = "[data]\nexamples = 60\n[[data.augment]]\nkind = \"shift\"\nprobability = 1.0\n";
    let plain = prepared(text);
    let mixed = prepared(&format!("{text}[[data.augment]]\nkind = \"mixup\"\nprobability = 0.7\namount = 1.0"));
    let seen = |prepared: &Prepared, example| {
        let mut out = vec![0.0; 784];
        prepared.altered(example, 3, &mut out);
        out
    };
    let mut blended = 0;
    for &example in &mixed.sets.train {
        let own = seen(&plain, example);
        let expected = match mixed.mixture(example, 3) {
            None => own,
            Some(mixture) => {
                blended += 1;
                assert!(mixed.sets.train.contains(&mixture.partner));
                let other = seen(&plain, mixture.partner);
                own.iter().zip(other).map(|(a, b)| mixture.share * a + (1.0 - mixture.share) * b).collect()
            }
        };
        let worst = seen(&mixed, example).iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-4, "{example} is off by {worst}");
    }
    assert!((20..40).contains(&blended), "{blended}");
    assert_eq!(plain.mixture(3, 3), None);
}

#[test]
fn every_synthesis_has_as_many_patterns_as_asked_and_leaves_the_picture_at_amount_0() {
    let folder = tempfile::tempdir().unwrap();
    for (place, gray) in [40u8, 90, 140, 220].into_iter().enumerate() {
        let picture = image::GrayImage::from_fn(40, 40, |x, y| image::Luma([gray ^ (x * y) as u8]));
        picture.save(folder.path().join(format!("{place}.png"))).unwrap();
    }
    let altered = |kind: &str, patterns: usize, amount: f64| {
        let text = format!(
            "[data]\nexamples = 20\n[[data.synthesize]]\nkind = \"{kind}\"\npath = \".\"\nprobability = 1.0\n\
             amount = {amount}\npatterns = {patterns}"
        );
        let prepared = prepare(&experiment(&text), folder.path()).unwrap();
        let seen: Vec<Vec<f32>> = (0..40u64)
            .map(|epoch| {
                let mut out = vec![0.0; 784];
                prepared.altered_picture(5, epoch, &mut out);
                out
            })
            .collect();
        let mut plain = vec![0.0; 784];
        prepared.picture(5, &mut plain);
        (plain, seen)
    };
    for kind in ["fog", "rain", "blur", "noise", "pictures"] {
        let distinct = |patterns: usize| {
            let (plain, seen) = altered(kind, patterns, 0.7);
            assert!(seen.iter().all(|seen| *seen != plain), "{kind}");
            let bits = seen.iter().map(|seen| seen.iter().map(|number| number.to_bits()).collect::<Vec<_>>());
            bits.collect::<std::collections::HashSet<_>>().len()
        };
        assert_eq!((distinct(1), distinct(3)), (1, 3), "{kind}");
        assert!(distinct(0) >= 38, "{kind}");
        let (plain, seen) = altered(kind, 0, 0.0);
        let off = seen.iter().flat_map(|seen| seen.iter().zip(&plain)).map(|(a, b)| (a - b).abs());
        assert!(off.fold(0.0, f32::max) < 1e-5, "{kind}");
    }
}

#[test]
fn pictures_are_decoded_once_as_long_as_their_files_stay() {
    use std::time::{Duration, SystemTime};
    let folder = tempfile::tempdir().unwrap();
    let age = |path: &Path| {
        let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000)).unwrap();
    };
    for place in 0..80u32 {
        let class = folder.path().join(["a", "b"][place as usize % 2]);
        std::fs::create_dir_all(&class).unwrap();
        let path = class.join(format!("{place}.png"));
        image::RgbImage::from_fn(6, 6, |x, y| image::Rgb([(x * y + place) as u8, 9, 3])).save(&path).unwrap();
        age(&path);
    }
    let experiment = experiment("[data]\nsource = \"folder\"\npath = \".\"\nside = 6");
    let cache = tempfile::tempdir().unwrap();
    let cache = cache.path().join("new");
    let load = |cache: Option<&Path>| {
        prepare_with(&experiment, folder.path(), Loading { cache, ..Loading::default() }).unwrap()
    };
    let first = load(Some(&cache));
    assert!(first.labels.len() == 80 && first.values == load(None).values);
    // A broken file that looks untouched: who decodes it finds out.
    let broken = folder.path().join("a/4.png");
    std::fs::write(&broken, vec![0; std::fs::metadata(&broken).unwrap().len() as usize]).unwrap();
    age(&broken);
    let (second, anew) = (load(Some(&cache)), load(None));
    assert!(second.values == first.values && second.sets == first.sets);
    assert_eq!(second.notes, first.notes);
    assert!(anew.notes.iter().any(|note| note.contains("4.png")), "{:?}", anew.notes);
    std::fs::remove_file(&broken).unwrap();
    assert!(load(Some(&cache)).values == anew.values);
    let stop = std::sync::atomic::AtomicBool::new(true);
    let stopped = prepare_with(&experiment, folder.path(), Loading { stop: Some(&stop), ..Loading::default() });
    assert_eq!(stopped.unwrap_err(), DataError::Stopped);
}

#[test]
fn turning_digits_over_is_noted() {
    let prepared = prepared("[data]\nexamples = 100\n[[data.augment]]\nkind = \"flip-horizontal\"");
    assert!(prepared.notes.iter().any(|note| note.contains("data.augment.0")), "{:?}", prepared.notes);
}

#[test]
fn numbers_that_may_be_places_are_told_when_pictures_are_moved() {
    let noted = |target: &str, kind: &str| {
        let text = format!(
            "[data]\nsource = \"kangaroos\"\nexamples = 60\n[[task.auxiliary]]\ntarget = \"{target}\"\n\
             [[data.augment]]\nkind = \"{kind}\"\n"
        );
        prepared(&text).notes.iter().any(|note| note.contains("stay as they are"))
    };
    assert!(noted("box", "shift") && noted("box", "flip-horizontal"));
    assert!(!noted("box", "noise") && !noted("grazing", "shift"));
}

/// Two tables of one kind, and what an experiment on them says.
fn on_tables(first: &str, second: &str, text: &str) -> Result<Prepared, DataError> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.csv"), first).unwrap();
    std::fs::write(folder.path().join("b.csv"), second).unwrap();
    prepare(&experiment(text), folder.path())
}

fn table(rows: std::ops::Range<u32>, further: impl Fn(u32) -> String) -> String {
    rows.fold("x,label,f\n".to_owned(), |text, n| format!("{text}{n},{},{}\n", ["p", "q"][n as usize % 2], further(n)))
}

const TABLES: &str = "[data]\nsource = \"csv\"\npath = \"a.csv\"\n[data.target]\nsource = \"csv\"\n\
                      path = \"b.csv\"\nshare_in_train = 0.25\n[[task.auxiliary]]\ntarget = \"f\"\n";

#[test]
fn labels_of_further_tasks_go_with_their_examples_into_every_set() {
    let kind = |n: u32| ["south", "north"][n as usize / 3 % 2].to_owned();
    let prepared = on_tables(&table(0..40, kind), &table(43..83, kind), TABLES).unwrap();
    let [Auxiliary { name, labels: crate::data::Labels::Classes { names, of } }] = &prepared.auxiliary[..] else {
        panic!("{:?}", prepared.auxiliary)
    };
    let Values::Floats(values) = &prepared.values else { panic!() };
    assert_eq!((name.as_str(), values.len()), ("f", 80));
    for (&class, &number) in of.iter().zip(values) {
        assert_eq!(names[class as usize], kind(number as u32));
    }
}

#[test]
fn a_share_of_training_examples_lacks_labels_and_no_other_does() {
    let numbers = |n: u32| n.to_string();
    let known = |share: f64, seed: u64| {
        let text = format!("seed = {seed}\n{TABLES}labelled = {share}");
        let prepared = on_tables(&table(0..40, numbers), &table(40..80, numbers), &text).unwrap();
        let sets = &prepared.sets;
        [&sets.train, &sets.train_dev, &sets.dev, &sets.test]
            .map(|set| set.iter().copied().filter(|&n| prepared.auxiliary[0].labels.known(n)).collect::<Vec<_>>())
    };
    let (few, many, all) = (known(0.25, 1), known(0.5, 1), known(1.0, 1));
    assert_eq!(few[1..], all[1..]);
    assert_eq!([few[0].len() * 4, many[0].len() * 2], [all[0].len(); 2]);
    assert!(few[0].iter().all(|example| many[0].contains(example)));
    assert_ne!(few[0], known(0.25, 2)[0]);
}

#[test]
fn labels_that_cannot_be_learned_are_refused() {
    let (word, number) = (|_| "word".to_owned(), |n: u32| n.to_string());
    for (first, second, more, parts) in [
        (
            table(0..40, word),
            table(0..40, number),
            "",
            &["auxiliary.0.target", "one class of several here, numbers there"][..],
        ),
        (
            table(0..40, word),
            "x,label\n1,p\n2,q\n".into(),
            "",
            &["auxiliary.0.target", "data.target has no labels \"f\""],
        ),
        (table(0..40, number), table(0..40, number), "labelled = 0.0", &["auxiliary.0.labelled", "none of the"]),
    ] {
        let message = on_tables(&first, &second, &format!("{TABLES}{more}")).unwrap_err().to_string();
        for part in parts {
            assert!(message.contains(part), "{part:?} is not in {message:?}");
        }
    }
    // Files of experiments are refused before, with the line.
    let mut on_digits = experiment("[data]\nexamples = 50");
    on_digits.task.auxiliary = experiment(TABLES).task.auxiliary;
    let message = prepare(&on_digits, Path::new(".")).unwrap_err();
    assert!(message.to_string().contains("no labels beside the class"), "{message}");
}

#[test]
fn an_example_in_two_sets_is_noted() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<String> = (0..60).map(|row| format!("{},{}", row.max(20), row % 2)).collect();
    std::fs::write(folder.path().join("t.csv"), format!("a,label\n{}\n", rows.join("\n"))).unwrap();
    let text = "[data]\nsource = \"csv\"\npath = \"t.csv\"";
    let prepared = prepare(&experiment(text), folder.path()).unwrap();
    let note = prepared.notes.iter().find(|note| note.contains("of dev are in train as well")).unwrap();
    assert!(note.contains("to the last bit"), "{note}");
}

#[test]
fn too_few_examples_are_refused_with_a_reason() {
    let message = prepare(&experiment("[data]\nexamples = 2"), Path::new(".")).unwrap_err().to_string();
    assert!(message.contains("2 examples are too few"), "{message}");
    let text = "[data]\nexamples = 3\n[data.target]\nvariant = \"foggy\"\nexamples = 3";
    let message = prepare(&experiment(text), Path::new(".")).unwrap_err().to_string();
    assert!(message.contains("3 of data.target are too few"), "{message}");
}

/// Real data, where they are at hand.
#[test]
fn mnist_is_read_and_split() {
    let folder = std::env::var("RUNGS_TEST_DATA")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data").to_owned());
    let folder = Path::new(&folder);
    if !folder.join("mnist10k").is_dir() {
        eprintln!("skipped: {} is absent; RUNGS_TEST_DATA can name its folder", folder.join("mnist10k").display());
        return;
    }
    let experiment = experiment("[data]\nsource = \"idx\"\npath = \"mnist10k\"");
    check(&experiment, folder).unwrap();
    let prepared = prepare(&experiment, folder).unwrap();
    assert_eq!(prepared.shape, Shape::Image { channels: 1, height: 28, width: 28 });
    assert_eq!(sizes(&prepared.sets), [7000, 0, 1500, 1500]);
    // The first labels of MNIST's test set, and the means it is known for (0.1325, deviation 0.3105).
    assert_eq!(prepared.labels[..10], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    let Values::Bytes(values) = &prepared.values else { panic!() };
    let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / values.len() as f64 / 255.0;
    assert!((mean - 0.1325).abs() < 1e-4, "{mean}");
}

#[test]
fn a_share_of_the_training_set_leaves_dev_and_test_as_they_are() {
    let with = |share: &str| prepared(&format!("[data]\nexamples = 1000\ntrain_share = {share}"));
    let (whole, half, quarter) = (with("1.0"), with("0.5"), with("0.25"));
    assert_eq!(sizes(&half.sets), [350, 0, 150, 150]);
    assert_eq!((&half.sets.dev, &half.sets.test), (&whole.sets.dev, &whole.sets.test));
    assert!(half.sets.train.iter().all(|example| whole.sets.train.contains(example)));
    let kept = quarter.sets.train.iter().filter(|example| half.sets.train.contains(example)).count();
    assert!(kept >= 170, "a larger share keeps what a smaller one does: {kept} of {}", quarter.sets.train.len());
    for class in 0..10 {
        let count = half.sets.train.iter().filter(|&&example| half.labels[example as usize] == class).count();
        assert_eq!(count, 35);
    }
}
