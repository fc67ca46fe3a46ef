//! One array in NumPy's `.npy` format (NEP 1): a header that is a Python literal, then the elements.
//!
//! Only arrays of plain numbers and, for labels, of text are taken; pickled objects are refused, since reading those
//! means running what they say.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::data::error::DataError;
use crate::data::source::files::{malformed, unreadable};
use crate::data::source::{MAX_FLOATS, MAX_NUMBERS};

/// A header is a line of text; a longer one is none.
const MAX_HEADER: usize = 1 << 16;
/// Bytes converted at a time.
const CHUNK: usize = 1 << 16;
/// A text element may have so many bytes.
const MAX_TEXT: usize = 4096;
/// What is wrong with labels that are measurements.
const FRACTIONS: &str = "holds fractions, which are no labels";

/// What an element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Element {
    Bool,
    Signed,
    Unsigned,
    Float,
    /// Bytes of text, padded with zeros.
    Ascii,
    /// UTF-32 text, padded with zeros.
    Text,
}

/// An array whose header has been read.
pub(super) struct Array<R> {
    path: PathBuf,
    /// What it is called in messages: the name of a file or of an entry in an archive.
    name: String,
    input: R,
    /// Sides.
    pub(super) shape: Vec<usize>,
    element: Element,
    /// Bytes of one element.
    width: usize,
    big_endian: bool,
    fortran: bool,
}

/// The elements of an array of numbers.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Numbers {
    /// Of bytes, as pictures have them.
    Bytes(Vec<u8>),
    /// Of anything else.
    Floats(Vec<f32>),
}

impl<R: Read> Array<R> {
    /// Reads the header. `length`: bytes that there are in all, where it is known.
    ///
    /// # Errors
    /// It is no array, one of objects, or announces more than there is or than can be held.
    pub(super) fn open(path: &Path, name: &str, mut input: R, length: Option<u64>) -> Result<Self, DataError> {
        let wrong = |problem: String| malformed(path, format!("{name}: {problem}"));
        let mut bytes = |count: usize| -> Result<Vec<u8>, DataError> {
            let mut bytes = Vec::new();
            input
                .by_ref()
                .take(count as u64)
                .read_to_end(&mut bytes)
                .map_err(|error| malformed(path, format!("{name}: cannot be read: {error}")))?;
            if bytes.len() < count { Err(wrong("is cut short".to_owned())) } else { Ok(bytes) }
        };
        let begin = bytes(8)?;
        if begin[..6] != *b"\x93NUMPY" {
            return Err(wrong("is no array that NumPy saved".to_owned()));
        }
        let size_bytes = if begin[6] == 1 { 2 } else { 4 };
        let size = bytes(size_bytes)?.iter().rev().fold(0usize, |size, &byte| (size << 8) | usize::from(byte));
        if size > MAX_HEADER {
            return Err(wrong(format!("announces a header of {size} bytes; up to {MAX_HEADER} will do")));
        }
        let header = String::from_utf8_lossy(&bytes(size)?).into_owned();
        let (Some(kind), Some(shape)) = (word(&header, "descr"), sides(&header)) else {
            return Err(wrong("is an array of records or has no readable header; save plain numbers".to_owned()));
        };
        let (element, width, big_endian) = element_of(&kind).ok_or_else(|| {
            wrong(format!("holds elements of type {kind}; numbers, booleans and, for labels, text are read"))
        })?;
        let count = shape.iter().try_fold(1usize, |count, &side| count.checked_mul(side)).unwrap_or(usize::MAX);
        let most = if (element, width) == (Element::Unsigned, 1) { MAX_NUMBERS } else { MAX_FLOATS };
        if count > most {
            return Err(wrong(format!("announces {} elements, more than can be held", sides_text(&shape))));
        }
        let header_bytes = (8 + size_bytes + size) as u64;
        if let Some(length) = length
            && length < header_bytes + (count * width) as u64
        {
            let there = length.saturating_sub(header_bytes);
            return Err(wrong(format!(
                "is cut short: it announces {} elements of {width} bytes and holds {there} bytes",
                sides_text(&shape)
            )));
        }
        let fortran = header.replace(' ', "").contains("'fortran_order':True");
        let path = path.to_path_buf();
        Ok(Self { path, name: name.to_owned(), input, shape, element, width, big_endian, fortran })
    }

    /// Whether its elements are text.
    pub(super) fn is_text(&self) -> bool {
        matches!(self.element, Element::Ascii | Element::Text)
    }

    /// Whether its elements can be fractions.
    pub(super) fn is_float(&self) -> bool {
        self.element == Element::Float
    }

    /// Whether its elements are true or false.
    pub(super) fn is_bool(&self) -> bool {
        self.element == Element::Bool
    }

    /// All elements as numbers, the last side running fastest.
    ///
    /// # Errors
    /// It is cut short, or holds text or a number that is not finite.
    pub(super) fn numbers(mut self) -> Result<Numbers, DataError> {
        if (self.element, self.width) != (Element::Unsigned, 1) {
            return self.floats(f32::is_finite).map(Numbers::Floats);
        }
        let mut bytes = Vec::new();
        self.chunks(self.shape.iter().product(), |chunk| {
            bytes.extend_from_slice(chunk);
            true
        })?;
        Ok(Numbers::Bytes(self.in_order(bytes)))
    }

    /// As [`Self::numbers`], of any type, with NaN for what is not known.
    ///
    /// # Errors
    /// It is cut short, or holds text or an infinite number.
    pub(super) fn measures(self) -> Result<Vec<f32>, DataError> {
        self.floats(|number| !number.is_infinite())
    }

    fn floats(mut self, allowed: impl Fn(f32) -> bool) -> Result<Vec<f32>, DataError> {
        if self.is_text() {
            return Err(self.wrong("holds text where numbers are expected"));
        }
        let (element, big_endian) = (self.element, self.big_endian);
        let (floats, whole) = self.elements(|bytes| {
            let number = number(bytes, element, big_endian) as f32;
            allowed(number).then_some(number)
        })?;
        if !whole {
            return Err(self.wrong(&format!("element {} is not a finite number", floats.len())));
        }
        Ok(self.in_order(floats))
    }

    /// All elements as the names of classes: text as it stands, numbers in their shortest form.
    ///
    /// # Errors
    /// It is cut short or holds fractions.
    pub(super) fn names(mut self) -> Result<Vec<String>, DataError> {
        let (element, big_endian) = (self.element, self.big_endian);
        let (names, whole) = self.elements(|bytes| name(bytes, element, big_endian))?;
        if whole { Ok(names) } else { Err(self.wrong(FRACTIONS)) }
    }

    /// As [`Self::names`]; an empty text, a number below 0 and NaN say that a class is not known. `None` where there are
    /// fractions.
    ///
    /// # Errors
    /// It is cut short.
    pub(super) fn names_known(mut self) -> Result<Option<Vec<Option<String>>>, DataError> {
        let (element, big_endian, text) = (self.element, self.big_endian, self.is_text());
        let (names, whole) = self.elements(|bytes| {
            let number = if text { 0.0 } else { number(bytes, element, big_endian) };
            if number.is_nan() || number < 0.0 {
                return Some(None);
            }
            name(bytes, element, big_endian).map(|name| (!name.is_empty()).then_some(name))
        })?;
        Ok(whole.then_some(names))
    }

    /// Each element converted, up to the first that `convert` refuses; whether it refused none.
    fn elements<T>(&mut self, convert: impl Fn(&[u8]) -> Option<T>) -> Result<(Vec<T>, bool), DataError> {
        let width = self.width;
        let mut elements = Vec::new();
        let whole = self.chunks(self.shape.iter().product(), |chunk| {
            let before = elements.len();
            elements.extend(chunk.chunks_exact(width).map_while(&convert));
            elements.len() - before == chunk.len() / width
        })?;
        Ok((elements, whole))
    }

    /// Hands over `count` elements in chunks of whole ones until `take` answers false; tells whether it never did.
    fn chunks(&mut self, count: usize, mut take: impl FnMut(&[u8]) -> bool) -> Result<bool, DataError> {
        let per_chunk = (CHUNK / self.width).max(1);
        let mut buffer = vec![0; per_chunk * self.width];
        let mut left = count;
        while left > 0 {
            let chunk = &mut buffer[..left.min(per_chunk) * self.width];
            if let Err(error) = self.input.read_exact(chunk) {
                return Err(match error.kind() {
                    std::io::ErrorKind::UnexpectedEof => self.wrong("is cut short"),
                    std::io::ErrorKind::InvalidData | std::io::ErrorKind::InvalidInput => {
                        self.wrong(&format!("is damaged: {error}"))
                    }
                    _ => unreadable(&self.path, &error),
                });
            }
            left -= chunk.len() / self.width;
            if !take(chunk) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Elements of an array saved column by column, brought into the order of rows.
    fn in_order<T: Copy + Default>(&self, elements: Vec<T>) -> Vec<T> {
        if !self.fortran || self.shape.len() < 2 {
            return elements;
        }
        let mut out = vec![T::default(); elements.len()];
        let mut place = vec![0; self.shape.len()];
        for element in elements {
            let at = place.iter().zip(&self.shape).fold(0, |at, (&place, &side)| at * side + place);
            out[at] = element;
            // The first side runs fastest.
            for (place, &side) in place.iter_mut().zip(&self.shape) {
                *place += 1;
                if *place < side {
                    break;
                }
                *place = 0;
            }
        }
        out
    }

    /// What it is called in sentences.
    pub(super) fn title(&self) -> String {
        format!("array {} of {}", self.name, self.path.display())
    }

    /// What is wrong with it, with its name.
    pub(super) fn wrong(&self, problem: &str) -> DataError {
        malformed(&self.path, format!("{}: {problem}", self.name))
    }
}

/// An element as the name of a class; `None` where it is a fraction.
fn name(bytes: &[u8], element: Element, big_endian: bool) -> Option<String> {
    Some(match element {
        Element::Ascii => String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned(),
        Element::Text => text(bytes, big_endian),
        Element::Bool => (bytes[0] != 0).to_string(),
        Element::Signed | Element::Unsigned => number(bytes, element, big_endian).to_string(),
        Element::Float => number(bytes, element, big_endian).to_string().parse::<i64>().ok()?.to_string(),
    })
}

/// `(100, 28, 28)` as `100×28×28`.
fn sides_text(shape: &[usize]) -> String {
    shape.iter().map(usize::to_string).collect::<Vec<_>>().join("×")
}

/// The text that stands for `key` in a Python dictionary; `None` where it is no text.
fn word(header: &str, key: &str) -> Option<String> {
    let rest = after(header, key)?;
    let quote = rest.chars().next().filter(|c| ['\'', '"'].contains(c))?;
    rest[1..].split(quote).next().map(str::to_owned)
}

/// The tuple of whole numbers that stands for `shape`.
fn sides(header: &str) -> Option<Vec<usize>> {
    let inside = after(header, "shape")?.strip_prefix('(')?.split(')').next()?;
    inside.split(',').map(str::trim).filter(|side| !side.is_empty()).map(|side| side.parse().ok()).collect()
}

fn after<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let at = header.find(&format!("'{key}'")).or_else(|| header.find(&format!("\"{key}\"")))?;
    header[at + key.len() + 2..].trim_start().strip_prefix(':').map(str::trim_start)
}

/// `<f4` as a float of 4 bytes, little-endian.
fn element_of(kind: &str) -> Option<(Element, usize, bool)> {
    let mut letters = kind.chars();
    let order = letters.next()?;
    let letter = letters.next()?;
    let size: usize = letters.as_str().parse().ok()?;
    let (element, width) = match (letter, size) {
        ('b', 1) => (Element::Bool, 1),
        ('i', 1 | 2 | 4 | 8) => (Element::Signed, size),
        ('u', 1 | 2 | 4 | 8) => (Element::Unsigned, size),
        ('f', 2 | 4 | 8) => (Element::Float, size),
        ('S', 1..=MAX_TEXT) => (Element::Ascii, size),
        ('U', 1..) if size <= MAX_TEXT / 4 => (Element::Text, size * 4),
        _ => return None,
    };
    ['<', '>', '|', '='].contains(&order).then_some((element, width, order == '>'))
}

fn number(bytes: &[u8], element: Element, big_endian: bool) -> f64 {
    let mut word = [0; 8];
    for (place, &byte) in bytes.iter().enumerate() {
        word[if big_endian { bytes.len() - 1 - place } else { place }] = byte;
    }
    let bits = u64::from_le_bytes(word);
    match (element, bytes.len()) {
        (Element::Float, 2) => half(bits as u16),
        (Element::Float, 4) => f64::from(f32::from_bits(bits as u32)),
        (Element::Float, _) => f64::from_bits(bits),
        (Element::Signed, width) => {
            let unused = 64 - 8 * width as u32;
            (((bits << unused) as i64) >> unused) as f64
        }
        _ => bits as f64,
    }
}

/// IEEE 754 half precision.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
    match exponent {
        0 => sign * fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => sign * f64::INFINITY,
        31 => f64::NAN,
        _ => sign * (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
    }
}

/// UTF-32, padded with zeros.
fn text(bytes: &[u8], big_endian: bool) -> String {
    bytes
        .chunks_exact(4)
        .map(|bytes| number(bytes, Element::Unsigned, big_endian) as u32)
        .take_while(|&point| point != 0)
        .map(|point| char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn npy(header: &str, data: &[u8]) -> Vec<u8> {
        let size = (header.len() as u16).to_le_bytes();
        [&b"\x93NUMPY\x01\x00"[..], &size, header.as_bytes(), data].concat()
    }

    fn open(bytes: Vec<u8>) -> Result<Array<Cursor<Vec<u8>>>, DataError> {
        let length = Some(bytes.len() as u64);
        Array::open(Path::new("a.npy"), "a", Cursor::new(bytes), length)
    }

    fn header(kind: &str, fortran: &str, shape: &str) -> String {
        format!("{{'descr': '{kind}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n")
    }

    #[test]
    fn every_kind_of_number_in_either_order() {
        for (kind, bytes) in [
            ("<f4", (-2.0f32).to_le_bytes().to_vec()),
            (">f4", (-2.0f32).to_be_bytes().to_vec()),
            ("<f8", (-2.0f64).to_le_bytes().to_vec()),
            ("<f2", vec![0x00, 0xc0]),
            (">i2", (-2i16).to_be_bytes().to_vec()),
            ("|i1", vec![0xfe]),
            ("<i8", (-2i64).to_le_bytes().to_vec()),
        ] {
            let array = open(npy(&header(kind, "False", "(1,)"), &bytes)).unwrap();
            assert_eq!(array.numbers().unwrap(), Numbers::Floats(vec![-2.0]), "{kind}");
        }
    }

    #[test]
    fn columns_first_is_brought_into_the_order_of_rows() {
        let array = open(npy(&header("|u1", "True", "(2, 3)"), &[1, 4, 2, 5, 3, 6])).unwrap();
        assert_eq!(array.numbers().unwrap(), Numbers::Bytes(vec![1, 2, 3, 4, 5, 6]));
    }

    #[test]
    fn labels_are_text_or_whole() {
        let names = |kind: &str, data: &[u8]| open(npy(&header(kind, "False", "(1,)"), data)).unwrap().names();
        assert_eq!(names("<U2", &[b'o', 0, 0, 0, 0, 0, 0, 0]).unwrap(), ["o"]);
        assert_eq!(names("|S3", b"ab\0").unwrap(), ["ab"]);
        assert_eq!(names("<i4", &7i32.to_le_bytes()).unwrap(), ["7"]);
        assert_eq!(names("<f4", &7f32.to_le_bytes()).unwrap(), ["7"]);
        assert_eq!(names("|b1", &[1]).unwrap(), ["true"]);
        assert!(names("<f4", &7.5f32.to_le_bytes()).unwrap_err().to_string().contains("fractions"));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let nan = f32::NAN.to_le_bytes();
        let huge = header("|u1", "False", "(99999999999, 99999999999)");
        for (bytes, part) in [
            (b"PK\x03\x04 and so on".to_vec(), "no array"),
            (npy(&header("|O", "False", "(1,)"), &[]), "type |O"),
            (npy("{'descr': [('a', '<i4')], 'shape': (1,)}", &[]), "records"),
            (
                npy(&header("<f4", "False", "(3,)"), &[0; 8]),
                "cut short: it announces 3 elements of 4 bytes and holds 8",
            ),
            (npy(&huge, &[]), "more than can be held"),
            (b"\x93NUMPY\x02\x00\xff\xff\xff\xff".to_vec(), "header of 4294967295 bytes"),
            (b"\x93NUM".to_vec(), "cut short"),
        ] {
            let message = open(bytes).map(drop).unwrap_err().to_string();
            assert!(message.contains(part), "{part:?} is not in {message:?}");
        }
        let message = open(npy(&header("<f4", "False", "(1,)"), &nan)).unwrap().numbers().unwrap_err().to_string();
        assert!(message.contains("element 0 is not a finite number"), "{message}");
    }
}
