//! The network: the keys under `[model]`.

use serde::{Deserialize, Serialize};

/// The network. Keys that the kind has no use for (`channels` of an `mlp`) are kept and ignored, so that changing the
/// kind alone stays a change of one parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Model {
    /// The family.
    pub kind: ModelKind,
    /// `cnn`: channels of each stage: a convolution, residual blocks if there are any, pooling over 2×2.
    pub channels: Vec<usize>,
    /// `cnn`: side of the square convolution kernels, in pixels.
    pub kernel: usize,
    /// `cnn`: residual blocks in each stage, after its convolution (He et al. 2016).
    pub residual_blocks: usize,
    /// `cnn`: how each stage halves rows and columns.
    pub pooling: Pooling,
    /// `cnn`: what is made of each channel before the fully connected layers.
    pub global_pooling: Pooling,
    /// `rnn`: what a recurrent layer is made of.
    pub cell: Cell,
    /// `rnn`: units of each recurrent layer.
    pub units: Vec<usize>,
    /// Normalization after each convolution and each fully connected layer but the output, before the activation.
    pub normalization: Normalization,
    /// Widths of the fully connected layers before the output.
    pub hidden: Vec<usize>,
    /// Activation after each layer but the output.
    pub activation: Activation,
    /// Share of hidden activations dropped while training.
    pub dropout: f64,
    /// Weights to begin with: a run, or a safetensors file; layers are matched by name and shape.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_from: Option<String>,
    /// With `start_from`: whether the output layers begin with its weights too.
    pub head: Head,
    /// So many layers with weights, counted from the data, stay as they begin.
    pub freeze: usize,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            kind: ModelKind::Cnn,
            channels: vec![16, 32],
            kernel: 3,
            residual_blocks: 0,
            pooling: Pooling::Max,
            global_pooling: Pooling::None,
            cell: Cell::Gru,
            units: vec![64],
            normalization: Normalization::None,
            hidden: vec![128],
            activation: Activation::Relu,
            dropout: 0.0,
            start_from: None,
            head: Head::Keep,
            freeze: 0,
        }
    }
}

/// Families of networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModelKind {
    /// Fully connected layers.
    Mlp,
    /// Convolutions with pooling, then fully connected layers.
    Cnn,
    /// Recurrent layers over a sequence, then fully connected layers on the last state.
    Rnn,
}

/// What becomes of neighboring numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pooling {
    /// They stay.
    None,
    /// The largest stays.
    Max,
    /// Their mean stays.
    Average,
}

/// Normalization of activations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Normalization {
    /// None.
    None,
    /// Batch normalization (Ioffe and Szegedy 2015).
    Batch,
}

/// What a recurrent layer is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cell {
    /// The plain recurrent unit with tanh (Elman 1990).
    Rnn,
    /// Gated recurrent unit (Cho et al. 2014).
    Gru,
    /// Long short-term memory (Hochreiter and Schmidhuber 1997).
    Lstm,
}

/// Where the output layers of a network that starts from another's weights begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Head {
    /// Where the other's stood, if the shapes fit.
    Keep,
    /// Anew.
    New,
}

/// Activation functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// max(0, x).
    Relu,
    /// x above zero, 0.01 x below.
    LeakyRelu,
    /// x Φ(x) (Hendrycks and Gimpel 2016).
    Gelu,
    /// Hyperbolic tangent.
    Tanh,
    /// Logistic function.
    Sigmoid,
}
