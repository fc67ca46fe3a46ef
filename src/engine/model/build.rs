//! Plans the network that an experiment describes, for the examples at hand.

use super::{Kind, Layer, Parameter, Plan, Start};
use crate::data::Shape;
use crate::domain::experiment::{Activation, Cell, Model, ModelKind, Normalization, Pooling as Word};
use crate::engine::error::EngineError;
use crate::engine::kernels::convolution::Geometry;
use crate::engine::ops::{Convolution, Dense, GlobalPool, Normalize, Pool, Pooling, Recurrent};

/// What one task needs of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::engine) struct Output {
    /// The name of its head: `output`, or `output-` and the task's name.
    pub(in crate::engine) name: String,
    /// Numbers that the head gives.
    pub(in crate::engine) width: usize,
}

impl Plan {
    /// Plans the network of an experiment for examples of this shape, with a head for each output.
    ///
    /// # Errors
    /// [`EngineError::Shape`] when a layer does not take what reaches it.
    pub(in crate::engine) fn new(model: &Model, shape: Shape, outputs: &[Output]) -> Result<Self, EngineError> {
        let mut builder = Builder { model, shape, trunk: Vec::new(), parameters: Vec::new() };
        let mut numbers = match model.kind {
            ModelKind::Mlp => shape.len(),
            ModelKind::Cnn => builder.stages()?,
            ModelKind::Rnn => builder.recurrent()?,
        };
        for (place, width) in model.hidden.iter().enumerate() {
            builder.drop_out();
            builder.hidden(&format!("dense{}", place + 1), numbers, *width);
            numbers = *width;
        }
        builder.drop_out();
        let heads = outputs.iter().map(|output| {
            let dense = Dense { inputs: numbers, outputs: output.width, activation: None };
            builder.dense(output.name.clone(), dense)
        });
        let heads = heads.collect();
        let Builder { trunk, mut parameters, .. } = builder;
        let frozen = freeze(model.freeze, &trunk, &mut parameters)?;
        Ok(Self { trunk, heads, parameters, frozen })
    }
}

/// Freezes the first layers with weights; gives how many layers, of all kinds, come before the first that learns.
fn freeze(wanted: usize, trunk: &[Layer], parameters: &mut [Parameter]) -> Result<usize, EngineError> {
    let has_weights = |layer: &Layer| !matches!(layer.kind, Kind::Normalize(_)) && !layer.owns.is_empty();
    let with_weights = trunk.iter().filter(|layer| has_weights(layer)).count();
    if wanted > with_weights {
        return Err(EngineError::Shape {
            layer: "model.freeze".to_owned(),
            got: format!("{wanted} layers"),
            needed: format!("at most {with_weights}: the output layer has to learn"),
        });
    }
    let mut seen = 0;
    let first = trunk.iter().position(|layer| {
        seen += usize::from(has_weights(layer));
        seen > wanted
    });
    let end = first.unwrap_or(trunk.len());
    for layer in &trunk[..end] {
        for parameter in &mut parameters[layer.owns.clone()] {
            parameter.learned = false;
        }
    }
    // Layers without weights behind the last frozen one, such as dropout, need no gradient either.
    Ok(if wanted == 0 { 0 } else { end })
}

struct Builder<'a> {
    model: &'a Model,
    shape: Shape,
    trunk: Vec<Layer>,
    parameters: Vec<Parameter>,
}

/// Rows, columns and channels of what has been built so far.
#[derive(Clone, Copy)]
struct Picture {
    height: usize,
    width: usize,
    channels: usize,
}

impl Picture {
    fn numbers(self) -> usize {
        self.height * self.width * self.channels
    }
}

impl Builder<'_> {
    /// The stages of a CNN; gives how many numbers come out of the last one.
    fn stages(&mut self) -> Result<usize, EngineError> {
        let Shape::Image { channels, height, width } = self.shape else {
            return Err(self.unsuited("conv1", "an image; set model.kind = \"mlp\" for data without rows and columns"));
        };
        let mut picture = Picture { height, width, channels };
        for (place, channels) in self.model.channels.iter().enumerate() {
            picture = self.stage(place, picture, *channels)?;
        }
        let Some(pooling) = operator(self.model.global_pooling) else { return Ok(picture.numbers()) };
        let pool = GlobalPool { pixels: picture.height * picture.width, channels: picture.channels, pooling };
        self.push("global pooling".to_owned(), Kind::GlobalPool(pool), Vec::new());
        Ok(picture.channels)
    }

    /// A convolution, its residual blocks and its pooling.
    fn stage(&mut self, place: usize, picture: Picture, channels: usize) -> Result<Picture, EngineError> {
        let name = format!("conv{}", place + 1);
        let Picture { height, width, .. } = picture;
        let pooling = operator(self.model.pooling);
        if pooling.is_some() && (height < 2 || width < 2) {
            return Err(EngineError::Shape {
                layer: format!("the 2×2 pooling of {name}"),
                got: format!("{height}×{width} pixels"),
                needed: format!("2×2 or more; {} bear at most {place} numbers in model.channels", self.shape),
            });
        }
        let plain = self.model.residual_blocks == 0 && self.model.normalization == Normalization::None;
        let activation = Some(self.model.activation);
        if plain {
            self.convolution(name, picture, channels, activation, pooling);
        } else {
            self.normalized_convolution(name, picture, channels, activation);
        }
        let inner = Picture { channels, ..picture };
        for block in 1..=self.model.residual_blocks {
            self.residual_block(&format!("conv{}-block{block}", place + 1), inner);
        }
        let Some(pooling) = pooling else { return Ok(inner) };
        if !plain {
            let pool = Pool { height, width, channels, pooling };
            self.push(format!("pooling of conv{}", place + 1), Kind::Pool(pool), Vec::new());
        }
        Ok(Picture { height: height / 2, width: width / 2, channels })
    }

    /// Two convolutions, whose result is added to what goes into them (He et al. 2016).
    fn residual_block(&mut self, name: &str, picture: Picture) {
        let shortcut = self.trunk.len() - 1;
        let activation = self.model.activation;
        self.normalized_convolution(format!("{name}-conv1"), picture, picture.channels, Some(activation));
        self.normalized_convolution(format!("{name}-conv2"), picture, picture.channels, None);
        let add = Kind::Add { shortcut, numbers: picture.numbers(), activation };
        self.push(format!("{name}-sum"), add, Vec::new());
    }

    /// A convolution, and its normalization if the experiment has one.
    fn normalized_convolution(
        &mut self,
        name: String,
        picture: Picture,
        channels: usize,
        activation: Option<Activation>,
    ) {
        if self.model.normalization == Normalization::None {
            self.convolution(name, picture, channels, activation, None);
        } else {
            self.convolution(name.clone(), picture, channels, None, None);
            self.stop_bias();
            self.normalize(&name, channels, activation);
        }
    }

    fn convolution(
        &mut self,
        name: String,
        picture: Picture,
        outputs: usize,
        activation: Option<Activation>,
        pooling: Option<Pooling>,
    ) {
        let Picture { height, width, channels: inputs } = picture;
        let kernel = self.model.kernel;
        let geometry = Geometry { height, width, inputs, outputs, kernel };
        let taps = kernel * kernel;
        let activation_after = Some(activation.unwrap_or(self.model.activation));
        let start = Start::Weights { fan_in: taps * inputs, fan_out: taps * outputs, activation: activation_after };
        let owned = vec![weight("weight", vec![kernel, kernel, inputs, outputs], start), bias(outputs, Start::Zero)];
        self.push(name, Kind::Convolution(Convolution { geometry, activation, pooling }), owned);
    }

    /// Keeps the last layer's bias at zero: the normalization that follows takes any away, and shifts by one of its own.
    fn stop_bias(&mut self) {
        if let Some(bias) = self.parameters.last_mut() {
            bias.learned = false;
        }
    }

    fn normalize(&mut self, of: &str, channels: usize, activation: Option<Activation>) {
        let part = |part, start, learned| Parameter {
            layer: String::new(),
            part,
            shape: vec![channels],
            start,
            learned,
            decays: false,
        };
        let owned = vec![
            part("scale", Start::One, true),
            part("shift", Start::Zero, true),
            part("mean", Start::Zero, false),
            part("variance", Start::One, false),
        ];
        self.push(format!("{of}-norm"), Kind::Normalize(Normalize { channels, activation }), owned);
    }

    /// The recurrent layers; gives the number of units of the last one.
    fn recurrent(&mut self) -> Result<usize, EngineError> {
        let (steps, mut inputs) = match self.shape {
            Shape::Sequence { steps, features } => (steps, features),
            // Row after row, as one reads.
            Shape::Image { channels, height, width } => (height, width * channels),
            Shape::Vector(_) => {
                return Err(self.unsuited("recurrent1", "a sequence; set model.kind = \"mlp\" for data without order"));
            }
        };
        if self.model.units.is_empty() {
            return Err(EngineError::Shape {
                layer: "model.units".to_owned(),
                got: "no layer".to_owned(),
                needed: "at least one, as in units = [64]".to_owned(),
            });
        }
        let (cell, last) = (self.model.cell, self.model.units.len() - 1);
        for (place, units) in self.model.units.iter().copied().enumerate() {
            self.drop_out();
            let gates = match cell {
                Cell::Rnn => 1,
                Cell::Gru => 3,
                Cell::Lstm => 4,
            };
            let glorot = |fan_in| Start::Weights { fan_in, fan_out: units, activation: None };
            let remember = if cell == Cell::Lstm { Start::Remembering } else { Start::Zero };
            let owned = vec![
                weight("input_weight", vec![inputs, gates * units], glorot(inputs)),
                weight("recurrent_weight", vec![units, gates * units], glorot(units)),
                bias(gates * units, remember),
                Parameter { part: "recurrent_bias", ..bias(gates * units, Start::Zero) },
            ];
            let layer = Recurrent { cell, steps, inputs, units, all_states: place < last };
            self.push(format!("recurrent{}", place + 1), Kind::Recurrent(layer), owned);
            inputs = units;
        }
        Ok(inputs)
    }

    /// A fully connected layer before the output.
    fn hidden(&mut self, name: &str, inputs: usize, outputs: usize) {
        let activation = Some(self.model.activation);
        let normalized = self.model.normalization == Normalization::Batch;
        let dense = Dense { inputs, outputs, activation: activation.filter(|_| !normalized) };
        let layer = self.dense(name.to_owned(), dense);
        self.trunk.push(layer);
        if normalized {
            self.stop_bias();
            self.normalize(name, outputs, activation);
        }
    }

    /// A fully connected layer with its parameters, still to be put somewhere.
    fn dense(&mut self, name: String, dense: Dense) -> Layer {
        let Dense { inputs, outputs, activation } = dense;
        let is_output = name.starts_with("output");
        let activation = activation.or(Some(self.model.activation).filter(|_| !is_output));
        let start = Start::Weights { fan_in: inputs, fan_out: outputs, activation };
        let owned = vec![weight("weight", vec![inputs, outputs], start), bias(outputs, Start::Zero)];
        self.layer(name, Kind::Dense(dense), owned)
    }

    /// Dropout goes before every fully connected and every further recurrent layer, but never on the data themselves.
    fn drop_out(&mut self) {
        if let Some(last) = self.trunk.last() {
            let name = format!("dropout of {}", last.name);
            self.push(name, Kind::Dropout, Vec::new());
        }
    }

    fn push(&mut self, name: String, kind: Kind, owned: Vec<Parameter>) {
        let layer = self.layer(name, kind, owned);
        self.trunk.push(layer);
    }

    fn layer(&mut self, name: String, kind: Kind, owned: Vec<Parameter>) -> Layer {
        let first = self.parameters.len();
        self.parameters.extend(owned.into_iter().map(|parameter| Parameter { layer: name.clone(), ..parameter }));
        Layer { name, kind, owns: first..self.parameters.len() }
    }

    fn unsuited(&self, layer: &str, needed: &str) -> EngineError {
        EngineError::Shape { layer: layer.to_owned(), got: self.shape.to_string(), needed: needed.to_owned() }
    }
}

fn weight(part: &'static str, shape: Vec<usize>, start: Start) -> Parameter {
    Parameter { layer: String::new(), part, shape, start, learned: true, decays: true }
}

fn bias(count: usize, start: Start) -> Parameter {
    Parameter { layer: String::new(), part: "bias", shape: vec![count], start, learned: true, decays: false }
}

fn operator(pooling: Word) -> Option<Pooling> {
    match pooling {
        Word::None => None,
        Word::Max => Some(Pooling::Max),
        Word::Average => Some(Pooling::Average),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGIT: Shape = Shape::Image { channels: 1, height: 28, width: 28 };

    fn output(width: usize) -> Vec<Output> {
        vec![Output { name: "output".to_owned(), width }]
    }

    #[test]
    fn a_cnn_is_what_the_experiment_says() {
        let plan = Plan::new(&Model::default(), DIGIT, &output(10)).unwrap();
        assert_eq!(
            plan.describe(),
            [
                "conv1: convolution 3×3, ReLU, largest of 2×2: 28×28×1 → 14×14×16 (160 parameters)",
                "conv2: convolution 3×3, ReLU, largest of 2×2: 14×14×16 → 7×7×32 (4640 parameters)",
                "dense1: fully connected, ReLU: 1568 → 128 (200832 parameters)",
                "output: fully connected: 128 → 10 (1290 parameters)",
            ]
        );
        assert_eq!(plan.count(), 160 + 4640 + 200_832 + 1290);
        assert_eq!(plan.parameters[2].name(), "conv2.weight");
        assert_eq!(plan.parameters[2].shape, [3, 3, 16, 32]);
    }

    #[test]
    fn stages_have_blocks_norms_and_the_pooling_that_was_asked_for() {
        let model = Model {
            channels: vec![8],
            residual_blocks: 1,
            normalization: Normalization::Batch,
            pooling: Word::Average,
            global_pooling: Word::Average,
            hidden: vec![],
            ..Model::default()
        };
        let plan = Plan::new(&model, DIGIT, &output(10)).unwrap();
        let names: Vec<&str> = plan.trunk.iter().map(|layer| layer.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "conv1",
                "conv1-norm",
                "conv1-block1-conv1",
                "conv1-block1-conv1-norm",
                "conv1-block1-conv2",
                "conv1-block1-conv2-norm",
                "conv1-block1-sum",
                "pooling of conv1",
                "global pooling",
                "dropout of global pooling",
            ]
        );
        let Kind::Add { shortcut, .. } = plan.trunk[6].kind else { panic!("{:?}", plan.trunk[6]) };
        assert_eq!(plan.trunk[shortcut].name, "conv1-norm");
        // Neither running statistics nor biases that a normalization takes away are trainable numbers.
        assert_eq!(plan.count(), 9 * 8 + 2 * (9 * 8 * 8) + 3 * 16 + 90);
        assert!(plan.normalizes());
    }

    #[test]
    fn an_mlp_takes_anything_and_drops_nothing_of_the_data() {
        let model = Model { kind: ModelKind::Mlp, hidden: vec![8, 4], dropout: 0.5, ..Model::default() };
        for shape in [DIGIT, Shape::Vector(30), Shape::Sequence { steps: 5, features: 6 }] {
            let plan = Plan::new(&model, shape, &output(3)).unwrap();
            let dropouts: Vec<bool> = plan.trunk.iter().map(|layer| matches!(layer.kind, Kind::Dropout)).collect();
            assert_eq!(dropouts, [false, true, false, true]);
        }
        let none = Model { hidden: vec![], ..model };
        assert_eq!(Plan::new(&none, Shape::Vector(30), &output(3)).unwrap().trunk.len(), 0);
    }

    #[test]
    fn a_recurrent_network_reads_sequences_and_rows_of_pictures() {
        let model = Model { kind: ModelKind::Rnn, units: vec![32, 16], hidden: vec![], ..Model::default() };
        for (shape, inputs) in [(Shape::Sequence { steps: 28, features: 5 }, 5), (DIGIT, 28)] {
            let plan = Plan::new(&model, shape, &output(10)).unwrap();
            let gru = |inputs: usize, units: usize| 3 * units * (inputs + units + 2);
            assert_eq!(plan.count() as usize, gru(inputs, 32) + gru(32, 16) + 170);
            let all: Vec<bool> = plan
                .trunk
                .iter()
                .filter_map(|layer| if let Kind::Recurrent(layer) = layer.kind { Some(layer.all_states) } else { None })
                .collect();
            assert_eq!(all, [true, false]);
        }
    }

    #[test]
    fn layers_freeze_from_the_data_on_and_the_output_never() {
        let frozen = |freeze| Plan::new(&Model { freeze, ..Model::default() }, DIGIT, &output(10));
        // conv1, conv2, dropout, dense1, dropout.
        for (freeze, layers, learned) in [(0, 0, 206_922), (1, 1, 206_762), (2, 3, 202_122), (3, 5, 1290)] {
            let plan = frozen(freeze).unwrap();
            assert_eq!((plan.frozen, plan.count()), (layers, learned), "{freeze}");
        }
        let message = frozen(4).unwrap_err().to_string();
        assert!(message.contains("model.freeze gets 4 layers") && message.contains("at most 3"), "{message}");
    }

    #[test]
    fn what_does_not_fit_is_said_of_the_layer() {
        let message = |model: &Model, shape| Plan::new(model, shape, &output(10)).unwrap_err().to_string();
        let deep = Model { channels: vec![8; 5], ..Model::default() };
        let text = message(&deep, DIGIT);
        for part in ["conv5", "1×1 pixels", "2×2 or more", "28×28 gray", "at most 4 numbers in model.channels"] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        let text = message(&Model::default(), Shape::Vector(4));
        assert!(text.contains("conv1 gets 4 numbers") && text.contains("model.kind = \"mlp\""), "{text}");
        let text = message(&Model { kind: ModelKind::Rnn, ..Model::default() }, Shape::Vector(4));
        assert!(text.contains("recurrent1 gets 4 numbers") && text.contains("a sequence"), "{text}");
        let text = message(&Model { kind: ModelKind::Rnn, units: vec![], ..Model::default() }, DIGIT);
        assert!(text.contains("model.units gets no layer"), "{text}");
        assert!(Plan::new(&Model { pooling: Word::None, ..deep }, DIGIT, &output(10)).is_ok());
    }
}
