// The Mandelbrot set over n×n points, at most 100 steps each: how many steps all take together.

function escape(re: f64, im: f64, most: i32): i32 {
  let x: f64 = 0
  let y: f64 = 0
  for (let i = 0; i < most; i++) {
    const xx = x * x
    const yy = y * y
    if (xx + yy > 4) return i
    y = 2 * x * y + im
    x = xx - yy + re
  }
  return most
}

export function run(n: i32): i32 {
  let steps = 0
  for (let row = 0; row < n; row++) {
    const im = -1.25 + (2.5 * (<f64>row + 0.5)) / <f64>n
    for (let column = 0; column < n; column++) {
      steps += escape(-2 + (2.5 * (<f64>column + 0.5)) / <f64>n, im, 100)
    }
  }
  return steps
}
