//! Scalars in TensorBoard's own event format, so that `tensorboard --logdir runs` opens them as they are.
//!
//! An event file is a row of records in TFRecord framing ([`framing`]), each one an `Event` message ([`proto`]). A
//! worker writes a file of its own ([`EventWriter`]); a resumed run gets a new file, whose name sorts after the old
//! ones and whose second record says from which step on the older files do not count any more. [`EventTail`] reads them
//! all, and goes on reading as they grow.

pub(super) mod framing;
mod layout;
mod proto;
mod quick;
mod reader;
mod writer;

pub(super) use reader::{Batch, EventTail};
pub(super) use writer::EventWriter;

/// How every event file's name begins.
const PREFIX: &str = "events.out.tfevents.";

/// The seconds in an event file's name; `None` when it is no event file's.
pub(super) fn seconds_of(name: &str) -> Option<u64> {
    name.strip_prefix(PREFIX)?.split('.').next()?.parse().ok()
}
