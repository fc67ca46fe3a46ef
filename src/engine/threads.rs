//! Threads to work on. What is computed does not depend on how many there are: work is cut by the caller, and results
//! come back in the order of the pieces.

use std::num::NonZero;

use rayon::prelude::*;

use super::error::EngineError;

/// A pool of threads, or none where there is but one.
#[derive(Debug)]
pub(super) struct Threads(Option<rayon::ThreadPool>);

impl Threads {
    /// So many threads; `None`: as many as the machine (or what the process may use of it) has.
    ///
    /// # Errors
    /// The system gives no more threads.
    pub(super) fn new(count: Option<usize>) -> Result<Self, EngineError> {
        let count = count.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, NonZero::get));
        if count <= 1 {
            return Ok(Self(None));
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(count).thread_name(|n| format!("train-{n}")).build();
        pool.map(|pool| Self(Some(pool))).map_err(|error| EngineError::Threads(error.to_string()))
    }

    /// Works on every piece, side by side; gives the results in the order of the pieces.
    pub(super) fn map<P: Send, R: Send>(&self, pieces: &mut [P], work: impl Fn(&mut P) -> R + Sync + Send) -> Vec<R> {
        match &self.0 {
            Some(pool) if pieces.len() > 1 => pool.install(|| pieces.par_iter_mut().map(work).collect()),
            _ => pieces.iter_mut().map(work).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_on_any_number_of_threads() {
        for count in [1, 2, 5] {
            let mut pieces: Vec<u32> = (0..100).collect();
            let doubled = Threads::new(Some(count)).unwrap().map(&mut pieces, |n| *n * 2);
            assert_eq!(doubled, (0..100).map(|n| n * 2).collect::<Vec<u32>>());
        }
    }
}
