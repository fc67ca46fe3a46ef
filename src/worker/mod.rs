//! The process that runs an engine into a store, and what starts such processes. Knows
//! `domain`, `data`, `engine`, `baseline` and `store`.
//!
//! [`run`](run::run) is a worker's life, which begins with [`loading`]; [`session`] its loop, [`evaluation`] and [`room`]
//! what happens in between, [`beside`] what happens at the same time; [`pace`] decides when and [`disk`] how often the
//! disk is asked, [`history`] knows what an earlier worker left to do. [`launch`] makes runs and starts workers; runs that
//! wait for their turn are put in order by [`queue`] and started by a process of its own, [`drain`].

mod beside;
mod disk;
pub mod drain;
mod error;
mod evaluation;
mod history;
pub mod launch;
mod learner;
mod loading;
mod pace;
pub mod queue;
pub mod rate;
mod room;
pub mod run;
mod session;
mod signals;
#[cfg(test)]
mod tests;
mod usage;

pub use error::WorkerError;
pub use queue::QueueError;
