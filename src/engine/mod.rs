//! Training on dfdx: the only part that knows it. Knows `domain` and `data`.
