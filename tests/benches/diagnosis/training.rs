//! An experiment trained in this process, without files, to the report that the program would show of it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rungs::baseline::{Table, score};
use rungs::data::{Prepared, Set, duplicates, prepare};
use rungs::domain::baseline::BaselineKind;
use rungs::domain::event::{Evaluation, Event, Record, SetSizes, Started};
use rungs::domain::experiment::Experiment;
use rungs::domain::report::{Parts, Report, assemble};
use rungs::domain::run::{RunId, Status, Summary};
use rungs::domain::signs::{LabelSigns, LayerSigns, Signs};
use rungs::domain::tries::Tries;
use rungs::engine::Trainer;

use super::spoil::Spoil;

/// What came of a training.
pub(crate) struct Trained {
    pub(crate) report: Report,
    /// The training loss of each step.
    pub(crate) losses: Vec<f32>,
    /// What the network says of the dev set, and the labels there.
    pub(crate) probabilities: Vec<f32>,
    pub(crate) labels: Vec<u32>,
}

/// Trains on data until the end, or until it cannot go on; with the training loss of each step.
pub(crate) fn trained(experiment: &Experiment, data: Prepared) -> (Trainer, Vec<f32>) {
    let mut trainer = Trainer::new(experiment, Arc::new(data)).unwrap();
    let mut losses = Vec::new();
    while !trainer.position().done {
        let Ok(step) = trainer.step() else {
            losses.push(f32::NAN);
            break;
        };
        losses.push(step.loss);
    }
    (trainer, losses)
}

/// Trains on the experiment's data once `spoil` has done to them what it does.
pub(crate) fn train(experiment: &Experiment, spoil: Spoil) -> Trained {
    let mut data = prepare(experiment, std::path::Path::new(".")).unwrap();
    spoil(&mut data, experiment);
    let (trainer, losses) = trained(experiment, data.clone());
    let position = trainer.position();
    let size = |set: Set| data.sets.of(set).len() as u64;
    let started = Started {
        step: 0,
        steps: position.steps,
        pid: 0,
        host: String::new(),
        version: String::new(),
        classes: data.classes.clone(),
        class_sizes: data.class_sizes(Set::Train),
        sets: SetSizes {
            train: size(Set::Train),
            train_dev: Some(size(Set::TrainDev)).filter(|size| *size > 0),
            dev: size(Set::Dev),
            test: size(Set::Test),
        },
        parameters: trainer.parameters(),
        layers: Vec::new(),
    };
    let classes = data.classes.len();
    let mut events = vec![Event::Started(started)];
    let labels: Vec<u32> = data.sets.dev.iter().map(|example| data.labels[*example as usize]).collect();
    // A network that is not finite any more cannot be evaluated.
    let mut probabilities = Vec::new();
    if let Ok(dev) = trainer.evaluate(Set::Dev, None) {
        let evaluate = |set: Set| trainer.evaluate(set, None).unwrap();
        let train = evaluate(Set::Train);
        events.push(Event::Epoch(Box::new(Evaluation {
            epoch: position.epoch,
            step: position.step,
            train: train.result,
            train_dev: (size(Set::TrainDev) > 0).then(|| evaluate(Set::TrainDev).result),
            dev: dev.result,
            test: Some(evaluate(Set::Test).result),
            confusion: dev.confusion.clone(),
            tasks: Vec::new(),
        })));
        events.push(Event::Signs(Box::new(Signs {
            step: position.step,
            labels: Some(LabelSigns::of(&dev.probabilities, &labels, classes)),
            layers: layers(&trainer, &train.dead),
        })));
        probabilities = dev.probabilities;
    }
    let table = Table::of(&data, experiment.seed);
    let simple =
        BaselineKind::ALL.into_iter().filter_map(|kind| score(kind, &table, experiment.seed, &AtomicBool::new(false)));
    let twins = duplicates(&data).exact;
    let overlaps = twins.iter().map(|twins| Event::Overlap(twins.into()));
    let records: Vec<Record> = events
        .into_iter()
        .chain(simple.map(Event::Baseline))
        .chain(overlaps)
        .map(|event| Record { time: 0.0, event })
        .collect();
    let mut summary = Summary::new(RunId(experiment.name.clone()), experiment.name.clone(), None, position.epochs, 0.0);
    summary.status = Status::Finished;
    let report = assemble(Parts {
        summary,
        experiment: experiment.clone(),
        parent: None,
        records: &records,
        losses: &losses,
        review: None,
        tries: &Tries::default(),
        donor: None,
        elsewhere: None,
    });
    Trained { report, losses, probabilities, labels }
}

/// The layers with what the worker would log of them.
fn layers(trainer: &Trainer, dead: &[(String, f64)]) -> Vec<LayerSigns> {
    let share = |name: &str| dead.iter().find(|(other, _)| other == name).map(|(_, share)| *share);
    let norms = trainer.gradient_norms().into_iter();
    norms.map(|(name, norm)| LayerSigns { dead: share(&name), name, gradient_norm: Some(norm) }).collect()
}
