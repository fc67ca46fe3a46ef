//! What sources have in common whose examples the program makes itself: each from the seed and its number alone, on all
//! cores, so that more of them begin with the same ones.

use rayon::prelude::*;

use super::Ask;
use crate::data::Labels;
use crate::data::error::DataError;
use crate::data::random::{Purpose, Stream};

/// Makes so many examples of `numbers` bytes; `make` writes one and tells what else is known of it.
pub(super) fn make<T: Send>(
    examples: usize,
    numbers: usize,
    make: impl Fn(u64, &mut [u8]) -> T + Sync,
) -> (Vec<u8>, Vec<T>) {
    let mut values = vec![0u8; examples * numbers];
    let known =
        values.par_chunks_exact_mut(numbers).enumerate().map(|(number, out)| make(number as u64, out)).collect();
    (values, known)
}

/// The class of an example where each `N` in a row hold every class once, in an order drawn for `of` (seed and variant).
pub(super) fn class_in_rounds<const N: usize>(of: [u64; 2], number: u64) -> u32 {
    let mut order: [u32; N] = std::array::from_fn(|class| class as u32);
    Stream::new(Purpose::Classes, &[of[0], of[1], number / N as u64]).shuffle(&mut order);
    order[(number % N as u64) as usize]
}

/// Numbers about 0 to 1 as bytes.
pub(super) fn to_bytes(numbers: &[f32], out: &mut [u8]) {
    for (out, value) in out.iter_mut().zip(numbers) {
        *out = (value.clamp(0.0, 1.0) * 255.0).round() as u8;
    }
}

/// Of all that is known, the labels that are asked for, in their order.
///
/// # Errors
/// There are none of that name.
pub(super) fn asked(ask: Ask<'_>, known: &[(&str, Labels)]) -> Result<Vec<Labels>, DataError> {
    let find = |(task, auxiliary): (usize, &crate::domain::experiment::Auxiliary)| {
        let labels = known.iter().find(|(name, _)| *name == auxiliary.target).map(|(_, labels)| labels.clone());
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        labels.ok_or_else(|| ask.unknown(task, &auxiliary.target, &names))
    };
    ask.auxiliary.iter().enumerate().map(find).collect()
}

/// Class labels of these names.
pub(super) fn classes(names: &[&str], of: impl Iterator<Item = u32>) -> Labels {
    Labels::Classes { names: names.iter().map(|name| (*name).to_owned()).collect(), of: of.collect() }
}

/// Numbers of these names, as many for each example.
pub(super) fn numbers<const N: usize>(names: [&str; N], of: impl Iterator<Item = [f32; N]>) -> Labels {
    Labels::Numbers { names: names.map(str::to_owned).to_vec(), of: of.flatten().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_hold_each_class_once_in_changing_order() {
        let classes: Vec<u32> = (0..30).map(|number| class_in_rounds::<5>([1, 2], number)).collect();
        for round in classes.chunks(5) {
            let mut sorted = round.to_vec();
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2, 3, 4]);
        }
        assert!(classes.chunks(5).any(|round| *round != classes[..5]));
    }
}
