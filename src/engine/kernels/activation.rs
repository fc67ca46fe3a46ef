//! Activation functions and their derivatives, over slices.
//!
//! NaN passes through all of them, so that a network whose numbers went wrong is found out by its loss.

use super::math::{normal_distribution, sigmoid, tanh};
use super::vectorized;
use crate::domain::experiment::Activation;

/// What a leaky ReLU leaves of a number below zero.
const LEAK: f32 = 0.01;

/// Whether the derivative has to be computed from what went into the function; for all others, what came out will do.
pub(in crate::engine) fn needs_input(activation: Activation) -> bool {
    activation == Activation::Gelu
}

/// Whether a larger input never gives a smaller output, so that the largest of several outputs is that of the largest
/// input.
pub(in crate::engine) fn is_monotonic(activation: Activation) -> bool {
    activation != Activation::Gelu
}

/// Replaces every number by its activation.
pub(in crate::engine) fn apply(activation: Activation, numbers: &mut [f32]) {
    fn each(numbers: &mut [f32], function: impl Fn(f32) -> f32) {
        vectorized(
            #[inline(always)]
            || {
                for number in numbers {
                    *number = function(*number);
                }
            },
        );
    }
    match activation {
        Activation::Relu => each(
            numbers,
            #[inline(always)]
            |x| if x < 0.0 { 0.0 } else { x },
        ),
        Activation::LeakyRelu => each(
            numbers,
            #[inline(always)]
            |x| if x < 0.0 { LEAK * x } else { x },
        ),
        Activation::Gelu => each(
            numbers,
            #[inline(always)]
            |x| x * normal_distribution(x).0,
        ),
        Activation::Tanh => each(numbers, tanh),
        Activation::Sigmoid => each(numbers, sigmoid),
    }
}

/// Multiplies every gradient by the derivative at its place. `at` holds the activations, or what went into them where
/// [`needs_input`] says so.
pub(in crate::engine) fn multiply_by_derivative(activation: Activation, gradients: &mut [f32], at: &[f32]) {
    fn each(gradients: &mut [f32], at: &[f32], derivative: impl Fn(f32) -> f32) {
        vectorized(
            #[inline(always)]
            || {
                for (gradient, at) in gradients.iter_mut().zip(at) {
                    *gradient *= derivative(*at);
                }
            },
        );
    }
    match activation {
        Activation::Relu => each(
            gradients,
            at,
            #[inline(always)]
            |y| if y > 0.0 { 1.0 } else { 0.0 },
        ),
        Activation::LeakyRelu => each(
            gradients,
            at,
            #[inline(always)]
            |y| if y > 0.0 { 1.0 } else { LEAK },
        ),
        Activation::Gelu => each(
            gradients,
            at,
            #[inline(always)]
            |x| {
                let (distribution, bell) = normal_distribution(x);
                distribution + x * bell * (0.5 * std::f32::consts::FRAC_2_SQRT_PI * std::f32::consts::FRAC_1_SQRT_2)
            },
        ),
        Activation::Tanh => each(
            gradients,
            at,
            #[inline(always)]
            |y| 1.0 - y * y,
        ),
        Activation::Sigmoid => each(
            gradients,
            at,
            #[inline(always)]
            |y| y * (1.0 - y),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Activation; 5] =
        [Activation::Relu, Activation::LeakyRelu, Activation::Gelu, Activation::Tanh, Activation::Sigmoid];

    fn value(activation: Activation, x: f32) -> f32 {
        let mut one = [x];
        apply(activation, &mut one);
        one[0]
    }

    #[test]
    fn derivatives_agree_with_finite_differences() {
        for activation in ALL {
            for step in -30..30 {
                let x = step as f32 * 0.1 + 0.05;
                let h = 1e-2;
                let slope = (value(activation, x + h) - value(activation, x - h)) / (2.0 * h);
                let at = if needs_input(activation) { x } else { value(activation, x) };
                let mut gradient = [1.0];
                multiply_by_derivative(activation, &mut gradient, &[at]);
                assert!((gradient[0] - slope).abs() < 2e-4, "{activation:?} at {x}: {} is not {slope}", gradient[0]);
            }
        }
    }

    #[test]
    fn known_values_and_nan() {
        for (activation, at_minus_one, at_one) in [
            (Activation::Relu, 0.0, 1.0),
            (Activation::LeakyRelu, -0.01, 1.0),
            (Activation::Gelu, -0.158_655_26, 0.841_344_7),
            (Activation::Tanh, -0.761_594_2, 0.761_594_2),
            (Activation::Sigmoid, 0.268_941_4, 0.731_058_6),
        ] {
            assert!((value(activation, -1.0) - at_minus_one).abs() < 5e-7, "{activation:?}");
            assert!((value(activation, 1.0) - at_one).abs() < 5e-7, "{activation:?}");
            assert!(value(activation, f32::NAN).is_nan(), "{activation:?}");
        }
    }

    #[test]
    fn only_gelu_ever_falls() {
        for activation in ALL {
            let values: Vec<f32> = (-400..400).map(|x| value(activation, x as f32 * 0.01)).collect();
            assert_eq!(values.is_sorted_by(|a, b| a <= &(b + 1e-6)), is_monotonic(activation), "{activation:?}");
        }
    }
}
