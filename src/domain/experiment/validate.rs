//! What a single key cannot know: settings that contradict each other.

use super::{Experiment, Loss, ModelKind, Source, SourceKind, Synthesize, SynthesizeKind};

/// Settings that contradict each other, said of the key that is easiest to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The key.
    pub key: String,
    /// What is wrong.
    pub problem: String,
    /// What would be right.
    pub remedy: String,
}

/// Checks an experiment whose single values are already known to be in range.
///
/// # Errors
/// The first contradiction found.
pub fn validate(experiment: &Experiment) -> Result<(), Fault> {
    let fault = |key: &str, problem: String, remedy: &str| {
        Err(Fault { key: key.to_owned(), problem, remedy: remedy.to_owned() })
    };
    if let Some(split) = experiment.data.split {
        let sum = split.train + split.dev + split.test;
        if (sum - 1.0).abs() > 1e-6 {
            let sum = (sum * 1e6).round() / 1e6;
            return fault(
                "data.split.train",
                format!("train, dev and test add up to {sum}"),
                "they have to add up to 1",
            );
        }
        if split.train <= 0.0 || split.dev <= 0.0 {
            let key = if split.train <= 0.0 { "data.split.train" } else { "data.split.dev" };
            return fault(key, "the set would be empty".into(), "give it a share above 0");
        }
    }
    source("data", &experiment.data.source)?;
    further(experiment, "data", experiment.data.source.kind)?;
    if let Some(target) = &experiment.data.target {
        source("data.target", &target.source)?;
        further(experiment, "data.target", target.source.kind)?;
        if distribution(&target.source) == distribution(&experiment.data.source) {
            return fault(
                "data.target.source",
                "the target is the distribution that data has already, so a train-dev set would tell nothing that dev \
                 does not"
                    .into(),
                "leave [data.target] out, or give it another source, path or variant",
            );
        }
    }
    let lacks_path = |one: &Synthesize| one.kind == SynthesizeKind::Pictures && one.path.is_none();
    if let Some(place) = experiment.data.synthesize.iter().position(lacks_path) {
        let problem = "pictures need a path".to_owned();
        return fault(&format!("data.synthesize.{place}.path"), problem, "name the folder that holds them");
    }
    if experiment.model.kind == ModelKind::Cnn && experiment.model.kernel.is_multiple_of(2) {
        let kernel = experiment.model.kernel;
        let remedy = format!("an odd kernel has a middle, {} or {} would do", kernel - 1, kernel + 1);
        return fault("model.kernel", format!("{kernel} is even"), &remedy);
    }
    if experiment.train.loss == Loss::Focal && experiment.train.label_smoothing > 0.0 {
        let problem = "labels are smoothed under train.loss = \"cross-entropy\" alone".to_owned();
        return fault("train.label_smoothing", problem, "set it to 0, or take the other loss");
    }
    Ok(())
}

/// What two sources have in common when they draw from one distribution.
fn distribution(source: &Source) -> (SourceKind, Option<&str>, Option<&str>) {
    let default = source.kind.variants().first().copied();
    (source.kind, source.path.as_deref(), source.variant.as_deref().or(default))
}

/// Whether a source has what the further tasks learn, as far as its file need not be asked.
fn further(experiment: &Experiment, section: &str, kind: SourceKind) -> Result<(), Fault> {
    let Some(there) = kind.further() else { return Ok(()) };
    let lacking = experiment.task.auxiliary.iter().position(|task| !there.contains(&task.target.as_str()));
    let Some(place) = lacking else { return Ok(()) };
    let target = &experiment.task.auxiliary[place].target;
    Err(Fault {
        key: format!("task.auxiliary.{place}.target"),
        problem: format!("{section} has no labels \"{target}\""),
        remedy: match there {
            [] => format!("{} has none beside the class: leave [[task.auxiliary]] out", kind.word()),
            there => format!("{} has {}", kind.word(), there.join(", ")),
        },
    })
}

fn source(section: &str, source: &Source) -> Result<(), Fault> {
    let key = |name: &str| format!("{section}.{name}");
    let kind = source.kind;
    let variants = kind.variants();
    if !variants.is_empty() {
        let Some(other) = source.variant.as_deref().filter(|variant| !variants.contains(variant)) else {
            return Ok(());
        };
        return Err(Fault {
            key: key("variant"),
            problem: format!("{} have no variant \"{other}\"", kind.word()),
            remedy: format!("choose one of {}", variants.join(", ")),
        });
    }
    if source.path.is_some() {
        return Ok(());
    }
    let (what, remedy) = match kind {
        SourceKind::Cifar => ("a cifar source", "name the folder that holds data_batch_1.bin or train.bin"),
        SourceKind::Folder => ("a folder source", "name the folder that holds a folder of pictures per class"),
        SourceKind::Csv => ("a csv source", "name the file"),
        SourceKind::Npy => ("an npy source", "name a .npz file, a .npy file or a folder of .npy files"),
        _ => ("an idx source", "name the folder that holds train-images-idx3-ubyte and the like"),
    };
    Err(Fault { key: key("path"), problem: format!("{what} needs a path"), remedy: remedy.to_owned() })
}
