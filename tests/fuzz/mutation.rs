//! How a file is damaged: as disks, networks, editors, other programs and enemies do it.

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// No input is longer.
const LONGEST: usize = 32 << 10;
/// Numbers at which sizes and counts go wrong.
const NUMBERS: &[u64] = &[
    0,
    1,
    2,
    3,
    7,
    8,
    10,
    16,
    32,
    64,
    100,
    127,
    128,
    255,
    256,
    512,
    1000,
    1024,
    4096,
    0x7fff,
    0x8000,
    0xffff,
    0x1_0000,
    0xff_ffff,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_fffe,
    0xffff_ffff,
    1 << 32,
    1 << 53,
    u64::MAX / 8,
    u64::MAX / 4,
    u64::MAX / 2,
    u64::MAX - 7,
    u64::MAX,
];
/// Words at which readers of text go wrong.
const WORDS: &[&str] = &[
    "",
    "0",
    "-0",
    "-1",
    "1e999",
    "-1e999",
    "1e-999",
    "nan",
    "inf",
    "-inf",
    "NaN",
    "null",
    "true",
    "9223372036854775807",
    "18446744073709551616",
    "0.1",
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "\n",
    "\r\n",
    "\0",
    "\u{1b}[2J",
    "\u{202e}",
    "\u{feff}",
    "ß漢🙂",
    "[",
    "]",
    "{",
    "}",
    "[[",
    "]]",
    "{}",
    "[]",
    ",",
    ";",
    ":",
    "=",
    "#",
    "../",
    "/",
];

/// Makes inputs, the same ones of the same seed.
pub struct Mutator {
    random: ChaCha8Rng,
    words: &'static [&'static str],
    /// So many inputs, the first ones, are real.
    real: usize,
}

impl Mutator {
    /// For the reader `name`, whose files are made of `words`; so many of the corpus are `real`.
    pub fn new(seed: u64, name: &str, words: &'static [&'static str], real: usize) -> Self {
        // Each reader has inputs of its own.
        let own = name.bytes().fold(seed, |sum, byte| sum.wrapping_mul(0x0100_0000_01b3).wrapping_add(byte.into()));
        Self { random: ChaCha8Rng::seed_from_u64(own), words, real }
    }

    /// One of the files, damaged in one place to a few.
    pub fn input(&mut self, corpus: &[Vec<u8>]) -> Vec<u8> {
        // Or else the real ones would be lost among what became of them.
        let from = if self.random.gen_ratio(1, 3) { &corpus[..self.real] } else { corpus };
        let mut input = from.choose(&mut self.random).cloned().unwrap_or_default();
        let blows = 1 << self.random.gen_range(0..5);
        for _ in 0..self.random.gen_range(1..=blows) {
            self.strike(&mut input, corpus);
            input.truncate(LONGEST);
        }
        input
    }

    fn strike(&mut self, input: &mut Vec<u8>, corpus: &[Vec<u8>]) {
        match self.random.gen_range(0..12) {
            0 => self.flip(input),
            1 => self.set_byte(input),
            2 | 3 => self.set_number(input),
            4 => drop(input.drain(self.range(input.len()))),
            5 => {
                let bytes: Vec<u8> = (0..self.random.gen_range(1..16)).map(|_| self.random.r#gen()).collect();
                self.insert(input, &bytes);
            }
            6 => {
                // Once, or so often that recursion would end.
                let piece = input[self.range(input.len())].to_vec();
                let times = if self.random.gen_ratio(1, 8) { self.random.gen_range(1..2000) } else { 1 };
                self.insert(input, &piece.repeat(times.min(LONGEST / piece.len().max(1))));
            }
            7 => {
                let other = corpus.choose(&mut self.random).cloned().unwrap_or_default();
                let piece = other[self.range(other.len())].to_vec();
                let gone = self.range(input.len());
                drop(input.splice(gone, piece));
            }
            8 => input.truncate(self.place(input.len())),
            9 => self.set_text_number(input),
            _ => {
                let word = self.word();
                let times = if self.random.gen_ratio(1, 16) { self.random.gen_range(1..3000) } else { 1 };
                if self.random.r#gen() && times == 1 {
                    let at = self.place(input.len());
                    let end = input.len().min(at + word.len());
                    drop(input.splice(at..end, word.bytes()));
                } else {
                    self.insert(input, word.repeat(times).as_bytes());
                }
            }
        }
    }

    fn word(&mut self) -> &'static str {
        let words = if self.random.r#gen() && !self.words.is_empty() { self.words } else { WORDS };
        words.choose(&mut self.random).copied().unwrap_or_default()
    }

    fn place(&mut self, length: usize) -> usize {
        // Headers are short and matter most.
        let near = if self.random.gen_ratio(1, 3) { length.min(64) } else { length };
        self.random.gen_range(0..=near)
    }

    /// A stretch of so many bytes, most often a short one.
    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let begin = self.place(length);
        let longest = if self.random.gen_ratio(3, 4) { 16.min(length - begin) } else { length - begin };
        begin..begin + self.random.gen_range(0..=longest)
    }

    fn insert(&mut self, input: &mut Vec<u8>, bytes: &[u8]) {
        let at = self.place(input.len());
        drop(input.splice(at..at, bytes.iter().copied()));
    }

    fn flip(&mut self, input: &mut [u8]) {
        if let Some(byte) = input.choose_mut(&mut self.random) {
            *byte ^= 1 << self.random.gen_range(0..8);
        }
    }

    fn set_byte(&mut self, input: &mut [u8]) {
        let value = self.random.r#gen();
        if let Some(byte) = input.choose_mut(&mut self.random) {
            *byte = value;
        }
    }

    /// A number of one to eight bytes, either end first, in place of what is there; or a little more than is there.
    fn set_number(&mut self, input: &mut [u8]) {
        let width = [1, 2, 4, 8][self.random.gen_range(0..4)];
        let Some(last) = input.len().checked_sub(width) else { return };
        let at = self.place(last);
        let place = &mut input[at..at + width];
        let big = self.random.r#gen();
        let mut bytes = [0; 8];
        if self.random.r#gen() {
            bytes = NUMBERS.choose(&mut self.random).copied().unwrap_or_default().to_le_bytes();
        } else {
            bytes[..width].copy_from_slice(place);
            if big {
                bytes[..width].reverse();
            }
            bytes = u64::from_le_bytes(bytes).wrapping_add_signed(self.random.gen_range(-4..=4)).to_le_bytes();
        }
        if big {
            bytes[..width].reverse();
        }
        place.copy_from_slice(&bytes[..width]);
    }

    /// Another number in place of one that is written in digits.
    fn set_text_number(&mut self, input: &mut Vec<u8>) {
        let begins: Vec<usize> = (0..input.len())
            .filter(|&at| input[at].is_ascii_digit() && (at == 0 || !input[at - 1].is_ascii_digit()))
            .collect();
        let Some(&begin) = begins.choose(&mut self.random) else { return };
        let end = (begin..input.len()).find(|&at| !input[at].is_ascii_digit()).unwrap_or(input.len());
        let number = NUMBERS.choose(&mut self.random).copied().unwrap_or_default();
        let text = if self.random.r#gen() { number.to_string() } else { format!("-{number}") };
        drop(input.splice(begin..end, text.into_bytes()));
    }
}
