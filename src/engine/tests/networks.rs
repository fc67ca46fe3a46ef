//! Networks of every make learn, are the same on any number of threads, and resume to the bit.

use super::*;
use crate::domain::experiment::{Cell, Normalization, Pooling};

/// Sequences of two tones: class 0 has the high one first, class 1 the low one first, class 2 only the high one; when
/// they come varies. What is in them does not tell 0 from 1: only the order does.
pub(super) fn melodies(count: usize) -> Arc<Prepared> {
    const STEPS: usize = 9;
    const BANDS: usize = 3;
    let mut generator = stream(9, Purpose::Sample);
    let mut values = vec![0u8; count * STEPS * BANDS];
    let mut labels = Vec::new();
    for sequence in values.chunks_exact_mut(STEPS * BANDS) {
        let class = generator.gen_range(0..3u32);
        sequence.fill_with(|| generator.gen_range(0..50));
        let (first, second) = (generator.gen_range(0..4), generator.gen_range(5..STEPS));
        let (high, low) = match class {
            0 => (first, Some(second)),
            1 => (second, Some(first)),
            _ => (generator.gen_range(0..STEPS), None),
        };
        sequence[high * BANDS] = 250;
        if let Some(low) = low {
            sequence[low * BANDS + 2] = 250;
        }
        labels.push(class);
    }
    let examples: Vec<u32> = (0..count as u32).collect();
    let (train, dev) = examples.split_at(count * 8 / 10);
    let sets = Sets { train: train.to_vec(), dev: dev.to_vec(), ..Sets::default() };
    let classes = ["falls", "rises", "high"].map(String::from).to_vec();
    let shape = Shape::Sequence { steps: STEPS, features: BANDS };
    Arc::new(Prepared::new(shape, Values::Bytes(values), labels, classes, sets))
}

/// CNNs of every make.
fn cnns() -> Vec<Model> {
    let plain = experiment(ModelKind::Cnn).model;
    let with = |change: &dyn Fn(&mut Model)| {
        let mut model = plain.clone();
        change(&mut model);
        model
    };
    vec![
        with(&|model| model.pooling = Pooling::Average),
        with(&|model| (model.pooling, model.global_pooling) = (Pooling::None, Pooling::Max)),
        with(&|model| model.normalization = Normalization::Batch),
        with(&|model| (model.residual_blocks, model.global_pooling) = (1, Pooling::Average)),
        with(&|model| (model.residual_blocks, model.normalization, model.dropout) = (2, Normalization::Batch, 0.1)),
        Model { kind: ModelKind::Mlp, normalization: Normalization::Batch, ..plain.clone() },
    ]
}

fn rnns() -> Vec<Model> {
    let rnn = Model { kind: ModelKind::Rnn, hidden: vec![], ..Model::default() };
    vec![
        Model { cell: Cell::Gru, units: vec![16], ..rnn.clone() },
        Model { cell: Cell::Lstm, units: vec![16], ..rnn.clone() },
        Model { cell: Cell::Rnn, units: vec![16], ..rnn.clone() },
        Model { cell: Cell::Gru, units: vec![12, 8], dropout: 0.1, hidden: vec![8], ..rnn },
    ]
}

/// Every network, with data for it.
fn all() -> Vec<(Model, Arc<Prepared>)> {
    let (bars, melodies) = (bars(600), melodies(600));
    let cnns = cnns().into_iter().map(|model| (model, bars.clone()));
    cnns.chain(rnns().into_iter().map(|model| (model, melodies.clone()))).collect()
}

#[test]
fn every_make_of_network_learns() {
    for (model, data) in all() {
        let mut experiment = experiment(model.kind);
        experiment.train.epochs = if model.kind == ModelKind::Rnn { 30 } else { 12 };
        experiment.model = model;
        let mut trainer = Trainer::new(&experiment, data).unwrap();
        let losses = finish(&mut trainer);
        assert!(losses.iter().all(|loss| loss.is_finite()));
        let rate = trainer.evaluate(Set::Dev, None).unwrap().result.counts.rate();
        assert!(rate < 0.12, "{:?}: {rate}, loss {:?}", experiment.model, losses.last());
    }
}

#[test]
fn every_make_of_network_has_the_same_bits_on_any_threads_and_after_any_restore() {
    for (model, data) in all() {
        let mut experiment = experiment(model.kind);
        experiment.train.epochs = 1;
        experiment.model = model;
        let mut one = Trainer::new(&experiment, data.clone()).unwrap().on_threads(1).unwrap();
        let mut three = Trainer::new(&experiment, data.clone()).unwrap().on_threads(3).unwrap();
        for step in 0..6 {
            if step % 2 == 1 {
                three = Trainer::restore(&experiment, data.clone(), &bits(&three)).unwrap().on_threads(3).unwrap();
            }
            assert_eq!(one.step().unwrap(), three.step().unwrap(), "{:?}", experiment.model);
        }
        assert_eq!(bits(&one), bits(&three), "{:?}", experiment.model);
        let all = |trainer: &Trainer| trainer.evaluate(Set::Dev, None).unwrap();
        assert_eq!(all(&one), all(&three));
    }
}

#[test]
fn memory_does_not_grow_in_any_network() {
    for (model, data) in all() {
        let mut experiment = experiment(model.kind);
        experiment.model = model;
        let mut trainer = Trainer::new(&experiment, data).unwrap();
        (0..20).for_each(|_| drop(trainer.step().unwrap()));
        let filed = trainer.filed();
        (0..40).for_each(|_| drop(trainer.step().unwrap()));
        trainer.set("train.batch_size", &json!(20)).unwrap();
        (0..40).for_each(|_| drop(trainer.step().unwrap()));
        assert_eq!(trainer.filed()[0], filed[0], "{:?}", experiment.model);
    }
}

/// In use, a normalization goes by what it saw while it trained, not by its company in the batch.
#[test]
fn a_normalized_network_says_the_same_of_an_example_alone_and_among_others() {
    let mut experiment = experiment(ModelKind::Cnn);
    experiment.model.normalization = Normalization::Batch;
    experiment.train.epochs = 3;
    let mut trainer = Trainer::new(&experiment, bars(300)).unwrap();
    finish(&mut trainer);
    let all = trainer.evaluate(Set::Train, None).unwrap();
    let mut alone = (*bars(300)).clone();
    alone.sets.dev = vec![alone.sets.train[7]];
    let mut restored = Trainer::restore(&experiment, Arc::new(alone), &bits(&trainer)).unwrap();
    let one = restored.evaluate(Set::Dev, None).unwrap();
    for (alone, among) in one.probabilities.iter().zip(&all.probabilities[21..24]) {
        assert!((alone - among).abs() < 1e-5, "{one:?}");
    }
    assert!(restored.step().is_ok());
}

#[test]
fn units_that_are_never_on_are_counted() {
    let data = bars(200);
    let mut trainer = Trainer::new(&experiment(ModelKind::Mlp), data).unwrap();
    // The first six of twenty hidden units get a bias that nothing can overcome.
    let mut weights = trainer.weights();
    weights[64 * 20..64 * 20 + 6].fill(-1e6);
    trainer.set_weights(&weights);
    let dead = trainer.evaluate(Set::Train, None).unwrap().dead;
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].0, "dense1");
    assert!((0.3..0.45).contains(&dead[0].1), "{dead:?}");
    trainer.step().unwrap();
    let norms = trainer.gradient_norms();
    let names: Vec<&str> = norms.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["dense1", "output"]);
    assert!(norms.iter().all(|(_, norm)| *norm > 0.0));
    let phases = trainer.take_phases();
    assert!(phases.data > 0.0 && phases.forward > 0.0 && phases.backward > 0.0 && phases.update > 0.0, "{phases:?}");
    assert_eq!(trainer.take_phases().total(), 0.0);
}
