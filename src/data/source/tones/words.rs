//! The words: syllables as tracks of two formants, and which syllables follow one another in each class.
//!
//! Every word has a partner of the same syllables in another order, so that what is heard on the whole is the same for
//! both and only its order in time tells them apart.

/// A stretch of a syllable: where formants go and how loud voice and hiss are at its end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stretch {
    /// Its share of a usual syllable's length.
    pub(super) length: f32,
    /// The lower formant, from 0 (lowest band) to 1 (highest).
    pub(super) low: f32,
    /// The upper formant.
    pub(super) high: f32,
    /// Loudness of the voice.
    pub(super) voice: f32,
    /// Loudness of hiss in the highest bands.
    pub(super) hiss: f32,
}

const fn voiced(length: f32, low: f32, high: f32, voice: f32) -> Stretch {
    Stretch { length, low, high, voice, hiss: 0.0 }
}

/// A syllable.
pub(super) type Syllable = &'static [Stretch];

const LA: Syllable = &[voiced(0.25, 0.2, 0.38, 0.6), voiced(0.75, 0.36, 0.5, 1.0)];
const MI: Syllable = &[voiced(0.3, 0.1, 0.3, 0.5), voiced(0.7, 0.14, 0.76, 0.9)];
const SO: Syllable =
    &[Stretch { length: 0.45, low: 0.2, high: 0.5, voice: 0.0, hiss: 0.8 }, voiced(0.65, 0.22, 0.36, 0.95)];
/// Vowels that glide into one another without a pause.
const UAI: Syllable = &[voiced(0.6, 0.14, 0.3, 0.85), voiced(0.7, 0.36, 0.5, 1.0), voiced(0.6, 0.14, 0.78, 0.85)];
const IAU: Syllable = &[voiced(0.6, 0.14, 0.78, 0.85), voiced(0.7, 0.36, 0.5, 1.0), voiced(0.6, 0.14, 0.3, 0.85)];

/// A class: how it is written, and its syllables.
pub(super) const WORDS: [(&str, &[Syllable]); 10] = [
    ("lami", &[LA, MI]),
    ("mila", &[MI, LA]),
    ("laso", &[LA, SO]),
    ("sola", &[SO, LA]),
    ("miso", &[MI, SO]),
    ("somi", &[SO, MI]),
    ("lamiso", &[LA, MI, SO]),
    ("somila", &[SO, MI, LA]),
    ("uai", &[UAI]),
    ("iau", &[IAU]),
];
