//! Mixup (Zhang et al. 2018): an example blended with another, and their labels in the same shares, so that the network
//! is taught to go evenly from one class to the next.

use crate::data::random::{Purpose, Stream};
use crate::domain::experiment::{Augment, AugmentKind};

/// What an example is blended with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mixture {
    /// The other example, one that trains.
    pub partner: u32,
    /// How much is left of the example's own numbers and label, from 0 to 1; the rest is the partner's.
    pub share: f32,
}

impl Mixture {
    /// Blends the example's numbers with the partner's.
    pub(in crate::data) fn blend(self, own: &mut [f32], partner: &[f32]) {
        for (own, &other) in own.iter_mut().zip(partner) {
            *own = other + self.share * (*own - other);
        }
    }
}

/// What becomes of one example in one epoch. Of several mixups in an experiment the first that falls counts. Drawn apart
/// from everything else, so that other alterations stay as they were when mixup is added.
pub(super) fn draw(augment: &[Augment], seed: u64, train: &[u32], example: u32, epoch: u64) -> Option<Mixture> {
    let all = augment.iter().filter(|augment| augment.kind == AugmentKind::Mixup);
    all.enumerate().find_map(|(place, mixup)| {
        let shape = mixup.amount.unwrap_or_else(|| mixup.kind.default_amount());
        if train.is_empty() || shape <= 0.0 {
            return None;
        }
        let mut stream = Stream::new(Purpose::Mix, &[seed, epoch, u64::from(example), place as u64]);
        if !stream.chance(mixup.probability) {
            return None;
        }
        let partner = train[stream.below(train.len())];
        Some(Mixture { partner, share: stream.beta(shape) as f32 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mixup(amount: f64, probability: f64) -> [Augment; 1] {
        [Augment { kind: AugmentKind::Mixup, probability, amount: Some(amount) }]
    }

    #[test]
    fn partners_train_and_come_as_often_as_asked() {
        let train: Vec<u32> = (10..20).collect();
        let drawn = |epoch| draw(&mixup(0.2, 0.5), 1, &train, 12, epoch);
        let all: Vec<Mixture> = (0..2000).filter_map(drawn).collect();
        assert!((900..1100).contains(&all.len()), "{}", all.len());
        for partner in &train {
            let times = all.iter().filter(|mixture| mixture.partner == *partner).count();
            assert!((60..140).contains(&times), "{partner}: {times}");
        }
        let mean = all.iter().map(|mixture| mixture.share).sum::<f32>() / all.len() as f32;
        assert!((mean - 0.5).abs() < 0.05, "{mean}");
        assert_eq!(drawn(7), drawn(7));
    }

    #[test]
    fn none_is_drawn_at_amount_or_probability_0() {
        for augment in [mixup(0.0, 1.0), mixup(0.2, 0.0)] {
            assert!((0..100).all(|epoch| draw(&augment, 1, &[1, 2], 1, epoch).is_none()));
        }
        assert!((0..100).all(|epoch| draw(&mixup(0.2, 1.0), 1, &[1, 2], 1, epoch).is_some()));
    }

    #[test]
    fn blending_keeps_the_share() {
        let mut own = [1.0, 0.0, 4.0];
        Mixture { partner: 0, share: 0.75 }.blend(&mut own, &[0.0, 1.0, 0.0]);
        assert_eq!(own, [0.75, 0.25, 3.0]);
    }
}
