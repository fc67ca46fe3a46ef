//! Movements of a picture: turned, shifted, sheared, mirrored. All that were drawn are joined into one affine map, so
//! that the picture is resampled once and stays as sharp as it can.

use super::Picture;
use crate::data::random::Stream;
use crate::domain::experiment::AugmentKind;

/// An affine map from a place in the result to the place in the picture that is seen there; both count from the middle.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Affine {
    xx: f32,
    xy: f32,
    yx: f32,
    yy: f32,
    x: f32,
    y: f32,
}

impl Affine {
    const IDENTITY: Self = Self { xx: 1.0, xy: 0.0, yx: 0.0, yy: 1.0, x: 0.0, y: 0.0 };

    /// First `self`, then `next`.
    fn then(self, next: Self) -> Self {
        Self {
            xx: next.xx * self.xx + next.xy * self.yx,
            xy: next.xx * self.xy + next.xy * self.yy,
            yx: next.yx * self.xx + next.yy * self.yx,
            yy: next.yx * self.xy + next.yy * self.yy,
            x: next.xx * self.x + next.xy * self.y + next.x,
            y: next.yx * self.x + next.yy * self.y + next.y,
        }
    }

    /// A random one of a kind, up to `amount` in that kind's unit; `None` for kinds that move nothing.
    fn draw(kind: AugmentKind, amount: f32, picture: Picture, stream: &mut Stream) -> Option<Self> {
        let map = match kind {
            AugmentKind::Rotate => {
                let (sin, cos) = stream.between(-amount, amount).to_radians().sin_cos();
                Self { xx: cos, xy: -sin, yx: sin, yy: cos, ..Self::IDENTITY }
            }
            AugmentKind::Shift => Self {
                x: stream.between(-amount, amount) * picture.width as f32,
                y: stream.between(-amount, amount) * picture.height as f32,
                ..Self::IDENTITY
            },
            AugmentKind::Shear => Self { xy: stream.between(-amount, amount), ..Self::IDENTITY },
            AugmentKind::FlipHorizontal => Self { xx: -1.0, ..Self::IDENTITY },
            AugmentKind::FlipVertical => Self { yy: -1.0, ..Self::IDENTITY },
            AugmentKind::Crop => {
                let cut = stream.between(0.0, amount.min(0.9));
                let off = |stream: &mut Stream, side: usize| stream.between(-0.5, 0.5) * cut * side as f32;
                let (x, y) = (off(stream, picture.width), off(stream, picture.height));
                Self { xx: 1.0 - cut, yy: 1.0 - cut, x, y, ..Self::IDENTITY }
            }
            AugmentKind::Noise
            | AugmentKind::Invert
            | AugmentKind::Blur
            | AugmentKind::Brightness
            | AugmentKind::Contrast
            | AugmentKind::Cutout
            | AugmentKind::Mixup => return None,
        };
        Some(map)
    }
}

/// Applies the movements among `drawn` in their order.
pub(super) fn apply(picture: Picture, drawn: &[(AugmentKind, f32)], stream: &mut Stream, numbers: &mut [f32]) {
    let map = drawn
        .iter()
        .filter_map(|&(kind, amount)| Affine::draw(kind, amount, picture, stream))
        .fold(Affine::IDENTITY, Affine::then);
    if map != Affine::IDENTITY {
        resample(picture, map, numbers);
    }
}

/// Bilinear; beyond the border the border's own numbers go on.
fn resample(picture: Picture, map: Affine, numbers: &mut [f32]) {
    let Picture { height, width, .. } = picture;
    let (middle_x, middle_y) = ((width as f32 - 1.0) / 2.0, (height as f32 - 1.0) / 2.0);
    let mut before = vec![0.0; height * width];
    for plane in numbers.chunks_exact_mut(height * width) {
        before.copy_from_slice(plane);
        for (row, out) in plane.chunks_exact_mut(width).enumerate() {
            let y = row as f32 - middle_y;
            let (mut from_x, mut from_y) = (
                map.xx * -middle_x + map.xy * y + map.x + middle_x,
                map.yx * -middle_x + map.yy * y + map.y + middle_y,
            );
            for out in out {
                *out = sample(&before, width, height, from_x, from_y);
                from_x += map.xx;
                from_y += map.yx;
            }
        }
    }
}

fn sample(plane: &[f32], width: usize, height: usize, x: f32, y: f32) -> f32 {
    let x = x.clamp(0.0, width as f32 - 1.0);
    let y = y.clamp(0.0, height as f32 - 1.0);
    let (left, top) = (x as usize, y as usize);
    let (right, bottom) = ((left + 1).min(width - 1), (top + 1).min(height - 1));
    let (along, down) = (x - left as f32, y - top as f32);
    let (upper, lower) = (&plane[top * width..][..width], &plane[bottom * width..][..width]);
    let above = upper[left] + (upper[right] - upper[left]) * along;
    let below = lower[left] + (lower[right] - lower[left]) * along;
    above + (below - above) * down
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::random::Purpose;

    const PICTURE: Picture = Picture { channels: 1, height: 3, width: 3 };
    const CROSS: [f32; 9] = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8];

    fn moved(map: Affine) -> Vec<f32> {
        let mut numbers = CROSS.to_vec();
        resample(PICTURE, map, &mut numbers);
        numbers.into_iter().map(|number| (number * 100.0).round() / 100.0).collect()
    }

    #[test]
    fn mirroring_is_exact() {
        let flip = |kind| {
            let mut stream = Stream::new(Purpose::Alter, &[1]);
            moved(Affine::draw(kind, 0.0, PICTURE, &mut stream).unwrap())
        };
        assert_eq!(flip(AugmentKind::FlipHorizontal), [0.2, 0.1, 0.0, 0.5, 0.4, 0.3, 0.8, 0.7, 0.6]);
        assert_eq!(flip(AugmentKind::FlipVertical), [0.6, 0.7, 0.8, 0.3, 0.4, 0.5, 0.0, 0.1, 0.2]);
    }

    #[test]
    fn a_quarter_turn_and_a_shift_land_where_they_should() {
        let turn = Affine { xx: 0.0, xy: -1.0, yx: 1.0, yy: 0.0, ..Affine::IDENTITY };
        assert_eq!(moved(turn), [0.2, 0.5, 0.8, 0.1, 0.4, 0.7, 0.0, 0.3, 0.6]);
        let shift = Affine { x: 1.0, ..Affine::IDENTITY };
        assert_eq!(moved(shift), [0.1, 0.2, 0.2, 0.4, 0.5, 0.5, 0.7, 0.8, 0.8], "the border goes on");
        let twice = turn.then(turn).then(turn).then(turn);
        assert_eq!(moved(twice), CROSS, "four quarter turns");
        assert_eq!(moved(turn.then(shift)), {
            let mut numbers = CROSS.to_vec();
            resample(PICTURE, shift, &mut numbers);
            resample(PICTURE, turn, &mut numbers);
            numbers
        });
    }

    #[test]
    fn amounts_bound_what_is_drawn() {
        let mut stream = Stream::new(Purpose::Alter, &[1]);
        for _ in 0..1000 {
            let turn = Affine::draw(AugmentKind::Rotate, 15.0, PICTURE, &mut stream).unwrap();
            assert!(turn.yx.asin().to_degrees().abs() <= 15.001);
            let shift = Affine::draw(AugmentKind::Shift, 0.1, PICTURE, &mut stream).unwrap();
            assert!(shift.x.abs() <= 0.3001 && shift.y.abs() <= 0.3001);
            let crop = Affine::draw(AugmentKind::Crop, 0.5, PICTURE, &mut stream).unwrap();
            // What is seen at the border lies within the picture.
            assert!((1.5 * crop.xx + crop.x.abs()) <= 1.5001 && crop.xx >= 0.4999);
        }
    }
}
