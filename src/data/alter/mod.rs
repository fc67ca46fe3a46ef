//! Alterations of training examples, made while training: first the shape (all movements as one resampling), then what
//! lies between it and the eye (synthesis), then the light; at last it may be blended with another. Each is drawn from the experiment's seed, the example and
//! the epoch alone, so that it does not matter which thread comes first, or whether a run was broken off in between.

pub(super) mod fog;
mod geometry;
pub(super) mod light;
mod mixup;
mod overlay;
mod rain;
mod shake;

pub use mixup::Mixture;

use std::path::{Path, PathBuf};

use self::overlay::Overlays;
use super::Shape;
use super::error::DataError;
use super::random::{Purpose, Stream};
use super::source::resolved;
use crate::domain::experiment::{Augment, AugmentKind, Data, Synthesize, SynthesizeKind};

/// What is done to training examples.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Alterations {
    seed: u64,
    synthesize: Vec<Synthesize>,
    augment: Vec<Augment>,
    /// For each synthesis its pictures; `None` for those that draw what they lay over.
    overlays: Vec<Option<Overlays>>,
}

/// Whether the folders that synthesis takes its pictures from are there; cheap.
///
/// # Errors
/// One is not.
pub(super) fn check(data: &Data, base: &Path) -> Result<(), DataError> {
    folders(data, base).try_for_each(|(_, key, folder)| overlay::check(&folder, &key))
}

/// The places of syntheses that lay pictures over others, with the key and the folder of each.
fn folders(data: &Data, base: &Path) -> impl Iterator<Item = (usize, String, PathBuf)> {
    data.synthesize.iter().enumerate().filter(|(_, one)| one.kind == SynthesizeKind::Pictures).map(|(place, one)| {
        let folder = resolved(base, one.path.as_deref().unwrap_or_default());
        (place, format!("data.synthesize.{place}.path"), folder)
    })
}

impl Alterations {
    /// Nothing.
    pub(super) fn none() -> Self {
        Self { seed: 0, synthesize: Vec::new(), augment: Vec::new(), overlays: Vec::new() }
    }

    /// Whether there are none.
    pub(super) fn is_none(&self) -> bool {
        self.synthesize.is_empty() && self.augment.is_empty()
    }

    /// What an experiment's data section asks for on examples of a shape; what could not be read is noted.
    ///
    /// # Errors
    /// Pictures that are to be laid over examples are not there.
    pub(super) fn of(
        data: &Data,
        seed: u64,
        base: &Path,
        shape: Shape,
        notes: &mut Vec<String>,
    ) -> Result<Self, DataError> {
        let mut overlays = vec![None; data.synthesize.len()];
        if let Shape::Image { channels, height, width } = shape {
            for (place, key, folder) in folders(data, base) {
                let (loaded, note) = Overlays::load(&folder, &key, Picture { channels, height, width })?;
                overlays[place] = Some(loaded);
                notes.extend(note);
            }
        }
        Ok(Self { seed, synthesize: data.synthesize.clone(), augment: data.augment.clone(), overlays })
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
                self.lay_over(place, synthesize, picture, &mut stream, numbers);
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
        place: usize,
        synthesize: &Synthesize,
        picture: Picture,
        stream: &mut Stream,
        numbers: &mut [f32],
    ) {
        // One of a fixed number of patterns is the same for every example: all that is random about it hangs on its number.
        let mut of_pattern = (synthesize.patterns > 0).then(|| {
            let pattern = stream.below(synthesize.patterns) as u64;
            Stream::new(Purpose::Pattern, &[self.seed, place as u64, pattern])
        });
        let stream = of_pattern.as_mut().unwrap_or(stream);
        let amount = synthesize.amount as f32;
        match synthesize.kind {
            SynthesizeKind::Fog => fog::lay(picture, amount, stream, numbers),
            SynthesizeKind::Rain => rain::lay(picture, amount, stream, numbers),
            SynthesizeKind::Blur => shake::lay(picture, amount, stream, numbers),
            SynthesizeKind::Noise => light::grain(amount, stream, numbers),
            SynthesizeKind::Pictures => {
                if let Some(overlays) = self.overlays.get(place).and_then(Option::as_ref) {
                    overlays.lay(picture, amount, stream, numbers);
                }
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
