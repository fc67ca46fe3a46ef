//! An experiment trained in this process, without files, to the report that the program would show of it.

use std::sync::Arc;

use rungs::data::{Set, prepare};
use rungs::domain::event::{Evaluation, Event, Record, SetSizes, Started};
use rungs::domain::experiment::Experiment;
use rungs::domain::report::{Report, assemble};
use rungs::domain::run::{RunId, Status, Summary};
use rungs::engine::Trainer;

/// The report at the end, and the training loss of each step.
pub(crate) fn train(experiment: &Experiment) -> (Report, Vec<f32>) {
    let data = Arc::new(prepare(experiment, std::path::Path::new(".")).unwrap());
    let mut trainer = Trainer::new(experiment, Arc::clone(&data)).unwrap();
    let mut losses = Vec::new();
    while !trainer.position().done {
        let Ok(step) = trainer.step() else {
            losses.push(f32::NAN);
            break;
        };
        losses.push(step.loss);
    }
    let position = trainer.position();
    let size = |set: Set| data.sets.of(set).len() as u64;
    let started = Started {
        step: 0,
        steps: position.steps,
        pid: 0,
        host: String::new(),
        version: String::new(),
        classes: data.classes.clone(),
        sets: SetSizes {
            train: size(Set::Train),
            train_dev: Some(size(Set::TrainDev)).filter(|size| *size > 0),
            dev: size(Set::Dev),
            test: size(Set::Test),
        },
        parameters: trainer.parameters(),
        layers: Vec::new(),
    };
    let evaluate = |set: Set| trainer.evaluate(set, None).unwrap();
    let dev = evaluate(Set::Dev);
    let evaluation = Evaluation {
        epoch: position.epoch,
        step: position.step,
        train: evaluate(Set::Train).result,
        train_dev: (size(Set::TrainDev) > 0).then(|| evaluate(Set::TrainDev).result),
        dev: dev.result,
        test: Some(evaluate(Set::Test).result),
        confusion: dev.confusion,
        tasks: Vec::new(),
    };
    let records =
        [Event::Started(started), Event::Epoch(Box::new(evaluation))].map(|event| Record { time: 0.0, event });
    let mut summary = Summary::new(RunId(experiment.name.clone()), experiment.name.clone(), None, position.epochs, 0.0);
    summary.status = Status::Finished;
    (assemble(summary, experiment.clone(), None, &records, &losses), losses)
}
