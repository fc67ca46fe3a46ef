//! A network with its numbers: the plan's layers applied one after the other.

use dfdx::prelude::{Cpu, CpuError, Tape, TensorFromVec};
use rand::Rng;
use rand::distributions::Uniform;

use super::error::EngineError;
use super::model::{Kind, Parameter, Plan, Start};
use super::ops::{Dropout, Parameters, convolution, dense, dropout};
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

    /// The slots that [`Self::forward`] works in, one for each layer.
    pub(super) fn slots(&self) -> Vec<Slot> {
        self.plan.layers.iter().map(|_| Slot::default()).collect()
    }

    /// From rows of examples to rows of logits. Without `chance` nothing is dropped.
    ///
    /// # Errors
    /// No memory.
    pub(super) fn forward<T: Tape<f32, Cpu>>(
        &self,
        mut x: Batch<T>,
        slots: &mut [Slot],
        chance: Option<Chance>,
    ) -> Result<Batch<T>, CpuError> {
        let mut parameters = self.parameters.chunks_exact(2);
        // What the data would have to be for a smaller loss is not asked for.
        let mut input_gradient = InputGradient::None;
        for (place, (layer, slot)) in self.plan.layers.iter().zip(slots).enumerate() {
            let mut owned = || match parameters.next() {
                Some([weights, bias]) => Ok(Parameters { weights, bias, learned: true }),
                _ => Err(CpuError::WrongNumElements),
            };
            x = match layer.kind {
                Kind::Convolution(layer) => convolution(layer, x, owned()?, input_gradient, slot)?,
                Kind::Dense(layer) => dense(layer, x, owned()?, input_gradient, slot)?,
                Kind::Dropout => match chance {
                    Some(Chance { dropout: rate, noise, first_row }) if rate > 0.0 => {
                        dropout(Dropout { rate, noise: noise.of_layer(place), first_row }, x, input_gradient, slot)?
                    }
                    _ => x,
                },
            };
            input_gradient = InputGradient::Replace;
        }
        Ok(x)
    }

    /// The first parameter that holds a number which is not finite.
    pub(super) fn not_finite(&self) -> Option<&str> {
        let named = self.plan.parameters.iter().zip(&self.parameters);
        let mut wrong = named.filter(|(_, tensor)| !all_finite(tensor));
        wrong.next().map(|(parameter, _)| parameter.name.split('.').next().unwrap_or_default())
    }
}

/// Whether a tensor holds finite numbers only.
pub(super) fn all_finite<S: dfdx::prelude::Shape>(tensor: &dfdx::prelude::Tensor<S, f32, Cpu>) -> bool {
    view(tensor).is_ok_and(|numbers| numbers.iter().all(|number| number.is_finite()))
}

fn begin(parameter: &Parameter, seed: u64, place: usize) -> Result<Flat, CpuError> {
    let mut numbers = zeroed(parameter.len())?;
    if let Start::Weights { fan_in, fan_out, activation } = parameter.start {
        let bound = bound(fan_in, fan_out, activation);
        let mut generator = stream(seed, Purpose::Weights(place));
        let even = Uniform::new_inclusive(-bound, bound);
        numbers.fill_with(|| generator.sample(even));
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
    use crate::domain::experiment::{Model, ModelKind};
    use crate::engine::raw::view_mut;
    use crate::engine::tensor::zeros;

    /// A deep network must neither silence nor inflate what goes through it.
    #[test]
    fn activations_keep_their_scale_from_layer_to_layer() {
        for activation in [Activation::Relu, Activation::LeakyRelu, Activation::Gelu, Activation::Tanh] {
            let model = Model { kind: ModelKind::Mlp, hidden: vec![256; 6], activation, ..Model::default() };
            let network = Network::new(Plan::new(&model, Shape::Vector(256), 256).unwrap(), 1).unwrap();
            let mut x = zeros(32, 256).unwrap();
            let noise = Noise::of_step(1, 1);
            for (place, number) in view_mut(&mut x).unwrap().iter_mut().enumerate() {
                *number = (noise.at(place as u64) as f32 / u32::MAX as f32 - 0.5) * 12f32.sqrt();
            }
            let y = network.forward(x, &mut network.slots(), None).unwrap();
            let y = view(&y).unwrap();
            let variance = y.iter().map(|y| y * y).sum::<f32>() / y.len() as f32;
            assert!((0.05..4.0).contains(&variance), "{activation:?}: {variance}");
        }
    }

    #[test]
    fn seeds_differ_and_repeat() {
        let network = |seed| {
            let plan = Plan::new(&Model::default(), Shape::Image { channels: 1, height: 8, width: 8 }, 3).unwrap();
            Network::new(plan, seed).unwrap()
        };
        let numbers = |network: &Network| view(&network.parameters[0]).unwrap().to_vec();
        assert_eq!(numbers(&network(1)), numbers(&network(1)));
        assert_ne!(numbers(&network(1)), numbers(&network(2)));
    }

    #[test]
    fn a_number_that_is_not_finite_is_found_in_its_layer() {
        let plan = Plan::new(&Model::default(), Shape::Image { channels: 1, height: 8, width: 8 }, 3).unwrap();
        let mut network = Network::new(plan, 1).unwrap();
        assert_eq!(network.not_finite(), None);
        view_mut(&mut network.parameters[3]).unwrap()[1] = f32::INFINITY;
        assert_eq!(network.not_finite(), Some("conv2"));
    }
}
