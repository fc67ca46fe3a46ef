//! Examples: where they come from, how they are split, how a batch is made of them. Knows `domain`.

mod alter;
mod auxiliary;
mod cache;
mod duplicates;
mod error;
mod fit;
mod loading;
mod overview;
mod picture;
mod prepare;
pub mod prepared;
mod random;
mod scale;
mod sets;
mod source;
mod split;

pub use alter::Mixture;
pub use auxiliary::{ABSENT, Auxiliary, LabelKind, Labels};
pub use duplicates::duplicates;
pub use error::DataError;
pub use loading::{Loading, Progress};
pub use overview::{glance, overview, pictures};
pub use prepare::{check, prepare, prepare_with};
pub use prepared::{Prepared, Sets, Values};

/// The shape of one example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `channels` planes of `height` × `width`, plane after plane, row after row.
    Image {
        /// Planes: 1 for gray, 3 for color.
        channels: usize,
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
    },
    /// So many numbers.
    Vector(usize),
    /// `steps` × `features` numbers, step after step.
    Sequence {
        /// Steps, first to last.
        steps: usize,
        /// Numbers in each.
        features: usize,
    },
}

impl Shape {
    /// Numbers in one example.
    pub fn len(self) -> usize {
        match self {
            Self::Image { channels, height, width } => channels * height * width,
            Self::Vector(features) => features,
            Self::Sequence { steps, features } => steps * features,
        }
    }

    /// Whether an example holds no number at all.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Image { channels: 1, height, width } => write!(f, "{height}×{width} gray"),
            Self::Image { channels: 3, height, width } => write!(f, "{height}×{width} color"),
            Self::Image { channels, height, width } => write!(f, "{height}×{width}, {channels} channels"),
            Self::Vector(features) => write!(f, "{features} numbers"),
            Self::Sequence { steps, features } => write!(f, "{steps} steps of {features} numbers"),
        }
    }
}

/// The sets an example can be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Set {
    /// Trains.
    Train,
    /// Held out of the training distribution.
    TrainDev,
    /// Decisions are made on it.
    Dev,
    /// Looked at once, at the end.
    Test,
}
