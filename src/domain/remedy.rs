//! What can be done about a problem: each remedy is a change to one parameter, worked out for the experiment at hand.
//!
//! A remedy that does not fit an experiment (less dropout where there is none) is not offered. Without an experiment,
//! as for error rates given by hand, every remedy stands as advice, without a change.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::experiment::change::{value_of, with_change};
use super::experiment::{
    Activation, Augment, AugmentKind, Auxiliary, Cell, Change, ClassWeights, Experiment, ExperimentError, Loss,
    ModelKind, Normalization, Optimizer, Schedule, Synthesize, SynthesizeKind, Train,
};
use super::run::RunId;
use super::tries::Standing;

/// A change to one parameter, with the reason for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Remedy {
    /// Short name, as `rungs apply` takes it: `larger-network`.
    pub id: String,
    /// What is done, in a few words.
    pub title: String,
    /// Why it should help, in a sentence.
    pub why: String,
    /// The change; `None` where the remedy is something that a person has to do.
    pub change: Option<Change>,
    /// How it has done in this project, where it was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
}

/// All remedies there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RemedyKind {
    /// Wider layers.
    LargerNetwork,
    /// One more layer.
    DeeperNetwork,
    /// Convolutions in place of fully connected layers.
    Convolutions,
    /// Narrower layers.
    SmallerNetwork,
    /// Twice the epochs.
    MoreEpochs,
    /// A tenth of the learning rate, or what is usual.
    LowerLearningRate,
    /// Three times the learning rate, or what is usual.
    HigherLearningRate,
    /// Momentum in place of plain SGD.
    Momentum,
    /// Adam in place of an optimizer with one rate for all weights.
    Adam,
    /// ReLU in place of an activation that saturates.
    Relu,
    /// Leaky ReLU in place of ReLU.
    LeakyRelu,
    /// Batch normalization.
    BatchNormalization,
    /// Residual blocks in each stage of a CNN.
    ResidualBlocks,
    /// Gates in place of plain recurrent units.
    Gates,
    /// A step size that falls when the dev loss falls no more.
    ReduceOnPlateau,
    /// Long gradients are shortened.
    ClipGradients,
    /// An end where the dev loss falls no more.
    StopEarly,
    /// First layers that stay as they were taken from another network.
    Freeze,
    /// Twice the batch.
    LargerBatch,
    /// No dropout, or less.
    LessDropout,
    /// Dropout, or more.
    MoreDropout,
    /// No weight decay, or less.
    LessWeightDecay,
    /// Weight decay, or more.
    MoreWeightDecay,
    /// More training examples.
    MoreExamples,
    /// One more alteration of training examples.
    Augment(AugmentKind),
    /// Fog laid over training examples.
    SynthesizeFog,
    /// A fresh pattern for each synthesized example.
    MorePatterns,
    /// Target examples among those that train.
    TargetInTraining,
    /// A look at what sets target and training data apart.
    StudyMismatch,
    /// A larger dev set.
    LargerDevSet,
    /// The baseline in place of the network.
    UseBaseline,
    /// Every class counts alike.
    BalanceClasses,
    /// The focal loss.
    FocalLoss,
    /// A look at what sets two classes apart.
    StudyConfusion,
    /// Examples that are in two sets are taken out of one.
    RemoveDuplicates,
    /// A look at the labels that are suspected.
    CheckLabels,
    /// A further task on the same examples.
    FurtherTask,
    /// A search over several settings.
    Search,
    /// Half of the training examples, to learn what more of them would bring.
    HalfTheData,
}

impl RemedyKind {
    /// Short name, as `rungs apply` takes it.
    pub fn id(self) -> &'static str {
        match self {
            Self::LargerNetwork => "larger-network",
            Self::DeeperNetwork => "deeper-network",
            Self::Convolutions => "convolutions",
            Self::SmallerNetwork => "smaller-network",
            Self::MoreEpochs => "more-epochs",
            Self::LowerLearningRate => "lower-learning-rate",
            Self::HigherLearningRate => "higher-learning-rate",
            Self::Momentum => "momentum",
            Self::Adam => "adam",
            Self::Relu => "relu",
            Self::LeakyRelu => "leaky-relu",
            Self::BatchNormalization => "batch-normalization",
            Self::ResidualBlocks => "residual-blocks",
            Self::Gates => "gru",
            Self::ReduceOnPlateau => "reduce-on-plateau",
            Self::ClipGradients => "clip-gradients",
            Self::StopEarly => "early-stopping",
            Self::Freeze => "freeze",
            Self::LargerBatch => "larger-batch",
            Self::LessDropout => "less-dropout",
            Self::MoreDropout => "more-dropout",
            Self::LessWeightDecay => "less-weight-decay",
            Self::MoreWeightDecay => "more-weight-decay",
            Self::MoreExamples => "more-examples",
            Self::HalfTheData => "half-the-data",
            Self::FurtherTask => "further-task",
            Self::Search => "search",
            Self::Augment(AugmentKind::Noise) => "augment-noise",
            Self::Augment(AugmentKind::Blur) => "augment-blur",
            Self::Augment(AugmentKind::Rotate) => "augment-rotate",
            Self::Augment(AugmentKind::Shift) => "augment-shift",
            Self::Augment(AugmentKind::Shear) => "augment-shear",
            Self::Augment(_) => "augment",
            Self::SynthesizeFog => "synthesize-fog",
            Self::MorePatterns => "more-patterns",
            Self::TargetInTraining => "target-in-training",
            Self::StudyMismatch => "study-mismatch",
            Self::LargerDevSet => "larger-dev-set",
            Self::UseBaseline => "use-baseline",
            Self::BalanceClasses => "balance-classes",
            Self::FocalLoss => "focal-loss",
            Self::StudyConfusion => "study-confusion",
            Self::RemoveDuplicates => "remove-duplicates",
            Self::CheckLabels => "check-labels",
        }
    }

    /// What is done, in a few words.
    fn title(self) -> &'static str {
        match self {
            Self::LargerNetwork => "Use a larger network",
            Self::DeeperNetwork => "Use a deeper network",
            Self::Convolutions => "Use convolutions",
            Self::SmallerNetwork => "Use a smaller network",
            Self::MoreEpochs => "Train longer",
            Self::LowerLearningRate => "Lower the learning rate",
            Self::HigherLearningRate => "Raise the learning rate",
            Self::Momentum => "Add momentum",
            Self::Adam => "Use Adam",
            Self::Relu => "Use ReLU",
            Self::LeakyRelu => "Use leaky ReLU",
            Self::BatchNormalization => "Normalize batches",
            Self::ResidualBlocks => "Use residual blocks",
            Self::Gates => "Use gated units (GRU)",
            Self::ReduceOnPlateau => "Lower the rate on a plateau",
            Self::ClipGradients => "Clip gradients",
            Self::StopEarly => "Stop early",
            Self::Freeze => "Freeze the first layers",
            Self::LargerBatch => "Use larger batches",
            Self::LessDropout => "Use less dropout",
            Self::MoreDropout => "Use dropout",
            Self::LessWeightDecay => "Use less weight decay",
            Self::MoreWeightDecay => "Use weight decay (L2)",
            Self::MoreExamples => "Train on more data",
            Self::HalfTheData => "Ask if more data would help",
            Self::FurtherTask => "Learn a further task beside it",
            Self::Search => "Search over several settings",
            Self::Augment(AugmentKind::Noise) => "Augment with noise",
            Self::Augment(AugmentKind::Blur) => "Augment with blur",
            Self::Augment(AugmentKind::Rotate) => "Augment with rotations",
            Self::Augment(AugmentKind::Shift) => "Augment with shifts",
            Self::Augment(AugmentKind::Shear) => "Augment with shears",
            Self::Augment(_) => "Augment the training data",
            Self::SynthesizeFog => "Synthesize fog",
            Self::MorePatterns => "Synthesize with fresh patterns",
            Self::TargetInTraining => "Train on some target data",
            Self::StudyMismatch => "Study what sets them apart",
            Self::LargerDevSet => "Get a larger dev set",
            Self::UseBaseline => "Use the baseline",
            Self::BalanceClasses => "Let every class count alike",
            Self::FocalLoss => "Use the focal loss",
            Self::StudyConfusion => "Study the two classes",
            Self::RemoveDuplicates => "Take the copies out",
            Self::CheckLabels => "Check the labels",
        }
    }

    /// Why it should help.
    fn why(self) -> &'static str {
        match self {
            Self::LargerNetwork => "More units can fit shapes that so few cannot.",
            Self::DeeperNetwork => "One more layer can build on what the others found.",
            Self::Convolutions => "Convolutions find the same shape wherever it stands in the picture.",
            Self::SmallerNetwork => "Fewer weights leave less room to learn examples by heart.",
            Self::MoreEpochs => "The loss may go on falling with more passes over the data.",
            Self::LowerLearningRate => "Smaller steps do not leap over the valley they should walk into.",
            Self::HigherLearningRate => "Larger steps get down sooner.",
            Self::Momentum => "Momentum carries on where gradients agree and evens out where they do not.",
            Self::Adam => "Adam gives each weight a step size of its own.",
            Self::Relu => "ReLU does not saturate above zero, so gradients reach the first layers.",
            Self::LeakyRelu => "A unit that is off keeps a small gradient and can come back.",
            Self::BatchNormalization => {
                "Layers whose inputs keep their mean and deviation train faster, and their noise regularizes."
            }
            Self::ResidualBlocks => "Layers that only add to what they get can be many and still be trained.",
            Self::Gates => "Gated units remember over many steps; plain ones forget, or their gradients explode.",
            Self::ReduceOnPlateau => {
                "Steps that get smaller when the dev loss falls no more settle where large ones swing."
            }
            Self::ClipGradients => "One long gradient cannot throw the weights far away.",
            Self::StopEarly => "Weights from before the dev loss rose have learned less by heart.",
            Self::Freeze => "Layers that were trained on more data keep what they found there.",
            Self::LargerBatch => "Gradients averaged over more examples are less noisy.",
            Self::LessDropout => "Dropout holds the network back, and it does not even fit its training data.",
            Self::MoreDropout => "Units that cannot rely on one another learn examples less by heart.",
            Self::LessWeightDecay => "Weight decay holds the network back, and it does not even fit its training data.",
            Self::MoreWeightDecay => "Smaller weights make smoother boundaries between the classes.",
            Self::FurtherTask => {
                "What another task needs to see may be what this one needs, and it is learned from more labels."
            }
            Self::Search => {
                "When single changes bring no more: `rungs search RUN` trains variations of learning rate, width, batch size and dropout and says which are best."
            }
            Self::HalfTheData => {
                "No remedy but a question: where half the data do as well, twice as many will hardly do better."
            }
            Self::MoreExamples => "What holds for more examples is less likely to be chance.",
            Self::Augment(AugmentKind::Noise) => "What is learned through noise does not hang on single pixels.",
            Self::Augment(AugmentKind::Blur) => "What is learned through blur holds for pictures that are not sharp.",
            Self::Augment(_) => "Examples that are never twice the same cannot be learned by heart.",
            Self::SynthesizeFog => "Training examples laid under fog look more like the target's.",
            Self::MorePatterns => "Few patterns laid over many examples are learned by heart.",
            Self::TargetInTraining => "The network learns the target's looks from the target itself.",
            Self::StudyMismatch => {
                "Look at the dev set's mistakes and name what they have in common; then make or collect training data like it."
            }
            Self::LargerDevSet => "Choices made on more examples fit chance less.",
            Self::BalanceClasses => {
                "A mistake on a rare class counts the more, the rarer it is, so that it is learned as well."
            }
            Self::FocalLoss => {
                "Examples that the network is sure of count less, so that the rare and hard ones count more."
            }
            Self::StudyConfusion => {
                "Look at the mistakes between them: is there something that tells them apart, and can the network see it at this size?"
            }
            Self::RemoveDuplicates => {
                "An example that trains cannot measure; split by what belongs together, such as a person or a day."
            }
            Self::CheckLabels => "Look at the surest mistakes first and correct what is wrong, in dev and test alike.",
            Self::UseBaseline => {
                "It does as well. If the network is to do better, look for what it could see that the baseline cannot."
            }
        }
    }

    /// The remedy for `experiment`; `None` where it does not fit. Without an experiment it stands as advice.
    pub fn remedy(self, experiment: Option<&Experiment>) -> Option<Remedy> {
        let change = match experiment {
            // What only few networks could do is no advice to a stranger.
            None if matches!(self, Self::Gates | Self::Freeze | Self::MorePatterns | Self::Search) => return None,
            None => None,
            Some(_) if self.is_advice() => None,
            Some(experiment) => Some(self.change(experiment)?),
        };
        Some(Remedy {
            id: self.id().into(),
            title: self.title().into(),
            why: self.why().into(),
            change,
            standing: None,
        })
    }

    /// Whether a person has to do it.
    fn is_advice(self) -> bool {
        matches!(
            self,
            Self::StudyMismatch
                | Self::StudyConfusion
                | Self::UseBaseline
                | Self::RemoveDuplicates
                | Self::CheckLabels
                | Self::Search
        )
    }

    /// The change to `experiment`; `None` where there is nothing to change, or where the result would not be valid.
    fn change(self, experiment: &Experiment) -> Option<Change> {
        let (key, to) = self.target(experiment)?;
        let from = value_of(experiment, key);
        let change = Change { key: key.to_owned(), from, to };
        let makes_a_difference = change.from != change.to && with_change(experiment, &change).is_ok();
        makes_a_difference.then_some(change)
    }

    /// The parameter and its new value.
    fn target(self, experiment: &Experiment) -> Option<(&'static str, Value)> {
        let (model, train, data) = (&experiment.model, &experiment.train, &experiment.data);
        let (is_cnn, is_rnn) = (model.kind == ModelKind::Cnn, model.kind == ModelKind::Rnn);
        let when = |fits: bool, key: &'static str, to: Value| fits.then_some((key, to));
        match self {
            Self::LargerNetwork if is_cnn => when(true, "model.channels", widened(&model.channels)),
            Self::LargerNetwork if is_rnn => when(true, "model.units", widened(&model.units)),
            Self::LargerNetwork => when(true, "model.hidden", widened(&model.hidden)),
            Self::DeeperNetwork => {
                let width = model.hidden.last().copied().unwrap_or(64).max(16);
                when(true, "model.hidden", json!([&model.hidden[..], &[width]].concat()))
            }
            Self::Convolutions => when(!is_cnn && data.source.kind.holds_images(), "model.kind", json!("cnn")),
            Self::SmallerNetwork if is_cnn => when(true, "model.channels", narrowed(&model.channels)),
            Self::SmallerNetwork if is_rnn => when(true, "model.units", narrowed(&model.units)),
            Self::SmallerNetwork => when(true, "model.hidden", narrowed(&model.hidden)),
            Self::MoreEpochs => when(true, "train.epochs", json!(train.epochs.saturating_mul(2))),
            Self::LowerLearningRate => when(true, "train.learning_rate", json!(lower_rate(train))),
            Self::HigherLearningRate => when(true, "train.learning_rate", json!(higher_rate(train))),
            Self::Momentum => when(train.optimizer == Optimizer::Sgd, "train.optimizer", json!("momentum")),
            // A rate that suits SGD is far too high for Adam, and a remedy changes one parameter only.
            Self::Adam => {
                let other = !matches!(train.optimizer, Optimizer::Adam | Optimizer::Adamw);
                when(other && train.learning_rate <= 0.01, "train.optimizer", json!("adam"))
            }
            Self::Relu => {
                let saturates = matches!(model.activation, Activation::Sigmoid | Activation::Tanh);
                when(saturates, "model.activation", json!("relu"))
            }
            Self::LeakyRelu => when(model.activation == Activation::Relu, "model.activation", json!("leaky-relu")),
            Self::BatchNormalization => {
                let fits = model.normalization == Normalization::None && model.kind != ModelKind::Rnn;
                when(fits, "model.normalization", json!("batch"))
            }
            Self::ResidualBlocks => {
                when(is_cnn && model.residual_blocks < 3, "model.residual_blocks", json!(model.residual_blocks + 1))
            }
            Self::Gates => when(model.kind == ModelKind::Rnn && model.cell == Cell::Rnn, "model.cell", json!("gru")),
            Self::ReduceOnPlateau => when(train.schedule == Schedule::Constant, "train.schedule", json!("plateau")),
            Self::ClipGradients => when(train.gradient_clip == 0.0, "train.gradient_clip", json!(1.0)),
            Self::StopEarly => when(train.early_stopping == 0 && train.epochs > 5, "train.early_stopping", json!(5)),
            Self::Freeze => {
                let convolutions = model.channels.len().max(1);
                when(is_cnn && model.start_from.is_some() && model.freeze == 0, "model.freeze", json!(convolutions))
            }
            Self::LargerBatch => when(true, "train.batch_size", json!(train.batch_size.saturating_mul(2))),
            Self::LessDropout => {
                let less = if model.dropout > 0.3 { rounded(model.dropout / 2.0) } else { 0.0 };
                when(model.dropout > 0.0, "model.dropout", json!(less))
            }
            Self::MoreDropout => {
                let more = if model.dropout == 0.0 { 0.3 } else { rounded(model.dropout + 0.2) };
                when(more <= 0.8, "model.dropout", json!(more))
            }
            Self::LessWeightDecay => {
                let less = if train.weight_decay > 1e-3 { rounded(train.weight_decay / 10.0) } else { 0.0 };
                when(train.weight_decay > 0.0, "train.weight_decay", json!(less))
            }
            Self::MoreWeightDecay => {
                let first = if train.optimizer == Optimizer::Adamw { 0.01 } else { 1e-4 };
                let more = if train.weight_decay == 0.0 { first } else { rounded(train.weight_decay * 10.0) };
                when(more <= 1.0, "train.weight_decay", json!(more))
            }
            Self::MoreExamples | Self::LargerDevSet => more_examples(experiment),
            Self::HalfTheData => when(true, "data.train_share", json!(data.train_share / 2.0)),
            Self::Augment(kind) => {
                let fits = data.source.kind.holds_images() || kind == AugmentKind::Noise;
                let is_new = data.augment.iter().all(|augment| augment.kind != kind);
                let added = Augment { kind, probability: 0.5, amount: None };
                let all: Vec<&Augment> = data.augment.iter().chain([&added]).collect();
                when(fits && is_new, "data.augment", json!(all))
            }
            Self::SynthesizeFog => {
                let fits = data.source.kind.holds_images() && data.synthesize.is_empty();
                let fog =
                    Synthesize { kind: SynthesizeKind::Fog, path: None, patterns: 0, probability: 0.5, amount: 0.6 };
                when(fits, "data.synthesize", json!([fog]))
            }
            Self::MorePatterns => {
                let few = data.synthesize.iter().any(|synthesize| synthesize.patterns > 0);
                let fresh: Vec<Synthesize> =
                    data.synthesize.iter().map(|one| Synthesize { patterns: 0, ..one.clone() }).collect();
                when(few, "data.synthesize", json!(fresh))
            }
            Self::TargetInTraining => {
                let share = data.target.as_ref()?.share_in_train;
                let more = if share < 0.1 { 0.3 } else { rounded(share * 2.0) };
                when(more <= 0.8, "data.target.share_in_train", json!(more))
            }
            Self::BalanceClasses => {
                when(train.class_weights == ClassWeights::None, "train.class_weights", json!("balanced"))
            }
            Self::FocalLoss => {
                let fits = train.loss == Loss::CrossEntropy && train.label_smoothing == 0.0;
                when(fits, "train.loss", json!("focal"))
            }
            Self::FurtherTask => {
                let target = (*data.source.kind.further()?.first()?).to_owned();
                let task = Auxiliary { target, loss: None, weight: 1.0, labelled: 1.0 };
                when(experiment.task.auxiliary.is_empty(), "task.auxiliary", json!([task]))
            }
            Self::StudyMismatch
            | Self::StudyConfusion
            | Self::UseBaseline
            | Self::RemoveDuplicates
            | Self::CheckLabels
            | Self::Search => None,
        }
    }
}

/// To begin with the weights of another run of the project: `None` where the experiment begins with some already.
pub fn transfer(experiment: &Experiment, donor: &RunId) -> Option<Remedy> {
    let change = Change { key: "model.start_from".to_owned(), from: Value::Null, to: json!(donor.0) };
    let fits = experiment.model.start_from.is_none() && with_change(experiment, &change).is_ok();
    fits.then(|| Remedy {
        id: "transfer".to_owned(),
        title: "Start from another run's weights".to_owned(),
        why: "It has learned from more examples; its first layers look for what these need as well.".to_owned(),
        change: Some(change),
        standing: None,
    })
}

/// The remedies among `kinds` that fit, in their order.
pub fn offer(kinds: &[RemedyKind], experiment: Option<&Experiment>) -> Vec<Remedy> {
    kinds.iter().filter_map(|kind| kind.remedy(experiment)).collect()
}

/// The child of the run `parent` that a remedy makes: its experiment with the one change.
///
/// # Errors
/// The change does not fit the experiment, for example because it is another one than the remedy was worked out for.
pub fn child(parent: &str, experiment: &Experiment, change: &Change) -> Result<Experiment, ExperimentError> {
    Ok(child_of(parent, with_change(experiment, change)?))
}

/// An experiment as the child of `parent`.
pub fn child_of(parent: &str, experiment: Experiment) -> Experiment {
    Experiment { parent: Some(parent.to_owned()), ..experiment }
}

/// The rate that an optimizer does well with on most tasks, where nothing else is known: where Keras and PyTorch begin.
fn usual_rate(optimizer: Optimizer) -> f64 {
    match optimizer {
        Optimizer::Sgd => 0.03,
        Optimizer::Momentum | Optimizer::Nesterov => 0.01,
        Optimizer::Rmsprop | Optimizer::Adam | Optimizer::Adamw => 0.001,
    }
}

/// A tenth; from far above what is usual straight to what is.
fn lower_rate(train: &Train) -> f64 {
    let (tenth, usual) = (train.learning_rate / 10.0, usual_rate(train.optimizer));
    if tenth > 3.0 * usual { usual } else { rounded(tenth) }
}

/// Three times as much; from far below what is usual straight to what is.
fn higher_rate(train: &Train) -> f64 {
    let (thrice, usual) = (train.learning_rate * 3.0, usual_rate(train.optimizer));
    if 3.0 * thrice < usual { usual } else { rounded(thrice) }
}

/// Wider layers: the narrower they are, the larger the step that makes a difference.
fn widened(widths: &[usize]) -> Value {
    let wider = |width: &usize| match width {
        0..16 => width * 8,
        16..32 => width * 4,
        _ => width * 2,
    };
    if widths.is_empty() { json!([128]) } else { json!(widths.iter().map(wider).collect::<Vec<_>>()) }
}

fn narrowed(widths: &[usize]) -> Value {
    json!(widths.iter().map(|width| (width / 2).max(1)).collect::<Vec<_>>())
}

/// Built-in sources draw as many as they are asked for; files hold no more than they hold, so that a limit is lifted.
fn more_examples(experiment: &Experiment) -> Option<(&'static str, Value)> {
    let source = &experiment.data.source;
    let to = match (source.kind.drawn_by_default(), source.examples) {
        (Some(default), examples) => {
            let examples = examples.unwrap_or(default);
            json!(examples * if examples < 5000 { 4 } else { 2 })
        }
        (None, Some(_)) => Value::Null,
        (None, None) => return None,
    };
    Some(("data.examples", to))
}

/// To three significant digits: 0.00030000000000000003 is 0.0003 to a person.
fn rounded(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::experiment::{Model, Source, SourceKind, Target, changes};

    const ALL: &[RemedyKind] = &[
        RemedyKind::LargerNetwork,
        RemedyKind::DeeperNetwork,
        RemedyKind::Convolutions,
        RemedyKind::SmallerNetwork,
        RemedyKind::MoreEpochs,
        RemedyKind::LowerLearningRate,
        RemedyKind::HigherLearningRate,
        RemedyKind::Momentum,
        RemedyKind::Adam,
        RemedyKind::Relu,
        RemedyKind::LeakyRelu,
        RemedyKind::BatchNormalization,
        RemedyKind::ResidualBlocks,
        RemedyKind::Gates,
        RemedyKind::ReduceOnPlateau,
        RemedyKind::ClipGradients,
        RemedyKind::StopEarly,
        RemedyKind::Freeze,
        RemedyKind::LargerBatch,
        RemedyKind::LessDropout,
        RemedyKind::MoreDropout,
        RemedyKind::LessWeightDecay,
        RemedyKind::MoreWeightDecay,
        RemedyKind::MoreExamples,
        RemedyKind::Augment(AugmentKind::Shift),
        RemedyKind::SynthesizeFog,
        RemedyKind::MorePatterns,
        RemedyKind::TargetInTraining,
        RemedyKind::StudyMismatch,
        RemedyKind::LargerDevSet,
        RemedyKind::UseBaseline,
        RemedyKind::BalanceClasses,
        RemedyKind::FocalLoss,
        RemedyKind::StudyConfusion,
        RemedyKind::RemoveDuplicates,
        RemedyKind::CheckLabels,
        RemedyKind::HalfTheData,
        RemedyKind::Search,
        RemedyKind::FurtherTask,
    ];

    fn experiments() -> Vec<Experiment> {
        let mut sgd = Experiment::default();
        sgd.model.kind = ModelKind::Mlp;
        sgd.model.activation = Activation::Tanh;
        sgd.model.dropout = 0.5;
        sgd.train.optimizer = Optimizer::Sgd;
        sgd.train.weight_decay = 0.001;
        sgd.train.learning_rate = 0.003;
        let mut target = Experiment::default();
        let foggy = Source { variant: Some("foggy".into()), ..Source::default() };
        target.data.target = Some(Target { source: foggy, share_in_train: 0.0 });
        target.data.source.examples = Some(700);
        target.data.synthesize =
            vec![Synthesize { kind: SynthesizeKind::Fog, path: None, patterns: 3, probability: 0.5, amount: 0.6 }];
        let model = Model { kind: ModelKind::Rnn, cell: Cell::Rnn, ..Model::default() };
        let rnn = Experiment { model, ..Experiment::default() };
        let mut transferred = Experiment::default();
        transferred.model.start_from = Some("digits-1".into());
        let mut lights = Experiment::default();
        lights.data.source.kind = SourceKind::Lights;
        vec![Experiment::default(), sgd, target, rnn, transferred, lights]
    }

    #[test]
    fn a_remedy_changes_one_parameter_and_its_child_is_a_valid_experiment() {
        let mut offered = std::collections::BTreeSet::new();
        for experiment in experiments() {
            for remedy in offer(ALL, Some(&experiment)) {
                offered.insert(remedy.id.clone());
                let Some(change) = &remedy.change else { continue };
                let child = child("parent-1", &experiment, change).unwrap();
                assert_eq!(child.parent.as_deref(), Some("parent-1"));
                assert_eq!(changes(&experiment, &child), std::slice::from_ref(change), "{}", remedy.id);
            }
        }
        let missing: Vec<_> = ALL.iter().map(|kind| kind.id()).filter(|id| !offered.contains(*id)).collect();
        assert_eq!(missing, [""; 0], "no experiment here shows them");
    }

    #[test]
    fn what_does_not_fit_is_not_offered() {
        let plain = Experiment::default();
        let ids = |experiment: Option<&Experiment>| {
            offer(ALL, experiment).into_iter().map(|remedy| remedy.id).collect::<Vec<_>>()
        };
        let offered = ids(Some(&plain));
        for id in ["convolutions", "adam", "relu", "less-dropout", "less-weight-decay", "target-in-training"] {
            assert!(!offered.iter().any(|offered| offered == id), "{id}");
        }
        assert_eq!(ids(None).len(), ALL.len() - 4, "as advice all but the rarest stand");
    }

    #[test]
    fn a_rate_far_off_goes_straight_to_what_is_usual() {
        for (optimizer, rate, lower, higher) in [
            (Optimizer::Adam, 0.5, 0.001, 1.5),
            (Optimizer::Adam, 0.01, 0.001, 0.03),
            (Optimizer::Adam, 0.00001, 0.000_001, 0.001),
            (Optimizer::Adam, 0.0003, 0.00003, 0.0009),
            (Optimizer::Momentum, 1.0, 0.01, 3.0),
            (Optimizer::Sgd, 0.001, 0.0001, 0.03),
        ] {
            let train = Train { optimizer, learning_rate: rate, ..Train::default() };
            assert_eq!((lower_rate(&train), higher_rate(&train)), (lower, higher), "{optimizer:?} {rate}");
        }
    }

    #[test]
    fn steps_are_worked_out_for_the_experiment() {
        let change = |kind: RemedyKind, experiment: &Experiment| {
            kind.remedy(Some(experiment)).and_then(|remedy| remedy.change).map(|change| change.to_string())
        };
        let mut experiment = Experiment::default();
        experiment.model.kind = ModelKind::Mlp;
        experiment.model.hidden = vec![6];
        experiment.data.source.examples = Some(1000);
        for (kind, wanted) in [
            (RemedyKind::LargerNetwork, "model.hidden: [6] → [48]"),
            (RemedyKind::LowerLearningRate, "train.learning_rate: 0.001 → 0.0001"),
            (RemedyKind::HigherLearningRate, "train.learning_rate: 0.001 → 0.003"),
            (RemedyKind::MoreExamples, "data.examples: 1000 → 4000"),
            (RemedyKind::MoreDropout, "model.dropout: 0.0 → 0.3"),
            (RemedyKind::Augment(AugmentKind::Shift), "data.augment: none → [{ kind = \"shift\", probability = 0.5 }]"),
        ] {
            assert_eq!(change(kind, &experiment).as_deref(), Some(wanted));
        }
    }
}
