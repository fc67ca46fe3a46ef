//! Where the time of training goes.

/// Seconds of training by what they were spent on.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Phases {
    /// Making examples ready: alteration, scaling.
    pub data: f64,
    /// From examples to losses.
    pub forward: f64,
    /// From losses to gradients.
    pub backward: f64,
    /// From gradients to new weights.
    pub update: f64,
}

impl Phases {
    /// All of it.
    pub fn total(&self) -> f64 {
        self.data + self.forward + self.backward + self.update
    }

    /// Adds what another stretch of training took.
    pub(super) fn add(&mut self, other: Self) {
        self.data += other.data;
        self.forward += other.forward;
        self.backward += other.backward;
        self.update += other.update;
    }

    /// The time of work that went on side by side, brought to the time that passed.
    pub(super) fn within(self, seconds: f64) -> Self {
        let factor = if self.total() > 0.0 { seconds / self.total() } else { 0.0 };
        Self {
            data: self.data * factor,
            forward: self.forward * factor,
            backward: self.backward * factor,
            update: self.update * factor,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_side_by_side_is_brought_to_the_time_that_passed() {
        let mut both = Phases { data: 1.0, forward: 2.0, backward: 5.0, update: 0.0 };
        both.add(Phases { data: 1.0, forward: 2.0, backward: 5.0, update: 0.0 });
        let passed = both.within(8.0);
        assert_eq!(passed, Phases { data: 1.0, forward: 2.0, backward: 5.0, update: 0.0 });
        assert_eq!(Phases::default().within(3.0), Phases::default());
    }
}
