// The largest singular value of an infinite matrix's n×n corner, by ten steps of the power method.

function entry(i: i32, j: i32): f64 {
  return 1 / <f64>(((i + j) * (i + j + 1)) / 2 + i + 1)
}

function multiply(from: StaticArray<f64>, to: StaticArray<f64>, transposed: bool): void {
  const n = from.length
  for (let i = 0; i < n; i++) {
    let sum: f64 = 0
    for (let j = 0; j < n; j++) sum += (transposed ? entry(j, i) : entry(i, j)) * from[j]
    to[i] = sum
  }
}

export function run(n: i32): f64 {
  const u = new StaticArray<f64>(n).fill(1)
  const v = new StaticArray<f64>(n)
  const between = new StaticArray<f64>(n)
  for (let i = 0; i < 10; i++) {
    multiply(u, between, false)
    multiply(between, v, true)
    multiply(v, between, false)
    multiply(between, u, true)
  }
  let uv: f64 = 0
  let vv: f64 = 0
  for (let i = 0; i < n; i++) {
    uv += u[i] * v[i]
    vv += v[i] * v[i]
  }
  return Math.sqrt(uv / vv)
}
