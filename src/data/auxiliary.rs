//! What is learned beside the class: labels of further tasks, one for each example or none.

/// The class of an example that lacks one.
pub const ABSENT: u32 = u32::MAX;

/// One further task's labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Auxiliary {
    /// What the experiment calls it (`task.auxiliary[].target`).
    pub name: String,
    /// The labels, in the order of the examples.
    pub labels: Labels,
}

/// Labels of the kinds that a head can learn.
#[derive(Debug, Clone, PartialEq)]
pub enum Labels {
    /// One class of several.
    Classes {
        /// Names of the classes.
        names: Vec<String>,
        /// The class of each example; [`ABSENT`] where it is not known.
        of: Vec<u32>,
    },
    /// Marks of which any number may hold: 1 where one does, 0 where not, NaN where it is not known.
    Marks {
        /// What each mark says.
        names: Vec<String>,
        /// A number for each mark, example after example.
        of: Vec<f32>,
    },
    /// Numbers to be predicted; NaN where one is not known.
    Numbers {
        /// What each number is.
        names: Vec<String>,
        /// All of them, example after example, in the source's unit.
        of: Vec<f32>,
    },
}

impl Labels {
    /// Outputs that a head needs for them.
    pub fn outputs(&self) -> usize {
        match self {
            Self::Classes { names, .. } | Self::Marks { names, .. } | Self::Numbers { names, .. } => names.len(),
        }
    }
}
