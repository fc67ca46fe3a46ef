//! Where chance comes from. Nothing here has state that would have to be saved: every draw is a function of the
//! experiment's seed and of what it is for, so that a resumed run draws what the undisturbed one would have drawn.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// What a stream of random numbers is for. Streams of one seed do not overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The first weights of the parameter at this place.
    Weights(usize),
    /// The order of the training examples in this epoch, counted from 0.
    Order(u64),
    /// Which examples stand for a whole set when only a sample of it is evaluated.
    Sample,
}

/// A generator for one purpose.
pub(super) fn stream(seed: u64, purpose: Purpose) -> ChaCha8Rng {
    let (kind, number) = match purpose {
        Purpose::Weights(place) => (1, place as u64),
        Purpose::Order(epoch) => (2, epoch),
        Purpose::Sample => (3, 0),
    };
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    generator.set_stream(kind << 56 | number);
    generator
}

/// `examples` in the order in which `epoch` shows them.
pub(super) fn shuffled(examples: &[u32], seed: u64, epoch: u64) -> Vec<u32> {
    let mut order = examples.to_vec();
    order.shuffle(&mut stream(seed, Purpose::Order(epoch)));
    order
}

/// At most `limit` of `examples`: always the same ones, in their old order.
pub(super) fn sample(examples: &[u32], seed: u64, limit: Option<usize>) -> Vec<u32> {
    let Some(limit) = limit.filter(|limit| *limit < examples.len()) else { return examples.to_vec() };
    let mut places: Vec<usize> = (0..examples.len()).collect();
    let (chosen, _) = places.partial_shuffle(&mut stream(seed, Purpose::Sample), limit);
    chosen.sort_unstable();
    chosen.iter().map(|place| examples[*place]).collect()
}

/// Noise for dropout: a random number for every element of every layer's output in every step, by counting instead of
/// drawing, so that it depends neither on threads nor on how a minibatch is cut.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noise {
    key: u64,
}

impl Noise {
    /// The noise of one step.
    pub(super) fn of_step(seed: u64, step: u64) -> Self {
        Self { key: mix(mix(seed).wrapping_add(step)) }
    }

    /// The noise of one layer in this step.
    pub(super) fn of_layer(self, layer: usize) -> Self {
        Self { key: mix(self.key.wrapping_add(layer as u64)) }
    }

    /// 32 random bits for the element at this place in the whole minibatch.
    #[inline(always)]
    pub(super) fn at(self, place: u64) -> u32 {
        (mix(self.key.wrapping_add(place)) >> 32) as u32
    }
}

/// The finalizer of SplitMix64 (Steele, Lea, Flood 2014) over a Weyl sequence.
#[inline(always)]
fn mix(x: u64) -> u64 {
    let mut z = x.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_epoch_shows_every_example_once_in_an_order_of_its_own() {
        let examples: Vec<u32> = (100..200).collect();
        let (first, second) = (shuffled(&examples, 7, 0), shuffled(&examples, 7, 1));
        assert_ne!(first, second);
        assert_ne!(first, shuffled(&examples, 8, 0));
        assert_eq!(first, shuffled(&examples, 7, 0));
        for mut order in [first, second] {
            order.sort_unstable();
            assert_eq!(order, examples);
        }
    }

    #[test]
    fn a_sample_is_fixed_and_in_order() {
        let examples: Vec<u32> = (0..1000).rev().collect();
        let some = sample(&examples, 3, Some(10));
        assert_eq!(some, sample(&examples, 3, Some(10)));
        assert!(some.len() == 10 && some.is_sorted_by(|a, b| a > b), "{some:?}");
        assert_eq!(sample(&examples, 3, Some(5000)), examples);
        assert_eq!(sample(&examples, 3, None), examples);
    }

    #[test]
    fn noise_is_even_and_differs_from_step_to_step() {
        let noise = Noise::of_step(1, 5).of_layer(2);
        let n = 100_000;
        let below = (0..n).filter(|place| noise.at(*place) < u32::MAX / 4).count() as f64;
        // The standard deviation of the count is 137.
        assert!((below - n as f64 / 4.0).abs() < 700.0, "{below}");
        let other = Noise::of_step(1, 6).of_layer(2);
        let alike = (0..n).filter(|place| noise.at(*place) >> 31 == other.at(*place) >> 31).count() as f64;
        assert!((alike - n as f64 / 2.0).abs() < 800.0, "{alike}");
    }
}
