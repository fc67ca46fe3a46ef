//! A network with its numbers: the plan's layers applied one after the other.

use std::ops::Range;

use dfdx::prelude::{Cpu, CpuError, Tape, TensorFromVec};
use rand::Rng;
use rand::distributions::Uniform;

use super::error::EngineError;
use super::model::{Kind, Layer, Parameter, Plan, Start};
use super::ops::{
    Dropout, NormParameters, Parameters, RecurrentParameters, add, convolution, dense, dropout, global_pool, normalize,
    pool, recurrent,
};
use super::random::{Noise, Purpose, stream};
use super::raw::view;
use super::tensor::{Batch, Flat, InputGradient, Slot, zeroed};
use crate::domain::experiment::Activation;

/// Layers and their parameters.
#[derive(Debug, Clone)]
pub(super) struct Network {
    /// The layers.
    pub(super) plan: Plan,
    /// In the order of [`Plan::parameters`].
    pub(super) parameters: Vec<Flat>,
}

/// What is random in a training step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chance {
    /// The share of hidden activations that is dropped.
    pub(super) dropout: f64,
    /// Which.
    pub(super) noise: Noise,
    /// The place of the batch's first row in the whole minibatch.
    pub(super) first_row: usize,
}

impl Network {
    /// A network at its beginning.
    ///
    /// # Errors
    /// No memory.
    pub(super) fn new(plan: Plan, seed: u64) -> Result<Self, EngineError> {
        let begun = plan.parameters.iter().enumerate().map(|(place, parameter)| begin(parameter, seed, place));
        let parameters = begun.collect::<Result<_, _>>()?;
        Ok(Self { plan, parameters })
    }

    /// The slots that [`Self::trunk`] and [`Self::head`] work in: one for each layer, the heads' behind the trunk's.
    pub(super) fn slots(&self) -> Vec<Slot> {
        self.plan.trunk.iter().chain(&self.plan.heads).map(|_| Slot::default()).collect()
    }

    /// From rows of examples, or from what layer `layers.start` gets, to what layer `layers.end` gets. Without `chance`
    /// the network is used, not trained: nothing is dropped, and normalization goes by running statistics.
    ///
    /// # Errors
    /// No memory.
    pub(super) fn trunk<T: Tape<f32, Cpu>>(
        &self,
        layers: Range<usize>,
        mut x: Batch<T>,
        slots: &mut [Slot],
        chance: Option<Chance>,
    ) -> Result<Batch<T>, CpuError> {
        for place in layers {
            let (before, rest) = slots.split_at_mut(place);
            let Some((slot, _)) = rest.split_first_mut() else { return Err(CpuError::WrongNumElements) };
            x = self.layer(place, x, before, slot, chance)?;
        }
        Ok(x)
    }

    /// Applies one layer of the trunk.
    fn layer<T: Tape<f32, Cpu>>(
        &self,
        place: usize,
        x: Batch<T>,
        before: &[Slot],
        slot: &mut Slot,
        chance: Option<Chance>,
    ) -> Result<Batch<T>, CpuError> {
        let layer = &self.plan.trunk[place];
        let wanted = self.input_gradient(place);
        match layer.kind {
            Kind::Convolution(kind) => convolution(kind, x, self.weights_and_bias(layer)?, wanted, slot),
            Kind::Dense(kind) => dense(kind, x, self.weights_and_bias(layer)?, wanted, slot),
            Kind::Pool(kind) => pool(kind, x, wanted, slot),
            Kind::GlobalPool(kind) => global_pool(kind, x, wanted, slot),
            Kind::Normalize(kind) => {
                let [scale, shift, mean, variance] = self.owned(layer)?;
                let learned = self.is_learned(layer);
                let parameters = NormParameters { scale, shift, mean, variance, learned };
                // Frozen layers are as they were made: their statistics stand too.
                normalize(kind, x, parameters, chance.is_some() && learned, wanted, slot)
            }
            Kind::Recurrent(kind) => {
                let [input_weights, recurrent_weights, input_bias, recurrent_bias] = self.owned(layer)?;
                let learned = self.is_learned(layer);
                let parameters =
                    RecurrentParameters { input_weights, recurrent_weights, input_bias, recurrent_bias, learned };
                recurrent(kind, x, parameters, wanted, slot)
            }
            Kind::Add { shortcut, activation, .. } => {
                let kept = before.get(shortcut).and_then(Slot::output).ok_or(CpuError::WrongNumElements)?;
                let gradient = if shortcut < self.plan.frozen { InputGradient::None } else { InputGradient::Replace };
                add(Some(activation), x, kept, gradient, slot)
            }
            Kind::Dropout => match chance {
                Some(Chance { dropout: rate, noise, first_row }) if rate > 0.0 => {
                    dropout(Dropout { rate, noise: noise.of_layer(place), first_row }, x, wanted, slot)
                }
                _ => Ok(x),
            },
        }
    }

    /// From what the trunk gives to the outputs of one head. Heads are recorded in their order.
    ///
    /// # Errors
    /// No memory.
    pub(super) fn head<T: Tape<f32, Cpu>>(
        &self,
        head: usize,
        x: Batch<T>,
        slots: &mut [Slot],
    ) -> Result<Batch<T>, CpuError> {
        let Plan { trunk, heads, .. } = &self.plan;
        let (Some(layer), Some(slot)) = (heads.get(head), slots.get_mut(trunk.len() + head)) else {
            return Err(CpuError::WrongNumElements);
        };
        let Kind::Dense(kind) = layer.kind else { return Err(CpuError::WrongNumElements) };
        let wanted = match self.input_gradient(trunk.len()) {
            // The last head comes first in the backward pass; the others add to what it found.
            InputGradient::Replace if head + 1 < heads.len() => InputGradient::Add,
            wanted => wanted,
        };
        dense(kind, x, self.weights_and_bias(layer)?, wanted, slot)
    }

    /// What the layer at this place has to find out about its input. What the data would have to be for a smaller loss
    /// is not asked for, nor what frozen layers should have given.
    fn input_gradient(&self, place: usize) -> InputGradient {
        if place == 0 || place <= self.plan.frozen {
            return InputGradient::None;
        }
        // The input of a residual block is read by its sum too, which comes first in the backward pass.
        let is_shortcut = |layer: &Layer| matches!(layer.kind, Kind::Add { shortcut, .. } if shortcut + 1 == place);
        if self.plan.trunk[place..].iter().any(is_shortcut) { InputGradient::Add } else { InputGradient::Replace }
    }

    fn weights_and_bias(&self, layer: &Layer) -> Result<Parameters<'_>, CpuError> {
        let [weights, bias] = self.owned(layer)?;
        Ok(Parameters { weights, bias, learned: self.is_learned(layer) })
    }

    /// The tensors that a layer owns.
    fn owned<const N: usize>(&self, layer: &Layer) -> Result<[&Flat; N], CpuError> {
        let tensors: &[Flat; N] = self
            .parameters
            .get(layer.owns.clone())
            .and_then(|owned| owned.try_into().ok())
            .ok_or(CpuError::WrongNumElements)?;
        Ok(tensors.each_ref())
    }

    /// Whether gradients move what a layer owns.
    fn is_learned(&self, layer: &Layer) -> bool {
        self.plan.parameters[layer.owns.clone()].iter().any(|parameter| parameter.learned)
    }

    /// The first layer that owns a number which is not finite.
    pub(super) fn not_finite(&self) -> Option<&str> {
        let named = self.plan.parameters.iter().zip(&self.parameters);
        let mut wrong = named.filter(|(_, tensor)| !all_finite(tensor));
        wrong.next().map(|(parameter, _)| parameter.layer.as_str())
    }
}

/// Whether a tensor holds finite numbers only.
pub(super) fn all_finite<S: dfdx::prelude::Shape>(tensor: &dfdx::prelude::Tensor<S, f32, Cpu>) -> bool {
    view(tensor).is_ok_and(|numbers| numbers.iter().all(|number| number.is_finite()))
}

fn begin(parameter: &Parameter, seed: u64, place: usize) -> Result<Flat, CpuError> {
    let mut numbers = zeroed(parameter.len())?;
    match parameter.start {
        Start::Zero => {}
        Start::One => numbers.fill(1.0),
        Start::Remembering => {
            let gate = numbers.len() / 4;
            numbers[gate..2 * gate].fill(1.0);
        }
        Start::Weights { fan_in, fan_out, activation } => {
            let bound = bound(fan_in, fan_out, activation);
            let mut generator = stream(seed, Purpose::Weights(place));
            let even = Uniform::new_inclusive(-bound, bound);
            numbers.fill_with(|| generator.sample(even));
        }
    }
    let count = numbers.len();
    Cpu::default().try_tensor_from_vec(numbers, (count,))
}

/// Half the width of the uniform distribution that weights are drawn from; its variance is a third of the square.
fn bound(fan_in: usize, fan_out: usize, activation: Option<Activation>) -> f32 {
    let variance = match activation {
        // Half of what goes into these is lost, and what is left has to count twice.
        Some(Activation::Relu | Activation::LeakyRelu | Activation::Gelu) => 2.0 / fan_in as f32,
        Some(Activation::Tanh | Activation::Sigmoid) | None => 2.0 / (fan_in + fan_out) as f32,
    };
    (3.0 * variance).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Shape;
    use crate::domain::experiment::{Cell, Model, ModelKind};
    use crate::engine::model::Output;
    use crate::engine::raw::view_mut;
    use crate::engine::tensor::zeros;

    fn output(width: usize) -> Vec<Output> {
        vec![Output { name: "output".to_owned(), width }]
    }

    fn small(model: &Model) -> Network {
        let shape = Shape::Image { channels: 1, height: 8, width: 8 };
        Network::new(Plan::new(model, shape, &output(3)).unwrap(), 1).unwrap()
    }

    /// A deep network must neither silence nor inflate what goes through it.
    #[test]
    fn activations_keep_their_scale_from_layer_to_layer() {
        for activation in [Activation::Relu, Activation::LeakyRelu, Activation::Gelu, Activation::Tanh] {
            let model = Model { kind: ModelKind::Mlp, hidden: vec![256; 6], activation, ..Model::default() };
            let network = Network::new(Plan::new(&model, Shape::Vector(256), &output(256)).unwrap(), 1).unwrap();
            let mut x = zeros(32, 256).unwrap();
            let noise = Noise::of_step(1, 1);
            for (place, number) in view_mut(&mut x).unwrap().iter_mut().enumerate() {
                *number = (noise.at(place as u64) as f32 / u32::MAX as f32 - 0.5) * 12f32.sqrt();
            }
            let mut slots = network.slots();
            let y = network.trunk(0..network.plan.trunk.len(), x, &mut slots, None).unwrap();
            let y = network.head(0, y, &mut slots).unwrap();
            let y = view(&y).unwrap();
            let variance = y.iter().map(|y| y * y).sum::<f32>() / y.len() as f32;
            assert!((0.05..4.0).contains(&variance), "{activation:?}: {variance}");
        }
    }

    #[test]
    fn an_lstm_remembers_at_first() {
        let model = Model { kind: ModelKind::Rnn, cell: Cell::Lstm, units: vec![4], ..Model::default() };
        let network = small(&model);
        let bias = network.plan.parameters.iter().position(|parameter| parameter.part == "bias").unwrap();
        let numbers = view(&network.parameters[bias]).unwrap();
        assert_eq!(numbers, [[0.0; 4], [1.0; 4], [0.0; 4], [0.0; 4]].concat());
    }

    #[test]
    fn seeds_differ_and_repeat() {
        let shape = Shape::Image { channels: 1, height: 8, width: 8 };
        let network = |seed| Network::new(Plan::new(&Model::default(), shape, &output(3)).unwrap(), seed).unwrap();
        let numbers = |network: &Network| view(&network.parameters[0]).unwrap().to_vec();
        assert_eq!(numbers(&network(1)), numbers(&network(1)));
        assert_ne!(numbers(&network(1)), numbers(&network(2)));
    }

    #[test]
    fn a_number_that_is_not_finite_is_found_in_its_layer() {
        let mut network = small(&Model::default());
        assert_eq!(network.not_finite(), None);
        view_mut(&mut network.parameters[3]).unwrap()[1] = f32::INFINITY;
        assert_eq!(network.not_finite(), Some("conv2"));
    }
}
