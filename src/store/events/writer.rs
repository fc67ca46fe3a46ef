//! One worker's event file. Scalars are collected in memory and written when the worker says so.

use std::fs;
use std::path::Path;

use prost::Message;

use super::proto::{Content, Event, SessionLog, Summary, Value, What};
use super::{PREFIX, framing, seconds_of};
use crate::store::StoreError;
use crate::store::files::Appender;
use crate::store::host::{hostname, pid};

/// An event file under way.
#[derive(Debug)]
pub(in crate::store) struct EventWriter {
    file: Appender,
    /// The last values written: the next ones are written into their place, so that no step allocates.
    summary: Summary,
}

impl EventWriter {
    /// Begins a file in `directory` at time `now`, after `step` steps: what older files say of later steps does not
    /// count any more. Its name sorts after theirs, whatever the clock says.
    ///
    /// # Errors
    /// The directory cannot be read or written to.
    pub(in crate::store) fn begin(directory: &Path, now: f64, step: u64) -> Result<Self, StoreError> {
        let entries = fs::read_dir(directory).map_err(StoreError::io(directory, "be read"))?;
        let newest = entries.flatten().filter_map(|entry| seconds_of(&entry.file_name().to_string_lossy())).max();
        let seconds = (now.max(0.0) as u64).max(newest.map_or(0, |newest| newest.saturating_add(1)));
        let name = format!("{PREFIX}{seconds:010}.{}.{}.0", hostname(), pid());
        let mut writer = Self { file: Appender::create(&directory.join(name))?, summary: Summary::default() };
        writer.event(0, now, What::FileVersion("brain.Event:2".to_owned()));
        // TensorBoard drops what it holds from this step on.
        writer.event(step + 1, now, What::SessionLog(SessionLog { status: SessionLog::START }));
        Ok(writer)
    }

    /// Adds values at `step`. Nothing is written before [`Self::flush`].
    pub(in crate::store) fn scalars(&mut self, step: u64, now: f64, values: &[(&str, f32)]) {
        let mut summary = std::mem::take(&mut self.summary);
        summary.value.resize_with(values.len(), Value::default);
        for (slot, (tag, value)) in summary.value.iter_mut().zip(values) {
            if slot.tag != *tag {
                (*tag).clone_into(&mut slot.tag);
            }
            slot.content = Some(Content::SimpleValue(*value));
        }
        if let Some(What::Summary(summary)) = self.event(step, now, What::Summary(summary)) {
            self.summary = summary;
        }
    }

    fn event(&mut self, step: u64, now: f64, what: What) -> Option<What> {
        let event = Event { wall_time: now, step: step as i64, what: Some(what) };
        framing::append(self.file.pending(), |out| event.encode_raw(out));
        event.what
    }

    /// Bytes that wait.
    pub(in crate::store) fn waiting(&mut self) -> usize {
        self.file.pending().len()
    }

    /// Hands all that was added to the system.
    ///
    /// # Errors
    /// The system refuses; what it did not take is kept for the next call.
    pub(in crate::store) fn flush(&mut self) -> Result<(), StoreError> {
        self.file.flush()
    }

    /// As [`Self::flush`], and makes it survive a power cut.
    ///
    /// # Errors
    /// The system refuses.
    pub(in crate::store) fn sync(&mut self) -> Result<(), StoreError> {
        self.file.flush()?;
        self.file.sync()
    }
}
