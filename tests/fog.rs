//! The article's warning on synthesis, for real: a network that has seen few fog patterns knows those by heart and fails
//! in fresh fog, though it has seen as many foggy examples.

#![allow(clippy::unwrap_used, reason = "a test says what it found by panicking")]

use std::path::Path;
use std::sync::Arc;

use rungs::data::{self, Set};
use rungs::domain::experiment::{Override, parse};
use rungs::engine::Trainer;

/// Error in fresh fog after training on clear digits with so many patterns of fog laid over all of them; 0: fresh ones.
fn error_in_fog(patterns: usize) -> f64 {
    let text = format!(
        "[data]\nexamples = 2000\n[data.target]\nvariant = \"foggy\"\nexamples = 4000\n[[data.synthesize]]\n\
         kind = \"fog\"\nprobability = 1.0\namount = 0.7\npatterns = {patterns}\n\
         [model]\nchannels = [6, 12]\nhidden = [32]\n[train]\nlearning_rate = 0.003\nepochs = 6\nbatch_size = 32"
    );
    let experiment = parse(&text, "fog.toml", "fog", &[] as &[Override]).unwrap();
    let prepared = Arc::new(data::prepare(&experiment, Path::new(".")).unwrap());
    let mut trainer = Trainer::new(&experiment, prepared).unwrap();
    while !trainer.position().done {
        trainer.step().unwrap();
    }
    let counts = trainer.evaluate(Set::Dev, None).unwrap().result.counts;
    counts.errors as f64 / counts.of as f64
}

#[test]
fn one_pattern_is_learned_by_heart_and_fresh_ones_are_not() {
    let (one, fresh) = (error_in_fog(1), error_in_fog(0));
    println!("error in fog after one pattern {one:.3}, after fresh ones {fresh:.3}");
    assert!(one > fresh + 0.08, "one pattern: {one}, fresh ones: {fresh}");
}
