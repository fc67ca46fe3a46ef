//! An experiment: everything that has to be said to get the same run again.
//!
//! This file holds the types; [`schema`] describes every key (for messages, forms and documents), [`mod@parse`] turns
//! TOML into an [`Experiment`] and answers mistakes with line and key, [`validate`] checks what a single key cannot
//! know, [`change`] tells experiments apart and changes one parameter.
//!
//! Pure: no files are opened here. Paths inside an experiment are relative to the experiment's file, and it is the
//! caller who knows where that is.

pub mod builtin;
pub mod change;
pub mod parse;
pub mod schema;
pub mod validate;

pub use change::{Change, changes};
pub use parse::{ExperimentError, Override, parse};

use serde::{Deserialize, Serialize};

/// One experiment: task, data, model, training. See [`schema::FIELDS`] for what each key means and its default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Experiment {
    /// What people call it. Default: the file's name.
    pub name: String,
    /// The experiment or run that this is a variation of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Free text.
    pub notes: String,
    /// Seeds the split, the shuffling, the initialization, the augmentation and dropout.
    pub seed: u64,
    /// What is to be learned, and how well people do it.
    pub task: Task,
    /// What it is learned from.
    pub data: Data,
    /// The network.
    pub model: Model,
    /// How it is trained.
    pub train: Train,
}

impl Default for Experiment {
    fn default() -> Self {
        Self {
            name: String::new(),
            parent: None,
            notes: String::new(),
            seed: 1,
            task: Task::default(),
            data: Data::default(),
            model: Model::default(),
            train: Train::default(),
        }
    }
}

impl Experiment {
    /// The experiment as TOML with every default written out.
    pub fn to_toml(&self) -> String {
        // Serializing plain data structs into a TOML table cannot fail: no map keys but strings, no mixed arrays.
        toml::to_string(self).unwrap_or_default()
    }
}

/// What is to be learned, and how well people do it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Task {
    /// Human error, the lowest rung of the ladder and the stand-in for the best that is possible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub human_error: Option<HumanError>,
    /// A gap between rungs up to this is no problem, as a fraction.
    pub tolerance: f64,
}

impl Task {
    /// Unless the experiment says otherwise, a gap up to one percentage point is no problem.
    pub const TOLERANCE: f64 = 0.01;
}

impl Default for Task {
    fn default() -> Self {
        Self { human_error: None, tolerance: Self::TOLERANCE }
    }
}

/// Human error as a rate, or as it was measured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum HumanError {
    /// A fraction: 0.002 is 0.2 %.
    Rate(f64),
    /// So many mistakes in so many examples.
    Measured {
        /// Mistakes.
        errors: u64,
        /// Examples shown.
        of: u64,
    },
}

/// What a network learns from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Data {
    /// Where the examples come from.
    #[serde(flatten)]
    pub source: Source,
    /// The shares of train, dev and test; `None`: by the rule of size ([`Split::by_size`]).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split: Option<Split>,
    /// The distribution that counts, when it is not the one that most training examples come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// Alterations of training examples, made afresh for each example and epoch.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub augment: Vec<Augment>,
    /// Target-like examples, made by laying a pattern over training examples.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub synthesize: Vec<Synthesize>,
}

/// Where examples come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Source {
    /// The kind of source.
    #[serde(rename = "source")]
    pub kind: SourceKind,
    /// A file or folder, relative to the experiment's file; built-in sources need none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Which form of a built-in source (`digits`: clear or foggy).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// `csv`: the column that holds the label; `npy`: the array.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// `folder`: the side in pixels that pictures are brought to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub side: Option<usize>,
    /// `folder`: how pictures that are not square get there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fit: Option<Fit>,
    /// `folder`: whether color is kept; `None`: unless all pictures are gray.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<Color>,
    /// Take so many examples, drawn with the experiment's seed; `None`: all (built-in sources draw their default number).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub examples: Option<usize>,
}

impl Default for Source {
    fn default() -> Self {
        Self {
            kind: SourceKind::Digits,
            path: None,
            variant: None,
            label: None,
            side: None,
            fit: None,
            color: None,
            examples: None,
        }
    }
}

/// The kinds of source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// Digits drawn by the program: 28×28 gray, ten classes.
    Digits,
    /// Files in the IDX format that MNIST is distributed in, plain or gzipped.
    Idx,
    /// CIFAR-10 or CIFAR-100 in their binary form.
    Cifar,
    /// Pictures in a folder for each class.
    Folder,
    /// A table of numbers with a column of labels.
    Csv,
    /// Arrays as NumPy saves them, `.npy` or `.npz`.
    Npy,
}

/// How a picture that is not square is made so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// Its middle is cut out.
    #[default]
    Crop,
    /// Black is added.
    Pad,
    /// It is squeezed.
    Stretch,
}

/// Whether pictures have color.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Color {
    /// One channel.
    Gray,
    /// Three channels.
    Color,
}

impl SourceKind {
    /// Whether its examples are pictures, which can be shifted, rotated, laid under fog.
    pub fn holds_images(self) -> bool {
        match self {
            Self::Digits | Self::Idx | Self::Cifar | Self::Folder => true,
            // Arrays may be either; only their file tells.
            Self::Csv | Self::Npy => false,
        }
    }

    /// How many examples it draws when none are asked for; `None` for files, which hold what they hold.
    pub fn drawn_by_default(self) -> Option<usize> {
        match self {
            Self::Digits => Some(6000),
            Self::Idx | Self::Cifar | Self::Folder | Self::Csv | Self::Npy => None,
        }
    }
}

/// The shares of the three sets; they add up to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Split {
    /// Share of the examples that train.
    pub train: f64,
    /// Share that decisions are made on.
    pub dev: f64,
    /// Share that is looked at once, at the end.
    pub test: f64,
}

impl Split {
    /// The rule by size: 70/15/15 below 100,000 examples, 98/1/1 from there on.
    pub fn by_size(examples: usize) -> Self {
        if examples < 100_000 {
            Self { train: 0.7, dev: 0.15, test: 0.15 }
        } else {
            Self { train: 0.98, dev: 0.01, test: 0.01 }
        }
    }
}

/// The distribution that counts. Dev and test come from it alone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Target {
    /// Where its examples come from.
    #[serde(flatten)]
    pub source: Source,
    /// The share of its examples that trains, beside the training source's; the rest is halved into dev and test.
    pub share_in_train: f64,
}

/// One alteration of training examples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Augment {
    /// What is done.
    pub kind: AugmentKind,
    /// How often: the share of examples that are altered.
    #[serde(default = "Augment::default_probability")]
    pub probability: f64,
    /// How much, in the unit of the kind (see [`AugmentKind`]); `None`: the kind's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<f64>,
}

impl Augment {
    fn default_probability() -> f64 {
        0.5
    }
}

/// The alterations. `amount` is the largest that is drawn; the unit is the kind's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AugmentKind {
    /// Gaussian noise; amount: its standard deviation as a fraction of the value range (0.1).
    Noise,
    /// Light for dark; no amount.
    Invert,
    /// Gaussian blur; amount: its standard deviation in pixels (1).
    Blur,
    /// Rotation about the center; amount: degrees to either side (15).
    Rotate,
    /// Shift; amount: a fraction of the side (0.1).
    Shift,
    /// Horizontal shear; amount: pixels sideways per pixel upwards (0.2).
    Shear,
    /// Left for right; no amount.
    FlipHorizontal,
    /// Upside down; no amount.
    FlipVertical,
    /// A part of the picture, brought to its full size; amount: the share of the side that is cut away (0.2).
    Crop,
    /// Lighter or darker; amount: a fraction of the value range (0.2).
    Brightness,
    /// More or less contrast about the picture's mean; amount: a factor of 1 plus or minus so much (0.4).
    Contrast,
    /// A square of the picture's mean over a part of it; amount: a fraction of the side (0.3).
    Cutout,
}

impl AugmentKind {
    /// The amount when the file gives none; 0 for kinds that have none.
    pub fn default_amount(self) -> f64 {
        match self {
            Self::Noise | Self::Shift => 0.1,
            Self::Blur => 1.0,
            Self::Rotate => 15.0,
            Self::Shear | Self::Crop | Self::Brightness => 0.2,
            Self::Contrast => 0.4,
            Self::Cutout => 0.3,
            Self::Invert | Self::FlipHorizontal | Self::FlipVertical => 0.0,
        }
    }
}

/// Target-like examples, made by laying patterns over training examples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Synthesize {
    /// What is laid over.
    pub kind: SynthesizeKind,
    /// How many different patterns there are; 0: a fresh one for each example and epoch.
    #[serde(default)]
    pub patterns: usize,
    /// The share of training examples that get one.
    #[serde(default = "Synthesize::default_probability")]
    pub probability: f64,
    /// How strong, from 0 (none) to 1 (nothing else is seen).
    #[serde(default = "Synthesize::default_amount")]
    pub amount: f64,
}

impl Synthesize {
    fn default_probability() -> f64 {
        0.5
    }

    fn default_amount() -> f64 {
        0.6
    }
}

/// What synthesis lays over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SynthesizeKind {
    /// Drifting, cloudy brightness that hides contrast.
    Fog,
}

/// The network. Keys that the kind has no use for (`channels` of an `mlp`) are kept and ignored, so that changing the
/// kind alone stays a change of one parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Model {
    /// The family.
    pub kind: ModelKind,
    /// `cnn`: channels of each convolution; each is followed by pooling over 2×2.
    pub channels: Vec<usize>,
    /// `cnn`: side of the square convolution kernels, in pixels.
    pub kernel: usize,
    /// Widths of the fully connected layers before the output.
    pub hidden: Vec<usize>,
    /// Activation after each layer but the output.
    pub activation: Activation,
    /// Share of hidden activations dropped while training.
    pub dropout: f64,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            kind: ModelKind::Cnn,
            channels: vec![16, 32],
            kernel: 3,
            hidden: vec![128],
            activation: Activation::Relu,
            dropout: 0.0,
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

/// How the network is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Train {
    /// What is minimized.
    pub loss: Loss,
    /// `focal`: how much less the examples count that the network is already sure of.
    pub focal_gamma: f64,
    /// `cross-entropy`: the share of certainty that is spread over all classes (Szegedy et al. 2016).
    pub label_smoothing: f64,
    /// How much a mistake on each class counts.
    pub class_weights: ClassWeights,
    /// The rule by which weights follow gradients.
    pub optimizer: Optimizer,
    /// Step size.
    pub learning_rate: f64,
    /// How the step size goes on from there.
    pub schedule: Schedule,
    /// Epochs over which the step size rises from nothing.
    pub warmup: f64,
    /// `step`: epochs between two falls of the step size.
    pub decay_every: f64,
    /// `step`: what is left of the step size at each fall.
    pub decay_factor: f64,
    /// Gradients longer than this are shortened to it; 0: none is.
    pub gradient_clip: f64,
    /// `momentum`, `nesterov` and `rmsprop`: the share of the last step that is kept.
    pub momentum: f64,
    /// L2 penalty on the weights; for `adamw` decoupled from the gradient.
    pub weight_decay: f64,
    /// Examples per step.
    pub batch_size: usize,
    /// Passes over the training set.
    pub epochs: usize,
}

impl Default for Train {
    fn default() -> Self {
        Self {
            loss: Loss::CrossEntropy,
            focal_gamma: 2.0,
            label_smoothing: 0.0,
            class_weights: ClassWeights::None,
            optimizer: Optimizer::Adam,
            learning_rate: 0.001,
            schedule: Schedule::Constant,
            warmup: 0.0,
            decay_every: 10.0,
            decay_factor: 0.1,
            gradient_clip: 0.0,
            momentum: 0.9,
            weight_decay: 0.0,
            batch_size: 64,
            epochs: 10,
        }
    }
}

/// Loss functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// Softmax cross-entropy, in nats.
    CrossEntropy,
    /// Softmax cross-entropy times (1 − p)^γ, which lets easy examples count less (Lin et al. 2017).
    Focal,
}

/// Weights of the classes in the loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClassWeights {
    /// Every example counts alike.
    None,
    /// Every class counts alike: an example counts the more, the rarer its class is in the training set.
    Balanced,
}

/// How the step size changes over a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// It stays.
    Constant,
    /// It falls by a factor every so many epochs.
    Step,
    /// It falls to nothing along half a cosine (Loshchilov and Hutter 2017, without restarts).
    Cosine,
}

/// Optimizers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Optimizer {
    /// Stochastic gradient descent.
    Sgd,
    /// SGD with classical momentum.
    Momentum,
    /// SGD with Nesterov's momentum.
    Nesterov,
    /// RMSprop (Hinton 2012).
    Rmsprop,
    /// Adam (Kingma and Ba 2015).
    Adam,
    /// Adam with decoupled weight decay (Loshchilov and Hutter 2019).
    Adamw,
}
