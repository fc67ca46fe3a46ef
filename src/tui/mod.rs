//! The dashboard: event → action → state → view, one way round. Knows `domain`; reaches `store` and `worker` only through its effects.
