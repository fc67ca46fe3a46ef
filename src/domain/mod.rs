//! What rungs thinks: experiments, ladders, diagnoses. Pure: no clock, no I/O, no terminal, no tensors, and nothing of
//! the other parts is imported here.

pub mod annotation;
pub mod baseline;
pub mod comparison;
pub mod confusion;
pub mod control;
pub mod convergence;
pub mod diagnosis;
pub mod duplicates;
pub mod elsewhere;
pub mod event;
pub mod experiment;
pub mod export;
pub mod family;
pub mod filter;
pub mod history;
pub mod interval;
pub mod label_errors;
pub mod ladder;
pub mod learning_curve;
pub mod mistakes;
pub mod overview;
pub mod queue;
pub mod random;
pub mod rate;
pub mod remedy;
pub mod report;
pub mod review;
pub mod run;
pub mod search;
pub mod series;
pub mod signs;
pub mod text;
pub mod thumbnail;
pub mod tries;
