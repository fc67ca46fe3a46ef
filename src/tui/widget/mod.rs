//! What panels are drawn with: frames, dots, ticks, meters. Nothing here knows what a run is.

pub mod dots;
pub mod frame;
pub mod line;
pub mod pictures;
pub mod ticks;

pub use dots::Dots;
