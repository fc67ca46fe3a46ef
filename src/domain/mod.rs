//! What rungs thinks: experiments, ladders, diagnoses. Pure: no clock, no I/O, no terminal, no tensors, and nothing of
//! the other parts is imported here.

pub mod control;
pub mod event;
pub mod experiment;
pub mod ladder;
pub mod run;
