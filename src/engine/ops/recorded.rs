//! Operators beside PyTorch's, forward and backward, on recorded cases.

use dfdx::prelude::{Backward, Cpu, CpuError, PutTape, SplitTape, Tape, TensorFromVec, Trace};
use serde::Deserialize;

use super::{
    GlobalPool, NormParameters, Normalize, Pool, Pooling, Recurrent, RecurrentParameters, global_pool, normalize, pool,
    recurrent,
};
use crate::domain::experiment::{Activation, Cell};
use crate::engine::raw::view;
use crate::engine::tensor::{Batch, Flat, Gradients, InputGradient, Scalar, Slot, give, take};

const TOLERANCE: f32 = 1e-5;

#[derive(Deserialize)]
struct Recorded {
    name: String,
    operator: Operator,
    rows: usize,
    x: Vec<f32>,
    parameters: Vec<Vec<f32>>,
    upstream: Vec<f32>,
    y: Vec<f32>,
    dx: Vec<f32>,
    gradients: Vec<Vec<f32>>,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Operator {
    Normalize {
        channels: usize,
        activation: Option<Activation>,
        training: bool,
        mean: Vec<f32>,
        variance: Vec<f32>,
        batch_mean: Option<Vec<f32>>,
        batch_variance: Option<Vec<f32>>,
    },
    Recurrent {
        cell: Cell,
        steps: usize,
        inputs: usize,
        units: usize,
        all_states: bool,
    },
    Pool {
        pooling: String,
        height: usize,
        width: usize,
        channels: usize,
    },
    GlobalPool {
        pooling: String,
        pixels: usize,
        channels: usize,
    },
}

fn flat(numbers: &[f32]) -> Flat {
    Cpu::default().tensor_from_vec(numbers.to_vec(), (numbers.len(),))
}

fn pooling(word: &str) -> Pooling {
    if word == "max" { Pooling::Max } else { Pooling::Average }
}

impl Operator {
    fn apply<T: Tape<f32, Cpu>>(&self, x: Batch<T>, own: &[Flat], slot: &mut Slot) -> Result<Batch<T>, CpuError> {
        let gradient = InputGradient::Replace;
        match self {
            Self::Normalize { channels, activation, training, mean, variance, .. } => {
                let layer = Normalize { channels: *channels, activation: *activation };
                let (mean, variance) = (&flat(mean), &flat(variance));
                let parameters = NormParameters { scale: &own[0], shift: &own[1], mean, variance, learned: true };
                normalize(layer, x, parameters, *training, gradient, slot)
            }
            Self::Recurrent { cell, steps, inputs, units, all_states } => {
                let (steps, inputs, units) = (*steps, *inputs, *units);
                let layer = Recurrent { cell: *cell, steps, inputs, units, all_states: *all_states };
                let parameters = RecurrentParameters {
                    input_weights: &own[0],
                    recurrent_weights: &own[1],
                    input_bias: &own[2],
                    recurrent_bias: &own[3],
                    learned: true,
                };
                recurrent(layer, x, parameters, gradient, slot)
            }
            Self::Pool { pooling: word, height, width, channels } => {
                let layer = Pool { height: *height, width: *width, channels: *channels, pooling: pooling(word) };
                pool(layer, x, gradient, slot)
            }
            Self::GlobalPool { pooling: word, pixels, channels } => {
                let layer = GlobalPool { pixels: *pixels, channels: *channels, pooling: pooling(word) };
                global_pool(layer, x, gradient, slot)
            }
        }
    }
}

#[test]
fn operators_agree_with_pytorch_forward_and_backward() {
    let text = include_str!("../../../tests/fixtures/operators/pytorch.json");
    let cases: Vec<Recorded> = serde_json::from_str(text).unwrap();
    assert!(cases.len() >= 20);
    for Recorded { name, operator, rows, x, parameters, upstream, y: expected, dx, gradients: of_parameters } in cases {
        let close = |what: &str, ours: &[f32], theirs: &[f32]| {
            assert_eq!(ours.len(), theirs.len(), "{name}: {what}");
            for (place, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
                let difference = (ours - theirs).abs();
                assert!(
                    difference < TOLERANCE * (1.0 + theirs.abs()),
                    "{name}: {what} {place}: {ours} is not {theirs}"
                );
            }
        };
        let columns = x.len() / rows;
        let x: Batch = Cpu::default().tensor_from_vec(x, (rows, columns));
        let own: Vec<Flat> = parameters.iter().map(|numbers| flat(numbers)).collect();
        let mut slot = Slot::default();
        let (y, mut tape) = operator.apply(x.clone().traced(Gradients::leaky()), &own, &mut slot).unwrap().split_tape();
        close("output", view(&y).unwrap(), &expected);
        tape.add_backward_op(move |gradients: &mut Gradients| give(gradients, &y, upstream));
        let loss: Scalar = Cpu::default().tensor_from_vec(vec![0.0], ());
        let mut gradients = loss.put_tape(tape).try_backward().unwrap();
        close("input gradient", &take(&mut gradients, &x).unwrap(), &dx);
        for (tensor, theirs) in own.iter().zip(&of_parameters) {
            close("parameter gradient", &take(&mut gradients, tensor).unwrap(), theirs);
        }
        if let Operator::Normalize { batch_mean: Some(mean), batch_variance: Some(variance), .. } = &operator {
            let ours = slot.statistics().unwrap();
            close("mean", ours.0, mean);
            close("variance", ours.1, variance);
        }
        let inferred = operator.apply(x, &own, &mut Slot::default()).unwrap();
        close("output without a tape", view(&inferred).unwrap(), &expected);
    }
}
