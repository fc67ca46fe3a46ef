//! A curve of millions of points that can be drawn at any width without losing a spike: minimum and maximum per block,
//! blocks of blocks above, extended as points arrive.
