//! How a network is trained: the keys under `[train]`.

use serde::{Deserialize, Serialize};

/// How the network is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Train {
    /// What is minimized.
    pub loss: Loss,
    /// `focal`: how much less the examples count that the network is already sure of.
    pub focal_gamma: f64,
    /// `huber`: up to this difference it is squared, beyond it counts as it is (Huber 1964).
    pub huber_delta: f64,
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
    /// `step` and `plateau`: what is left of the step size at each fall.
    pub decay_factor: f64,
    /// `plateau`: epochs without a lower dev loss that are waited for before the step size falls.
    pub patience: usize,
    /// Epochs without a lower dev loss after which training ends, and the best weights are kept; 0: it does not.
    pub early_stopping: usize,
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
            huber_delta: 1.0,
            label_smoothing: 0.0,
            class_weights: ClassWeights::None,
            optimizer: Optimizer::Adam,
            learning_rate: 0.001,
            schedule: Schedule::Constant,
            warmup: 0.0,
            decay_every: 10.0,
            decay_factor: 0.1,
            patience: 3,
            early_stopping: 0,
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
    /// One sigmoid per class (or mark) with cross-entropy, in nats: each is decided by itself.
    BinaryCrossEntropy,
    /// Squared difference, for classes from 1 for the true one and 0 for the others; the mean over all outputs.
    MeanSquaredError,
    /// Half the squared difference up to `huber_delta`, linear beyond; the mean over all outputs.
    Huber,
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
    /// It falls by a factor when the dev loss has not fallen for some epochs.
    Plateau,
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
