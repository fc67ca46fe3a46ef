//! How far the terminal is with what was sent to it. Pure: time comes in.
//!
//! Between here and the person's eyes lie buffers that nobody can look into: the pseudo-terminal's, those of SSH, of TCP, of
//! a modem. So the terminal itself is asked: behind each frame goes the question "are you well?" (`CSI 5 n`), which every
//! terminal answers when it comes to it, after all that stood before. As long as more is unanswered than a slow line
//! carries in a moment no further frame is drawn: there is never a queue of stale ones.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// What is asked behind a frame.
pub const QUESTION: &str = "\x1b[5n";

/// So many bytes may be under way and another frame still go out: a quarter of a second on a line of 4 KiB/s. Keys that are
/// pressed quickly are then seen one by one even where an answer takes long.
const UNDER_WAY: usize = 1024;
/// An answer that has not come after so long is lost.
const PATIENCE: Duration = Duration::from_secs(10);
/// A terminal that has never answered is not waited for so long,
const FIRST: Duration = Duration::from_millis(700);
/// and after this not asked any more.
const MUTE: Duration = Duration::from_secs(6);

/// What is under way.
#[derive(Debug, Default)]
pub struct Flow {
    /// Bytes of each frame that was not answered, and when it went out.
    frames: VecDeque<(usize, Instant)>,
    /// When the first question went out.
    first: Option<Instant>,
    has_answered: bool,
    is_mute: bool,
}

impl Flow {
    /// Of a terminal that answers, as far as anybody knows.
    pub fn new(asks: bool) -> Self {
        Self { is_mute: !asks, ..Self::default() }
    }

    /// Whether the next frame is to have the question behind it.
    pub fn asks(&self) -> bool {
        !self.is_mute
    }

    /// A frame, with the question, has gone out.
    pub fn sent(&mut self, bytes: usize, now: Instant) {
        if self.is_mute {
            return;
        }
        let first = *self.first.get_or_insert(now);
        if !self.has_answered && now.duration_since(first) > MUTE {
            self.is_mute = true;
            self.frames.clear();
            return;
        }
        self.frames.push_back((bytes, now));
    }

    /// The terminal has answered: it is through with the oldest frame.
    pub fn answered(&mut self) {
        (self.has_answered, self.is_mute) = (true, false);
        self.frames.pop_front();
    }

    /// Whether nothing is under way that will be answered.
    pub fn is_settled(&self) -> bool {
        self.frames.is_empty()
    }

    /// From when on another frame may go out, if no answer comes.
    pub fn open_from(&self) -> Option<Instant> {
        let patience = if self.has_answered { PATIENCE } else { FIRST };
        let mut under_way: usize = self.frames.iter().map(|(bytes, _)| bytes).sum();
        let mut from = None;
        for (bytes, when) in &self.frames {
            if under_way < UNDER_WAY {
                break;
            }
            under_way -= bytes;
            from = Some(*when + patience);
        }
        from
    }

    /// Forgets frames whose answers are lost.
    pub fn forget_lost(&mut self, now: Instant) {
        while self.frames.front().is_some_and(|(_, when)| now.duration_since(*when) >= PATIENCE) {
            self.frames.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answering() -> (Flow, Instant) {
        let (mut flow, now) = (Flow::new(true), Instant::now());
        flow.sent(10, now);
        flow.answered();
        (flow, now)
    }

    #[test]
    fn no_frame_goes_out_while_much_is_under_way() {
        let (mut flow, now) = answering();
        assert_eq!(flow.open_from(), None);
        flow.sent(800, now);
        assert_eq!(flow.open_from(), None, "little is under way");
        flow.sent(800, now);
        assert_eq!(flow.open_from(), Some(now + PATIENCE));
        flow.answered();
        assert_eq!(flow.open_from(), None, "the first is through");
        assert!(!flow.is_settled());
        flow.answered();
        assert!(flow.is_settled());
    }

    #[test]
    fn an_answer_that_is_lost_is_not_waited_for_forever() {
        let (mut flow, now) = answering();
        flow.sent(9000, now);
        flow.sent(9000, now + PATIENCE / 2);
        flow.forget_lost(now + PATIENCE);
        assert_eq!(flow.open_from(), Some(now + PATIENCE / 2 + PATIENCE));
    }

    #[test]
    fn a_terminal_that_never_answers_is_not_asked_for_long() {
        let (mut flow, now) = (Flow::new(true), Instant::now());
        flow.sent(9000, now);
        assert_eq!(flow.open_from(), Some(now + FIRST));
        flow.sent(9000, now + MUTE + FIRST);
        assert!(!flow.asks() && flow.is_settled() && flow.open_from().is_none());
        flow.answered();
        assert!(flow.asks(), "it was only slow");
        assert!(!Flow::new(false).asks());
    }
}
