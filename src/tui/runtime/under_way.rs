//! Counts what is being carried out, so that who leaves the dashboard does not break off what was asked for a moment before.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How much is being carried out.
#[derive(Debug, Clone, Default)]
pub struct UnderWay(Arc<(Mutex<usize>, Condvar)>);

/// One thing that is being carried out, until this is dropped.
#[derive(Debug)]
pub struct Piece(UnderWay);

impl UnderWay {
    /// Counts one more.
    pub fn begin(&self) -> Piece {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        Piece(self.clone())
    }

    /// Waits until all is done, but no longer than `patience`. Tells whether it is.
    pub fn wait(&self, patience: Duration) -> bool {
        let (count, ended) = &*self.0;
        let count = count.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = ended.wait_timeout_while(count, patience, |count| *count > 0);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        let (count, ended) = &*self.0.0;
        *count.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        ended.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_waited_for_and_no_longer_than_one_cares() {
        let under_way = UnderWay::default();
        assert!(under_way.wait(Duration::ZERO));
        let (first, second) = (under_way.begin(), under_way.begin());
        drop(first);
        assert!(!under_way.wait(Duration::from_millis(5)));
        let other = std::thread::spawn(move || drop(second));
        assert!(under_way.wait(Duration::from_mins(1)));
        other.join().unwrap();
    }
}
