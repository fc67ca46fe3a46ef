//! Several tasks on one trunk, labels that are missing, examples that are mixed.

use super::*;
use crate::data::{ABSENT, Auxiliary as Loaded, Labels};
use crate::domain::experiment::{Auxiliary, SourceKind};

/// Bars with further labels: whether one lies and whether one stands (marks), how many there are (a class), how light
/// the picture is (a number).
fn labelled(count: usize) -> Prepared {
    let mut data = (*bars(count)).clone();
    let Values::Bytes(values) = &data.values else { panic!("bars are bytes") };
    let light: Vec<f32> = values.chunks_exact(64).map(|p| p.iter().map(|v| f32::from(*v)).sum()).collect();
    let marks = data.labels.iter().flat_map(|class| [f32::from(*class != 1), f32::from(*class != 0)]).collect();
    let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    data.auxiliary = vec![
        Loaded { name: "bars".into(), labels: Labels::Marks { names: named(&["lies", "stands"]), of: marks } },
        Loaded {
            name: "number".into(),
            labels: Labels::Classes {
                names: named(&["one", "two"]),
                of: data.labels.iter().map(|class| u32::from(*class == 2)).collect(),
            },
        },
        Loaded { name: "light".into(), labels: Labels::Numbers { names: named(&["sum"]), of: light } },
    ];
    data
}

fn several(kind: ModelKind, weight: f64) -> Experiment {
    let mut experiment = experiment(kind);
    // Of files only they themselves know what labels they have.
    (experiment.data.source.kind, experiment.data.source.path) = (SourceKind::Npy, Some("some.npz".into()));
    let task = |target: &str, loss| Auxiliary { target: target.into(), loss, weight, labelled: 1.0 };
    experiment.task.auxiliary =
        vec![task("bars", None), task("number", Some(Loss::Focal)), task("light", Some(Loss::Huber))];
    experiment
}

#[test]
fn heads_of_every_kind_learn_on_one_trunk() {
    let data = Arc::new(labelled(600));
    let mut experiment = several(ModelKind::Cnn, 1.0);
    experiment.train.epochs = 15;
    let mut trainer = Trainer::new(&experiment, data.clone()).unwrap();
    assert_eq!(trainer.tasks(), ["class", "bars", "number", "light"]);
    let before = trainer.evaluate(Set::Dev, None).unwrap();
    let first = trainer.step().unwrap();
    assert_eq!(first.losses.len(), 4);
    assert!((first.losses.iter().sum::<f32>() - first.loss).abs() < 1e-5);
    finish(&mut trainer);
    let after = trainer.evaluate(Set::Dev, None).unwrap();
    assert!(after.result.counts.rate() < 0.1, "{:?}", after.result);
    let [marks, number, light] = &after.tasks[..] else { panic!("{:?}", after.tasks) };
    assert_eq!((marks.known, number.known, light.known), (180, 90, 90));
    assert!(marks.error < 0.1 && number.error < 0.1, "{after:?}");
    assert!(light.is_distance && light.error < 0.5 * before.tasks[2].error, "{light:?} {:?}", before.tasks[2]);
    let layers = trainer.layers();
    assert!(layers.iter().any(|layer| layer.starts_with("output-light: fully connected: 20 → 1")), "{layers:?}");
    // And it goes on from a checkpoint to the bit.
    let mut restored = Trainer::restore(&experiment, data, &bits(&trainer)).unwrap();
    assert_eq!(restored.step().unwrap(), trainer.step().unwrap());
}

#[test]
fn a_task_that_counts_nothing_changes_nothing_for_the_class() {
    let data = Arc::new(labelled(200));
    let alone = Trainer::new(&experiment(ModelKind::Mlp), data.clone()).unwrap();
    let beside = Trainer::new(&several(ModelKind::Mlp, 0.0), data).unwrap();
    let trunk = 64 * 20 + 20 + 20 * 3 + 3;
    let weights = |mut trainer: Trainer| {
        finish(&mut trainer);
        trainer.weights()[..trunk].to_vec()
    };
    assert_eq!(weights(alone), weights(beside));
}

#[test]
fn labels_that_are_missing_neither_count_nor_teach() {
    let mut some = labelled(300);
    // Of the number of bars only a third is known; of the marks every other, of the light none at all.
    if let Labels::Classes { of, .. } = &mut some.auxiliary[1].labels {
        of.iter_mut().enumerate().filter(|(place, _)| place % 3 != 0).for_each(|(_, label)| *label = ABSENT);
    }
    if let Labels::Marks { of, .. } = &mut some.auxiliary[0].labels {
        of.iter_mut().step_by(2).for_each(|mark| *mark = f32::NAN);
    }
    if let Labels::Numbers { of, .. } = &mut some.auxiliary[2].labels {
        of.fill(f32::NAN);
    }
    let mut trainer = Trainer::new(&several(ModelKind::Mlp, 1.0), Arc::new(some)).unwrap();
    let losses = finish(&mut trainer);
    assert!(losses.iter().all(|loss| loss.is_finite()));
    let found = trainer.evaluate(Set::Dev, None).unwrap().tasks;
    assert_eq!((found[0].known, found[1].known, found[2].known), (45, 15, 0));
    assert_eq!((found[2].loss, found[2].error), (0.0, 0.0));
}

#[test]
fn labels_that_a_loss_does_not_go_with_are_told() {
    let mut experiment = several(ModelKind::Mlp, 1.0);
    experiment.task.auxiliary[2].loss = Some(Loss::CrossEntropy);
    let error = Trainer::new(&experiment, Arc::new(labelled(60))).unwrap_err();
    assert!(error.to_string().contains("task.auxiliary.2.loss") && error.fault() == Fault::Input, "{error}");
    let error = Trainer::new(&several(ModelKind::Mlp, 1.0), bars(60)).unwrap_err();
    assert!(error.to_string().contains("no labels for the task \"bars\""), "{error}");
}
