//! Every key of an experiment file in one table: what it is, what it may be, how a form steps it, whether it can change
//! while a run trains. Messages, validation, the dashboard's form and the README's reference are made from it.

/// One key of an experiment file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Field {
    /// Dotted path; `[]` stands for the place in a list of tables.
    pub key: &'static str,
    /// What values it takes.
    pub kind: Kind,
    /// What the key does when it is absent, in words; shown in forms and in the reference.
    pub default: &'static str,
    /// Whether a run takes up a new value while it trains.
    pub live: bool,
    /// What it means, in a sentence without a full stop.
    pub doc: &'static str,
}

/// What values a key takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Text.
    Text,
    /// A path, relative to the experiment's file.
    Path,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A whole number from `min` to `max`.
    Whole {
        /// Smallest.
        min: u64,
        /// Largest.
        max: u64,
        /// How a form steps it.
        step: Step,
    },
    /// A number within a range.
    Real {
        /// The range.
        range: Range,
        /// How a form steps it.
        step: Step,
    },
    /// A list of whole numbers from 1 to `max`.
    Wholes {
        /// Largest element.
        max: u64,
    },
    /// A rate, or a table of `errors` and `of`.
    HumanError,
}

/// A range of real numbers; the ends may or may not belong to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// Lower end.
    pub low: f64,
    /// Whether `low` itself is allowed.
    pub low_allowed: bool,
    /// Upper end.
    pub high: f64,
    /// Whether `high` itself is allowed.
    pub high_allowed: bool,
}

impl Range {
    /// From `low` to `high`, both allowed.
    pub const fn closed(low: f64, high: f64) -> Self {
        Self { low, low_allowed: true, high, high_allowed: true }
    }

    /// From `low`, allowed, up to `high`, not allowed.
    pub const fn below(low: f64, high: f64) -> Self {
        Self { low, low_allowed: true, high, high_allowed: false }
    }

    /// Above `low` up to `high`, allowed.
    pub const fn above(low: f64, high: f64) -> Self {
        Self { low, low_allowed: false, high, high_allowed: true }
    }

    /// Whether `value` lies in the range; NaN never does.
    pub fn contains(&self, value: f64) -> bool {
        (value > self.low || (self.low_allowed && value == self.low))
            && (value < self.high || (self.high_allowed && value == self.high))
    }
}

impl std::fmt::Display for Range {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let low = if self.low_allowed { "from" } else { "above" };
        let high = if self.high_allowed { "to" } else { "below" };
        write!(f, "{low} {} {high} {}", self.low, self.high)
    }
}

/// How a form steps a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// Along 1, 2, 5, 10, 20, …: for rates and sizes whose order of magnitude matters.
    Decade,
    /// By doubling and halving.
    Double,
    /// By adding and subtracting so much.
    Add(f64),
}

/// The words that `data.source` and `data.target.source` take.
pub const SOURCES: &[&str] = &["digits", "lights", "tones", "kangaroos", "idx", "cifar", "folder", "csv", "npy"];

const SHARE: Kind = Kind::Real { range: Range::closed(0.0, 1.0), step: Step::Add(0.05) };
const SIDE: Kind = Kind::Whole { min: 1, max: 1024, step: Step::Double };
const FIT: Kind = Kind::Choice(&["crop", "pad", "stretch"]);
const COLOR: Kind = Kind::Choice(&["gray", "color"]);
const POOLING: Kind = Kind::Choice(&["none", "max", "average"]);
const LOSSES: &[&str] = &["cross-entropy", "focal", "binary-cross-entropy", "mean-squared-error", "huber"];
const EXAMPLES: Kind = Kind::Whole { min: 1, max: 1_000_000_000, step: Step::Double };

/// The table. Order is the order of forms and of the reference.
pub const FIELDS: &[Field] = &[
    field("name", Kind::Text, "the file's name", "what people call it"),
    field("parent", Kind::Text, "none", "the experiment or run that this is a variation of"),
    field("notes", Kind::Text, "empty", "free text"),
    field(
        "seed",
        Kind::Whole { min: 0, max: i64::MAX as u64, step: Step::Add(1.0) },
        "1",
        "seeds split, shuffling, initialization, augmentation and dropout; the same seed gives the same run",
    ),
    field(
        "task.human_error",
        Kind::HumanError,
        "unknown",
        "human error as a rate (0.002), or as measured ({ errors = 3, of = 200 })",
    ),
    field(
        "task.tolerance",
        Kind::Real { range: Range::above(0.0, 0.5), step: Step::Decade },
        "0.01",
        "a gap between rungs up to this is no problem, as a fraction",
    ),
    field(
        "task.baselines",
        Kind::Choice(&["none", "all"]),
        "all",
        "simple methods that are run on the same data beside the first run on them: majority class, nearest centroid, nearest neighbors, logistic regression, random forest",
    ),
    field(
        "task.auxiliary[].target",
        Kind::Text,
        "required",
        "a further task on the same examples; lights: shape, arrow; tones: tempo, speaker; kangaroos: box, points, grazing, marks; cifar (100): coarse; csv: the column (or several, separated by commas); npy: the array",
    ),
    field(
        "task.auxiliary[].loss",
        Kind::Choice(LOSSES),
        "what suits the labels",
        "what is minimized: by default cross-entropy for classes, binary-cross-entropy for marks, mean-squared-error for numbers",
    ),
    field(
        "task.auxiliary[].weight",
        Kind::Real { range: Range::closed(0.0, 1000.0), step: Step::Decade },
        "1",
        "how much its loss counts beside the class's, which counts 1",
    ),
    field(
        "task.auxiliary[].labelled",
        SHARE,
        "1",
        "share of training examples that have this label; the others lack it",
    ),
    field("data.source", Kind::Choice(SOURCES), "digits", "where examples come from"),
    field("data.path", Kind::Path, "none", "file or folder of the source, relative to the experiment's file"),
    field(
        "data.variant",
        Kind::Text,
        "the first",
        "form of a built-in source; digits: clear, foggy; lights: day, night; tones: clear, noisy; kangaroos: day, dusk",
    ),
    field(
        "data.label",
        Kind::Text,
        "csv: the column named label, else the last; npy: by its name",
        "csv: the label column; npy: the label array",
    ),
    field("data.side", SIDE, "32", "folder: side in pixels that pictures are brought to"),
    field("data.fit", FIT, "crop", "folder: how pictures that are not square get there"),
    field("data.color", COLOR, "color, unless all are gray", "folder: whether color is kept"),
    field("data.examples", EXAMPLES, "all; built-in sources: 6000", "take so many, drawn with the seed"),
    field(
        "data.train_share",
        Kind::Real { range: Range::above(0.0, 1.0), step: Step::Double },
        "1",
        "share of the training set that trains, dev and test staying as they are: what would more data bring?",
    ),
    field("data.split.train", SHARE, "0.7 below 100,000 examples, else 0.98", "share of the examples that train"),
    field("data.split.dev", SHARE, "0.15 below 100,000 examples, else 0.01", "share that decisions are made on"),
    field("data.split.test", SHARE, "0.15 below 100,000 examples, else 0.01", "share looked at once, at the end"),
    field(
        "data.target.source",
        Kind::Choice(SOURCES),
        "none: dev and test are of data",
        "source of the distribution that counts",
    ),
    field("data.target.path", Kind::Path, "none", "its file or folder"),
    field("data.target.variant", Kind::Text, "the first", "its form, for a built-in source"),
    field("data.target.label", Kind::Text, "as for data", "csv, npy: its label column or array"),
    field("data.target.side", SIDE, "32", "folder: its side in pixels"),
    field("data.target.fit", FIT, "crop", "folder: how its pictures get there"),
    field("data.target.color", COLOR, "color, unless all are gray", "folder: whether its color is kept"),
    field("data.target.examples", EXAMPLES, "all; built-in sources: 6000", "take so many of it"),
    field(
        "data.target.share_in_train",
        Kind::Real { range: Range::below(0.0, 1.0), step: Step::Add(0.02) },
        "0",
        "share of its examples that trains; the rest is halved into dev and test",
    ),
    field(
        "data.augment[].kind",
        Kind::Choice(&[
            "noise",
            "invert",
            "blur",
            "rotate",
            "shift",
            "shear",
            "flip-horizontal",
            "flip-vertical",
            "crop",
            "brightness",
            "contrast",
            "cutout",
            "mixup",
        ]),
        "required",
        "alteration of training examples, made afresh for each example and epoch",
    ),
    field("data.augment[].probability", SHARE, "0.5", "share of examples that are altered"),
    field(
        "data.augment[].amount",
        Kind::Real { range: Range::closed(0.0, 360.0), step: Step::Decade },
        "the kind's own",
        "largest amount: noise (of the value range) 0.1, blur (pixels) 1, rotate (degrees) 15, shift (of the side) 0.1, shear 0.2, crop (of the side) 0.2, brightness 0.2, contrast 0.4, cutout (of the side) 0.3, mixup (shape of the beta distribution) 0.2",
    ),
    field(
        "data.synthesize[].kind",
        Kind::Choice(&["fog", "rain", "blur", "noise", "pictures"]),
        "required",
        "target-like examples made by laying a pattern over training examples",
    ),
    field("data.synthesize[].path", Kind::Path, "none", "pictures: the folder that holds them"),
    field(
        "data.synthesize[].patterns",
        Kind::Whole { min: 0, max: 1_000_000, step: Step::Double },
        "0",
        "how many different patterns; 0: a fresh one each time (few are learned by heart)",
    ),
    field("data.synthesize[].probability", SHARE, "0.5", "share of training examples that get one"),
    field("data.synthesize[].amount", SHARE, "0.6", "how strong, from 0 to 1"),
    field("model.kind", Kind::Choice(&["mlp", "cnn", "rnn"]), "cnn", "family of the network"),
    field(
        "model.channels",
        Kind::Wholes { max: 4096 },
        "[16, 32]",
        "cnn: channels of each stage: a convolution, then pooling over 2×2",
    ),
    field(
        "model.kernel",
        Kind::Whole { min: 1, max: 31, step: Step::Add(2.0) },
        "3",
        "cnn: side of the kernels, in pixels; odd",
    ),
    field(
        "model.residual_blocks",
        Kind::Whole { min: 0, max: 64, step: Step::Add(1.0) },
        "0",
        "cnn: residual blocks in each stage, between its convolution and its pooling",
    ),
    field("model.pooling", POOLING, "max", "cnn: how each stage halves rows and columns; none: it does not"),
    field(
        "model.global_pooling",
        POOLING,
        "none",
        "cnn: one number for each channel before the fully connected layers; none: all its pixels",
    ),
    field("model.cell", Kind::Choice(&["rnn", "gru", "lstm"]), "gru", "rnn: what a recurrent layer is made of"),
    field("model.units", Kind::Wholes { max: 65_536 }, "[64]", "rnn: units of each recurrent layer"),
    field(
        "model.normalization",
        Kind::Choice(&["none", "batch"]),
        "none",
        "batch normalization after each convolution and fully connected layer but the output",
    ),
    field(
        "model.hidden",
        Kind::Wholes { max: 65_536 },
        "[128]",
        "widths of the fully connected layers before the output",
    ),
    field(
        "model.activation",
        Kind::Choice(&["relu", "leaky-relu", "gelu", "tanh", "sigmoid"]),
        "relu",
        "activation after each layer but the output",
    ),
    live(
        "model.dropout",
        Kind::Real { range: Range::below(0.0, 1.0), step: Step::Add(0.1) },
        "0",
        "share of hidden activations dropped while training",
    ),
    field(
        "model.start_from",
        Kind::Text,
        "none",
        "weights to begin with: a run of this project, or a safetensors file; layers are matched by name and shape",
    ),
    field(
        "model.head",
        Kind::Choice(&["keep", "new"]),
        "keep",
        "with start_from: whether the output layers begin with its weights too, or anew",
    ),
    field(
        "model.freeze",
        Kind::Whole { min: 0, max: 1000, step: Step::Add(1.0) },
        "0",
        "so many layers, counted from the data, keep the weights they begin with",
    ),
    field("train.loss", Kind::Choice(LOSSES), "cross-entropy", "what is minimized"),
    field(
        "train.focal_gamma",
        Kind::Real { range: Range::closed(0.0, 10.0), step: Step::Add(0.5) },
        "2",
        "focal: how much less the examples count that the network is sure of; 0: cross-entropy",
    ),
    field(
        "train.huber_delta",
        Kind::Real { range: Range::above(0.0, 1000.0), step: Step::Decade },
        "1",
        "huber: up to this difference it is squared, beyond it counts as it is",
    ),
    field(
        "train.label_smoothing",
        Kind::Real { range: Range::below(0.0, 1.0), step: Step::Add(0.05) },
        "0",
        "cross-entropy: share of certainty that is spread over all classes",
    ),
    field(
        "train.class_weights",
        Kind::Choice(&["none", "balanced"]),
        "none",
        "balanced: an example counts the more, the rarer its class is in the training set",
    ),
    field(
        "train.optimizer",
        Kind::Choice(&["sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"]),
        "adam",
        "rule by which weights follow gradients",
    ),
    live(
        "train.learning_rate",
        Kind::Real { range: Range::above(0.0, 1000.0), step: Step::Decade },
        "0.001",
        "step size",
    ),
    live(
        "train.schedule",
        Kind::Choice(&["constant", "step", "cosine", "plateau"]),
        "constant",
        "how the step size goes on: it stays, falls by a factor every so many epochs, along a cosine to nothing, or by a factor when the dev loss falls no more",
    ),
    live(
        "train.warmup",
        Kind::Real { range: Range::closed(0.0, 1000.0), step: Step::Add(0.5) },
        "0",
        "epochs over which the step size rises from nothing",
    ),
    live(
        "train.decay_every",
        Kind::Real { range: Range::above(0.0, 1_000_000.0), step: Step::Decade },
        "10",
        "step: epochs between two falls of the step size",
    ),
    live(
        "train.decay_factor",
        Kind::Real { range: Range::closed(0.0, 1.0), step: Step::Add(0.1) },
        "0.1",
        "step, plateau: what is left of the step size at each fall",
    ),
    live(
        "train.patience",
        Kind::Whole { min: 0, max: 1_000_000, step: Step::Add(1.0) },
        "3",
        "plateau: epochs without a lower dev loss before the step size falls",
    ),
    live(
        "train.early_stopping",
        Kind::Whole { min: 0, max: 1_000_000, step: Step::Add(5.0) },
        "0",
        "epochs without a lower dev loss after which training ends with the best weights; 0: it goes on",
    ),
    live(
        "train.gradient_clip",
        Kind::Real { range: Range::closed(0.0, 1_000_000.0), step: Step::Decade },
        "0",
        "gradients longer than this are shortened to it; 0: none is",
    ),
    live(
        "train.momentum",
        Kind::Real { range: Range::below(0.0, 1.0), step: Step::Add(0.05) },
        "0.9",
        "momentum, nesterov, rmsprop: share of the last step that is kept",
    ),
    live(
        "train.weight_decay",
        Kind::Real { range: Range::closed(0.0, 100.0), step: Step::Decade },
        "0",
        "L2 penalty; adamw: decoupled from the gradient",
    ),
    live("train.batch_size", Kind::Whole { min: 1, max: 1_000_000, step: Step::Double }, "64", "examples per step"),
    live(
        "train.epochs",
        Kind::Whole { min: 1, max: 1_000_000, step: Step::Double },
        "10",
        "passes over the training set",
    ),
];

const fn field(key: &'static str, kind: Kind, default: &'static str, doc: &'static str) -> Field {
    Field { key, kind, default, live: false, doc }
}

const fn live(key: &'static str, kind: Kind, default: &'static str, doc: &'static str) -> Field {
    Field { key, kind, default, live: true, doc }
}

/// The field of a concrete path such as `data.augment.0.kind` (places in lists as numbers) or `data.augment[].kind`.
pub fn find(path: &str) -> Option<&'static Field> {
    let generic = generic_path(path);
    FIELDS.iter().find(|field| field.key == generic)
}

/// Whether `path` names a table that holds fields: `data`, `data.augment`, `data.augment.0`.
pub fn is_section(path: &str) -> bool {
    let generic = generic_path(path);
    FIELDS.iter().any(|field| {
        field.key.strip_prefix(generic.as_str()).is_some_and(|rest| rest.starts_with('.') || rest.starts_with("[]"))
    })
}

/// Whether `path` names a list of tables: `data.augment`.
pub fn is_list_of_tables(path: &str) -> bool {
    let prefix = format!("{}[].", generic_path(path));
    FIELDS.iter().any(|field| field.key.starts_with(&prefix))
}

/// `data.augment.0.kind` as `data.augment[].kind`.
fn generic_path(path: &str) -> String {
    let mut generic = String::with_capacity(path.len());
    for part in path.split('.') {
        if !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) {
            generic.push_str("[]");
            continue;
        }
        if !generic.is_empty() {
            generic.push('.');
        }
        generic.push_str(part);
    }
    generic
}

/// The known key or section nearest to a mistyped `path`, when one is near enough to be meant.
pub fn nearest(path: &str) -> Option<String> {
    let generic = generic_path(path);
    let (parent, last) = generic.rsplit_once('.').unwrap_or(("", &generic));
    let mut candidates: Vec<String> = FIELDS.iter().map(|field| field.key.to_owned()).collect();
    candidates.extend(
        FIELDS.iter().filter_map(|field| {
            field.key.rsplit_once('.').map(|(section, _)| section.trim_end_matches("[]").to_owned())
        }),
    );
    candidates.sort_unstable();
    candidates.dedup();
    candidates
        .into_iter()
        .map(|candidate| {
            let (section, name) = candidate.rsplit_once('.').unwrap_or(("", &candidate));
            // The right name in the wrong section is as near as a slip of the finger in the right one.
            let section_cost = if section == parent { 0.0 } else { 0.15 };
            (strsim::jaro_winkler(name, last) - section_cost, candidate)
        })
        .filter(|(score, _)| *score > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::experiment::{
        Augment, AugmentKind, Auxiliary, Color, Experiment, Fit, HumanError, Loss, Source, SourceKind, Split,
        Synthesize, SynthesizeKind, Target,
    };

    /// An experiment in which every optional key is present.
    fn full() -> Experiment {
        let source = Source {
            kind: SourceKind::Idx,
            path: Some("p".into()),
            variant: Some("v".into()),
            label: Some("l".into()),
            side: Some(32),
            fit: Some(Fit::Pad),
            color: Some(Color::Gray),
            examples: Some(1),
        };
        let mut experiment = Experiment { parent: Some("p".into()), ..Experiment::default() };
        experiment.task.human_error = Some(HumanError::Rate(0.1));
        experiment.task.auxiliary =
            vec![Auxiliary { target: "t".into(), loss: Some(Loss::Huber), weight: 1.0, labelled: 1.0 }];
        experiment.model.start_from = Some("digits".into());
        experiment.data.source = source.clone();
        experiment.data.split = Some(Split::by_size(10));
        experiment.data.target = Some(Target { source, share_in_train: 0.0 });
        experiment.data.augment = vec![Augment { kind: AugmentKind::Noise, probability: 0.5, amount: Some(0.1) }];
        experiment.data.synthesize = vec![Synthesize {
            kind: SynthesizeKind::Fog,
            path: Some("p".into()),
            patterns: 0,
            probability: 0.5,
            amount: 0.6,
        }];
        experiment
    }

    fn leaves(prefix: &str, value: &toml::Value, out: &mut Vec<String>) {
        let join = |part: &str| if prefix.is_empty() { part.to_owned() } else { format!("{prefix}.{part}") };
        match value {
            toml::Value::Table(table) => table.iter().for_each(|(key, value)| leaves(&join(key), value, out)),
            toml::Value::Array(items) if items.iter().any(toml::Value::is_table) => {
                items.iter().enumerate().for_each(|(i, item)| leaves(&join(&i.to_string()), item, out));
            }
            _ => out.push(generic_path(prefix)),
        }
    }

    #[test]
    fn the_table_and_the_types_name_the_same_keys() {
        let value = toml::Value::try_from(full()).unwrap();
        let mut of_types = Vec::new();
        leaves("", &value, &mut of_types);
        let mut of_table: Vec<String> = FIELDS.iter().map(|field| field.key.to_owned()).collect();
        of_types.sort();
        of_table.sort();
        assert_eq!(of_types, of_table);
    }

    #[test]
    fn nearest_key() {
        for (typed, meant) in [
            ("train.learnign_rate", Some("train.learning_rate")),
            ("learning_rate", Some("train.learning_rate")),
            ("train.lr", Some("train.learning_rate")),
            ("modle", Some("model")),
            ("model.drop_out", Some("model.dropout")),
            ("data.augment.0.knd", Some("data.augment[].kind")),
            ("task.human_eror", Some("task.human_error")),
            ("zzz", None),
        ] {
            assert_eq!(nearest(typed).as_deref(), meant, "{typed}");
        }
    }

    #[test]
    fn sections_and_lists() {
        assert!(is_section("data") && is_section("data.augment") && is_section("data.augment.0"));
        assert!(!is_section("train.epochs") && !is_section("dat"));
        assert!(is_list_of_tables("data.augment") && !is_list_of_tables("data.split"));
    }
}
