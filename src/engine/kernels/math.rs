//! Elementary functions that compilers can turn into vector instructions: no branches, no calls, no tables.
//!
//! Accurate to a few units in the last place of what they are used for (the tests say how much), and NaN stays NaN.

/// e^x, relative error below 2e-7. Below −87.3 and above 88.3 it stays where it is at these ends.
#[inline(always)]
pub(in crate::engine) fn exp(x: f32) -> f32 {
    // Adding and subtracting this rounds to the nearest integer, which then stands in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    // ln 2 in two parts: the first has so few bits that multiples of it are exact.
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let x = x.clamp(-87.3, 88.3);
    let rounded = x * std::f32::consts::LOG2_E + ROUND;
    let n = rounded - ROUND;
    let r = x - n * LN2_HIGH - n * LN2_LOW;
    // The Taylor series on |r| ≤ ln(2)/2, where its eighth term is below 6e-9.
    let series = 1.0
        + r * (1.0
            + r * (1.0 / 2.0
                + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r * (1.0 / 720.0 + r * (1.0 / 5040.0)))))));
    let exponent = rounded.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23;
    series * f32::from_bits(exponent)
}

/// 1 / (1 + e^−x), absolute error below 2e-7.
#[inline(always)]
pub(in crate::engine) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// The hyperbolic tangent, relative error below 5e-7.
#[inline(always)]
pub(in crate::engine) fn tanh(x: f32) -> f32 {
    // Near zero the quotient of exponentials loses digits; there the Taylor series has them.
    let square = x * x;
    let near = x
        * (1.0
            + square
                * (-1.0 / 3.0
                    + square
                        * (2.0 / 15.0
                            + square * (-17.0 / 315.0 + square * (62.0 / 2835.0 - square * (1382.0 / 155_925.0))))));
    let e = exp(-2.0 * x.abs());
    let far = ((1.0 - e) / (1.0 + e)).copysign(x);
    if x.abs() < 0.3 { near } else { far }
}

/// Φ(x), the distribution function of the standard normal, absolute error below 2e-7 (Abramowitz and Stegun 1964,
/// 7.1.26), together with e^(−x²/2).
#[inline(always)]
pub(super) fn normal_distribution(x: f32) -> (f32, f32) {
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let bell = exp(-z * z);
    let polynomial = t * (0.254_829_6 + t * (-0.284_496_72 + t * (1.421_413_8 + t * (-1.453_152 + t * 1.061_405_4))));
    let tail = 0.5 * polynomial * bell;
    (if x < 0.0 { tail } else { 1.0 - tail }, bell)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(from: f64, to: f64) -> impl Iterator<Item = f32> {
        (0..=40_000).map(move |i| (from + (to - from) * f64::from(i) / 40_000.0) as f32)
    }

    #[test]
    fn exponential() {
        for x in grid(-87.0, 88.0) {
            let exact = f64::from(x).exp();
            assert!((f64::from(exp(x)) / exact - 1.0).abs() < 2e-7, "{x}: {} is not {exact}", exp(x));
        }
        assert!(exp(f32::NAN).is_nan());
        assert!(exp(1e9).is_finite() && exp(f32::NEG_INFINITY) < 1e-37);
    }

    #[test]
    fn sigmoid_and_tanh() {
        for x in grid(-20.0, 20.0) {
            let exact = 1.0 / (1.0 + (-f64::from(x)).exp());
            assert!((f64::from(sigmoid(x)) - exact).abs() < 2e-7, "{x}");
            let exact = f64::from(x).tanh();
            assert!((f64::from(tanh(x)) - exact).abs() <= 5e-7 * exact.abs(), "{x}: {} is not {exact}", tanh(x));
        }
        for x in grid(-0.5, 0.5) {
            let exact = f64::from(x).tanh();
            assert!((f64::from(tanh(x)) - exact).abs() <= 5e-7 * exact.abs(), "{x}: {} is not {exact}", tanh(x));
        }
        assert!(tanh(f32::NAN).is_nan() && sigmoid(f32::NAN).is_nan());
    }

    #[test]
    fn normal() {
        // Values of Φ to ten digits, from tables.
        for (x, exact) in [
            (0.0, 0.5),
            (0.5, 0.691_462_461_3),
            (1.0, 0.841_344_746_1),
            (1.96, 0.975_002_104_9),
            (3.0, 0.998_650_102_0),
            (-1.0, 0.158_655_253_9),
            (-4.0, 0.000_031_671_2),
        ] {
            let (value, bell) = normal_distribution(x as f32);
            assert!((f64::from(value) - exact).abs() < 2e-7, "{x}: {value}");
            assert!((f64::from(bell) - (-x * x / 2.0f64).exp()).abs() < 1e-6, "{x}: {bell}");
        }
        assert!(normal_distribution(f32::NAN).0.is_nan());
    }
}
