//! Working memory of the kernels, kept per thread so that no step has to ask for it. Buffers begin at a cache line.

use std::cell::RefCell;

/// Floats in a cache line.
const LINE: usize = 16;

thread_local! {
    static FREE: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// Lends `N` buffers of these lengths. What they hold is left over and means nothing.
pub(in crate::engine) fn lend<const N: usize, R>(lengths: [usize; N], work: impl FnOnce([&mut [f32]; N]) -> R) -> R {
    let padded = lengths.map(|length| length.next_multiple_of(LINE));
    let total = padded.iter().sum::<usize>() + LINE;
    let mut memory = FREE.with(|free| free.borrow_mut().pop()).unwrap_or_default();
    if memory.len() < total {
        memory.resize(total, 0.0);
    }
    let skip = memory.as_ptr().align_offset(LINE * size_of::<f32>()).min(LINE);
    let mut rest = &mut memory[skip..];
    let mut place = 0;
    let buffers = std::array::from_fn(|_| {
        let (buffer, after) = std::mem::take(&mut rest).split_at_mut(padded[place]);
        rest = after;
        let buffer = &mut buffer[..lengths[place]];
        place += 1;
        buffer
    });
    let result = work(buffers);
    FREE.with(|free| free.borrow_mut().push(memory));
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_are_apart_aligned_and_nest() {
        for _ in 0..3 {
            lend([5, 0, 17], |[a, b, c]| {
                assert_eq!((a.len(), b.len(), c.len()), (5, 0, 17));
                assert!(a.as_ptr().addr().is_multiple_of(64) && c.as_ptr().addr().is_multiple_of(64));
                a.fill(1.0);
                c.fill(2.0);
                lend([100], |[d]| d.fill(3.0));
                assert!(a.iter().all(|n| *n == 1.0) && c.iter().all(|n| *n == 2.0));
            });
        }
    }
}
