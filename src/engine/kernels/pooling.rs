//! Pooling of 2×2 pixels with stride 2, two rows of pixels at a time, and of all pixels at once. Channels come last.

use super::super::raw::Write;
use super::{add_rows, put, scale, vectorized};

/// The largest of each 2×2 pixels of two rows, channel by channel, and which of the four it was (0, 1 above; 2, 3
/// below; the first of equal ones). The rows hold `wide` numbers a pixel, the results `channels`.
pub(in crate::engine) fn pool_largest(
    (above, below): (&[f32], &[f32]),
    wide: usize,
    channels: usize,
    out: &mut [f32],
    places: &mut [u8],
) {
    vectorized(
        #[inline(always)]
        || {
            let pixels = above.chunks_exact(2 * wide).zip(below.chunks_exact(2 * wide));
            let results = out.chunks_exact_mut(channels).zip(places.chunks_exact_mut(channels));
            for ((above, below), (out, places)) in pixels.zip(results) {
                let (first, second) = (&above[..channels], &above[wide..wide + channels]);
                let (third, fourth) = (&below[..channels], &below[wide..wide + channels]);
                for channel in 0..channels {
                    let (a, b, c, d) = (first[channel], second[channel], third[channel], fourth[channel]);
                    let (up, up_place) = if b > a { (b, 1) } else { (a, 0) };
                    let (down, down_place) = if d > c { (d, 3) } else { (c, 2) };
                    let (largest, place) = if down > up { (down, down_place) } else { (up, up_place) };
                    out[channel] = largest;
                    places[channel] = place;
                }
            }
        },
    );
}

/// For each result of [`pool_largest`], the number at its place in two other rows.
pub(in crate::engine) fn gather(
    (above, below): (&[f32], &[f32]),
    wide: usize,
    channels: usize,
    places: &[u8],
    out: &mut [f32],
) {
    for (pixel, (places, out)) in places.chunks_exact(channels).zip(out.chunks_exact_mut(channels)).enumerate() {
        for channel in 0..channels {
            let place = usize::from(places[channel]);
            let row = if place < 2 { above } else { below };
            out[channel] = row[(2 * pixel + place % 2) * wide + channel];
        }
    }
}

/// The reverse of [`pool_largest`]: each gradient goes to the pixel that was the largest, the others get none.
pub(in crate::engine) fn spread(
    gradients: &[f32],
    places: &[u8],
    wide: usize,
    channels: usize,
    (above, below): (&mut [f32], &mut [f32]),
) {
    vectorized(
        #[inline(always)]
        || {
            let pixels = above.chunks_exact_mut(2 * wide).zip(below.chunks_exact_mut(2 * wide));
            let results = gradients.chunks_exact(channels).zip(places.chunks_exact(channels));
            for ((above, below), (gradients, places)) in pixels.zip(results) {
                let (first, second) = above.split_at_mut(wide);
                let (third, fourth) = below.split_at_mut(wide);
                for (place, out) in (0u8..).zip([first, second, third, fourth]) {
                    for ((out, gradient), at) in out.iter_mut().zip(gradients).zip(places) {
                        // All bits or none: a mask where a condition would become a jump that cannot be foreseen.
                        let mask = 0u32.wrapping_sub(u32::from(*at == place));
                        *out = f32::from_bits(gradient.to_bits() & mask);
                    }
                }
            }
        },
    );
}

/// The mean of each 2×2 pixels of two rows, channel by channel.
pub(in crate::engine) fn pool_average((above, below): (&[f32], &[f32]), channels: usize, out: &mut [f32]) {
    vectorized(
        #[inline(always)]
        || {
            let pixels = above.chunks_exact(2 * channels).zip(below.chunks_exact(2 * channels));
            for ((above, below), out) in pixels.zip(out.chunks_exact_mut(channels)) {
                let ((a, b), (c, d)) = (above.split_at(channels), below.split_at(channels));
                for channel in 0..channels {
                    out[channel] = 0.25 * ((a[channel] + b[channel]) + (c[channel] + d[channel]));
                }
            }
        },
    );
}

/// The reverse of [`pool_average`]: each pixel gets a quarter of the gradient.
pub(in crate::engine) fn share(gradients: &[f32], channels: usize, (above, below): (&mut [f32], &mut [f32])) {
    vectorized(
        #[inline(always)]
        || {
            let pixels = above.chunks_exact_mut(2 * channels).zip(below.chunks_exact_mut(2 * channels));
            for ((above, below), gradients) in pixels.zip(gradients.chunks_exact(channels)) {
                let ((a, b), (c, d)) = (above.split_at_mut(channels), below.split_at_mut(channels));
                for channel in 0..channels {
                    let quarter = 0.25 * gradients[channel];
                    (a[channel], b[channel], c[channel], d[channel]) = (quarter, quarter, quarter, quarter);
                }
            }
        },
    );
}

/// The largest number of each channel among all pixels; not a number, if one of them is not.
pub(in crate::engine) fn largest_of_all(pixels: &[f32], out: &mut [f32]) {
    vectorized(
        #[inline(always)]
        || {
            out.fill(f32::NEG_INFINITY);
            for pixel in pixels.chunks_exact(out.len()) {
                for (out, number) in out.iter_mut().zip(pixel) {
                    *out = if *number > *out || number.is_nan() { *number } else { *out };
                }
            }
        },
    );
}

/// The reverse of [`largest_of_all`]: the first pixel that was the largest gets the whole gradient of its channel.
/// `left` holds the gradients at first, and is used up.
pub(in crate::engine) fn give_largest(
    write: Write,
    pixels: &[f32],
    largest: &[f32],
    left: &mut [f32],
    out: &mut [f32],
) {
    let channels = largest.len();
    vectorized(
        #[inline(always)]
        || {
            for (pixel, out) in pixels.chunks_exact(channels).zip(out.chunks_exact_mut(channels)) {
                let channels = pixel.iter().zip(largest).zip(left.iter_mut()).map(
                    #[inline(always)]
                    |((number, largest), left)| {
                        let given = if number == largest { *left } else { 0.0 };
                        *left -= given;
                        given
                    },
                );
                put(write, out, channels);
            }
        },
    );
}

/// The mean of each channel over all pixels.
pub(in crate::engine) fn mean_of_all(pixels: &[f32], out: &mut [f32]) {
    let share = out.len() as f32 / pixels.len() as f32;
    out.fill(0.0);
    add_rows(out, pixels);
    scale(out, share);
}

/// The reverse of [`mean_of_all`]: all pixels get the same share.
pub(in crate::engine) fn give_all(write: Write, gradients: &[f32], out: &mut [f32]) {
    let share = gradients.len() as f32 / out.len() as f32;
    vectorized(
        #[inline(always)]
        || {
            for out in out.chunks_exact_mut(gradients.len()) {
                put(write, out, gradients.iter().map(|gradient| gradient * share));
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pooling_and_its_reverse() {
        // Two pixels wide pools of two channels, held three numbers a pixel.
        let above = [1.0, 5.0, 9.0, 2.0, 5.0, 9.0, 0.0, -1.0, 9.0, 0.0, -2.0, 9.0];
        let below = [3.0, 4.0, 9.0, 0.0, 6.0, 9.0, 0.0, -3.0, 9.0, 0.0, -4.0, 9.0];
        let (mut out, mut places) = ([0.0; 4], [9; 4]);
        pool_largest((&above, &below), 3, 2, &mut out, &mut places);
        assert_eq!((out, places), ([3.0, 6.0, 0.0, -1.0], [2, 3, 0, 0]));
        let mut same = [0.0; 4];
        gather((&above, &below), 3, 2, &places, &mut same);
        assert_eq!(same, out);
        let (mut up, mut down) = ([7.0; 12], [7.0; 12]);
        spread(&[10.0, 20.0, 30.0, 40.0], &places, 3, 2, (&mut up, &mut down));
        // The numbers of a pixel beyond its channels stay as they were.
        assert_eq!(up, [0.0, 0.0, 7.0, 0.0, 0.0, 7.0, 30.0, 40.0, 7.0, 0.0, 0.0, 7.0]);
        assert_eq!(down, [10.0, 0.0, 7.0, 0.0, 20.0, 7.0, 0.0, 0.0, 7.0, 0.0, 0.0, 7.0]);
    }

    #[test]
    fn means_and_their_reverse() {
        let above = [1.0, 5.0, 3.0, 7.0, 100.0, 100.0];
        let below = [3.0, 4.0, 5.0, 0.0, 100.0, 100.0];
        let mut out = [0.0; 2];
        pool_average((&above, &below), 2, &mut out);
        assert_eq!(out, [3.0, 4.0]);
        let (mut up, mut down) = ([7.0; 6], [7.0; 6]);
        share(&[4.0, 8.0], 2, (&mut up, &mut down));
        // What is left over on the right stays as it was.
        assert_eq!((up, down), ([1.0, 2.0, 1.0, 2.0, 7.0, 7.0], [1.0, 2.0, 1.0, 2.0, 7.0, 7.0]));
    }

    #[test]
    fn all_pixels_at_once() {
        let pixels = [0.0, -4.0, 3.0, -2.0, 3.0, -3.0];
        let (mut largest, mut mean) = ([0.0; 2], [0.0; 2]);
        largest_of_all(&pixels, &mut largest);
        mean_of_all(&pixels, &mut mean);
        assert_eq!((largest, mean), ([3.0, -2.0], [2.0, -3.0]));
        let mut out = [1.0; 6];
        give_largest(Write::Add, &pixels, &largest, &mut [10.0, 20.0], &mut out);
        assert_eq!(out, [1.0, 1.0, 11.0, 21.0, 1.0, 1.0]);
        give_all(Write::Replace, &[3.0, 6.0], &mut out);
        assert_eq!(out, [1.0, 2.0, 1.0, 2.0, 1.0, 2.0]);
        largest_of_all(&[1.0, f32::NAN, 2.0], &mut largest[..1]);
        assert!(largest[0].is_nan());
    }
}
