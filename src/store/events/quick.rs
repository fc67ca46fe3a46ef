//! The one form that nearly every record has, read without allocating: an event with time, step and a summary of plain
//! values, each field once. Whatever looks otherwise is left to the full reader ([`super::proto`]), which knows all forms;
//! a record that this one takes says to both the same.

use std::str::Utf8Error;

/// Such an event.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Quick {
    /// Seconds since 1970.
    pub(super) wall_time: f64,
    pub(super) step: i64,
}

/// A value in a record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Found {
    /// The place of its tag, where that has one.
    pub(super) place: Option<usize>,
    pub(super) y: f32,
    /// Where in the record its four bytes stand.
    pub(super) at: usize,
}

/// Wire types of the format, in the lowest three bits of a field's key.
const VARINT: u64 = 0;
const EIGHT_BYTES: u64 = 1;
const LENGTH: u64 = 2;
const FOUR_BYTES: u64 = 5;

/// Reads such an event and puts its values into `found`; `None` of any other record. `place` tells where a tag has its place
/// among all; it fails where the tag is no text.
pub(super) fn read(
    record: &[u8],
    found: &mut Vec<Found>,
    mut place: impl FnMut(&[u8]) -> Result<Option<usize>, Utf8Error>,
) -> Option<Quick> {
    found.clear();
    let mut bytes = record;
    let (mut wall_time, mut step, mut summary) = (None, None, None);
    while !bytes.is_empty() {
        match key(&mut bytes)? {
            (1, EIGHT_BYTES) if wall_time.is_none() => wall_time = Some(f64::from_le_bytes(*array(&mut bytes)?)),
            (2, VARINT) if step.is_none() => step = Some(varint(&mut bytes)? as i64),
            (5, LENGTH) if summary.is_none() => summary = Some(sized(&mut bytes)?),
            _ => return None,
        }
    }
    let mut summary = summary?;
    while !summary.is_empty() {
        let (1, LENGTH) = key(&mut summary)? else { return None };
        let (tag, value) = value(sized(&mut summary)?)?;
        let at = value.as_ptr().addr() - record.as_ptr().addr();
        found.push(Found { place: place(tag).ok()?, y: f32::from_le_bytes(*value), at });
    }
    // A field that is left out is zero.
    Some(Quick { wall_time: wall_time.unwrap_or(0.0), step: step.unwrap_or(0) })
}

/// The tag of a value, and its four bytes.
fn value(mut bytes: &[u8]) -> Option<(&[u8], &[u8; 4])> {
    let (mut tag, mut value) = (None, None);
    while !bytes.is_empty() {
        match key(&mut bytes)? {
            (1, LENGTH) if tag.is_none() => tag = Some(sized(&mut bytes)?),
            (2, FOUR_BYTES) if value.is_none() => value = Some(array(&mut bytes)?),
            _ => return None,
        }
    }
    Some((tag?, value?))
}

/// Number and wire type of the next field.
fn key(bytes: &mut &[u8]) -> Option<(u64, u64)> {
    let key = varint(bytes)?;
    Some((key >> 3, key & 7))
}

/// A number in seven bits a byte, the least significant first; what follows it is left.
#[inline]
pub(super) fn varint(bytes: &mut &[u8]) -> Option<u64> {
    match bytes.split_first() {
        Some((byte @ ..0x80, rest)) => {
            *bytes = rest;
            Some(u64::from(*byte))
        }
        _ => long_varint(bytes),
    }
}

fn long_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for place in 0..10 {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        // The tenth byte has room for one bit.
        if place == 9 && *byte > 1 {
            return None;
        }
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn array<'a, const N: usize>(bytes: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (array, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(array)
}

fn sized<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(varint(bytes)?).ok()?;
    let (inside, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(inside)
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::proto::{Content, Event, SessionLog, Summary, Value, What};
    use super::*;
    use proptest::prelude::*;
    use prost::Message;

    pub(in super::super) fn event(step: i64, values: Vec<(String, f32)>) -> Vec<u8> {
        let value = |(tag, y)| Value { tag, content: Some(Content::SimpleValue(y)) };
        let summary = Summary { value: values.into_iter().map(value).collect() };
        Event { wall_time: 1.5e9, step, what: Some(What::Summary(summary)) }.encode_to_vec()
    }

    /// Reads it, with the tags as they are.
    fn quickly(bytes: &[u8]) -> Option<(Quick, Vec<(String, u32)>)> {
        let (mut tags, mut found) = (Vec::new(), Vec::new());
        let quick = read(bytes, &mut found, |tag| {
            tags.push(std::str::from_utf8(tag)?.to_owned());
            Ok(Some(tags.len() - 1))
        })?;
        let found = found.into_iter().map(|found| (tags[found.place.unwrap()].clone(), found.y.to_bits()));
        Some((quick, found.collect()))
    }

    proptest! {
        #[test]
        fn it_takes_what_the_full_reader_takes(step in any::<i64>(), values in prop::collection::vec(("[a-z/]{1,20}", any::<f32>()), 0..5)) {
            let (quick, found) = quickly(&event(step, values.clone())).unwrap();
            prop_assert_eq!(quick, Quick { wall_time: 1.5e9, step });
            let values: Vec<(String, u32)> = values.into_iter().map(|(tag, y)| (tag, y.to_bits())).collect();
            prop_assert_eq!(found, values);
        }

        /// Bytes changed anywhere: what it still takes says the same to the full reader.
        #[test]
        fn it_takes_nothing_else(mut at in 0usize..80, byte in any::<u8>(), step in any::<i64>(), cut in 0usize..80) {
            let mut bytes = event(step, vec![("train/loss".into(), 0.5), ("b".into(), 1.5)]);
            bytes.truncate(bytes.len() - cut / 8);
            at %= bytes.len();
            bytes[at] = byte;
            if let Some((quick, found)) = quickly(&bytes) {
                let full = Event::decode(&*bytes).unwrap();
                prop_assert_eq!((full.wall_time.to_bits(), full.step), (quick.wall_time.to_bits(), quick.step));
                let Some(What::Summary(summary)) = full.what else { panic!("no summary") };
                let number = |value: &Value| value.content.as_ref().and_then(Content::scalar).unwrap().to_bits();
                let said: Vec<(String, u32)> =
                    summary.value.iter().map(|value| (value.tag.clone(), number(value))).collect();
                prop_assert_eq!(said, found);
            }
        }
    }

    #[test]
    fn other_records_are_left_alone() {
        for what in [What::FileVersion("brain.Event:2".into()), What::SessionLog(SessionLog { status: 1 })] {
            let bytes = Event { wall_time: 1.0, step: 3, what: Some(what) }.encode_to_vec();
            assert_eq!(quickly(&bytes), None);
        }
        assert_eq!(quickly(&[]), None);
        let no_text = event(3, vec![("b".into(), 1.5)]).into_iter().map(|byte| if byte == b'b' { 0xff } else { byte });
        assert_eq!(quickly(&no_text.collect::<Vec<u8>>()), None);
    }
}
