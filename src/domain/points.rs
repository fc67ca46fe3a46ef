//! Points of curves on their way from a file to whoever looks at them.

use std::sync::Arc;

/// One value: the step, when it was logged in seconds since 1970, and the value.
pub type Point = (u64, f64, f32);

/// New points of one curve, in the order in which they were logged.
#[derive(Debug, Clone, PartialEq)]
pub struct Points {
    /// The curve, such as `train/loss`.
    pub tag: Arc<str>,
    /// Its points.
    pub points: Vec<Point>,
}
