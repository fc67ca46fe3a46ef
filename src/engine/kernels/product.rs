//! The matrix product that convolutions are made of, in registers.
//!
//! A convolution over an image whose channels come last is a matrix product in which the rows of the left matrix
//! overlap: row p holds the pixels under the kernel at place p, and they lie in memory one after the other, for each row
//! of the kernel. So nothing has to be copied out first (no im2col): the left matrix is read where it is, with strides.
//! The same loop, with other strides, gives the forward pass, the gradient of the input and the gradient of the weights.

use pulp::{Simd, WithSimd};

/// How two operands are walked through: `out[r][c] += Σ_o Σ_i a[o·a.outer + i·a.inner + r·a.row] · b[o·b.outer +
/// i·b.inner + c]`.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Walk {
    /// Terms of the outer sum.
    pub(in crate::engine) outer: usize,
    /// Terms of the inner sum.
    pub(in crate::engine) inner: usize,
    /// Steps through `a`.
    pub(in crate::engine) a: Steps,
    /// Steps through `b`; from one row of `out` to the next it does not move.
    pub(in crate::engine) b: Steps,
}

/// How far to go from one term to the next.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Steps {
    /// Along the outer sum.
    pub(in crate::engine) outer: usize,
    /// Along the inner sum.
    pub(in crate::engine) inner: usize,
    /// Along the rows of the result.
    pub(in crate::engine) row: usize,
}

impl Steps {
    /// Numbers that a walk touches from its first place to its last.
    fn reach(self, outer: usize, inner: usize, rows: usize) -> usize {
        outer.saturating_sub(1) * self.outer
            + inner.saturating_sub(1) * self.inner
            + rows.saturating_sub(1) * self.row
            + 1
    }
}

/// The sizes of a result.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Block {
    /// How many rows.
    pub(in crate::engine) rows: usize,
    /// Numbers in a row.
    pub(in crate::engine) columns: usize,
    /// From one row to the next.
    pub(in crate::engine) stride: usize,
}

/// Adds a product to `out`. Its columns have to be a multiple of `lanes` (8 or what [`super::lanes_for`] gives).
pub(in crate::engine) fn add_product(lanes: usize, walk: Walk, a: &[f32], b: &[f32], out: &mut [f32], block: Block) {
    if block.rows == 0 || block.columns == 0 || walk.outer == 0 || walk.inner == 0 {
        return;
    }
    super::with_lanes(lanes, Product { walk, a, b, out, block });
}

struct Product<'a> {
    walk: Walk,
    a: &'a [f32],
    b: &'a [f32],
    out: &'a mut [f32],
    block: Block,
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { walk, a, b, out, block } = self;
        debug_assert!(walk.a.reach(walk.outer, walk.inner, block.rows) <= a.len());
        let mut column = 0;
        while column + 2 * S::F32_LANES <= block.columns {
            strip::<S, 2>(simd, walk, a, b, out, block, column);
            column += 2 * S::F32_LANES;
        }
        while column < block.columns {
            strip::<S, 1>(simd, walk, a, b, out, block, column);
            column += S::F32_LANES;
        }
    }
}

/// All rows of `V` vectors of columns, in tiles of about equal height.
#[inline(always)]
fn strip<S: Simd, const V: usize>(
    simd: S,
    walk: Walk,
    a: &[f32],
    b: &[f32],
    out: &mut [f32],
    Block { rows, stride, .. }: Block,
    column: usize,
) {
    // The accumulators of a tile, one vector of `b` for each column and one of `a` stay in registers.
    let tallest = ((S::REGISTER_COUNT - V - 1) / V).min(14);
    let tiles = rows.div_ceil(tallest);
    let mut row = 0;
    for tile in 0..tiles {
        let height = (rows - row).div_ceil(tiles - tile);
        let (a, b) = (&a[row * walk.a.row..], &b[column..]);
        let out = &mut out[row * stride + column..];
        macro_rules! heights {
            ($($height:literal)*) => {
                match height {
                    $($height => accumulate::<S, $height, V>(simd, walk, a, b, out, stride),)*
                    _ => {}
                }
            };
        }
        heights!(1 2 3 4 5 6 7 8 9 10 11 12 13 14);
        row += height;
    }
}

/// One tile: `R` rows of `V` vectors.
#[inline(always)]
fn accumulate<S: Simd, const R: usize, const V: usize>(
    simd: S,
    walk: Walk,
    a: &[f32],
    b: &[f32],
    out: &mut [f32],
    stride: usize,
) {
    let mut sums: [[S::f32s; V]; R] = std::array::from_fn(|r| load::<S, V>(&out[r * stride..]));
    for o in 0..walk.outer {
        let (a, b) = (&a[o * walk.a.outer..], &b[o * walk.b.outer..]);
        for i in 0..walk.inner {
            let (a, b) = (&a[i * walk.a.inner..], load::<S, V>(&b[i * walk.b.inner..]));
            for r in 0..R {
                let factor = simd.splat_f32s(a[r * walk.a.row]);
                for v in 0..V {
                    sums[r][v] = simd.mul_add_e_f32s(factor, b[v], sums[r][v]);
                }
            }
        }
    }
    for (r, sums) in sums.iter().enumerate() {
        let (vectors, _) = S::as_mut_simd_f32s(&mut out[r * stride..][..V * S::F32_LANES]);
        vectors.copy_from_slice(sums);
    }
}

/// The first `V` vectors of a slice.
#[inline(always)]
fn load<S: Simd, const V: usize>(numbers: &[f32]) -> [S::f32s; V] {
    let (vectors, _) = S::as_simd_f32s(&numbers[..V * S::F32_LANES]);
    std::array::from_fn(|v| vectors[v])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn agrees_with_the_plain_sums(
            rows in 1usize..40,
            vectors in 1usize..5,
            (outer, inner) in (1usize..4, 1usize..20),
            row_step in 1usize..4,
            narrow in any::<bool>(),
            seed in any::<u32>(),
        ) {
            let lanes = if narrow { super::super::lanes_for(8) } else { super::super::lanes_for(64) };
            let columns = vectors * lanes;
            let walk = Walk {
                outer,
                inner,
                a: Steps { outer: 50, inner: 1, row: row_step },
                b: Steps { outer: inner * columns + 3, inner: columns, row: 0 },
            };
            let numbers = |count: usize, seed: u32| -> Vec<f32> {
                (0..count as u32).map(|i| (i.wrapping_mul(2_654_435_761).wrapping_add(seed) >> 16) as f32 / 65_536.0 - 0.5).collect()
            };
            let a = numbers(walk.a.reach(outer, inner, rows), seed);
            let b = numbers(walk.b.reach(outer, inner, rows) + columns - 1, seed ^ 0x77);
            let mut out = numbers(rows * columns, seed ^ 0x99);
            let before = out.clone();
            add_product(lanes, walk, &a, &b, &mut out, Block { rows, columns, stride: columns });
            for r in 0..rows {
                for c in 0..columns {
                    let sum: f64 = (0..outer).flat_map(|o| (0..inner).map(move |i| (o, i))).map(|(o, i)| {
                        f64::from(a[o * 50 + i + r * row_step]) * f64::from(b[o * walk.b.outer + i * columns + c])
                    }).sum();
                    let exact = f64::from(before[r * columns + c]) + sum;
                    prop_assert!((f64::from(out[r * columns + c]) - exact).abs() < 1e-5, "({r}, {c})");
                }
            }
        }
    }
}
