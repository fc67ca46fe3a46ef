//! What a tag most likely is, by its words: `train/loss`, `Accuracy/val`, `epoch_accuracy` under `validation/`, `val_err1`.

use super::Reading;
use crate::domain::ladder::Place;

/// What a tag can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The mean loss on a set; of the training set, what training minimizes.
    Loss(Place),
    /// The share of a set that is wrong.
    Error(Place),
    /// The step size.
    LearningRate,
    /// The length of the gradient.
    GradientNorm,
}

impl Role {
    /// The set it is of.
    pub fn set(self) -> Option<Place> {
        match self {
            Self::Loss(place) | Self::Error(place) => Some(place),
            Self::LearningRate | Self::GradientNorm => None,
        }
    }

    /// The tag under which this program draws it.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Loss(Place::Train | Place::Human) => "train/loss",
            Self::Loss(Place::TrainDev) => "eval/train_dev_loss",
            Self::Loss(Place::Dev) => "eval/dev_loss",
            Self::Loss(Place::Test) => "eval/test_loss",
            Self::Error(Place::Train | Place::Human) => "eval/train_error",
            Self::Error(Place::TrainDev) => "eval/train_dev_error",
            Self::Error(Place::Dev) => "eval/dev_error",
            Self::Error(Place::Test) => "eval/test_error",
            Self::LearningRate => "train/learning_rate",
            Self::GradientNorm => "train/gradient_norm",
        }
    }

    /// As it is written on screens.
    pub fn words(self) -> &'static str {
        match self {
            Self::Loss(Place::Train | Place::Human) => "train loss",
            Self::Loss(Place::TrainDev) => "train-dev loss",
            Self::Loss(Place::Dev) => "dev loss",
            Self::Loss(Place::Test) => "test loss",
            Self::Error(Place::Train | Place::Human) => "train error",
            Self::Error(Place::TrainDev) => "train-dev error",
            Self::Error(Place::Dev) => "dev error",
            Self::Error(Place::Test) => "test error",
            Self::LearningRate => "learning rate",
            Self::GradientNorm => "gradient norm",
        }
    }
}

/// What a tag most likely is; `None`: nothing of a ladder.
pub(super) fn role(tag: &str) -> Option<(Role, Reading)> {
    let words = words(tag);
    let has = |any: &[&str]| words.iter().any(|word| any.contains(&word.trim_end_matches(char::is_numeric)));
    // Its own subject, or a part of the loss, is not the loss.
    if has(&[
        "f",
        "auc",
        "precision",
        "recall",
        "map",
        "miou",
        "perplexity",
        "std",
        "min",
        "max",
        "class",
        "classes",
        "iterations",
    ]) || words.iter().any(|word| matches!(word.as_str(), "top5" | "acc5" | "err5" | "5"))
    {
        return None;
    }
    if has(&["lr"]) || (has(&["learning"]) && has(&["rate"])) {
        return Some((Role::LearningRate, Reading::AsItIs));
    }
    if has(&["grad", "gradient"]) && has(&["norm"]) {
        return Some((Role::GradientNorm, Reading::AsItIs));
    }
    let train = has(&["train", "training"]);
    let dev = has(&["val", "valid", "validation", "dev", "eval", "evaluation"]);
    let place = match (train, dev, has(&["test", "testing"])) {
        (true, true, _) => Place::TrainDev,
        (_, true, _) => Place::Dev,
        (_, _, true) => Place::Test,
        // What names no set is what training itself logs.
        _ => Place::Train,
    };
    if has(&["loss", "nll", "objective", "cost", "crossentropy"]) || (has(&["cross"]) && has(&["entropy"])) {
        return Some((Role::Loss(place), Reading::AsItIs));
    }
    // The error of one batch, as Lightning logs it beside that of the epoch, is no rung.
    if words.last().is_some_and(|word| word == "step") {
        return None;
    }
    if has(&["acc", "accuracy", "top"]) {
        return Some((Role::Error(place), Reading::Accuracy { percent: false, sure: false }));
    }
    if has(&["err", "error"]) {
        return Some((Role::Error(place), Reading::Error { percent: false, sure: false }));
    }
    None
}

/// The words of a tag in small letters: parted by signs and where a capital follows a small letter.
fn words(tag: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in tag.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && before.is_lowercase()) {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_that_people_use_are_understood() {
        use Place::{Dev, Test, Train, TrainDev};
        let cases: &[(&str, Option<Role>)] = &[
            ("loss", Some(Role::Loss(Train))),
            ("Loss/train", Some(Role::Loss(Train))),
            ("train/loss", Some(Role::Loss(Train))),
            ("train_loss_step", Some(Role::Loss(Train))),
            ("train_acc_step", None),
            ("train_acc_epoch", Some(Role::Error(Train))),
            ("val_error_step", None),
            ("training_loss", Some(Role::Loss(Train))),
            ("train/epoch_loss", Some(Role::Loss(Train))),
            ("validation/epoch_accuracy", Some(Role::Error(Dev))),
            ("validation/evaluation_loss_vs_iterations", None),
            ("val_loss", Some(Role::Loss(Dev))),
            ("valid_err", Some(Role::Error(Dev))),
            ("eval/accuracy", Some(Role::Error(Dev))),
            ("Accuracy/test", Some(Role::Error(Test))),
            ("testAcc", Some(Role::Error(Test))),
            ("test_error_rate", Some(Role::Error(Test))),
            ("train_dev/error", Some(Role::Error(TrainDev))),
            ("val_acc1", Some(Role::Error(Dev))),
            ("train/top1", Some(Role::Error(Train))),
            ("lr-Adam", Some(Role::LearningRate)),
            ("train/learning_rate", Some(Role::LearningRate)),
            ("train/grad_norm", Some(Role::GradientNorm)),
            ("val_f1", None),
            ("val_acc5", None),
            ("val/precision", None),
            ("epoch", None),
            ("hp_metric", None),
            ("images/s", None),
            ("", None),
            ("🙂", None),
        ];
        for (tag, expected) in cases {
            assert_eq!(role(tag).map(|(role, _)| role), *expected, "{tag}");
        }
    }
}
