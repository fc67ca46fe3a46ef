//! Networks that begin with another one's weights, and layers that stay as they begin.

use super::*;
use crate::domain::experiment::{Head, Normalization};

fn trained() -> (Arc<Prepared>, Experiment, Vec<u8>) {
    let data = bars(400);
    let mut experiment = experiment(ModelKind::Cnn);
    experiment.model.normalization = Normalization::Batch;
    let mut trainer = Trainer::new(&experiment, data.clone()).unwrap();
    finish(&mut trainer);
    let checkpoint = bits(&trainer);
    (data, experiment, checkpoint)
}

#[test]
fn what_was_learned_is_there_from_the_start() {
    let (data, experiment, checkpoint) = trained();
    let mut next = Trainer::new(&experiment, data.clone()).unwrap();
    let transfer = next.start_from(&checkpoint).unwrap();
    assert_eq!(transfer.fresh, []);
    assert_eq!(transfer.taken, ["conv1", "conv1-norm", "conv2", "conv2-norm", "dense1", "dense1-norm", "output"]);
    let restored = Trainer::restore(&experiment, data, &checkpoint).unwrap();
    assert_eq!(next.evaluate(Set::Dev, None).unwrap(), restored.evaluate(Set::Dev, None).unwrap());
    assert_eq!(next.position().step, 0, "weights are taken, not where the other stood");
}

#[test]
fn layers_are_matched_by_name_and_shape() {
    let (data, mut experiment, checkpoint) = trained();
    experiment.model.hidden = vec![30];
    experiment.model.head = Head::New;
    let mut next = Trainer::new(&experiment, data.clone()).unwrap();
    let transfer = next.start_from(&checkpoint).unwrap();
    assert_eq!(transfer.taken, ["conv1", "conv1-norm", "conv2", "conv2-norm"]);
    let text = transfer.to_string();
    for part in ["dense1 begins anew: dense1.weight is [36, 20], here [36, 30]", "output begins anew: model.head"] {
        assert!(text.contains(part), "{text}");
    }
    experiment.model.kind = ModelKind::Mlp;
    experiment.model.hidden = vec![5];
    let mut mlp = Trainer::new(&experiment, data.clone()).unwrap();
    let error = mlp.start_from(&checkpoint).unwrap_err();
    assert!(error.to_string().contains("no layer") && error.to_string().contains("conv1.weight"), "{error}");
    assert!(mlp.start_from(b"nonsense").unwrap_err().to_string().contains("no safetensors file"));
}

#[test]
fn frozen_layers_stay_and_the_others_learn() {
    let (data, mut experiment, checkpoint) = trained();
    experiment.model.freeze = 2;
    experiment.train.weight_decay = 0.01;
    for head in [Head::Keep, Head::New] {
        experiment.model.head = head;
        let mut trainer = Trainer::new(&experiment, data.clone()).unwrap();
        trainer.start_from(&checkpoint).unwrap();
        let before = trainer.weights();
        let filed_before = trainer.parameters();
        finish(&mut trainer);
        let after = trainer.weights();
        // conv1, conv1-norm, conv2, conv2-norm: weights, biases and statistics.
        let frozen = 9 * 6 + 6 + 4 * 6 + 9 * 6 * 9 + 9 + 4 * 9;
        assert_eq!(before[..frozen], after[..frozen]);
        assert!(before[frozen..].iter().zip(&after[frozen..]).any(|(before, after)| before != after));
        assert_eq!(filed_before as usize, 36 * 20 + 2 * 20 + 20 * 3 + 3);
        assert!(trainer.layers()[0].ends_with("frozen)"), "{:?}", trainer.layers());
        let names: Vec<String> = trainer.gradient_norms().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["dense1", "dense1-norm", "output"]);
        let restored = Trainer::restore(&experiment, data.clone(), &bits(&trainer)).unwrap();
        assert_eq!(restored.weights(), trainer.weights());
    }
}

/// Gradients of frozen layers are not worked out: nothing is on file for them.
#[test]
fn frozen_layers_cost_no_gradients() {
    let (data, mut experiment, _) = trained();
    let filed = |experiment: &Experiment| {
        let mut trainer = Trainer::new(experiment, data.clone()).unwrap();
        trainer.step().unwrap();
        trainer.filed()[0]
    };
    let all = filed(&experiment);
    experiment.model.freeze = 3;
    // Of the output layer: its weights, bias, input's place and results, and the loss.
    assert!(filed(&experiment) <= 5 && all > 15, "{all} {}", filed(&experiment));
}

#[test]
fn a_layer_that_would_be_frozen_as_drawn_is_told() {
    let (data, mut experiment, checkpoint) = trained();
    experiment.model.channels = vec![6, 12];
    experiment.model.freeze = 2;
    let error = Trainer::new(&experiment, data).unwrap().start_from(&checkpoint).unwrap_err();
    assert!(error.to_string().contains("conv2 would be frozen as it is drawn"), "{error}");
    assert_eq!(error.fault(), Fault::Input);
}
