//! Speed of whole training steps, from examples in memory to moved weights: `engine NETWORK THREADS SECONDS` prints
//! examples per second, by the clock and by processor time. `compare.py` runs it beside PyTorch; without arguments it runs every network once, briefly.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark says what it found, or dies")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use rungs::data::{Prepared, Sets, Shape, Values};
use rungs::domain::experiment::{Cell, Experiment, Model, ModelKind, Train};
use rungs::engine::Trainer;

const EXAMPLES: u32 = 4096;
const CLASSES: u32 = 10;

struct Network {
    name: &'static str,
    shape: Shape,
    model: fn() -> Model,
    batch_size: usize,
}

const NETWORKS: &[Network] = &[
    Network {
        name: "mlp",
        shape: Shape::Image { channels: 1, height: 28, width: 28 },
        model: || Model { kind: ModelKind::Mlp, hidden: vec![256, 128], ..Model::default() },
        batch_size: 128,
    },
    Network {
        name: "cnn",
        shape: Shape::Image { channels: 1, height: 28, width: 28 },
        model: || Model { channels: vec![16, 32], hidden: vec![128], ..Model::default() },
        batch_size: 64,
    },
    Network {
        name: "large-cnn",
        shape: Shape::Image { channels: 3, height: 32, width: 32 },
        model: || Model { channels: vec![64, 128], hidden: vec![128], ..Model::default() },
        batch_size: 64,
    },
    Network {
        name: "gru",
        shape: Shape::Sequence { steps: 50, features: 20 },
        model: || Model { kind: ModelKind::Rnn, cell: Cell::Gru, units: vec![128], hidden: vec![], ..Model::default() },
        batch_size: 64,
    },
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match &arguments[..] {
        [name, threads, seconds] => {
            let network = NETWORKS.iter().find(|network| network.name == name).unwrap();
            let speed = speed(network, threads.parse().unwrap(), Duration::from_secs_f64(seconds.parse().unwrap()));
            println!("{:.1} {:.1}", speed.0, speed.1);
        }
        _ => {
            for network in NETWORKS {
                let (speed, _) = speed(network, 1, Duration::from_secs(1));
                println!("{}: {speed:.0} examples/s on one thread", network.name);
            }
        }
    }
}

/// Examples per second over whole steps, after a short warm-up: by the clock, and by processor time, which tells more
/// where other programs run.
fn speed(network: &Network, threads: usize, duration: Duration) -> (f64, f64) {
    let train = Train { batch_size: network.batch_size, epochs: 1_000_000, ..Train::default() };
    let experiment = Experiment { model: (network.model)(), train, ..Experiment::default() };
    let mut trainer = Trainer::new(&experiment, data(network.shape)).unwrap().on_threads(threads).unwrap();
    for _ in 0..10 {
        trainer.step().unwrap();
    }
    let (begin, processor) = (Instant::now(), processor_time());
    let mut examples = 0;
    while begin.elapsed() < duration {
        examples += trainer.step().unwrap().examples;
    }
    let per = |time: Duration| examples as f64 / time.as_secs_f64();
    (per(begin.elapsed()), per(processor_time().saturating_sub(processor)))
}

/// Processor time that this process has used on all its threads.
fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

/// Noise with labels that do not depend on it: what is learned does not matter here.
fn data(shape: Shape) -> Arc<Prepared> {
    let mut state = 1u32;
    let numbers = (0..EXAMPLES as usize * shape.len())
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect();
    let labels = (0..EXAMPLES).map(|example| example % CLASSES).collect();
    let classes = (0..CLASSES).map(|class| class.to_string()).collect();
    let sets = Sets { train: (0..EXAMPLES).collect(), ..Sets::default() };
    Arc::new(Prepared::new(shape, Values::Bytes(numbers), labels, classes, sets))
}
