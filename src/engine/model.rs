//! From an experiment to layers: what kind, in what order, with which sizes. All shapes are checked here, before any
//! number is multiplied, and an error names the layer, what reaches it and what it needs.

use super::error::EngineError;
use super::kernels::convolution::Geometry;
use super::ops::{Convolution, Dense, Pooling};
use crate::data::Shape;
use crate::domain::experiment::{Activation, Model, ModelKind};

/// One layer of a network.
#[derive(Debug, Clone)]
pub(super) struct Layer {
    /// What messages and checkpoints call it: `conv1`, `dense2`, `output`.
    pub(super) name: String,
    /// What it does.
    pub(super) kind: Kind,
}

/// What a layer does.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// Convolution, activation and pooling; owns weights and a bias.
    Convolution(Convolution),
    /// Product, bias and activation; owns weights and a bias.
    Dense(Dense),
    /// Drops a share of its input while training.
    Dropout,
}

/// A tensor that is learned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parameter {
    /// Its name in checkpoints: `conv1.weight`.
    pub(super) name: String,
    /// Its shape, outermost first.
    pub(super) shape: Vec<usize>,
    /// How it begins.
    pub(super) start: Start,
    /// Whether weight decay pulls at it: biases are left alone.
    pub(super) decays: bool,
}

impl Parameter {
    /// Numbers in it.
    pub(super) fn len(&self) -> usize {
        self.shape.iter().product()
    }
}

/// How a parameter begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// At zero.
    Zero,
    /// Drawn so that activations keep their variance from layer to layer (He et al. 2015 for the ReLU family, Glorot and
    /// Bengio 2010 for the others).
    Weights {
        /// Numbers that are summed up into one output.
        fan_in: usize,
        /// Outputs that one input has a part in.
        fan_out: usize,
        /// What follows the sum.
        activation: Option<Activation>,
    },
}

/// A network's layers and parameters, without any numbers.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// In the order of the forward pass.
    pub(super) layers: Vec<Layer>,
    /// Two for each layer that owns some, weights before bias, in the order of the layers.
    pub(super) parameters: Vec<Parameter>,
    /// Classes that the last layer tells apart.
    pub(super) classes: usize,
}

impl Plan {
    /// Plans the network of an experiment for examples of this shape.
    ///
    /// # Errors
    /// [`EngineError::Shape`] when a layer does not take what reaches it.
    pub(super) fn new(model: &Model, shape: Shape, classes: usize) -> Result<Self, EngineError> {
        let mut plan = Self { layers: Vec::new(), parameters: Vec::new(), classes };
        let mut numbers = match model.kind {
            ModelKind::Mlp | ModelKind::Rnn => shape.len(),
            ModelKind::Cnn => plan.convolutions(model, shape)?,
        };
        for (place, width) in model.hidden.iter().enumerate() {
            plan.drop_out();
            let dense = Dense { inputs: numbers, outputs: *width, activation: Some(model.activation) };
            plan.dense(format!("dense{}", place + 1), dense);
            numbers = *width;
        }
        plan.drop_out();
        plan.dense("output".to_owned(), Dense { inputs: numbers, outputs: classes, activation: None });
        Ok(plan)
    }

    /// The convolutions of a CNN; gives how many numbers come out of the last one.
    fn convolutions(&mut self, model: &Model, shape: Shape) -> Result<usize, EngineError> {
        let Shape::Image { mut channels, mut height, mut width } = shape else {
            return Err(EngineError::Shape {
                layer: "conv1".to_owned(),
                got: shape.to_string(),
                needed: "an image; set model.kind = \"mlp\" for data without rows and columns".to_owned(),
            });
        };
        for (place, outputs) in model.channels.iter().enumerate() {
            let name = format!("conv{}", place + 1);
            if height < 2 || width < 2 {
                return Err(EngineError::Shape {
                    layer: format!("the 2×2 pooling of {name}"),
                    got: format!("{height}×{width} pixels"),
                    needed: format!("2×2 or more; {shape} bear at most {place} numbers in model.channels"),
                });
            }
            let geometry = Geometry { height, width, inputs: channels, outputs: *outputs, kernel: model.kernel };
            let convolution = Convolution { geometry, activation: Some(model.activation), pooling: Some(Pooling::Max) };
            let taps = model.kernel * model.kernel;
            let start =
                Start::Weights { fan_in: taps * channels, fan_out: taps * outputs, activation: Some(model.activation) };
            self.own(&name, vec![model.kernel, model.kernel, channels, *outputs], start, *outputs);
            self.layers.push(Layer { name, kind: Kind::Convolution(convolution) });
            (height, width) = convolution.output_size();
            channels = *outputs;
        }
        Ok(height * width * channels)
    }

    fn dense(&mut self, name: String, dense: Dense) {
        let start = Start::Weights { fan_in: dense.inputs, fan_out: dense.outputs, activation: dense.activation };
        self.own(&name, vec![dense.inputs, dense.outputs], start, dense.outputs);
        self.layers.push(Layer { name, kind: Kind::Dense(dense) });
    }

    /// Dropout goes before every fully connected layer, but never on the data themselves.
    fn drop_out(&mut self) {
        if let Some(last) = self.layers.last() {
            let name = format!("dropout of {}", last.name);
            self.layers.push(Layer { name, kind: Kind::Dropout });
        }
    }

    fn own(&mut self, layer: &str, shape: Vec<usize>, start: Start, outputs: usize) {
        let weights = Parameter { name: format!("{layer}.weight"), shape, start, decays: true };
        let bias = Parameter { name: format!("{layer}.bias"), shape: vec![outputs], start: Start::Zero, decays: false };
        self.parameters.extend([weights, bias]);
    }

    /// Trainable numbers.
    pub(super) fn count(&self) -> u64 {
        self.parameters.iter().map(|parameter| parameter.shape.iter().map(|n| *n as u64).product::<u64>()).sum()
    }

    /// Numbers that one example becomes on its way through the network.
    pub(super) fn activations(&self) -> u64 {
        let of = |layer: &Layer| match layer.kind {
            Kind::Convolution(convolution) => {
                let (height, width) = convolution.output_size();
                (height * width * convolution.geometry.outputs) as u64
            }
            Kind::Dense(dense) => dense.outputs as u64,
            Kind::Dropout => 0,
        };
        self.layers.iter().map(of).sum()
    }

    /// The network as people read it: a line for each layer that owns parameters.
    pub(super) fn describe(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for layer in &self.layers {
            let (what, parameters) = match layer.kind {
                Kind::Convolution(Convolution { geometry: g, activation, pooling }) => {
                    let (height, width) = Convolution { geometry: g, activation, pooling }.output_size();
                    let pool = if pooling.is_some() { ", pooled 2×2" } else { "" };
                    let what = format!(
                        "convolution {k}×{k}, {}{pool}: {}×{}×{} → {height}×{width}×{}",
                        activation.map_or("linear", activation_word),
                        g.height,
                        g.width,
                        g.inputs,
                        g.outputs,
                        k = g.kernel,
                    );
                    (what, g.weights() + g.outputs)
                }
                Kind::Dense(Dense { inputs, outputs, activation }) => {
                    let activation = activation.map_or("softmax", activation_word);
                    let what = format!("fully connected, {activation}: {inputs} → {outputs}");
                    (what, inputs * outputs + outputs)
                }
                Kind::Dropout => continue,
            };
            lines.push(format!("{}: {what} ({parameters} parameters)", layer.name));
        }
        lines
    }
}

fn activation_word(activation: Activation) -> &'static str {
    match activation {
        Activation::Relu => "ReLU",
        Activation::LeakyRelu => "leaky ReLU",
        Activation::Gelu => "GELU",
        Activation::Tanh => "tanh",
        Activation::Sigmoid => "sigmoid",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGIT: Shape = Shape::Image { channels: 1, height: 28, width: 28 };

    #[test]
    fn a_cnn_is_what_the_experiment_says() {
        let plan = Plan::new(&Model::default(), DIGIT, 10).unwrap();
        assert_eq!(
            plan.describe(),
            [
                "conv1: convolution 3×3, ReLU, pooled 2×2: 28×28×1 → 14×14×16 (160 parameters)",
                "conv2: convolution 3×3, ReLU, pooled 2×2: 14×14×16 → 7×7×32 (4640 parameters)",
                "dense1: fully connected, ReLU: 1568 → 128 (200832 parameters)",
                "output: fully connected, softmax: 128 → 10 (1290 parameters)",
            ]
        );
        assert_eq!(plan.count(), 160 + 4640 + 200_832 + 1290);
        assert_eq!(plan.parameters[2].name, "conv2.weight");
        assert_eq!(plan.parameters[2].shape, [3, 3, 16, 32]);
    }

    #[test]
    fn an_mlp_takes_anything_and_drops_nothing_of_the_data() {
        let model = Model { kind: ModelKind::Mlp, hidden: vec![8, 4], dropout: 0.5, ..Model::default() };
        for shape in [DIGIT, Shape::Vector(30)] {
            let plan = Plan::new(&model, shape, 3).unwrap();
            let dropouts: Vec<bool> = plan.layers.iter().map(|layer| matches!(layer.kind, Kind::Dropout)).collect();
            assert_eq!(dropouts, [false, true, false, true, false]);
        }
        let none = Model { hidden: vec![], ..model };
        assert_eq!(Plan::new(&none, Shape::Vector(30), 3).unwrap().layers.len(), 1);
    }

    #[test]
    fn what_does_not_fit_is_said_of_the_layer() {
        let message = |model: &Model, shape| Plan::new(model, shape, 10).unwrap_err().to_string();
        let deep = Model { channels: vec![8; 5], ..Model::default() };
        let text = message(&deep, DIGIT);
        for part in ["conv5", "1×1 pixels", "2×2 or more", "28×28 gray", "at most 4 numbers in model.channels"] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        let text = message(&Model::default(), Shape::Vector(4));
        assert!(text.contains("conv1 gets 4 numbers") && text.contains("model.kind = \"mlp\""), "{text}");
    }
}
