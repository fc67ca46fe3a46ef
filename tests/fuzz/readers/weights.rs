//! Weights of networks: checkpoints of a run, and what another network begins with.

use std::path::Path;
use std::sync::Arc;

use rungs::data::{Prepared, Set, Sets, Shape, Values};
use rungs::domain::experiment::{Experiment, parse};
use rungs::engine::Trainer;

use super::runs::with_header_measured;
use super::{Read, said, told};

pub const WORDS: &[&str] = &[
    "\"dtype\":\"F32\"",
    "\"dtype\":\"F64\"",
    "\"shape\":[",
    "\"data_offsets\":[0,",
    "\"__metadata__\"",
    "optimizer.first.",
    "dense1.weight",
    "output.bias",
    "\\\"epoch\\\":",
    "\\\"shown\\\":1",
    "\\\"settings\\\":[[\\\"train.learning_rate\\\",",
    "\\\"patience\\\":{}",
];

/// The network that the checkpoint in the corpus is of, and examples of its shape.
fn network() -> (Experiment, Arc<Prepared>) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    let text = std::fs::read_to_string(corpus.join("experiment/a-run.toml")).unwrap();
    let experiment = parse(&text, "a.toml", "a", &[]).unwrap();
    let sets = Sets { train: (0..8).collect(), dev: vec![8, 9], test: vec![10, 11], train_dev: Vec::new() };
    let values = Values::Floats((0..12 * 2).map(|number| (number % 7) as f32).collect());
    let labels = (0..12).map(|example| example % 3).collect();
    let classes = vec!["fern".to_owned(), "moss".to_owned(), "reed".to_owned()];
    (experiment, Arc::new(Prepared::new(Shape::Vector(2), values, labels, classes, sets)))
}

/// A run goes on from a checkpoint, and says what it has learned and what it will write.
pub fn checkpoint(_: &Path) -> Read {
    let (experiment, data) = network();
    Box::new(move |input| {
        let input = with_header_measured(input);
        told(Trainer::restore(&experiment, Arc::clone(&data), &input).and_then(|mut trainer| {
            let position = trainer.position();
            trainer.step()?;
            assert!(trainer.position().step > position.step || position.step == u64::MAX);
            trainer.evaluate(Set::Dev, None)?;
            trainer.put_back(&input)?;
            trainer.checkpoint()
        }))
    })
}

pub fn weights(_: &Path) -> Read {
    let (experiment, data) = network();
    let mut trainer = Trainer::new(&experiment, data).unwrap();
    Box::new(move |input| {
        let input = with_header_measured(input);
        let put_back = told(trainer.put_back(&input));
        said(trainer.start_from(&input).map(|transfer| format!("{transfer}; {put_back}")))
    })
}
