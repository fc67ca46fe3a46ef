//! The engine as the worker meets it: networks learn, runs repeat and resume to the bit, mistakes are told.

mod course;
mod networks;
mod tasks;
mod transfer;

use std::sync::Arc;

use serde_json::{Value, json};

use super::random::{Noise, Purpose, stream};
use super::{EngineError, Trainer};
use crate::data::{Prepared, Set, Sets, Shape, Values};
use crate::domain::event::Fault;
use crate::domain::experiment::change::{Change, with_change};
use crate::domain::experiment::{
    Activation, ClassWeights, Experiment, Loss, Model, ModelKind, Optimizer, Schedule, Train,
};
use rand::Rng;

/// Pictures of bars: class 0 lies, class 1 stands, class 2 is a cross; the place and the brightness vary, with noise.
fn bars(count: usize) -> Arc<Prepared> {
    const SIDE: usize = 8;
    let mut generator = stream(5, Purpose::Sample);
    let mut values = vec![0u8; count * SIDE * SIDE];
    let mut labels = Vec::new();
    for picture in values.chunks_exact_mut(SIDE * SIDE) {
        let class = generator.gen_range(0..3u32);
        let (row, column, light) =
            (generator.gen_range(1..SIDE - 1), generator.gen_range(1..SIDE - 1), generator.gen_range(120..250u8));
        picture.fill_with(|| generator.gen_range(0..60));
        for place in 0..SIDE {
            if class != 1 {
                picture[row * SIDE + place] = light;
            }
            if class != 0 {
                picture[place * SIDE + column] = light;
            }
        }
        labels.push(class);
    }
    let examples: Vec<u32> = (0..count as u32).collect();
    let (train, rest) = examples.split_at(count * 7 / 10);
    let (dev, test) = rest.split_at(rest.len() / 2);
    let sets = Sets { train: train.to_vec(), train_dev: Vec::new(), dev: dev.to_vec(), test: test.to_vec() };
    let classes = ["lies", "stands", "cross"].map(String::from).to_vec();
    let shape = Shape::Image { channels: 1, height: SIDE, width: SIDE };
    Arc::new(Prepared::new(shape, Values::Bytes(values), labels, classes, sets))
}

fn experiment(kind: ModelKind) -> Experiment {
    let model = Model { kind, channels: vec![6, 9], hidden: vec![20], ..Model::default() };
    let train = Train { batch_size: 32, epochs: 6, learning_rate: 0.005, ..Train::default() };
    Experiment { model, train, ..Experiment::default() }
}

fn finish(trainer: &mut Trainer) -> Vec<f32> {
    let mut losses = Vec::new();
    while !trainer.position().done {
        losses.push(trainer.step().unwrap().loss);
    }
    losses
}

#[test]
fn both_kinds_of_network_learn_with_every_activation() {
    let data = bars(600);
    for kind in [ModelKind::Mlp, ModelKind::Cnn] {
        for activation in
            [Activation::Relu, Activation::LeakyRelu, Activation::Gelu, Activation::Tanh, Activation::Sigmoid]
        {
            let mut experiment = experiment(kind);
            experiment.model.activation = activation;
            experiment.train.epochs = if activation == Activation::Sigmoid { 30 } else { 10 };
            let mut trainer = Trainer::new(&experiment, data.clone()).unwrap();
            let before = trainer.evaluate(Set::Dev, None).unwrap();
            let losses = finish(&mut trainer);
            let after = trainer.evaluate(Set::Dev, None).unwrap();
            assert!(losses.iter().all(|loss| loss.is_finite()));
            let rate = after.result.counts.rate();
            assert!(rate < 0.12, "{kind:?} {activation:?}: {rate}, loss {:?}", losses.last());
            assert!(after.result.loss < before.result.loss / 2.0);
            let seen: u64 = after.confusion.iter().flatten().sum();
            assert_eq!(seen, after.result.counts.of);
        }
    }
}

#[test]
fn every_optimizer_learns() {
    let data = bars(400);
    for (optimizer, rate) in [
        (Optimizer::Sgd, 0.1),
        (Optimizer::Momentum, 0.02),
        (Optimizer::Nesterov, 0.02),
        (Optimizer::Rmsprop, 0.0005),
        (Optimizer::Adam, 0.005),
        (Optimizer::Adamw, 0.005),
    ] {
        let mut experiment = experiment(ModelKind::Cnn);
        experiment.train = Train { optimizer, learning_rate: rate, weight_decay: 1e-3, epochs: 8, ..experiment.train };
        let mut trainer = Trainer::new(&experiment, data.clone()).unwrap();
        let losses = finish(&mut trainer);
        let last = losses.last().unwrap();
        assert!(*last < 0.5 * losses[0], "{optimizer:?}: {} to {last}", losses[0]);
    }
}

/// What a trainer would do next, told apart by its bits.
fn bits(trainer: &Trainer) -> Vec<u8> {
    trainer.checkpoint().unwrap()
}

#[test]
fn the_bits_do_not_depend_on_threads() {
    let data = bars(500);
    let mut experiment = experiment(ModelKind::Cnn);
    experiment.model.dropout = 0.3;
    let run = |threads| {
        let mut trainer = Trainer::new(&experiment, data.clone()).unwrap().on_threads(threads).unwrap();
        let losses: Vec<u32> = finish(&mut trainer).iter().map(|loss| loss.to_bits()).collect();
        let dev = trainer.evaluate(Set::Dev, None).unwrap();
        (losses, bits(&trainer), dev)
    };
    let one = run(1);
    assert!(one == run(2) && one == run(3));
}

#[test]
fn a_restored_run_goes_on_to_the_bit_from_any_step() {
    let data = bars(300);
    for optimizer in [Optimizer::Sgd, Optimizer::Nesterov, Optimizer::Rmsprop, Optimizer::Adamw] {
        let mut experiment = experiment(ModelKind::Cnn);
        experiment.model.dropout = 0.2;
        experiment.train = Train { optimizer, epochs: 3, learning_rate: 0.001, ..experiment.train };
        let change = |trainer: &mut Trainer| {
            if trainer.position().step == 4 {
                trainer.set("train.learning_rate", &json!(0.0005)).unwrap();
                trainer.set("train.batch_size", &json!(24)).unwrap();
            }
        };
        let mut undisturbed = Trainer::new(&experiment, data.clone()).unwrap();
        let mut killed = Trainer::new(&experiment, data.clone()).unwrap();
        while !undisturbed.position().done {
            change(&mut undisturbed);
            change(&mut killed);
            // Killed and restored between any two steps.
            killed = Trainer::restore(&experiment, data.clone(), &bits(&killed)).unwrap();
            assert_eq!(killed.position(), undisturbed.position());
            assert_eq!(killed.step().unwrap(), undisturbed.step().unwrap());
        }
        assert!(killed.position().done);
        assert_eq!(bits(&killed), bits(&undisturbed));
    }
}

#[test]
fn seeds_tell_runs_apart() {
    let data = bars(200);
    let losses = |seed| {
        let experiment = Experiment { seed, ..experiment(ModelKind::Mlp) };
        finish(&mut Trainer::new(&experiment, data.clone()).unwrap())
    };
    assert_eq!(losses(1), losses(1));
    assert_ne!(losses(1), losses(2));
}

#[test]
fn positions_count_steps_through_changes() {
    let data = bars(100); // 70 train
    let mut trainer = Trainer::new(&experiment(ModelKind::Mlp), data).unwrap();
    assert_eq!(trainer.position().steps, 6 * 3);
    assert!(!trainer.step().unwrap().epoch_done);
    trainer.step().unwrap();
    let last = trainer.step().unwrap();
    assert!(last.epoch_done && last.examples == 6, "{last:?}");
    assert_eq!((trainer.position().epoch, trainer.position().step), (1, 3));
    assert_eq!(trainer.set("train.batch_size", &json!(1000)).unwrap(), json!(32));
    assert_eq!(trainer.position().steps, 3 + 5);
    let whole = trainer.step().unwrap();
    assert!(whole.epoch_done && whole.examples == 70, "a batch larger than the data is the data: {whole:?}");
    assert_eq!(trainer.set("train.epochs", &json!(2)).unwrap(), json!(6));
    let position = trainer.position();
    assert!(position.done && position.steps == position.step, "{position:?}");
}

#[test]
fn settings_that_are_not_live_or_not_right_are_refused() {
    let mut trainer = Trainer::new(&experiment(ModelKind::Mlp), bars(60)).unwrap();
    let hidden = trainer.set("model.hidden", &json!([3])).unwrap_err();
    assert!(hidden.to_string().contains("cannot change while a run trains") && hidden.fault() == Fault::Input);
    for (key, value, part) in [
        ("train.learning_rate", json!(-1.0), "above 0"),
        ("train.batch_size", json!("many"), "train.batch_size"),
        ("model.dropout", json!(1.0), "below 1"),
    ] {
        let error = trainer.set(key, &value).unwrap_err();
        assert!(error.to_string().contains(part) && error.fault() == Fault::Input, "{error}");
    }
    assert_eq!(trainer.set("train.learning_rate", &json!(0.25)).unwrap(), json!(0.005));
    assert_eq!(trainer.step().unwrap().learning_rate, 0.25);
}

#[test]
fn a_loss_that_is_not_finite_ends_the_run_with_step_and_layer() {
    let mut experiment = experiment(ModelKind::Cnn);
    experiment.model.activation = Activation::LeakyRelu; // a plain ReLU would die before it blows up
    experiment.train = Train { optimizer: Optimizer::Momentum, learning_rate: 1000.0, ..experiment.train };
    let mut trainer = Trainer::new(&experiment, bars(300)).unwrap();
    let error = (0..100).find_map(|_| trainer.step().err()).expect("a rate of 1000 blows up");
    let EngineError::NotFinite { step, layer, .. } = &error else { panic!("{error}") };
    assert_eq!(*step, trainer.position().step + 1);
    assert!(["conv1", "conv2", "dense1", "output"].contains(&layer.as_str()), "{error}");
    assert_eq!(error.fault(), Fault::Run);
}

#[test]
fn odd_data_are_taken_or_told() {
    // One class only: nothing to tell apart, and nothing that breaks.
    let mut one = (*bars(50)).clone();
    one.labels.fill(0);
    one.classes.truncate(1);
    let mut trainer = Trainer::new(&experiment(ModelKind::Cnn), Arc::new(one)).unwrap();
    finish(&mut trainer);
    assert_eq!(trainer.evaluate(Set::Dev, None).unwrap().result.counts.errors, 0);

    // A dev set without examples.
    let mut no_dev = (*bars(50)).clone();
    no_dev.sets.dev.clear();
    let evaluation =
        Trainer::new(&experiment(ModelKind::Mlp), Arc::new(no_dev)).unwrap().evaluate(Set::Dev, None).unwrap();
    assert_eq!((evaluation.result.counts.of, evaluation.result.loss, evaluation.probabilities.len()), (0, 0.0, 0));

    let mut nothing = (*bars(50)).clone();
    nothing.sets.train.clear();
    let error = Trainer::new(&experiment(ModelKind::Mlp), Arc::new(nothing)).unwrap_err();
    assert!(error.to_string().contains("no training examples") && error.fault() == Fault::Input);
}

#[test]
fn color_pictures_and_vectors_are_taken() {
    let numbers: Vec<f32> = (0..40 * 48).map(|place| Noise::of_step(1, 1).at(place) as f32 / u32::MAX as f32).collect();
    let labels: Vec<u32> = (0..40).map(|example| example % 2).collect();
    let sets = Sets { train: (0..30).collect(), dev: (30..40).collect(), ..Sets::default() };
    for (shape, kind) in [
        (Shape::Image { channels: 3, height: 4, width: 4 }, ModelKind::Cnn),
        (Shape::Image { channels: 3, height: 4, width: 4 }, ModelKind::Mlp),
        (Shape::Vector(48), ModelKind::Mlp),
    ] {
        let classes = vec!["a".to_owned(), "b".to_owned()];
        let data = Prepared::new(shape, Values::Floats(numbers.clone()), labels.clone(), classes, sets.clone());
        let mut experiment = experiment(kind);
        experiment.train.epochs = 60;
        let mut trainer = Trainer::new(&experiment, Arc::new(data)).unwrap();
        let losses = finish(&mut trainer);
        assert!(*losses.last().unwrap() < 0.3, "{shape}: chance is learned by heart: {:?}", losses.last());
    }
}

#[test]
fn a_sample_is_evaluated_always_the_same() {
    let trainer = Trainer::new(&experiment(ModelKind::Mlp), bars(300)).unwrap();
    let some = trainer.evaluate(Set::Train, Some(20)).unwrap();
    assert_eq!(some.result.counts.of, 20);
    assert_eq!(some, trainer.evaluate(Set::Train, Some(20)).unwrap());
    let whole = trainer.evaluate(Set::Train, Some(1_000_000)).unwrap();
    assert_eq!((whole.result.counts.of, whole.probabilities.len()), (210, 630));
    for row in whole.probabilities.chunks_exact(3) {
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    }
}

#[test]
fn a_checkpoint_of_another_network_says_what_differs() {
    let data = bars(60);
    let small = Trainer::new(&experiment(ModelKind::Mlp), data.clone()).unwrap();
    let mut wider = experiment(ModelKind::Mlp);
    wider.model.hidden = vec![21];
    let error = Trainer::restore(&wider, data.clone(), &small.checkpoint().unwrap()).unwrap_err();
    assert!(error.to_string().contains("dense1.weight") && error.to_string().contains("[64, 21]"), "{error}");
    assert!(Trainer::restore(&wider, data.clone(), b"not a checkpoint").is_err());
    let mut cut = small.checkpoint().unwrap();
    cut.truncate(cut.len() - 10);
    assert!(Trainer::restore(&experiment(ModelKind::Mlp), data, &cut).is_err());
}

#[test]
fn the_step_size_follows_its_schedule_and_resumes_on_it() {
    let data = bars(200);
    let mut experiment = experiment(ModelKind::Mlp);
    experiment.train = Train { schedule: Schedule::Cosine, warmup: 1.0, ..experiment.train };
    let mut trainer = Trainer::new(&experiment, data.clone()).unwrap();
    let mut rates = Vec::new();
    while !trainer.position().done {
        trainer = Trainer::restore(&experiment, data.clone(), &bits(&trainer)).unwrap();
        rates.push(trainer.step().unwrap().learning_rate);
    }
    let whole = experiment.train.learning_rate;
    assert!(rates[0] < 0.3 * whole && *rates.last().unwrap() < 0.05 * whole, "{rates:?}");
    let highest = rates.iter().copied().fold(0.0, f64::max);
    assert!(highest > 0.95 * whole && highest <= whole, "{rates:?}");
}

#[test]
fn a_long_gradient_is_shortened_and_its_length_told_as_it_was() {
    let data = bars(100);
    let mut experiment = experiment(ModelKind::Cnn);
    experiment.train = Train { optimizer: Optimizer::Sgd, learning_rate: 1.0, ..experiment.train };
    let mut distance = |clip: f64| {
        experiment.train.gradient_clip = clip;
        let mut trainer = Trainer::new(&experiment, data.clone()).unwrap();
        let before = trainer.weights();
        let norm = trainer.step().unwrap().gradient_norm;
        let square: f32 = trainer.weights().iter().zip(before).map(|(after, before)| (after - before).powi(2)).sum();
        (norm, square.sqrt())
    };
    let (norm, moved) = distance(0.0);
    assert!((norm - moved).abs() < 1e-4 * norm, "at a rate of 1, weights move by the gradient: {norm} {moved}");
    let (same, shortened) = distance(0.01);
    assert!((same - norm).abs() < 1e-5 * norm && (shortened - 0.01).abs() < 1e-4, "{same} {shortened}");
    assert!((distance(1000.0).1 - norm).abs() < 1e-4 * norm);
}

#[test]
fn other_objectives_are_learned() {
    // Class 2 is rare, and counts all the same.
    let mut rare = (*bars(900)).clone();
    let labels = rare.labels.clone();
    rare.sets.train.retain(|example| labels[*example as usize] != 2 || example % 12 == 0);
    let data = Arc::new(rare);
    let losses = [
        (Loss::CrossEntropy, 0.1),
        (Loss::Focal, 0.0),
        (Loss::BinaryCrossEntropy, 0.0),
        (Loss::MeanSquaredError, 0.0),
        (Loss::Huber, 0.0),
    ];
    for (loss, label_smoothing) in losses {
        let mut experiment = experiment(ModelKind::Cnn);
        let class_weights = ClassWeights::Balanced;
        experiment.train = Train { loss, label_smoothing, class_weights, epochs: 30, ..experiment.train };
        let mut trainer = Trainer::new(&experiment, data.clone()).unwrap();
        finish(&mut trainer);
        let evaluation = trainer.evaluate(Set::Dev, None).unwrap();
        // What looks at each output by itself is slower: the mean over them all is small.
        let least = if matches!(loss, Loss::CrossEntropy | Loss::Focal) { 0.75 } else { 0.5 };
        let recall = |class: usize| {
            let row = &evaluation.confusion[class];
            row[class] as f64 / row.iter().sum::<u64>() as f64
        };
        assert!((0..3).all(|class| recall(class) > least), "{loss:?}: {:?}", evaluation.confusion);
    }
}

/// dfdx files gradients under tensors; a tensor made anew in every step would leave one behind in every step.
#[test]
fn memory_does_not_grow_with_steps_or_with_changing_batches() {
    let data = bars(200); // 140 train: batches of 32 leave one of 12
    let mut experiment = experiment(ModelKind::Cnn);
    experiment.model.dropout = 0.2;
    let mut trainer = Trainer::new(&experiment, data).unwrap();
    let epoch = |trainer: &mut Trainer| while !trainer.step().unwrap().epoch_done {};
    epoch(&mut trainer);
    trainer.step().unwrap();
    let filed = trainer.filed();
    assert!(filed[0] > 8, "weights and activations have gradients: {filed:?}");
    for batch_size in [32, 20, 50, 32] {
        trainer.set("train.batch_size", &json!(batch_size)).unwrap();
        epoch(&mut trainer);
        epoch(&mut trainer);
    }
    trainer.step().unwrap();
    assert_eq!(trainer.filed()[..2], filed[..2]);
}

/// Recorded by `tests/fixtures/training/make.py` from the real PyTorch.
#[test]
fn losses_and_weights_follow_pytorch_step_by_step() {
    let text = include_str!("../../../tests/fixtures/training/pytorch.json");
    let cases: Vec<Value> = serde_json::from_str(text).unwrap();
    assert!(cases.len() >= 36);
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let numbers = |key: &str| -> Vec<f32> { serde_json::from_value(case[key].clone()).unwrap() };
        let mut experiment = Experiment::default();
        for (key, value) in case["settings"].as_object().unwrap() {
            let change = Change { key: key.clone(), from: Value::Null, to: value.clone() };
            experiment = with_change(&experiment, &change).unwrap();
        }
        let labels: Vec<u32> = serde_json::from_value(case["labels"].clone()).unwrap();
        let shape = match experiment.model.kind {
            ModelKind::Cnn => Shape::Image { channels: 1, height: 8, width: 8 },
            ModelKind::Mlp => Shape::Vector(6),
            ModelKind::Rnn => Shape::Sequence { steps: 7, features: 5 },
        };
        let sets = Sets { train: (0..labels.len() as u32).collect(), ..Sets::default() };
        let classes = ["a", "b", "c"].map(String::from).to_vec();
        let data = Prepared::new(shape, Values::Floats(numbers("examples")), labels, classes, sets);
        let mut trainer = Trainer::new(&experiment, Arc::new(data)).unwrap();
        trainer.set_weights(&numbers("first"));
        for (step, theirs) in numbers("losses").into_iter().enumerate() {
            let ours = trainer.step().unwrap().loss;
            assert!((ours - theirs).abs() < 1e-5, "{name}, step {step}: {ours} is not {theirs}");
        }
        for (place, (ours, theirs)) in trainer.weights().into_iter().zip(numbers("last")).enumerate() {
            assert!((ours - theirs).abs() < 5e-5, "{name}, weight {place}: {ours} is not {theirs}");
        }
    }
}
