//! Steps of training at which something was logged: millions of rising numbers, nearly always evenly spaced, kept as the
//! few even stretches that they are made of.

/// Numbers with the same distance between any two neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    /// The place of its first number among all.
    at: usize,
    first: u64,
    /// The distance; 0 as long as there is one number only.
    stride: u64,
}

impl Stretch {
    fn get(&self, place: usize) -> u64 {
        self.first + self.stride * (place - self.at) as u64
    }
}

/// Strictly rising numbers: a few bytes for each even stretch, and at worst 12 bytes a number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Steps {
    stretches: Vec<Stretch>,
    len: usize,
    last: u64,
}

impl Steps {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The last one.
    pub fn last(&self) -> Option<u64> {
        (self.len > 0).then_some(self.last)
    }

    /// The one at a place; 0 where there is none.
    pub fn get(&self, place: usize) -> u64 {
        let stretch = match self.stretches.as_slice() {
            [only] => Some(only),
            all => all.partition_point(|stretch| stretch.at <= place).checked_sub(1).map(|found| &all[found]),
        };
        stretch.filter(|_| place < self.len).map_or(0, |stretch| stretch.get(place))
    }

    /// How many lie below a number.
    pub fn below(&self, step: u64) -> usize {
        let found = self.stretches.partition_point(|stretch| stretch.first < step);
        let Some(stretch) = found.checked_sub(1).map(|found| self.stretches[found]) else { return 0 };
        let end = self.stretches.get(found).map_or(self.len, |next| next.at);
        let inside = (step - stretch.first - 1).checked_div(stretch.stride).map_or(1, |whole| whole as usize + 1);
        (stretch.at + inside).min(end)
    }

    /// Appends a number. One that does not lie above the last begins a new account of what follows: all from there on are
    /// dropped first, as after a restart from a checkpoint.
    #[inline]
    pub fn push(&mut self, step: u64) {
        if self.len > 0 && step <= self.last {
            self.truncate(self.below(step));
        }
        match self.stretches.last_mut() {
            Some(stretch) if stretch.stride == 0 => stretch.stride = step - stretch.first,
            Some(stretch) if step - self.last == stretch.stride => {}
            _ => self.stretches.push(Stretch { at: self.len, first: step, stride: 0 }),
        }
        self.len += 1;
        self.last = step;
    }

    /// Appends numbers that lie above the last, an even stretch at a time.
    pub fn extend(&mut self, more: &Self) {
        for (number, stretch) in more.stretches.iter().enumerate() {
            let end = more.stretches.get(number + 1).map_or(more.len, |next| next.at);
            for place in stretch.at..end {
                self.push(stretch.get(place));
                let is_even = self.stretches.last().is_some_and(|last| last.stride == stretch.stride);
                if is_even && place + 1 < end {
                    // The others go on as these do.
                    self.len += end - place - 1;
                    self.last = stretch.get(end - 1);
                    break;
                }
            }
        }
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = u64> {
        let ends = self.stretches.iter().skip(1).map(|next| next.at).chain([self.len]);
        self.stretches.iter().zip(ends).flat_map(|(stretch, end)| (stretch.at..end).map(|place| stretch.get(place)))
    }

    /// Keeps so many of the first ones.
    pub fn truncate(&mut self, keep: usize) {
        if keep >= self.len {
            return;
        }
        self.len = keep;
        self.stretches.truncate(self.stretches.partition_point(|stretch| stretch.at < keep));
        if let Some(stretch) = self.stretches.last_mut() {
            self.last = stretch.get(keep - 1);
            if keep == stretch.at + 1 {
                stretch.stride = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn steps(numbers: &[u64]) -> Steps {
        let mut steps = Steps::default();
        for number in numbers {
            steps.push(*number);
        }
        steps
    }

    #[test]
    fn what_is_evenly_spaced_takes_no_room() {
        let even: Vec<u64> = (0..1000).map(|place| 7 + 10 * place).collect();
        assert_eq!(steps(&even).stretches.len(), 1);
        let epochs = [1, 2, 3, 4, 500, 600, 700, 701];
        assert_eq!(steps(&epochs).stretches.len(), 3);
        assert_eq!(Steps::default().below(7), 0);
        assert_eq!((steps(&[5]).get(0), steps(&[5]).get(1), steps(&[5]).below(u64::MAX)), (5, 0, 1));
    }

    proptest! {
        #[test]
        fn an_even_stretch_at_a_time_is_as_one_by_one(strides in prop::collection::vec(prop_oneof![4 => Just(2u64), 1 => 1u64..4], 0..60), cut in 0usize..60) {
            let numbers: Vec<u64> = strides.iter().scan(0, |sum, stride| { *sum += stride; Some(*sum) }).collect();
            let (first, second) = numbers.split_at(cut.min(numbers.len()));
            let mut both = steps(first);
            both.extend(&steps(second));
            prop_assert_eq!(both, steps(&numbers));
        }

        #[test]
        fn they_are_what_a_plain_list_is(strides in prop::collection::vec(1u64..4, 0..200), keep in 0usize..220, at in 0u64..700) {
            let mut numbers: Vec<u64> =
                strides.iter().scan(0, |sum, stride| { *sum += stride; Some(*sum) }).collect();
            let mut steps = steps(&numbers);
            prop_assert_eq!(steps.iter().collect::<Vec<_>>(), numbers.clone());
            prop_assert_eq!(steps.below(at), numbers.partition_point(|number| *number < at));
            steps.truncate(keep);
            numbers.truncate(keep);
            prop_assert_eq!((0..steps.len()).map(|place| steps.get(place)).collect::<Vec<_>>(), numbers.clone());
            prop_assert_eq!((steps.last(), steps.len()), (numbers.last().copied(), numbers.len()));
            // A restart, and on.
            numbers.truncate(numbers.partition_point(|number| *number < at));
            numbers.extend([at, at + 1, at + 3]);
            for step in [at, at + 1, at + 3] {
                steps.push(step);
            }
            prop_assert_eq!((0..steps.len()).map(|place| steps.get(place)).collect::<Vec<_>>(), numbers.clone());
            prop_assert_eq!(steps.below(at + 2), numbers.len() - 1);
        }
    }
}
