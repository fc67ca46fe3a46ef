//! The confusion matrix and the figures read off it.

/// Counts of true against predicted classes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confusion {
    /// Names of the classes.
    pub classes: Vec<String>,
    /// A row per true class, a column per predicted one.
    pub matrix: Vec<Vec<u64>>,
}
