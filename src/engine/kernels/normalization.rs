//! Sums and maps over all pixels of all images, channel by channel: what batch normalization is made of.
//!
//! Channels come last and may be few. So that vectors are filled, loops run over blocks of whole pixels, and what belongs
//! to a channel is repeated to the length of a block.

use super::super::raw::Write;
use super::{add_rows, put, repeat, scratch, vectorized};

/// Numbers in a block, at least.
const BLOCK: usize = 256;
/// Blocks that are added up before their sum goes to the total: sums of like size lose fewer digits.
const RUN: usize = 64;

/// Numbers in a block of whole pixels.
fn block(channels: usize) -> usize {
    channels * BLOCK.div_ceil(channels)
}

/// Of each channel, the mean over all pixels, and the mean square of the distances from it.
pub(in crate::engine) fn moments(x: &[f32], mean: &mut [f32], variance: &mut [f32]) {
    let share = mean.len() as f32 / x.len() as f32;
    sums(
        (x, x),
        None,
        mean,
        #[inline(always)]
        |x, _, _| x,
    );
    super::scale(mean, share);
    sums(
        (x, x),
        Some(mean),
        variance,
        #[inline(always)]
        |x, _, mean| (x - mean) * (x - mean),
    );
    super::scale(variance, share);
}

/// Of each channel, the sum of the gradients over all pixels, and of their products with the distances from `center`.
pub(in crate::engine) fn gradient_sums(x: &[f32], dz: &[f32], center: &[f32], plain: &mut [f32], products: &mut [f32]) {
    sums(
        (x, dz),
        None,
        plain,
        #[inline(always)]
        |_, dz, _| dz,
    );
    sums(
        (x, dz),
        Some(center),
        products,
        #[inline(always)]
        |x, dz, center| dz * (x - center),
    );
}

/// `out` = the sums of a term over all pixels, channel by channel.
fn sums((a, b): (&[f32], &[f32]), of_channel: Option<&[f32]>, out: &mut [f32], term: impl Fn(f32, f32, f32) -> f32) {
    let block = block(out.len());
    out.fill(0.0);
    scratch::lend([block, block], |[sums, of_channels]| {
        of_channels.fill(0.0);
        if let Some(of_channel) = of_channel {
            repeat(of_channels, of_channel);
        }
        for (a, b) in a.chunks(RUN * block).zip(b.chunks(RUN * block)) {
            sums.fill(0.0);
            vectorized(
                #[inline(always)]
                || {
                    for (a, b) in a.chunks(block).zip(b.chunks(block)) {
                        let terms = a.iter().zip(b).zip(of_channels.iter());
                        for (sum, ((a, b), c)) in sums.iter_mut().zip(terms) {
                            *sum += term(*a, *b, *c);
                        }
                    }
                },
            );
            add_rows(out, sums);
        }
    });
}

/// `y` = (`x` − `center`) · `factor` + `shift`, with the three of each channel.
pub(in crate::engine) fn scale_and_shift(x: &[f32], [center, factor, shift]: [&[f32]; 3], y: &mut [f32]) {
    let block = block(center.len());
    scratch::lend([block; 3], |mut wide| {
        for (wide, narrow) in wide.iter_mut().zip([center, factor, shift]) {
            repeat(wide, narrow);
        }
        let [center, factor, shift] = wide;
        vectorized(
            #[inline(always)]
            || {
                for (x, y) in x.chunks(block).zip(y.chunks_mut(block)) {
                    let of_channels = center.iter().zip(factor.iter()).zip(shift.iter());
                    for ((y, x), ((center, factor), shift)) in y.iter_mut().zip(x).zip(of_channels) {
                        *y = (x - center) * factor + shift;
                    }
                }
            },
        );
    });
}

/// `dx` = or += (`dz` − `shift` − (`x` − `center`) · `tilt`) · `factor`, with the four of each channel.
pub(in crate::engine) fn input_gradient(
    (x, dz): (&[f32], &[f32]),
    [center, factor, shift, tilt]: [&[f32]; 4],
    dx: &mut [f32],
    write: Write,
) {
    let block = block(center.len());
    scratch::lend([block; 4], |mut wide| {
        for (wide, narrow) in wide.iter_mut().zip([center, factor, shift, tilt]) {
            repeat(wide, narrow);
        }
        let [center, factor, shift, tilt] = wide;
        vectorized(
            #[inline(always)]
            || {
                for ((x, dz), dx) in x.chunks(block).zip(dz.chunks(block)).zip(dx.chunks_mut(block)) {
                    let of_channels = center.iter().zip(factor.iter()).zip(shift.iter()).zip(tilt.iter());
                    let found = x.iter().zip(dz).zip(of_channels).map(
                        #[inline(always)]
                        |((x, dz), (((center, factor), shift), tilt))| (dz - shift - (x - center) * tilt) * factor,
                    );
                    put(write, dx, found);
                }
            },
        );
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_few_and_of_many_channels() {
        for (pixels, channels) in [(1, 3), (700, 1), (5000, 7), (9, 300)] {
            // Far from zero, where sums of squares would lose their digits.
            let x: Vec<f32> = (0..pixels * channels)
                .map(|n| 100.0 + (n % channels) as f32 + ((n * 7919 + 13) % 1009) as f32 / 1009.0)
                .collect();
            let (mut mean, mut variance) = (vec![9.0; channels], vec![9.0; channels]);
            moments(&x, &mut mean, &mut variance);
            for channel in 0..channels {
                let own: Vec<f64> = x.iter().skip(channel).step_by(channels).map(|x| f64::from(*x)).collect();
                let exact = own.iter().sum::<f64>() / pixels as f64;
                let spread = own.iter().map(|x| (x - exact).powi(2)).sum::<f64>() / pixels as f64;
                assert!((f64::from(mean[channel]) - exact).abs() < 3e-7 * exact, "{channel} of {channels}");
                assert!((f64::from(variance[channel]) - spread).abs() < 1e-6, "{channel} of {channels}");
            }
        }
    }
}
