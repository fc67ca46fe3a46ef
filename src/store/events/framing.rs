//! TFRecord framing: length (u64), masked CRC of the length (u32), payload, masked CRC of the payload (u32), all little
//! endian. Source: TensorFlow, `lib/io/record_writer.h`.

use crate::store::crc::crc32c;

/// Bytes before the payload.
pub(in crate::store) const HEAD: usize = 12;
/// Bytes around the payload.
pub(in crate::store) const AROUND: usize = HEAD + 4;

/// CRC-32C, rotated and offset so that a CRC of data that holds CRCs stays meaningful.
fn masked_crc(data: &[u8]) -> u32 {
    crc32c(data).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// Appends one record; `write` appends its payload.
pub(in crate::store) fn append(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let begin = out.len();
    out.extend([0; HEAD]);
    write(out);
    let payload = begin + HEAD;
    let length = ((out.len() - payload) as u64).to_le_bytes();
    out[begin..begin + 8].copy_from_slice(&length);
    out[begin + 8..payload].copy_from_slice(&masked_crc(&length).to_le_bytes());
    let crc = masked_crc(&out[payload..]);
    out.extend(crc.to_le_bytes());
}

/// What stands at the beginning of some bytes.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::store) enum Frame<'a> {
    /// A sound record.
    Whole(&'a [u8]),
    /// A record whose payload does not agree with its CRC; it can be passed over: its length is sound.
    Damaged(u64),
    /// A sound beginning of a record of so many bytes in all, of which not all are there.
    Cut(u64),
    /// Less than the head of a record.
    Short,
    /// No beginning of a record. Nothing tells where the next one begins.
    Lost,
}

/// Looks at the record at the beginning of `bytes`.
pub(in crate::store) fn split(bytes: &[u8]) -> Frame<'_> {
    Splitter::default().split(bytes)
}

/// Looks at records one after the other. They tend to be of the same length, and then their heads need no proof again.
#[derive(Debug, Default)]
pub(in crate::store) struct Splitter {
    /// The last sound head.
    sound: Option<[u8; HEAD]>,
}

impl Splitter {
    /// Looks at the record at the beginning of `bytes`.
    pub(in crate::store) fn split<'a>(&mut self, bytes: &'a [u8]) -> Frame<'a> {
        let Some((head, rest)) = bytes.split_first_chunk::<HEAD>() else { return Frame::Short };
        let [a, b, c, d, e, f, g, h, crc @ ..] = *head;
        let length = [a, b, c, d, e, f, g, h];
        if self.sound != Some(*head) {
            if masked_crc(&length) != u32::from_le_bytes(crc) {
                return Frame::Lost;
            }
            self.sound = Some(*head);
        }
        let length = u64::from_le_bytes(length);
        let Some(total) = length.checked_add(AROUND as u64).filter(|total| *total < 1 << 60) else {
            return Frame::Lost;
        };
        if (bytes.len() as u64) < total {
            return Frame::Cut(total);
        }
        let (payload, rest) = rest.split_at(length as usize);
        match rest.first_chunk::<4>() {
            Some(crc) if masked_crc(payload) == u32::from_le_bytes(*crc) => Frame::Whole(payload),
            _ => Frame::Damaged(total),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_and_every_cut_and_flip_of_it() {
        let mut bytes = Vec::new();
        append(&mut bytes, |out| out.extend(b"payload"));
        assert_eq!(split(&bytes), Frame::Whole(b"payload"));
        for cut in 0..bytes.len() {
            let expected = if cut < HEAD { Frame::Short } else { Frame::Cut(23) };
            assert_eq!(split(&bytes[..cut]), expected);
        }
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let expected = if bit / 8 < HEAD { Frame::Lost } else { Frame::Damaged(23) };
            assert_eq!(split(&flipped), expected, "bit {bit}");
        }
    }
}
