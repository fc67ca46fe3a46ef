//! A network as people read it.

use super::{Kind, Layer, Plan};
use crate::domain::experiment::{Activation, Cell};
use crate::engine::ops::{Convolution, Dense, GlobalPool, Normalize, Pool, Pooling, Recurrent};

impl Plan {
    /// A line for each layer that does more than pass on: what it is, its sizes, its parameters, whether it is frozen.
    pub(in crate::engine) fn describe(&self) -> Vec<String> {
        let layers = self.trunk.iter().chain(&self.heads);
        layers.filter(|layer| !matches!(layer.kind, Kind::Dropout)).map(|layer| self.line(layer)).collect()
    }

    fn line(&self, layer: &Layer) -> String {
        let owned = &self.parameters[layer.owns.clone()];
        let count: usize = owned.iter().map(super::Parameter::len).sum();
        let counted = match count {
            0 => String::new(),
            _ if owned.iter().all(|parameter| !parameter.learned) => format!(" ({count} parameters, frozen)"),
            _ => format!(" ({count} parameters)"),
        };
        format!("{}: {}{counted}", layer.name, words(&layer.kind))
    }
}

fn words(kind: &Kind) -> String {
    match *kind {
        Kind::Convolution(layer @ Convolution { geometry: g, activation, pooling }) => {
            let (height, width) = layer.output_size();
            let pooled = pooling.map_or_else(String::new, |pooling| format!(", {} of 2×2", of(pooling)));
            format!(
                "convolution {k}×{k}{}{pooled}: {}×{}×{} → {height}×{width}×{}",
                after(activation),
                g.height,
                g.width,
                g.inputs,
                g.outputs,
                k = g.kernel
            )
        }
        Kind::Pool(Pool { height, width, channels, pooling }) => {
            format!("{} of 2×2: {height}×{width}×{channels} → {}×{}×{channels}", of(pooling), height / 2, width / 2)
        }
        Kind::GlobalPool(GlobalPool { pixels, channels, pooling }) => {
            format!("{} of all {pixels} pixels of a channel → {channels}", of(pooling))
        }
        Kind::Normalize(Normalize { channels, activation }) => {
            format!("batch normalization{} of {channels} channels", after(activation))
        }
        Kind::Add { activation, .. } => format!("sum with the block's input{}", after(Some(activation))),
        Kind::Recurrent(Recurrent { cell, steps, inputs, units, all_states }) => {
            let cell = match cell {
                Cell::Rnn => "plain recurrent",
                Cell::Gru => "GRU",
                Cell::Lstm => "LSTM",
            };
            let states = if all_states { "all states" } else { "the last state" };
            format!("{cell}, {states}: {steps} steps of {inputs} → {units}")
        }
        Kind::Dense(Dense { inputs, outputs, activation }) => {
            format!("fully connected{}: {inputs} → {outputs}", after(activation))
        }
        Kind::Dropout => "dropout".to_owned(),
    }
}

fn of(pooling: Pooling) -> &'static str {
    match pooling {
        Pooling::Max => "largest",
        Pooling::Average => "mean",
    }
}

/// `, ReLU`.
fn after(activation: Option<Activation>) -> &'static str {
    match activation {
        None => "",
        Some(Activation::Relu) => ", ReLU",
        Some(Activation::LeakyRelu) => ", leaky ReLU",
        Some(Activation::Gelu) => ", GELU",
        Some(Activation::Tanh) => ", tanh",
        Some(Activation::Sigmoid) => ", sigmoid",
    }
}
