//! What a worker does when the disk is full: it holds still, says so, and goes on when there is room. Nothing that was
//! to be written is lost meanwhile.

use std::time::{Duration, Instant};

use super::WorkerError;
use super::learner::Learner;
use super::session::Session;
use crate::domain::control::Command;
use crate::domain::event::Event;
use crate::domain::run::Status;
use crate::store::{RunWriter, StoreError};

/// Room is looked for so often.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// And whether the system tells the worker to go so often.
const LISTEN_EVERY: Duration = Duration::from_millis(100);

impl<L: Learner> Session<'_, L> {
    /// Waits for room if that is what something failed for; what could not be written then is.
    pub(super) fn room_for(&mut self, done: Result<(), StoreError>) -> Result<(), WorkerError> {
        match done {
            Err(error) if error.is_full() => {
                self.wait_for_room(&error)?;
                self.write(RunWriter::flush)
            }
            done => Ok(done?),
        }
    }

    /// Waits until there is room again.
    ///
    /// # Errors
    /// The system tells the worker to go meanwhile, or a person to stop: there is no room for what stopping writes, so
    /// `error` is what ends it.
    pub(super) fn wait_for_room(&mut self, error: &StoreError) -> Result<(), WorkerError> {
        let message = format!("{error}; training holds still until there is room");
        let (step, now) = (self.step_done(), (self.clock)());
        let status = self.writer.summary().status;
        let paused = (status == Status::Running).then_some(Event::Paused { step, control: None });
        self.writer.summary().error = Some(message.clone());
        // If there is no room even for these words, they wait like everything else.
        let _ = self.writer.last_words(now, std::iter::once(Event::Warning { message }).chain(paused));
        let begin = Instant::now();
        let mut looked = begin;
        loop {
            let stopped = self.early.iter().any(|control| control.command == Command::Stop);
            if self.signals.told_to_go() || stopped {
                return Err(WorkerError::NoRoom(error.to_string()));
            }
            std::thread::sleep(LISTEN_EVERY);
            if looked.elapsed() >= LOOK_EVERY {
                looked = Instant::now();
                self.early.append(&mut self.writer.commands()?);
                match self.writer.set_aside().and_then(|()| self.writer.flush()) {
                    Ok(()) => break,
                    Err(error) if error.is_full() => self.writer.use_reserve(),
                    Err(error) => return Err(error.into()),
                }
            }
        }
        self.disk.held(begin.elapsed());
        self.writer.summary().error = None;
        if status == Status::Running {
            // Should the disk be full again already, the line waits for the next room.
            match self.writer.log((self.clock)(), Event::Resumed { step, control: None }) {
                Err(error) if !error.is_full() => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }
}
