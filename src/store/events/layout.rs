//! The events of a run look alike: the same tags in the same order, record after record, so that only the time, the step and
//! the values change. Where they stand is remembered from a record that was read before, and the next one of that form needs
//! no parsing: it is compared and its numbers are picked out.

use super::quick::{Found, Quick, varint};

/// Forms that are remembered. A worker writes two or three; a writer that makes a record of each value has one for each tag,
/// and for each length of the step.
const MOST: usize = 64;
/// Records of further forms that are passed by before the forms are learned anew.
const PATIENCE: usize = 4096;

/// The key of the time: the first field, of eight bytes.
const TIME: u8 = 1 << 3 | 1;
/// Where the key of the step stands behind it.
const STEP_AT: usize = 9;
/// The key of the step: the second field, a varint.
const STEP: u8 = 2 << 3;

/// One form.
#[derive(Debug)]
struct Layout {
    /// A record of this form, in words; its numbers are zero.
    record: Box<[u64]>,
    /// The bits that are the same in every record of it.
    fixed: Box<[u64]>,
    /// Bytes in it.
    length: usize,
    /// Where the step ends.
    step_end: usize,
    /// Where each value stands, and the place of its tag.
    values: Vec<(usize, Option<usize>)>,
    /// The form that last came behind this one.
    then: usize,
}

impl Layout {
    /// The form of a record and what was found in it; `None` where time and step do not lead.
    fn of(record: &[u8], found: &[Found]) -> Option<Self> {
        if (record.first(), record.get(STEP_AT)) != (Some(&TIME), Some(&STEP)) {
            return None;
        }
        let (_, step_end) = step(record)?;
        let mut fixed = vec![0xff; record.len()];
        fixed[1..STEP_AT].fill(0);
        fixed[STEP_AT + 1..step_end].fill(0);
        for found in found {
            fixed[found.at..found.at + size_of::<f32>()].fill(0);
        }
        let masked: Vec<u8> = record.iter().zip(&fixed).map(|(byte, fixed)| byte & fixed).collect();
        let values = found.iter().map(|found| (found.at, found.place)).collect();
        Some(Self { record: words(&masked), fixed: words(&fixed), length: record.len(), step_end, values, then: 0 })
    }

    /// Whether a record is of this form, as far as its step is as long.
    fn fits(&self, record: &[u8]) -> bool {
        let (whole, rest) = record.as_chunks();
        let whole = whole.iter().map(|word| u64::from_le_bytes(*word));
        // The bits in which it differs, without a jump.
        let mut ours = self.record.iter().zip(&self.fixed);
        let differing = ours.clone().zip(whole).fold(0, |bits, ((ours, fixed), theirs)| bits | (theirs & fixed) ^ ours);
        let last = ours.next_back().filter(|_| !rest.is_empty());
        record.len() == self.length && last.is_none_or(|(ours, fixed)| word(rest) & fixed == *ours) && differing == 0
    }

    /// Picks the numbers out of a record, if it is of this form.
    fn read(&self, record: &[u8], found: &mut Vec<Found>) -> Option<Quick> {
        if !self.fits(record) {
            return None;
        }
        let (step, end) = step(record)?;
        if end != self.step_end {
            return None;
        }
        found.clear();
        for &(at, place) in &self.values {
            let y = f32::from_le_bytes(*record.get(at..)?.first_chunk()?);
            found.push(Found { place, y, at });
        }
        let wall_time = f64::from_le_bytes(*record.get(1..)?.first_chunk()?);
        Some(Quick { wall_time, step })
    }
}

/// Up to eight bytes.
fn word(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

fn words(bytes: &[u8]) -> Box<[u64]> {
    bytes.chunks(8).map(word).collect()
}

/// The step of a record in which it comes second, and where it ends.
fn step(record: &[u8]) -> Option<(i64, usize)> {
    let mut rest = record.get(STEP_AT + 1..)?;
    let step = varint(&mut rest)? as i64;
    Some((step, record.len() - rest.len()))
}

/// The forms that came so far.
#[derive(Debug, Default)]
pub(super) struct Layouts {
    known: Vec<Layout>,
    last: usize,
    /// Records of unknown forms since there was no room for more.
    passed: usize,
}

impl Layouts {
    /// Picks the numbers out of a record of a known form and puts its values into `found`; `None` of any other.
    pub(super) fn read(&mut self, record: &[u8], found: &mut Vec<Found>) -> Option<Quick> {
        // As after the last record of this form; or it is to be looked for.
        let likely = self.known.get(self.last)?.then;
        if let Some(quick) = self.known.get(likely).and_then(|layout| layout.read(record, found)) {
            self.last = likely;
            return Some(quick);
        }
        let (place, quick) = self
            .known
            .iter()
            .enumerate()
            .find_map(|(place, layout)| layout.read(record, found).map(|quick| (place, quick)))?;
        self.known[self.last].then = place;
        self.last = place;
        Some(quick)
    }

    /// Remembers the form of a record in which this was found.
    pub(super) fn learn(&mut self, record: &[u8], found: &[Found]) {
        if self.known.len() == MOST {
            self.passed += 1;
            if self.passed < PATIENCE {
                return;
            }
            *self = Self::default();
        }
        let Some(layout) = Layout::of(record, found) else { return };
        let place = self.known.len();
        self.known.push(layout);
        self.known[self.last].then = place;
        self.last = place;
    }
}

#[cfg(test)]
mod tests {
    use super::super::quick::{self, tests::event};
    use super::*;
    use proptest::prelude::*;

    fn parsed(record: &[u8]) -> Option<(Quick, Vec<Found>)> {
        let mut found = Vec::new();
        let quick = quick::read(record, &mut found, |tag| Ok(Some(tag.len())))?;
        Some((quick, found))
    }

    fn known(layouts: &mut Layouts, record: &[u8]) -> Option<(Quick, Vec<Found>)> {
        let mut found = Vec::new();
        let quick = layouts.read(record, &mut found)?;
        Some((quick, found))
    }

    #[test]
    fn the_next_record_of_a_form_needs_no_parsing() {
        let mut layouts = Layouts::default();
        let record = |step, y| event(step, vec![("train/loss".into(), y), ("b".into(), 1.0)]);
        assert_eq!(known(&mut layouts, &record(1, 0.5)), None);
        layouts.learn(&record(1, 0.5), &parsed(&record(1, 0.5)).unwrap().1);
        assert_eq!(known(&mut layouts, &record(99, f32::INFINITY)), parsed(&record(99, f32::INFINITY)));
        assert_eq!(known(&mut layouts, &record(300, 0.5)), None, "the step has grown by a byte");
        assert_eq!(known(&mut layouts, &event(2, vec![("train/lost".into(), 0.5), ("b".into(), 1.0)])), None);
        // Two forms by turns.
        layouts.learn(&record(300, 0.5), &parsed(&record(300, 0.5)).unwrap().1);
        for step in [1, 300, 2, 301] {
            assert_eq!(known(&mut layouts, &record(step, 0.0)), parsed(&record(step, 0.0)));
        }
    }

    #[test]
    fn forms_without_end_are_not_all_kept() {
        let mut layouts = Layouts::default();
        for place in 0..3 * PATIENCE {
            let record = event(1, vec![(format!("metric/{place}"), 1.0)]);
            layouts.learn(&record, &parsed(&record).unwrap().1);
            assert!(layouts.known.len() <= MOST);
        }
        assert!(layouts.known.len() > 1 && layouts.last < layouts.known.len());
    }

    proptest! {
        /// Bytes changed anywhere, and lengths: what a form takes, the parser reads likewise.
        #[test]
        fn a_form_takes_nothing_that_reads_otherwise(
            values in prop::collection::vec(("[a-z]{1,3}", any::<f32>()), 0..4),
            step in prop_oneof![0..300i64, any::<i64>()],
            next in prop_oneof![0..300i64, any::<i64>()],
            changes in prop::collection::vec((0usize..80, any::<u8>()), 0..3),
        ) {
            let first = event(step, values.clone());
            let mut layouts = Layouts::default();
            layouts.learn(&first, &parsed(&first).unwrap().1);
            let mut second = event(next, values);
            for (at, byte) in changes {
                let at = at % second.len();
                second[at] = byte;
            }
            if let Some((quick, found)) = known(&mut layouts, &second) {
                let (expected, all) = parsed(&second).unwrap();
                prop_assert_eq!((quick.wall_time.to_bits(), quick.step), (expected.wall_time.to_bits(), expected.step));
                let bits = |found: &[Found]| -> Vec<_> { found.iter().map(|one| (one.at, one.place, one.y.to_bits())).collect() };
                prop_assert_eq!(bits(&found), bits(&all));
            }
        }
    }
}
