//! Examples as the network takes them: a row each, channels last.

use dfdx::prelude::CpuError;

use super::raw::view_mut;
use super::tensor::{Batch, Slot};
use crate::data::{Prepared, Shape};

/// Writes examples into a batch: altered as in `epoch`, or as they are.
///
/// # Errors
/// No memory.
pub(super) fn fill(slot: &mut Slot, data: &Prepared, examples: &[u32], epoch: Option<u64>) -> Result<Batch, CpuError> {
    let length = data.shape.len();
    let mut batch = slot.take(examples.len(), length)?;
    let rows = view_mut(&mut batch)?.chunks_exact_mut(length.max(1));
    let read = |example: u32, out: &mut [f32]| match epoch {
        Some(epoch) => data.altered(example, epoch, out),
        None => data.plain(example, out),
    };
    match data.shape {
        Shape::Image { channels, .. } if channels > 1 => {
            let mut planes = vec![0.0; length];
            for (row, example) in rows.zip(examples) {
                read(*example, &mut planes);
                channels_last(&planes, channels, row);
            }
        }
        _ => rows.zip(examples).for_each(|(row, example)| read(*example, row)),
    }
    Ok(slot.keep(batch))
}

/// From plane after plane to pixel after pixel.
fn channels_last(planes: &[f32], channels: usize, pixels: &mut [f32]) {
    let plane = planes.len() / channels;
    for (place, pixel) in pixels.chunks_exact_mut(channels).enumerate() {
        for (channel, number) in pixel.iter_mut().enumerate() {
            *number = planes[channel * plane + place];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_become_pixels() {
        let mut pixels = [0.0; 6];
        channels_last(&[1.0, 2.0, 3.0, 10.0, 20.0, 30.0], 2, &mut pixels);
        assert_eq!(pixels, [1.0, 10.0, 2.0, 20.0, 3.0, 30.0]);
    }
}
