//! Words that the program speaks itself: the loudness of 20 bands of frequency in each of 50 steps of time, as bytes, ten
//! classes, each example from the seed and its number alone.
//!
//! A word is a row of syllables whose formants slide from one to the next. Speakers differ in pitch and in the length of
//! their throats; tempo, loudness, beginning, pauses and stress vary, and syllables are swallowed at times. In the noisy
//! variant another word is spoken in the background.

mod words;

use self::words::{Stretch, WORDS};
use super::{Ask, Examples, Mirroring, Variant, drawn};
use crate::data::error::DataError;
use crate::data::random::{Purpose, Stream};
use crate::data::{Shape, Values};

/// Steps of one example.
const STEPS: usize = 50;
/// Bands of each step, lowest first.
const BANDS: usize = 20;
/// Numbers of one example.
pub(super) const NUMBERS: usize = STEPS * BANDS;
/// Steps of a usual syllable at tempo 1.
const SYLLABLE: f32 = 9.5;
/// A word that would take longer is spoken faster, to be over before the last step.
const LONGEST: f32 = STEPS as f32 - 2.0;
/// Keeps the random numbers of this source apart from those of others.
const SOURCE: u64 = 10;

/// Who speaks: how far the bands of the voice are off, and the bands of the fundamental.
const SPEAKERS: [(&str, f32, f32); 3] = [("low", -0.05, 0.0), ("middle", 0.02, 0.07), ("high", 0.1, 0.15)];

/// How one word is spoken.
struct Utterance {
    speaker: usize,
    /// Factor on the speed of a usual speaker.
    tempo: f32,
    /// Bands as loud as they are at each step, step after step.
    loudness: Vec<f32>,
}

/// Makes so many words, with the labels that are asked for: `tempo` and `speaker`.
///
/// # Errors
/// Other labels are asked for.
pub(super) fn make(variant: Variant, examples: usize, ask: Ask<'_>) -> Result<Examples, DataError> {
    let variant_key = SOURCE + variant as u64;
    let (values, known) = drawn::make(examples, NUMBERS, |number, out| {
        let class = drawn::class_in_rounds::<10>([ask.seed, variant_key], number);
        let mut stream = Stream::new(Purpose::Draw, &[ask.seed, variant_key, number]);
        let mut word = speak(class as usize, &mut stream);
        let grain = match variant {
            Variant::Plain => stream.between(0.03, 0.1),
            Variant::Hard => {
                let other = speak(stream.below(WORDS.len()), &mut stream);
                let far = stream.between(0.3, 0.6);
                for (loud, other) in word.loudness.iter_mut().zip(other.loudness) {
                    *loud = loud.max(far * other);
                }
                stream.between(0.08, 0.18)
            }
        };
        for loud in &mut word.loudness {
            *loud += grain * stream.normal();
        }
        drawn::to_bytes(&word.loudness, out);
        (class, word.tempo, word.speaker as u32)
    });
    let further = [
        ("tempo", drawn::numbers(["tempo"], known.iter().map(|&(_, tempo, _)| [tempo]))),
        ("speaker", drawn::classes(&SPEAKERS.map(|speaker| speaker.0), known.iter().map(|&(_, _, speaker)| speaker))),
    ];
    Ok(Examples {
        shape: Shape::Sequence { steps: STEPS, features: BANDS },
        values: Values::Bytes(values),
        labels: known.iter().map(|&(class, _, _)| class).collect(),
        classes: WORDS.map(|(name, _)| name.to_owned()).to_vec(),
        further: drawn::asked(ask, &further)?,
        keys: None,
        mirroring: Mirroring::Spoils("word is its partner"),
        notes: Vec::new(),
    })
}

/// A moment: what is aimed at, and when.
struct Aim {
    at: f32,
    stretch: Stretch,
}

fn speak(class: usize, stream: &mut Stream) -> Utterance {
    let speaker = stream.below(SPEAKERS.len());
    let (tempo, aims) = aims(class, stream.between(0.7, 1.4), stream);
    let throat = SPEAKERS[speaker].1 + 0.02 * stream.normal();
    let pitch = SPEAKERS[speaker].2 + 0.02 * stream.normal();
    // The voice falls or rises a little over the word, as in statements and questions.
    let melody = stream.between(-0.04, 0.04);
    let volume = stream.between(0.55, 1.0);
    let floor = stream.between(0.02, 0.12);
    let mut loudness = vec![floor; NUMBERS];
    for (step, bands) in loudness.chunks_exact_mut(BANDS).enumerate() {
        let now = step as f32;
        let Some(place) = aims.iter().position(|aim| aim.at > now).filter(|place| *place > 0) else { continue };
        let (from, to) = (&aims[place - 1], &aims[place]);
        let share = (now - from.at) / (to.at - from.at).max(1e-3);
        let share = share * share * (3.0 - 2.0 * share);
        let mix = |a: f32, b: f32| a + (b - a) * share;
        let (from, to) = (from.stretch, to.stretch);
        let voice = volume * mix(from.voice, to.voice);
        let fundamental = pitch + melody * (now / STEPS as f32 - 0.5);
        bump(bands, fundamental, 0.05, 0.6 * voice);
        bump(bands, mix(from.low, to.low) + throat, 0.05, voice);
        bump(bands, mix(from.high, to.high) + throat, 0.06, 0.8 * voice);
        bump(bands, 0.9, 0.12, volume * mix(from.hiss, to.hiss));
    }
    Utterance { speaker, tempo, loudness }
}

/// What the mouth aims at and when, silence before and after; and the tempo that it came to.
fn aims(class: usize, tempo: f32, stream: &mut Stream) -> (f32, Vec<Aim>) {
    const SILENCE: f32 = 1.2;
    let syllables = WORDS[class].1;
    let quiet = |stretch: Stretch| Stretch { voice: 0.0, hiss: 0.0, ..stretch };
    let mut at = 0.0;
    let mut aims: Vec<Aim> = Vec::new();
    for (place, syllable) in syllables.iter().enumerate() {
        let stress = if stream.chance(0.08) { stream.between(0.2, 0.4) } else { stream.between(0.7, 1.0) };
        let length = SYLLABLE / tempo * stream.between(0.8, 1.2);
        if place > 0 {
            at += stream.between(0.0, 3.5) / tempo;
        }
        for (place, stretch) in syllable.iter().enumerate() {
            let stretch = Stretch {
                low: stretch.low + 0.015 * stream.normal(),
                high: stretch.high + 0.02 * stream.normal(),
                voice: stretch.voice * stress,
                hiss: stretch.hiss * stress,
                ..*stretch
            };
            if place == 0 {
                aims.push(Aim { at, stretch: quiet(stretch) });
                at += SILENCE / tempo;
            }
            // A stretch is held for its middle and slides at its ends.
            let held = stretch.length * length;
            aims.push(Aim { at: at + 0.15 * held, stretch });
            aims.push(Aim { at: at + 0.75 * held, stretch });
            at += held;
        }
        if let Some(last) = aims.last().map(|aim| quiet(aim.stretch)) {
            at += SILENCE / tempo;
            aims.push(Aim { at, stretch: last });
        }
    }
    let squeeze = (LONGEST / at).min(1.0);
    let begin = stream.between(0.0, LONGEST - at * squeeze);
    for aim in &mut aims {
        aim.at = begin + aim.at * squeeze;
    }
    (tempo / squeeze, aims)
}

/// Adds a bell of loudness at a place from 0 (lowest band) to 1.
fn bump(bands: &mut [f32], at: f32, width: f32, loudness: f32) {
    if loudness < 1e-3 {
        return;
    }
    let last = (BANDS - 1) as f32;
    for (band, value) in bands.iter_mut().enumerate() {
        let off = (band as f32 / last - at) / width;
        // Energies add up about as the louder one sounds.
        *value = value.max(loudness * (-0.5 * off * off).exp());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Labels;
    use crate::domain::experiment::Auxiliary;

    fn made(variant: Variant, examples: usize, seed: u64) -> Examples {
        let asked = |target: &str| Auxiliary { target: target.into(), loss: None, weight: 1.0, labelled: 1.0 };
        let auxiliary = [asked("tempo"), asked("speaker")];
        make(variant, examples, Ask { section: "data", seed, auxiliary: &auxiliary, sequences: true }).unwrap()
    }

    fn bytes(examples: &Examples) -> &[u8] {
        let Values::Bytes(values) = &examples.values else { panic!() };
        values
    }

    #[test]
    fn the_same_seed_speaks_the_same_and_more_begin_with_the_same() {
        let (few, many, other) =
            (made(Variant::Plain, 30, 1), made(Variant::Plain, 50, 1), made(Variant::Plain, 30, 2));
        assert_eq!(bytes(&few), &bytes(&many)[..30 * NUMBERS]);
        assert_eq!(few.labels, many.labels[..30]);
        assert_ne!(bytes(&few), bytes(&other));
        assert_ne!(bytes(&few), bytes(&made(Variant::Hard, 30, 1)));
    }

    /// Error of the nearest class mean, over what `see` makes of each example: half to learn from, half to tell.
    fn error_of_means(examples: &Examples, see: impl Fn(&[u8]) -> Vec<f32>) -> f64 {
        let seen: Vec<Vec<f32>> = bytes(examples).chunks(NUMBERS).map(see).collect();
        let half = seen.len() / 2;
        let mut means = vec![vec![0.0; seen[0].len()]; 10];
        for (seen, &label) in seen[..half].iter().zip(&examples.labels) {
            means[label as usize].iter_mut().zip(seen).for_each(|(mean, seen)| *mean += seen * 10.0 / half as f32);
        }
        let far = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
        let nearest = |seen: &Vec<f32>| (0..10).min_by(|&a, &b| far(&means[a], seen).total_cmp(&far(&means[b], seen)));
        let wrong = seen[half..]
            .iter()
            .zip(&examples.labels[half..])
            .filter(|(seen, label)| nearest(seen) != Some(**label as usize));
        wrong.count() as f64 / half as f64
    }

    #[test]
    fn the_spectrum_alone_tells_a_word_from_its_partner_no_better_than_guessing() {
        let words = made(Variant::Plain, 2000, 3);
        let spectrum = |word: &[u8]| {
            let mut mean = vec![0.0; BANDS];
            for step in word.chunks(BANDS) {
                mean.iter_mut().zip(step).for_each(|(mean, &value)| *mean += f32::from(value) / STEPS as f32);
            }
            mean
        };
        // Five pairs: whoever knows the pair and guesses the order errs in half of the cases.
        let error = error_of_means(&words, spectrum);
        assert!((0.45..0.8).contains(&error), "{error}");
    }

    #[test]
    fn words_are_whole_and_faster_ones_are_shorter() {
        let mut stream = Stream::new(Purpose::Draw, &[5]);
        for class in 0..WORDS.len() {
            let mut times = [(0.0, 0.0); 2];
            for _ in 0..300 {
                let usual = stream.between(0.7, 1.4);
                let (tempo, aims) = aims(class, usual, &mut stream);
                let (begin, end) = (aims[0].at, aims[aims.len() - 1].at);
                assert!(begin >= 0.0 && end <= LONGEST + 1e-3 && tempo >= usual, "{begin} to {end} at {tempo}");
                assert!(aims.windows(2).all(|pair| pair[0].at <= pair[1].at));
                let (sum, count) = &mut times[usize::from(tempo > 1.1)];
                (*sum, *count) = (*sum + end - begin, *count + 1.0);
            }
            let [slow, fast] = times.map(|(sum, count)| sum / count);
            assert!(slow > 1.15 * fast, "word {class} takes {slow} steps when slow, {fast} when fast");
        }
    }

    #[test]
    fn speakers_differ_in_pitch() {
        let words = made(Variant::Plain, 600, 4);
        let Labels::Classes { names, of: speakers } = &words.further[1] else { panic!("{:?}", words.further) };
        assert_eq!(names, &["low", "middle", "high"]);
        let mut bands = [(0.0, 0.0); 3];
        for (word, &speaker) in bytes(&words).chunks(NUMBERS).zip(speakers) {
            for step in word.chunks(BANDS) {
                let (lowest, all) = &mut bands[speaker as usize];
                *lowest += f64::from(step[0]);
                *all += step.iter().map(|&value| f64::from(value)).sum::<f64>();
            }
        }
        let [low, middle, high] = bands.map(|(lowest, all)| lowest / all);
        assert!(
            low > 1.1 * middle && middle > 1.1 * high,
            "the lowest band has {low}, {middle}, {high} of all loudness"
        );
    }
}
