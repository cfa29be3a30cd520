//! Rectangles whose areas are like given sizes, and which are as much like squares as can be: the
//! squarified treemap of Bruls, Huizing and van Wijk (2000).

/// A rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl Rect {
    /// The rectangle without a margin, and without more above; empty where that leaves nothing.
    pub fn inset(self, margin: f64, above: f64) -> Self {
        Self {
            x: self.x + margin,
            y: self.y + margin + above,
            width: (self.width - 2.0 * margin).max(0.0),
            height: (self.height - 2.0 * margin - above).max(0.0),
        }
    }

    fn shorter(self) -> f64 {
        self.width.min(self.height)
    }
}

/// Divides a rectangle among sizes, which descend; gives a rectangle for each.
pub fn squarify(whole: Rect, sizes: &[u64]) -> Vec<Rect> {
    let total: f64 = sizes.iter().map(|size| *size as f64).sum();
    let scale = whole.width * whole.height / total.max(1.0);
    let areas: Vec<f64> = sizes.iter().map(|size| *size as f64 * scale).collect();
    let mut rects = Vec::with_capacity(areas.len());
    let (mut rest, mut areas) = (whole, &areas[..]);
    while !areas.is_empty() {
        let count = row_length(areas, rest.shorter());
        let (row, others) = areas.split_at(count);
        rest = lay_out(row, rest, &mut rects);
        areas = others;
    }
    rects
}

/// The number of areas that make the best row along a side of this length.
fn row_length(areas: &[f64], side: f64) -> usize {
    let mut sum = 0.0;
    let mut best = f64::INFINITY;
    for (index, area) in areas.iter().enumerate() {
        sum += area;
        let worst = worst_ratio(areas[0], *area, sum, side);
        if worst > best {
            return index;
        }
        best = worst;
    }
    areas.len()
}

/// The ratio of sides of the worst rectangle in a row: the one of the largest or of the smallest area.
fn worst_ratio(largest: f64, smallest: f64, sum: f64, side: f64) -> f64 {
    let square = (sum / side).powi(2);
    (largest / square).max(square / smallest)
}

/// Lays a row along the shorter side, and gives what remains beside it.
fn lay_out(row: &[f64], rest: Rect, rects: &mut Vec<Rect>) -> Rect {
    let sum: f64 = row.iter().sum();
    let side = rest.shorter();
    let depth = if side > 0.0 { sum / side } else { 0.0 };
    let is_column = rest.width >= rest.height;
    let mut at = 0.0;
    for area in row {
        let length = if depth > 0.0 { area / depth } else { 0.0 };
        rects.push(match is_column {
            true => Rect {
                x: rest.x,
                y: rest.y + at,
                width: depth,
                height: length,
            },
            false => Rect {
                x: rest.x + at,
                y: rest.y,
                width: length,
                height: depth,
            },
        });
        at += length;
    }
    match is_column {
        true => Rect {
            x: rest.x + depth,
            width: (rest.width - depth).max(0.0),
            ..rest
        },
        false => Rect {
            y: rest.y + depth,
            height: (rest.height - depth).max(0.0),
            ..rest
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: Rect = Rect {
        x: 0.0,
        y: 0.0,
        width: 6.0,
        height: 4.0,
    };

    #[test]
    fn areas_are_like_sizes_and_fill_the_whole() {
        let sizes = [6, 6, 4, 3, 2, 2, 1];
        let rects = squarify(WHOLE, &sizes);
        for (rect, size) in rects.iter().zip(sizes) {
            assert!((rect.width * rect.height - size as f64).abs() < 1e-9);
            assert!(rect.x >= 0.0 && rect.x + rect.width <= 6.0 + 1e-9);
            assert!(rect.y >= 0.0 && rect.y + rect.height <= 4.0 + 1e-9);
            assert!(rect.width / rect.height < 4.0 && rect.height / rect.width < 4.0);
        }
        // The first two share a column, as in the paper.
        assert_eq!((rects[0].width, rects[0].height), (3.0, 2.0));
        assert_eq!((rects[1].x, rects[1].y), (0.0, 2.0));
    }

    #[test]
    fn sizes_of_nothing_take_nothing() {
        assert_eq!(squarify(WHOLE, &[]), []);
        assert_eq!(squarify(WHOLE, &[0, 0]).len(), 2);
        let rects = squarify(WHOLE, &[u64::MAX, 1, 0]);
        assert!(
            rects
                .iter()
                .all(|rect| rect.x.is_finite() && rect.width.is_finite())
        );
        let flat = Rect {
            height: 0.0,
            ..WHOLE
        };
        assert_eq!(squarify(flat, &[2, 1]).len(), 2);
    }
}
