//! Alterations of training examples, made while training: first the shape (all movements as one resampling), then what
//! lies between it and the eye (synthesis), then the light; at last it may be blended with another. Each is drawn from the experiment's seed, the example and
//! the epoch alone, so that it does not matter which thread comes first, or whether a run was broken off in between.

pub(super) mod fog;
mod geometry;
pub(super) mod light;
mod mixup;

pub use mixup::Mixture;

use super::Shape;
use super::random::{Purpose, Stream};
use crate::domain::experiment::{Augment, AugmentKind, Data, Synthesize, SynthesizeKind};

/// What is done to training examples.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Alterations {
    seed: u64,
    synthesize: Vec<Synthesize>,
    augment: Vec<Augment>,
}

impl Alterations {
    /// Nothing.
    pub(super) fn none() -> Self {
        Self { seed: 0, synthesize: Vec::new(), augment: Vec::new() }
    }

    /// Whether there are none.
    pub(super) fn is_none(&self) -> bool {
        self.synthesize.is_empty() && self.augment.is_empty()
    }

    /// What an experiment's data section asks for.
    pub(super) fn of(data: &Data, seed: u64) -> Self {
        Self { seed, synthesize: data.synthesize.clone(), augment: data.augment.clone() }
    }

    fn stream(&self, example: u32, epoch: u64) -> Stream {
        Stream::new(Purpose::Alter, &[self.seed, epoch, u64::from(example)])
    }

    /// Alters one picture in place, numbers from 0 to 1; leaves vectors as they are.
    pub(super) fn apply(&self, shape: Shape, example: u32, epoch: u64, numbers: &mut [f32]) {
        if self.is_none() {
            return;
        }
        let Shape::Image { channels, height, width } = shape else { return };
        let mut stream = self.stream(example, epoch);
        let picture = Picture { channels, height, width };
        let mut drawn: Vec<(AugmentKind, f32)> = Vec::with_capacity(self.augment.len());
        for augment in self.augment.iter().filter(|augment| augment.kind != AugmentKind::Mixup) {
            if stream.chance(augment.probability) {
                let amount = augment.amount.unwrap_or_else(|| augment.kind.default_amount());
                drawn.push((augment.kind, amount as f32));
            }
        }
        geometry::apply(picture, &drawn, &mut stream, numbers);
        for (place, synthesize) in self.synthesize.iter().enumerate() {
            if stream.chance(synthesize.probability) {
                self.lay_over(place as u64, synthesize, picture, &mut stream, numbers);
            }
        }
        light::apply(picture, &drawn, &mut stream, numbers);
        for number in numbers {
            *number = number.clamp(0.0, 1.0);
        }
    }

    /// Whom this example is blended with in this epoch, of the examples that train.
    pub(super) fn mixture(&self, train: &[u32], example: u32, epoch: u64) -> Option<Mixture> {
        mixup::draw(&self.augment, self.seed, train, example, epoch)
    }

    /// Alters one standardized vector or sequence in place. Its numbers have no neighbors and no range: of what changes
    /// an example by itself only noise makes sense for them, its amount in standard deviations.
    pub(super) fn apply_to_numbers(&self, example: u32, epoch: u64, numbers: &mut [f32]) {
        let mut stream = self.stream(example, epoch);
        for augment in self.augment.iter().filter(|augment| augment.kind == AugmentKind::Noise) {
            if stream.chance(augment.probability) {
                let amount = augment.amount.unwrap_or_else(|| augment.kind.default_amount()) as f32;
                light::noise(stream.between(0.0, amount), &mut stream, numbers);
            }
        }
    }

    fn lay_over(
        &self,
        place: u64,
        synthesize: &Synthesize,
        picture: Picture,
        stream: &mut Stream,
        numbers: &mut [f32],
    ) {
        let amount = synthesize.amount as f32;
        match synthesize.kind {
            SynthesizeKind::Fog if synthesize.patterns == 0 => fog::lay(picture, amount, stream, numbers),
            SynthesizeKind::Fog => {
                let pattern = stream.below(synthesize.patterns) as u64;
                let mut stream = Stream::new(Purpose::Pattern, &[self.seed, place, pattern]);
                fog::lay(picture, amount, &mut stream, numbers);
            }
        }
    }
}

/// The sides of a picture whose planes lie one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Picture {
    /// Planes.
    pub(super) channels: usize,
    /// Rows.
    pub(super) height: usize,
    /// Columns.
    pub(super) width: usize,
}
