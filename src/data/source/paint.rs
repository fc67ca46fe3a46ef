//! Painting in color: soft-edged shapes laid over one another, light added on top.

use crate::data::random::Stream;

/// Red, green and blue, about 0 to 1.
pub(super) type Color = [f32; 3];

/// A place in pixels, columns then rows; pixel centers lie at whole numbers.
pub(super) type Place = (f32, f32);

/// A picture in color.
pub(super) struct Painting {
    width: usize,
    height: usize,
    /// Pixel after pixel, row after row.
    pixels: Vec<Color>,
}

impl Painting {
    /// A picture whose color at each place `paint` tells.
    pub(super) fn new(width: usize, height: usize, mut paint: impl FnMut(f32, f32) -> Color) -> Self {
        let places = (0..width * height).map(|at| ((at % width) as f32, (at / width) as f32));
        Self { width, height, pixels: places.map(|(x, y)| paint(x, y)).collect() }
    }

    /// The numbers plane by plane.
    pub(super) fn planes(&self) -> Vec<f32> {
        (0..3).flat_map(|plane| self.pixels.iter().map(move |pixel| pixel[plane])).collect()
    }

    /// Changes every pixel: `change` is told where it is.
    pub(super) fn change(&mut self, mut change: impl FnMut(f32, f32, &mut Color)) {
        for (at, pixel) in self.pixels.iter_mut().enumerate() {
            change((at % self.width) as f32, (at / self.width) as f32, pixel);
        }
    }

    /// Lays a color over a shape: `distance` tells how far a place is outside of its edge in pixels, `reach` how far
    /// from `middle` there is anything of it.
    pub(super) fn shape(&mut self, middle: Place, reach: f32, ink: Ink, distance: impl Fn(f32, f32) -> f32) {
        let span = |middle: f32, end: usize| {
            let low = ((middle - reach - 1.0).max(0.0) as usize).min(end);
            let high = ((middle + reach + 2.0).max(0.0) as usize).min(end);
            low..high.max(low)
        };
        for row in span(middle.1, self.height) {
            for column in span(middle.0, self.width) {
                let coverage = (0.5 - distance(column as f32, row as f32)).clamp(0.0, 1.0) * ink.cover;
                let pixel = &mut self.pixels[row * self.width + column];
                if coverage > 0.0 {
                    *pixel = mix(*pixel, ink.color, coverage);
                }
            }
        }
    }

    /// An ellipse of these half-axes, turned by an angle in radians, clockwise.
    pub(super) fn ellipse(&mut self, middle: Place, axes: (f32, f32), angle: f32, ink: Ink) {
        let (sin, cos) = angle.sin_cos();
        let (across, down) = (axes.0.max(0.05), axes.1.max(0.05));
        self.shape(middle, across.max(down), ink, |x, y| {
            let (x, y) = (x - middle.0, y - middle.1);
            let (x, y) = (cos * x + sin * y, cos * y - sin * x);
            // How far off the edge is, from the value and the slope of the ellipse's equation.
            let (a, b) = (x / across, y / down);
            let value = (a * a + b * b).sqrt();
            let slope = ((a / across).powi(2) + (b / down).powi(2)).sqrt() / value.max(1e-6);
            (value - 1.0) / slope.max(1.0 / across.max(down))
        });
    }

    /// A rectangle of these half-sides with corners rounded by `round`, turned as an ellipse.
    pub(super) fn rectangle(&mut self, middle: Place, half: (f32, f32), round: f32, angle: f32, ink: Ink) {
        let (sin, cos) = angle.sin_cos();
        self.shape(middle, half.0.hypot(half.1), ink, |x, y| {
            let (x, y) = (x - middle.0, y - middle.1);
            let (x, y) = ((cos * x + sin * y).abs(), (cos * y - sin * x).abs());
            let (x, y) = (x - half.0 + round, y - half.1 + round);
            x.max(0.0).hypot(y.max(0.0)) + x.max(y).min(0.0) - round
        });
    }

    /// A limb: from one place to another, so thick (radius in pixels) at either end.
    pub(super) fn limb(&mut self, from: Place, to: Place, radii: (f32, f32), ink: Ink) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let scale = 1.0 / (dx * dx + dy * dy).max(1e-6);
        let middle = (f32::midpoint(from.0, to.0), f32::midpoint(from.1, to.1));
        let reach = dx.hypot(dy) / 2.0 + radii.0.max(radii.1);
        self.shape(middle, reach, ink, |x, y| {
            let (x, y) = (x - from.0, y - from.1);
            let along = ((x * dx + y * dy) * scale).clamp(0.0, 1.0);
            (x - along * dx).hypot(y - along * dy) - (radii.0 + (radii.1 - radii.0) * along)
        });
    }

    /// Light around a place, brightest there and half as bright at `radius`.
    pub(super) fn glow(&mut self, middle: Place, radius: f32, light: Color, strength: f32) {
        self.change(|x, y, pixel| {
            let off = ((x - middle.0).powi(2) + (y - middle.1).powi(2)) / (radius * radius);
            let share = strength / (1.0 + off * off);
            for (pixel, light) in pixel.iter_mut().zip(light) {
                *pixel += share * light;
            }
        });
    }
}

/// What a shape is painted with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ink {
    color: Color,
    /// How much of what is beneath it covers, up to 1.
    cover: f32,
}

/// Ink that covers all.
pub(super) fn ink(color: Color) -> Ink {
    Ink { color, cover: 1.0 }
}

/// Ink that covers a part.
pub(super) fn wash(color: Color, cover: f32) -> Ink {
    Ink { color, cover }
}

/// From one color to another by a share.
pub(super) fn mix(from: Color, to: Color, share: f32) -> Color {
    std::array::from_fn(|at| from[at] + (to[at] - from[at]) * share)
}

/// Lighter or darker by a factor.
pub(super) fn lit(color: Color, factor: f32) -> Color {
    color.map(|value| value * factor)
}

/// A color that is off by up to so much in each part, and in all alike.
pub(super) fn near(color: Color, off: f32, stream: &mut Stream) -> Color {
    let all = stream.between(-off, off);
    color.map(|value| value + all + stream.between(-off, off) * 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHITE: Ink = Ink { color: [1.0; 3], cover: 1.0 };

    fn area(draw: impl FnOnce(&mut Painting)) -> f32 {
        let mut painting = Painting::new(60, 50, |_, _| [0.0; 3]);
        draw(&mut painting);
        let planes = painting.planes();
        assert_eq!(planes[..3000], planes[6000..]);
        planes[..3000].iter().sum()
    }

    #[test]
    fn shapes_have_their_areas_however_they_are_turned() {
        let pi = std::f32::consts::PI;
        for angle in [0.0, 0.4, 1.6, 3.0] {
            for (found, right) in [
                (area(|painting| painting.ellipse((30.2, 25.4), (14.0, 6.0), angle, WHITE)), pi * 14.0 * 6.0),
                (area(|painting| painting.rectangle((30.2, 25.4), (12.0, 5.0), 0.0, angle, WHITE)), 24.0 * 10.0),
                (area(|painting| painting.rectangle((30.2, 25.4), (6.0, 6.0), 6.0, angle, WHITE)), pi * 36.0),
            ] {
                assert!((found - right).abs() < 0.03 * right, "{found} is not {right} at {angle}");
            }
        }
        let limb = area(|painting| painting.limb((10.0, 10.0), (40.0, 30.0), (3.0, 3.0), WHITE));
        let right = 30f32.hypot(20.0) * 6.0 + pi * 9.0;
        assert!((limb - right).abs() < 0.03 * right, "{limb} is not {right}");
    }

    #[test]
    fn what_lies_outside_is_not_painted_and_washes_cover_in_part() {
        assert_eq!(area(|painting| painting.ellipse((-40.0, 500.0), (9.0, 9.0), 0.3, WHITE)), 0.0);
        let half = area(|painting| painting.rectangle((29.5, 24.5), (100.0, 100.0), 0.0, 0.0, wash([1.0; 3], 0.5)));
        assert!((half - 1500.0).abs() < 1.0, "{half}");
    }
}
