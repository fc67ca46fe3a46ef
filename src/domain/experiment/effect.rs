//! Which settings have an effect on the experiment at hand. Keys that the others leave without one are kept in the file,
//! so that a change of one parameter stays a change of one; but who looks at an experiment need not read them first.

use super::{Experiment, Loss, ModelKind, Optimizer, Schedule, SourceKind};

/// Whether the value of `key` can make a difference to the run as the other settings are. A key that is not described
/// here always can.
pub fn matters(experiment: &Experiment, key: &str) -> bool {
    let Experiment { data, model, train, .. } = experiment;
    let is_cnn = model.kind == ModelKind::Cnn && !model.channels.is_empty();
    let has_inner_layers = is_cnn || !model.hidden.is_empty();
    match key {
        "model.kernel" | "model.residual_blocks" | "model.pooling" | "model.global_pooling" => is_cnn,
        "model.channels" => model.kind == ModelKind::Cnn,
        "model.cell" | "model.units" => model.kind == ModelKind::Rnn,
        "model.normalization" | "model.activation" => has_inner_layers,
        "model.dropout" => has_inner_layers || model.kind == ModelKind::Rnn,
        "model.head" => model.start_from.is_some(),
        "model.freeze" => model.start_from.is_some() || model.freeze > 0,
        "train.focal_gamma" => has_loss(experiment, Loss::Focal),
        "train.huber_delta" => has_loss(experiment, Loss::Huber),
        // What labels a further task has is for the data to say; those that are classes have this loss by default.
        "train.label_smoothing" => {
            has_loss(experiment, Loss::CrossEntropy) || experiment.task.auxiliary.iter().any(|task| task.loss.is_none())
        }
        "train.decay_every" => train.schedule == Schedule::Step,
        "train.decay_factor" => matches!(train.schedule, Schedule::Step | Schedule::Plateau),
        "train.patience" => train.schedule == Schedule::Plateau,
        "train.momentum" => {
            matches!(train.optimizer, Optimizer::Momentum | Optimizer::Nesterov | Optimizer::Rmsprop)
        }
        _ => match (key.strip_prefix("data.target."), key.strip_prefix("data.")) {
            (Some(key), _) => data.target.as_ref().is_some_and(|target| is_of_source(target.source.kind, key)),
            (None, Some(key)) => is_of_source(data.source.kind, key),
            (None, None) => true,
        },
    }
}

fn has_loss(experiment: &Experiment, loss: Loss) -> bool {
    experiment.train.loss == loss || experiment.task.auxiliary.iter().any(|task| task.loss == Some(loss))
}

/// Whether a source of this kind looks at a key of its section.
fn is_of_source(kind: SourceKind, key: &str) -> bool {
    let is_built_in = kind.drawn_by_default().is_some();
    match key {
        "path" => !is_built_in,
        "variant" => is_built_in,
        "label" => matches!(kind, SourceKind::Csv | SourceKind::Npy),
        "side" | "fit" | "color" => kind == SourceKind::Folder,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::experiment::change::parameters;
    use crate::domain::experiment::{parse, schema};

    fn experiment(text: &str) -> Experiment {
        parse(text, "test", "test", &[]).unwrap()
    }

    #[test]
    fn settings_matter_by_what_the_others_say() {
        let cnn = "";
        let mlp = "[model]\nkind = \"mlp\"";
        let linear = "[model]\nkind = \"mlp\"\nhidden = []";
        let rnn = "[model]\nkind = \"rnn\"\nhidden = []";
        let transfer = "[model]\nstart_from = \"digits-1\"";
        let frozen = "[model]\nfreeze = 1";
        let plateau = "[train]\nschedule = \"plateau\"\noptimizer = \"nesterov\"";
        let step = "[train]\nschedule = \"step\"\nloss = \"huber\"";
        let tasks = "[data]\nsource = \"lights\"\n[train]\nloss = \"mean-squared-error\"\n[[task.auxiliary]]\ntarget = \"shape\"\nloss = \"focal\"";
        let unsaid = "[data]\nsource = \"lights\"\n[train]\nloss = \"mean-squared-error\"\n[[task.auxiliary]]\ntarget = \"shape\"";
        let csv = "[data]\nsource = \"csv\"\npath = \"a.csv\"\n[data.target]\nsource = \"folder\"\npath = \"b\"";
        for (text, key, expected) in [
            (cnn, "model.channels", true),
            (cnn, "model.pooling", true),
            (cnn, "model.units", false),
            (cnn, "model.head", false),
            (cnn, "model.freeze", false),
            (cnn, "model.dropout", true),
            (cnn, "train.patience", false),
            (cnn, "train.decay_factor", false),
            (cnn, "train.momentum", false),
            (cnn, "train.huber_delta", false),
            (cnn, "train.focal_gamma", false),
            (cnn, "train.label_smoothing", true),
            (cnn, "train.learning_rate", true),
            (cnn, "data.variant", true),
            (cnn, "data.path", false),
            (cnn, "data.augment", true),
            (cnn, "data.target.path", false),
            (cnn, "seed", true),
            (mlp, "model.channels", false),
            (mlp, "model.kernel", false),
            (mlp, "model.activation", true),
            (linear, "model.hidden", true),
            (linear, "model.activation", false),
            (linear, "model.dropout", false),
            (rnn, "model.cell", true),
            (rnn, "model.normalization", false),
            (rnn, "model.dropout", true),
            (transfer, "model.head", true),
            (transfer, "model.freeze", true),
            (frozen, "model.freeze", true),
            (plateau, "train.patience", true),
            (plateau, "train.decay_factor", true),
            (plateau, "train.decay_every", false),
            (plateau, "train.momentum", true),
            (step, "train.decay_every", true),
            (step, "train.patience", false),
            (step, "train.huber_delta", true),
            (step, "train.label_smoothing", false),
            (tasks, "train.focal_gamma", true),
            (tasks, "train.label_smoothing", false),
            (unsaid, "train.label_smoothing", true),
            (csv, "data.label", true),
            (csv, "data.variant", false),
            (csv, "data.side", false),
            (csv, "data.target.side", true),
            (csv, "data.target.label", false),
            (csv, "data.target.share_in_train", true),
        ] {
            assert_eq!(matters(&experiment(text), key), expected, "{key} with\n{text}");
        }
    }

    #[test]
    fn every_key_that_is_described_is_one_of_the_schema() {
        // The source of this file names them.
        let arms = include_str!("effect.rs").split("#[cfg(test)]").next().unwrap();
        let named: Vec<&str> =
            arms.split('"').filter(|text| text.starts_with("model.") || text.starts_with("train.")).collect();
        assert!(named.len() > 15);
        for key in named {
            assert!(schema::find(key).is_some(), "{key}");
        }
    }

    #[test]
    fn a_plain_experiment_says_little_in_vain() {
        let plain = experiment("");
        let vain: Vec<String> =
            parameters(&plain).into_iter().map(|(key, _)| key).filter(|key| !matters(&plain, key)).collect();
        assert_eq!(
            vain,
            [
                "model.cell",
                "model.units",
                "model.head",
                "model.freeze",
                "train.focal_gamma",
                "train.huber_delta",
                "train.decay_every",
                "train.decay_factor",
                "train.patience",
                "train.momentum",
            ]
        );
    }
}
