//! Checks an operator's gradients against finite differences.

use dfdx::prelude::{Backward, Cpu, CpuError, PutTape, SplitTape, Tape, TensorFromVec, Trace};

use super::Parameters;
use crate::domain::experiment::Activation;
use crate::engine::raw::{view, view_mut};
use crate::engine::tensor::{Batch, Flat, Gradients, Recording, Scalar, Slot, give, take};

pub(super) const ALL_ACTIVATIONS: [Activation; 5] =
    [Activation::Relu, Activation::LeakyRelu, Activation::Gelu, Activation::Tanh, Activation::Sigmoid];

type Apply<'a> = &'a dyn Fn(Batch<Recording>, Parameters<'_>, &mut Slot) -> Result<Batch<Recording>, CpuError>;

/// An operator, and the sizes of what it works on.
pub(super) struct Operator<'a> {
    pub(super) input: (usize, usize),
    pub(super) weights: usize,
    pub(super) bias: usize,
    pub(super) apply: Apply<'a>,
    pub(super) name: String,
}

/// The distance over which differences are taken.
const STEP: f32 = 2e-3;

/// Compares the gradients of a weighted sum of the outputs, by all inputs, weights and biases, with the
/// differences to either side.
pub(super) fn check(operator: &Operator<'_>) {
    let device = Cpu::default();
    let values = [
        pseudorandom(operator.input.0 * operator.input.1, 11),
        pseudorandom(operator.weights, 22),
        pseudorandom(operator.bias, 33),
    ];
    let tensors = |values: &[Vec<f32>; 3]| -> (Batch, Flat, Flat) {
        (
            device.tensor_from_vec(values[0].clone(), operator.input),
            device.tensor_from_vec(values[1].clone(), (operator.weights,)),
            device.tensor_from_vec(values[2].clone(), (operator.bias,)),
        )
    };
    // The slot is used again and again: what one application leaves behind must not reach the next.
    let mut slot = Slot::default();
    let mut run = |values: &[Vec<f32>; 3]| {
        let (x, weights, bias) = tensors(values);
        let parameters = Parameters { weights: &weights, bias: &bias, learned: true };
        let y = (operator.apply)(x.clone().traced(Gradients::leaky()), parameters, &mut slot).unwrap();
        let (sum, loss) = weighted_sum(y);
        let mut gradients = loss.try_backward().unwrap();
        let all = [
            take(&mut gradients, &x).unwrap(),
            take(&mut gradients, &weights).unwrap(),
            take(&mut gradients, &bias).unwrap(),
        ];
        (sum, all)
    };
    let (middle, ours) = run(&values);
    for (which, name) in ["input", "weights", "bias"].into_iter().enumerate() {
        for place in 0..values[which].len() {
            let mut moved = values.clone();
            let mut slope = |to: f32| {
                moved[which][place] = values[which][place] + to;
                (run(&moved).0 - middle) / f64::from(to)
            };
            let (left, right) = (slope(-STEP), slope(STEP));
            // Where a kink lies between the two, the derivative is one of them or between them.
            let (low, high) = (left.min(right), left.max(right));
            let found = f64::from(ours[which][place]);
            let tolerance = 6e-3 * (1.0 + high.abs());
            assert!(
                (low - tolerance..high + tolerance).contains(&found),
                "{}: the gradient of {name} {place} is {found}, differences say {left} and {right}",
                operator.name
            );
        }
    }
}

/// A sum of all numbers with fixed weights, in f64 for the differences and on the tape for the gradients.
fn weighted_sum(y: Batch<Recording>) -> (f64, Scalar<Recording>) {
    let (y, mut tape) = y.split_tape();
    let numbers = view(&y).unwrap();
    let factors = pseudorandom(numbers.len(), 44);
    let sum = numbers.iter().zip(&factors).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
    tape.add_backward_op(move |gradients: &mut Gradients| {
        let mut gradient = take(gradients, &y)?;
        gradient.copy_from_slice(&factors);
        give(gradients, &y, gradient)
    });
    let scalar: Scalar = Cpu::default().tensor_from_vec(vec![0.0], ());
    (sum, scalar.put_tape(tape))
}

/// Numbers between −1 and 1, the same ones every time.
fn pseudorandom(count: usize, seed: u64) -> Vec<f32> {
    let noise = crate::engine::random::Noise::of_step(seed, 0);
    (0..count as u64).map(|place| (f64::from(noise.at(place)) / f64::from(u32::MAX) * 2.0 - 1.0) as f32).collect()
}

#[test]
fn the_slices_that_operators_write_are_the_tensors() {
    let mut tensor: Flat = Cpu::default().tensor_from_vec(vec![0.0; 3], (3,));
    view_mut(&mut tensor).unwrap()[2] = 5.0;
    assert_eq!(tensor[[2]], 5.0);
}
