//! Checks an operator's gradients against finite differences, and that it does what it is told about them.

use std::fmt::Debug;

use dfdx::prelude::{Backward, Cpu, CpuError, PutTape, SplitTape, Tape, TensorFromVec, Trace};

use crate::domain::experiment::Activation;
use crate::engine::raw::{view, view_mut};
use crate::engine::tensor::{Batch, Flat, Gradients, InputGradient, Recording, Scalar, Slot, give, take};

pub(super) const ALL_ACTIVATIONS: [Activation; 5] =
    [Activation::Relu, Activation::LeakyRelu, Activation::Gelu, Activation::Tanh, Activation::Sigmoid];

/// What an operator is applied to.
pub(super) struct Case<'a, T> {
    pub(super) x: Batch<T>,
    pub(super) parameters: &'a [Flat],
    pub(super) learned: bool,
    pub(super) input_gradient: InputGradient,
    pub(super) slot: &'a mut Slot,
}

/// An operator that can be checked.
pub(super) trait Operator: Debug {
    fn apply<T: Tape<f32, Cpu>>(&self, case: Case<'_, T>) -> Result<Batch<T>, CpuError>;

    /// Makes what the backward pass left unfinished of the parameters' gradients.
    fn finish(&self, _: &[Flat], _: &mut Slot, _: &mut Gradients) -> Result<(), CpuError> {
        Ok(())
    }
}

/// The distance over which differences are taken.
const STEP: f32 = 2e-3;

/// An operator on numbers that are the same every time.
struct Bench<'a, O> {
    operator: &'a O,
    input: (usize, usize),
    /// The input, then the parameters.
    values: Vec<Vec<f32>>,
    /// Used again and again: what one application leaves behind must not reach the next.
    slot: Slot,
}

/// What came of an application.
struct Outcome {
    /// A weighted sum of the output.
    sum: f64,
    /// By the input, then by the parameters.
    gradients: Vec<Vec<f32>>,
    /// Whether nothing was recorded.
    untaped: bool,
}

/// Compares the gradients of a weighted sum of the outputs, by the input and by parameters of these sizes, with the
/// differences to either side. Then checks that gradients are replaced, added to or left alone as it is asked for, and
/// that the output does not depend on whether it is recorded.
pub(super) fn check(operator: &impl Operator, input: (usize, usize), parameters: &[usize]) {
    let sizes = std::iter::once(input.0 * input.1).chain(parameters.iter().copied());
    let values = sizes.zip(1..).map(|(size, seed)| pseudorandom(size, 11 * seed)).collect();
    let mut bench = Bench { operator, input, values, slot: Slot::default() };
    let middle = bench.run(true, InputGradient::Replace);
    bench.check_differences(&middle);
    bench.check_requests(&middle.gradients);
    bench.check_inference(middle.sum);
}

impl<O: Operator> Bench<'_, O> {
    fn tensors(&self) -> (Batch, Vec<Flat>) {
        let device = Cpu::default();
        let flat = |numbers: &Vec<f32>| device.tensor_from_vec(numbers.clone(), (numbers.len(),));
        (device.tensor_from_vec(self.values[0].clone(), self.input), self.values[1..].iter().map(flat).collect())
    }

    /// Forward and backward; before that, all gradients are what [`left_over`] gives.
    fn run(&mut self, learned: bool, input_gradient: InputGradient) -> Outcome {
        let (x, parameters) = self.tensors();
        let mut gradients = Gradients::leaky();
        give(&mut gradients, &x, left_over(self.values[0].len())).unwrap();
        for (tensor, values) in parameters.iter().zip(&self.values[1..]) {
            give(&mut gradients, tensor, left_over(values.len())).unwrap();
        }
        let slot = &mut self.slot;
        let traced = x.clone().traced(gradients);
        let case = Case { x: traced, parameters: &parameters, learned, input_gradient, slot };
        let (y, tape) = self.operator.apply(case).unwrap().split_tape();
        let untaped = format!("{tape:?}").contains("num_operations: 0");
        let (sum, loss) = weighted_sum(y.put_tape(tape));
        let mut gradients = loss.try_backward().unwrap();
        if learned {
            self.operator.finish(&parameters, &mut self.slot, &mut gradients).unwrap();
        }
        let mut all = vec![take(&mut gradients, &x).unwrap()];
        all.extend(parameters.iter().map(|parameter| take(&mut gradients, parameter).unwrap()));
        Outcome { sum, gradients: all, untaped }
    }

    fn check_differences(&mut self, middle: &Outcome) {
        for which in 0..self.values.len() {
            for place in 0..self.values[which].len() {
                let here = self.values[which][place];
                let mut slope = |to: f32| {
                    self.values[which][place] = here + to;
                    (self.run(true, InputGradient::Replace).sum - middle.sum) / f64::from(to)
                };
                let (left, right) = (slope(-STEP), slope(STEP));
                self.values[which][place] = here;
                // Where a kink lies between the two, the derivative is one of them or between them.
                let (low, high) = (left.min(right), left.max(right));
                let found = f64::from(middle.gradients[which][place]);
                let tolerance = 6e-3 * (1.0 + high.abs());
                assert!(
                    (low - tolerance..high + tolerance).contains(&found),
                    "{:?}: the gradient of {} {place} is {found}, differences say {left} and {right}",
                    self.operator,
                    if which == 0 { "the input".to_owned() } else { format!("parameter {which}") },
                );
            }
        }
    }

    fn check_requests(&mut self, expected: &[Vec<f32>]) {
        for learned in [true, false] {
            for input_gradient in [InputGradient::None, InputGradient::Replace, InputGradient::Add] {
                let outcome = self.run(learned, input_gradient);
                let what = format!("{:?}, learned: {learned}, {input_gradient:?}", self.operator);
                for (which, (found, expected)) in outcome.gradients.iter().zip(expected).enumerate() {
                    let before = left_over(expected.len());
                    let added = before.iter().zip(expected).map(|(a, b)| a + b).collect();
                    let expected = match input_gradient {
                        _ if which > 0 => {
                            if learned {
                                expected
                            } else {
                                &before
                            }
                        }
                        InputGradient::None => &before,
                        InputGradient::Replace => expected,
                        InputGradient::Add => &added,
                    };
                    assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5), "{what}: gradient {which}");
                }
                let idle = self.values.len() == 1 || !learned;
                assert_eq!(outcome.untaped, idle && input_gradient == InputGradient::None, "{what}");
            }
        }
    }

    fn check_inference(&mut self, sum: f64) {
        let (x, parameters) = self.tensors();
        let (input_gradient, slot) = (InputGradient::Replace, &mut self.slot);
        let y = self.operator.apply(Case { x, parameters: &parameters, learned: true, input_gradient, slot }).unwrap();
        assert!((sum_of(&y).0 - sum).abs() < 1e-6, "{:?}: another output when it is not recorded", self.operator);
    }
}

/// A sum of all numbers with fixed weights, in f64 for the differences and on the tape for the gradients.
fn weighted_sum(y: Batch<Recording>) -> (f64, Scalar<Recording>) {
    let (y, mut tape) = y.split_tape();
    let (sum, factors) = sum_of(&y);
    tape.add_backward_op(move |gradients: &mut Gradients| {
        let mut gradient = take(gradients, &y)?;
        gradient.copy_from_slice(&factors);
        give(gradients, &y, gradient)
    });
    let scalar: Scalar = Cpu::default().tensor_from_vec(vec![0.0], ());
    (sum, scalar.put_tape(tape))
}

fn sum_of(y: &Batch) -> (f64, Vec<f32>) {
    let numbers = view(y).unwrap();
    let factors = pseudorandom(numbers.len(), 1);
    (numbers.iter().zip(&factors).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum(), factors)
}

/// What stood in a gradient before.
fn left_over(count: usize) -> Vec<f32> {
    pseudorandom(count, 2)
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
