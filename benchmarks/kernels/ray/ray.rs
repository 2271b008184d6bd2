//! A picture of spheres over a floor by ray casting with one reflection, n×n pixels in f64; the sum of their light.

#[derive(Clone, Copy)]
struct Vector(f64, f64, f64);

impl Vector {
    fn plus(self, other: Vector, times: f64) -> Vector {
        Vector(self.0 + other.0 * times, self.1 + other.1 * times, self.2 + other.2 * times)
    }

    fn dot(self, other: Vector) -> f64 {
        self.0 * other.0 + self.1 * other.1 + self.2 * other.2
    }

    fn unit(self) -> Vector {
        let length = self.dot(self).sqrt();
        Vector(self.0 / length, self.1 / length, self.2 / length)
    }
}

struct Sphere {
    center: Vector,
    radius: f64,
    light: f64,
}

const SPHERES: [Sphere; 5] = [
    Sphere { center: Vector(0.0, 0.0, 6.0), radius: 1.5, light: 0.9 },
    Sphere { center: Vector(2.0, 1.0, 5.0), radius: 0.75, light: 0.6 },
    Sphere { center: Vector(-2.0, -0.5, 5.5), radius: 1.0, light: 0.7 },
    Sphere { center: Vector(0.5, -1.0, 4.0), radius: 0.4, light: 1.0 },
    Sphere { center: Vector(0.0, -102.0, 8.0), radius: 100.0, light: 0.4 },
];

/// The nearest sphere that the ray meets, and how far away.
fn meet(from: Vector, along: Vector) -> Option<(&'static Sphere, f64)> {
    let mut nearest = None;
    let mut least = f64::INFINITY;
    for sphere in &SPHERES {
        let to = sphere.center.plus(from, -1.0);
        let middle = to.dot(along);
        let square = sphere.radius * sphere.radius - to.dot(to) + middle * middle;
        if square < 0.0 {
            continue;
        }
        let distance = middle - square.sqrt();
        if distance > 1e-6 && distance < least {
            least = distance;
            nearest = Some((sphere, distance));
        }
    }
    nearest
}

fn trace(from: Vector, along: Vector, depth: u32) -> f64 {
    let (sphere, distance) = match meet(from, along) {
        None => return 0.2 + 0.3 * along.1.abs(),
        Some(found) => found,
    };
    let at = from.plus(along, distance);
    let normal = at.plus(sphere.center, -1.0).unit();
    let lamp = Vector(5.0, 6.0, -2.0).plus(at, -1.0).unit();
    let lit = if meet(at, lamp).is_some() { 0.1 } else { normal.dot(lamp).max(0.1) };
    let own = sphere.light * lit;
    if depth == 0 {
        return own;
    }
    0.7 * own + 0.3 * trace(at, along.plus(normal, -2.0 * along.dot(normal)).unit(), depth - 1)
}

#[no_mangle]
pub extern "C" fn run(n: u32) -> f64 {
    let scale = |i: u32| (2.0 * i as f64 + 1.0) / n as f64 - 1.0;
    let mut sum = 0.0;
    for row in 0..n {
        for column in 0..n {
            let along = Vector(scale(column), -scale(row), 1.5).unit();
            sum += trace(Vector(0.0, 0.0, 0.0), along, 1);
        }
    }
    sum
}
