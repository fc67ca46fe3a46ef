//! When the next frame may be drawn. What a person waits for is drawn at once; what files ask for a few times a second, and
//! so that it comes to few bytes a second on average, for a line over SSH is often slow, or metered: after quiet there is
//! something in hand, so that the first news is shown at once.

use std::time::Duration;

use tokio::time::Instant;

/// Between two frames that a person asks for.
const ASKED: Duration = Duration::from_millis(8);
/// Between two frames that files ask for, where plenty is in hand.
const NEWS: f64 = 0.1;
/// The same in seconds where nothing is in hand, or owed.
const EVEN: f64 = 0.15;
/// What files ask for may take so many bytes a second on average.
const BYTES_PER_SECOND: f64 = 800.0;
/// So much can be in hand after quiet, and so much be owed after a frame in which much has changed.
const MOST: f64 = 3.0 * BYTES_PER_SECOND;
/// But nothing that files ask for waits longer, in seconds.
const LONGEST_WAIT: f64 = 1.5;

/// When the next frame may be drawn.
#[derive(Debug)]
pub(super) struct Pace {
    last: Option<Instant>,
    next: Instant,
    /// Bytes in hand; below zero: that have been sent too early.
    bytes: f64,
    /// When that was so.
    at: Instant,
}

impl Pace {
    /// Nothing has been drawn yet.
    pub(super) fn new(now: Instant) -> Self {
        Self { last: None, next: now, bytes: 0.0, at: now }
    }

    /// When what is new may be drawn.
    pub(super) fn next(&self) -> Instant {
        self.next
    }

    /// A person waits for what is new: at once, unless a frame has just gone out.
    pub(super) fn hasten(&mut self, now: Instant) {
        self.next = self.next.min(self.last.map_or(now, |last| now.max(last + ASKED)));
    }

    /// A frame of so many bytes has been drawn, which took so long; whether a person asked for it.
    pub(super) fn drawn(&mut self, now: Instant, took: Duration, bytes: u64, asked: bool) {
        let earned = now.duration_since(self.at).as_secs_f64() * BYTES_PER_SECOND;
        self.bytes = (self.bytes + earned).min(MOST);
        self.at = now;
        if !asked {
            self.bytes -= bytes as f64;
        }
        // The less there is in hand, the longer: so that a frame in which much has changed makes the next ones somewhat
        // rarer, rather than all wait. What is owed beyond bounds is earned first.
        let rarer = EVEN - (EVEN - NEWS) * self.bytes.max(-MOST) / MOST;
        let beyond = ((-MOST - self.bytes) / BYTES_PER_SECOND).clamp(0.0, LONGEST_WAIT);
        self.bytes = self.bytes.max(-MOST - BYTES_PER_SECOND * LONGEST_WAIT);
        // A terminal that takes long gets fewer frames.
        self.next = now + Duration::from_secs_f64(rarer.max(beyond)).max(took * 3);
        self.last = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INSTANT: Duration = Duration::ZERO;

    /// Draws frames of so many bytes as often as they may be, for so many seconds; gives how many were drawn.
    fn frames(pace: &mut Pace, begin: Instant, seconds: u64, bytes: u64) -> u64 {
        let (mut count, end) = (0, begin + Duration::from_secs(seconds));
        while pace.next() < end {
            pace.drawn(pace.next(), INSTANT, bytes, false);
            count += 1;
        }
        count
    }

    #[test]
    fn on_average_few_bytes_are_sent() {
        let begin = Instant::now();
        for bytes in [100, 300, 1000] {
            let mut pace = Pace::new(begin);
            let sent = frames(&mut pace, begin, 60, bytes) * bytes;
            assert!(sent <= 63 * 800 + bytes, "{sent} in frames of {bytes}");
        }
    }

    #[test]
    fn after_quiet_the_first_news_is_shown_at_once() {
        let begin = Instant::now();
        let mut pace = Pace::new(begin);
        frames(&mut pace, begin, 60, 500);
        let later = begin + Duration::from_mins(2);
        assert!(pace.next() < later);
        pace.drawn(later, INSTANT, 0, false);
        assert_eq!(pace.next() - later, Duration::from_secs_f64(NEWS));
    }

    #[test]
    fn a_frame_in_which_much_has_changed_makes_the_next_ones_rarer_only() {
        let begin = Instant::now();
        let mut pace = Pace::new(begin);
        pace.drawn(begin, INSTANT, 2000, false);
        assert!((EVEN..2.0 * EVEN).contains(&(pace.next() - begin).as_secs_f64()));
        let next = pace.next();
        pace.drawn(next, INSTANT, 5000, false);
        assert!((pace.next() - next).as_secs_f64() > 1.0, "but not without end");
    }

    #[test]
    fn a_person_is_answered_at_once_and_not_charged() {
        let begin = Instant::now();
        let mut pace = Pace::new(begin);
        pace.drawn(begin, INSTANT, 1 << 20, false);
        assert!((pace.next() - begin).as_secs_f64() <= LONGEST_WAIT);
        pace.hasten(begin);
        assert_eq!(pace.next() - begin, ASKED, "a frame has just gone out");
        let next = pace.next();
        pace.drawn(next, INSTANT, 1 << 20, true);
        assert!(pace.next() - next <= Duration::from_secs_f64(LONGEST_WAIT));
        pace.hasten(next + Duration::from_millis(20));
        assert_eq!(pace.next() - next, Duration::from_millis(20));
    }
}
