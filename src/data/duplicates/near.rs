//! Pictures that look alike: moved a little, noisy, brighter, packed anew.
//!
//! Fingerprints are put into buckets by a few of their bits, again and again by others (locality-sensitive hashing;
//! Indyk and Motwani 1998), so that a picture is held only against those that share a bucket with it. A bit tells whether
//! a frequency is stronger than in half of all pictures. The most alike are then compared pixel by pixel.
//!
//! How near is too near hangs on the pictures: handwritten ones look alike by nature, photos do not. So the limit is
//! taken from the distances at which pictures of the training set have their nearest neighbors.

use rayon::prelude::*;

use super::exact::same;
use super::look::{Fingerprint, NUMBERS, Press, Small};
use super::{Found, ORDER, by_pairs};
use crate::data::Prepared;
use crate::data::random::{Purpose, Stream};
use crate::domain::duplicates::Twins;

/// Bits of each half of a fingerprint that buckets are made by: the lowest frequencies, which change least.
const BITS: usize = 40;
/// Of all bits of a half at most so many differ between pictures that are looked at any closer.
const DIFFERENT: u32 = 16;
/// Ways to make buckets, for each half.
const BANDS: usize = 16;
/// Candidates that are compared pixel by pixel, and how alike they have to be.
const CANDIDATES: usize = 4;
const LIKENESS: f32 = 0.8;
/// Training pictures whose nearest neighbors tell what is near.
const CALIBRATION: usize = 300;
/// The limit is this share of the distance within which a tenth of them have their nearest neighbor.
const SHARE: f32 = 0.2;
/// It is never outside of these: copies within the training set must not make it vanish.
const LIMITS: (f32, f32) = (0.008, 0.08);
/// Pictures that the medians of the frequencies are taken from.
const MEDIAN_OF: usize = 4000;

/// The pairs of sets that share pictures that look alike, the same ones left out.
pub(super) fn near(prepared: &Prepared) -> Vec<Twins> {
    let (found, limit) = Search::new(prepared).run();
    let alike: Vec<_> = found.into_iter().filter(|one| one.2.distance < limit).collect();
    by_pairs(prepared, &alike)
}

/// The bits that buckets are made by in one way of several.
fn chosen_bits(half: usize, band: usize, pictures: usize) -> Vec<usize> {
    // Few enough that a bucket has a handful of pictures, many enough that it has not thousands.
    let count = (pictures.max(1).ilog2() as usize).saturating_sub(2).clamp(4, 12);
    let mut all: Vec<usize> = (0..BITS).collect();
    Stream::new(Purpose::Sample, &[half as u64, band as u64]).shuffle(&mut all);
    all.truncate(count);
    all
}

/// A picture to be found again.
#[derive(Debug, Clone, Copy)]
struct Query {
    /// Place in [`Search::examples`].
    place: u32,
    /// Whether it is one of those that tell what is near, and is looked for among its own set.
    calibrates: bool,
    /// The most alike so far, the best first.
    best: [(f32, u32); CANDIDATES],
}

struct Search<'a> {
    prepared: &'a Prepared,
    /// The examples with something in them, and their sets as places in [`ORDER`].
    examples: Vec<u32>,
    ranks: Vec<u8>,
    prints: Vec<Fingerprint>,
}

impl<'a> Search<'a> {
    fn new(prepared: &'a Prepared) -> Self {
        let press = Press::new();
        let of_sets = ORDER
            .iter()
            .enumerate()
            .flat_map(|(rank, (_, set))| prepared.sets.of(*set).iter().map(move |example| (*example, rank as u8)));
        let all: Vec<(u32, u8)> = of_sets.collect();
        let printed: Vec<(u32, u8, Fingerprint)> = all
            .into_par_iter()
            .filter_map(|(example, rank)| {
                let small = Small::of(prepared, example);
                (!small.is_flat()).then(|| (example, rank, press.print(&small)))
            })
            .collect();
        let mut search =
            Self { prepared, examples: Vec::new(), ranks: Vec::new(), prints: Vec::with_capacity(printed.len()) };
        for (example, rank, print) in printed {
            search.examples.push(example);
            search.ranks.push(rank);
            search.prints.push(print);
        }
        search
    }

    /// For each example of a later set its nearest in each earlier one, if it is near at all, and the limit below which
    /// it is too near.
    fn run(&self) -> (Vec<(usize, usize, Found)>, f32) {
        let mut queries = self.queries();
        for half in 0..2 {
            let bits = self.bits(half);
            for band in 0..BANDS {
                self.look(&mut queries, &bits, &chosen_bits(half, band, self.prints.len()));
            }
        }
        let compared: Vec<(Query, Vec<(u8, Found)>)> =
            queries.into_par_iter().map(|query| (query, self.compare(&query))).collect();
        let mut nearest: Vec<f32> = compared
            .iter()
            .filter(|(query, _)| query.calibrates)
            .map(|(_, found)| found.iter().map(|one| one.1.distance).fold(1.0, f32::min))
            .collect();
        nearest.sort_by(f32::total_cmp);
        let tenth = nearest.get(nearest.len() / 10).copied().unwrap_or(0.0);
        let limit = (SHARE * tenth).clamp(LIMITS.0, LIMITS.1);
        let found = compared.into_iter().filter(|(query, _)| !query.calibrates).flat_map(|(query, found)| {
            let later = usize::from(self.ranks[query.place as usize]);
            found.into_iter().map(move |(earlier, one)| (later, usize::from(earlier), one))
        });
        (found.collect(), limit)
    }

    fn queries(&self) -> Vec<Query> {
        let new = |place: usize, calibrates| Query {
            place: place as u32,
            calibrates,
            best: [(LIKENESS, u32::MAX); CANDIDATES],
        };
        // Ranks rise: the examples of the first set come first.
        let trains = self.ranks.partition_point(|rank| *rank == 0);
        let every = trains.div_ceil(CALIBRATION).max(1);
        let calibration = (0..trains).step_by(every).map(|place| new(place, true));
        calibration.chain((trains..self.examples.len()).map(|place| new(place, false))).collect()
    }

    /// For each picture which of its frequencies are stronger than in half of all pictures, the lowest in the lowest bit.
    fn bits(&self, half: usize) -> Vec<u64> {
        let every = self.prints.len().div_ceil(MEDIAN_OF).max(1);
        let medians: [i8; NUMBERS] = std::array::from_fn(|number| {
            let mut values: Vec<i8> = self.prints.iter().step_by(every).map(|print| print.0[half][number]).collect();
            let middle = values.len() / 2;
            if values.is_empty() { 0 } else { *values.select_nth_unstable(middle).1 }
        });
        let bits = |print: &Fingerprint| {
            let stronger = print.0[half].iter().zip(&medians).rev().map(|(number, median)| number > median);
            stronger.fold(0, |bits, stronger| 2 * bits + u64::from(stronger))
        };
        self.prints.par_iter().map(bits).collect()
    }

    /// Makes buckets by the chosen bits and holds each query against those in its bucket.
    fn look(&self, queries: &mut [Query], bits: &[u64], chosen: &[usize]) {
        let bucket_of = |bits: &u64| chosen.iter().fold(0, |key, bit| 2 * key + (bits >> bit & 1) as usize);
        let keys: Vec<usize> = bits.par_iter().map(bucket_of).collect();
        let mut starts = vec![0u32; (1 << chosen.len()) + 1];
        for key in &keys {
            starts[key + 1] += 1;
        }
        for bucket in 0..1 << chosen.len() {
            starts[bucket + 1] += starts[bucket];
        }
        let mut filled = starts.clone();
        let mut members = vec![0u32; keys.len()];
        for (place, key) in keys.iter().enumerate() {
            members[filled[*key] as usize] = place as u32;
            filled[*key] += 1;
        }
        queries.par_iter_mut().for_each(|query| {
            let (key, own) = (keys[query.place as usize], bits[query.place as usize]);
            for other in &members[starts[key] as usize..starts[key + 1] as usize] {
                let different = (own ^ bits[*other as usize]).count_ones();
                if different <= DIFFERENT && self.may_match(query, *other) {
                    self.meet(query, *other);
                }
            }
        });
    }

    fn may_match(&self, query: &Query, other: u32) -> bool {
        let (own, others) = (self.ranks[query.place as usize], self.ranks[other as usize]);
        if query.calibrates { own == others && query.place != other } else { others < own }
    }

    /// Keeps another picture in mind if it is among the most alike.
    fn meet(&self, query: &mut Query, other: u32) {
        let likeness = self.prints[query.place as usize].likeness(&self.prints[other as usize]);
        let Some(place) = query.best.iter().position(|(best, _)| likeness > *best) else { return };
        if query.best.iter().any(|(_, known)| *known == other) {
            return;
        }
        query.best[place..].rotate_right(1);
        query.best[place] = (likeness, other);
    }

    /// The nearest of the candidates in each set, by their pixels; those that are the same are left out, with their set.
    fn compare(&self, query: &Query) -> Vec<(u8, Found)> {
        let example = self.examples[query.place as usize];
        let small = Small::of(self.prepared, example);
        let mut nearest: [Option<Found>; ORDER.len()] = [None; ORDER.len()];
        let mut is_same = [false; ORDER.len()];
        for (_, place) in query.best.iter().filter(|(_, place)| *place != u32::MAX) {
            let twin = self.examples[*place as usize];
            let rank = usize::from(self.ranks[*place as usize]);
            let distance = small.distance(&Small::of(self.prepared, twin));
            is_same[rank] |= same(self.prepared, example, twin);
            if nearest[rank].is_none_or(|other| distance < other.distance) {
                nearest[rank] = Some(Found { example, twin, distance });
            }
        }
        let ranks = (0u8..).zip(nearest).zip(is_same);
        ranks.filter(|(_, is_same)| !is_same).filter_map(|((rank, found), _)| Some((rank, found?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::path::Path;

    use image::{GrayImage, ImageFormat, ImageReader};

    use super::*;
    use crate::data::{Shape, Values, prepare};
    use crate::domain::experiment::{Override, parse};
    use crate::domain::ladder::Place;

    /// What may happen to a copy.
    const KINDS: [&str; 6] = ["moved by 1", "moved by 2", "noisy", "darker", "packed anew", "packed badly"];

    fn copy(picture: &[u8], kind: &str, stream: &mut Stream) -> Vec<u8> {
        let moved = |down: isize, across: isize| -> Vec<u8> {
            let at = |row: isize, column: isize| picture[(row.clamp(0, 27) * 28 + column.clamp(0, 27)) as usize];
            (0..784).map(|place: isize| at(place / 28 + down, place % 28 + across)).collect()
        };
        let packed = |quality: u8| -> Vec<u8> {
            let image = GrayImage::from_raw(28, 28, picture.to_vec()).unwrap();
            let mut file = Cursor::new(Vec::new());
            image::codecs::jpeg::JpegEncoder::new_with_quality(&mut file, quality).encode_image(&image).unwrap();
            file.set_position(0);
            ImageReader::with_format(file, ImageFormat::Jpeg).decode().unwrap().into_luma8().into_raw()
        };
        match kind {
            "moved by 1" => moved(1, -1),
            "moved by 2" => moved(-2, 1),
            "noisy" => picture.iter().map(|value| (f32::from(*value) + 12.75 * stream.normal()) as u8).collect(),
            "darker" => picture.iter().map(|value| value / 2 + 30).collect(),
            "packed anew" => packed(50),
            _ => packed(25),
        }
    }

    fn planted(prepared: &mut Prepared, kinds: &[&str], of_each: usize) -> Vec<(u32, u32)> {
        let mut stream = Stream::new(Purpose::Draw, &[1]);
        let Values::Bytes(values) = &mut prepared.values else { panic!("pictures are bytes") };
        let mut pairs = Vec::new();
        for place in 0..kinds.len() * of_each {
            let (original, example) = (prepared.sets.train[place * 3], prepared.sets.dev[place]);
            let range = |example: u32| example as usize * 784..(example as usize + 1) * 784;
            let copied = copy(&values[range(original)], kinds[place / of_each], &mut stream);
            values[range(example)].copy_from_slice(&copied);
            pairs.push((example, original));
        }
        pairs
    }

    /// The pairs below the limit.
    fn alike(prepared: &Prepared) -> (Vec<Found>, f32) {
        let (found, limit) = Search::new(prepared).run();
        (found.into_iter().map(|one| one.2).filter(|one| one.distance < limit).collect(), limit)
    }

    #[test]
    fn copies_are_found_among_drawn_digits_and_others_are_not() {
        let experiment = parse("[data]\nexamples = 1500", "t.toml", "t", &[] as &[Override]).unwrap();
        let mut prepared = prepare(&experiment, Path::new(".")).unwrap();
        let kinds = ["moved by 1", "moved by 2", "darker"];
        assert_eq!(alike(&prepared).0, []);
        let pairs = planted(&mut prepared, &kinds, 20);
        let found: Vec<(u32, u32)> = alike(&prepared).0.iter().map(|one| (one.example, one.twin)).collect();
        let hits = pairs.iter().filter(|pair| found.contains(pair)).count();
        assert!(hits >= 57 && found.len() <= hits + 1, "{hits} of 60 and {} others", found.len() - hits);
        let twins = near(&prepared);
        assert_eq!((twins.len(), twins[0].set, twins[0].within), (1, Place::Dev, Place::Train));
    }

    #[test]
    fn the_same_and_the_empty_are_not_alike() {
        let experiment = parse("[data]\nexamples = 300", "t.toml", "t", &[] as &[Override]).unwrap();
        let mut prepared = prepare(&experiment, Path::new(".")).unwrap();
        let (a, b, c) = (prepared.sets.train[0] as usize, prepared.sets.dev[0] as usize, prepared.sets.dev[1] as usize);
        let Values::Bytes(values) = &mut prepared.values else { panic!("pictures are bytes") };
        values.copy_within(a * 784..(a + 1) * 784, b * 784);
        values[c * 784..(c + 1) * 784].fill(9);
        let d = prepared.sets.train[1] as usize;
        values[d * 784..(d + 1) * 784].fill(9);
        assert_eq!(near(&prepared), []);
        assert_eq!(super::super::exact(&prepared)[0].examples, 2);
        let none = Prepared::new(
            Shape::Image { channels: 1, height: 1, width: 1 },
            Values::Bytes(Vec::new()),
            Vec::new(),
            Vec::new(),
            crate::data::Sets::default(),
        );
        assert_eq!(near(&none), []);
    }

    /// Real digits, where they are at hand: they look alike by nature.
    #[test]
    fn copies_are_found_among_handwritten_digits() {
        let folder = std::env::var("RUNGS_TEST_DATA")
            .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data").to_owned());
        if !Path::new(&folder).join("mnist10k").is_dir() {
            eprintln!("skipped: {folder}/mnist10k is absent; RUNGS_TEST_DATA can name its folder");
            return;
        }
        let text = "[data]\nsource = \"idx\"\npath = \"mnist10k\"";
        let experiment = parse(text, "t.toml", "t", &[] as &[Override]).unwrap();
        let mut prepared = prepare(&experiment, Path::new(&folder)).unwrap();
        let begin = std::time::Instant::now();
        let (by_chance, limit) = alike(&prepared);
        println!("{} of 3,000 are alike by chance below {limit:.4}, {:?}", by_chance.len(), begin.elapsed());
        assert!(by_chance.len() <= 6);
        let pairs = planted(&mut prepared, &KINDS, 100);
        let (found, limit) = alike(&prepared);
        let found: Vec<(u32, u32)> = found.iter().map(|one| (one.example, one.twin)).collect();
        for (kind, pairs) in KINDS.iter().zip(pairs.chunks(100)) {
            let hits = pairs.iter().filter(|pair| found.contains(pair)).count();
            println!("{kind}: {hits} of 100 found below {limit:.4}");
            assert!(hits >= if *kind == "packed badly" { 40 } else { 90 }, "{kind}: {hits}");
        }
    }
}
