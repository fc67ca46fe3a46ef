//! The process that runs an engine into a store, and the supervisor that starts and watches such processes.
pub mod launch;
