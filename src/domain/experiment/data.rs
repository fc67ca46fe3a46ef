//! What a network learns from: the keys under `[data]`.

use serde::{Deserialize, Serialize};

/// What a network learns from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Data {
    /// Where the examples come from.
    #[serde(flatten)]
    pub source: Source,
    /// The share of the training set that trains; dev and test stay as they are.
    pub train_share: f64,
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

impl Default for Data {
    fn default() -> Self {
        Self {
            source: Source::default(),
            train_share: 1.0,
            split: None,
            target: None,
            augment: Vec::new(),
            synthesize: Vec::new(),
        }
    }
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
    /// Which form of a built-in source ([`SourceKind::variants`]).
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
    /// Traffic lights painted by the program: 32×32 in color; red, orange (rare) and green.
    Lights,
    /// Spoken words made by the program: spectra in 50 steps of 20 bands, ten classes.
    Tones,
    /// Scenes painted by the program: 48×48 in color, with a kangaroo that faces left or right, or without.
    Kangaroos,
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
            Self::Digits | Self::Lights | Self::Kangaroos | Self::Idx | Self::Cifar | Self::Folder => true,
            // Arrays may be either; only their file tells.
            Self::Csv | Self::Npy | Self::Tones => false,
        }
    }

    /// How many examples it draws when none are asked for; `None` for files, which hold what they hold.
    pub fn drawn_by_default(self) -> Option<usize> {
        match self {
            Self::Digits | Self::Lights | Self::Tones | Self::Kangaroos => Some(6000),
            Self::Idx | Self::Cifar | Self::Folder | Self::Csv | Self::Npy => None,
        }
    }

    /// The forms of a built-in source, the default one first; none for files.
    pub fn variants(self) -> &'static [&'static str] {
        match self {
            Self::Digits => &["clear", "foggy"],
            Self::Lights => &["day", "night"],
            Self::Tones => &["clear", "noisy"],
            Self::Kangaroos => &["day", "dusk"],
            Self::Idx | Self::Cifar | Self::Folder | Self::Csv | Self::Npy => &[],
        }
    }

    /// What further tasks can learn of it, by name; `None` where only the file tells.
    pub fn further(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Digits | Self::Idx | Self::Folder => Some(&[]),
            Self::Lights => Some(&["shape", "arrow"]),
            Self::Tones => Some(&["tempo", "speaker"]),
            Self::Kangaroos => Some(&["box", "points", "grazing", "marks"]),
            Self::Cifar | Self::Csv | Self::Npy => None,
        }
    }

    /// As experiment files have it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Digits => "digits",
            Self::Lights => "lights",
            Self::Tones => "tones",
            Self::Kangaroos => "kangaroos",
            Self::Idx => "idx",
            Self::Cifar => "cifar",
            Self::Folder => "folder",
            Self::Csv => "csv",
            Self::Npy => "npy",
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
    /// Blended with another training example, and so are their labels (Zhang et al. 2018); amount: the shape of the beta
    /// distribution that the shares are drawn from: the larger, the more often they are near one half (0.2).
    Mixup,
}

impl AugmentKind {
    /// The amount when the file gives none; 0 for kinds that have none.
    pub fn default_amount(self) -> f64 {
        match self {
            Self::Noise | Self::Shift => 0.1,
            Self::Blur => 1.0,
            Self::Rotate => 15.0,
            Self::Shear | Self::Crop | Self::Brightness | Self::Mixup => 0.2,
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
    /// `pictures`: the folder that holds them, relative to the experiment's file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// How many different patterns there are; 0: a fresh one for each example and epoch.
    #[serde(default)]
    pub patterns: usize,
    /// The share of training examples that get one.
    #[serde(default = "Synthesize::default_probability")]
    pub probability: f64,
    /// How strong, from 0 (not at all) to 1 (hardly anything else is seen).
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
    /// Bright streaks before a thin veil.
    Rain,
    /// A camera that was moved, and not quite in focus; the pattern is its path.
    Blur,
    /// Grain, a number of its own for each pixel; the pattern is the grain.
    Noise,
    /// Pictures from a folder; the pattern is which, where, and which way round.
    Pictures,
}

impl SynthesizeKind {
    /// The word for it in a sentence.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fog => "fog",
            Self::Rain => "rain",
            Self::Blur => "blur",
            Self::Noise => "noise",
            Self::Pictures => "pictures",
        }
    }
}
