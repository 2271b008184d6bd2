/** The same sums in the same order: JavaScript numbers are f64, and neither side fuses a product and a sum. */
import type { Call, Expected } from '../expected.ts'
import { coreCall, f64 } from './common.ts'

function entry(i: number, j: number, seed: number): number {
  return ((i * 31 + j * 17 + seed * 7) % 97) / 8 - 6
}

function square(n: number, fill: (i: number, j: number) => number): number[][] {
  return Array.from({ length: n }, (_, i) => Array.from({ length: n }, (__, j) => fill(i, j)))
}

function multiply(n: number): number {
  const a = square(n, (i, j) => entry(i, j, 1) / 3)
  const b = square(n, (i, j) => entry(i, j, 2) / 7)
  const product = square(n, (i, j) => a[i]!.reduce((sum, value, k) => sum + value * b[k]![j]!, 0))
  return product.flat().reduce((sum, value, at) => {
    const [i, j] = [Math.floor(at / n), at % n]
    return sum + value * (i === j ? 1 : 1 / (2 + i + j))
  }, 0)
}

function determinant(n: number): number {
  const a = square(n, (i, j) => entry(i, j, (i * j) % 5) / 5 + (i === j ? 3 : 0))
  let product = 1
  for (let k = 0; k < n; k++) {
    const column = a.map((row, i) => (i < k ? -1 : Math.abs(row[k]!)))
    const pivot = column.indexOf(Math.max(...column))
    if (a[pivot]![k] === 0) return 0
    if (pivot !== k) {
      ;[a[k], a[pivot]] = [a[pivot]!, a[k]!]
      product = -product
    }
    product *= a[k]![k]!
    for (const row of a.slice(k + 1)) {
      const factor = row[k]! / a[k]![k]!
      for (let j = k; j < n; j++) row[j]! -= factor * a[k]![j]!
    }
  }
  return product
}

interface Body {
  readonly at: number[]
  readonly speed: number[]
  readonly mass: number
}

function start(): Body[] {
  return [
    { at: [0, 0, 0], speed: [0, 0, 0], mass: 40 },
    { at: [1.5, 0, 0.25], speed: [0, 5, 0.125], mass: 0.0625 },
    { at: [-3, 0.5, 0], speed: [0.5, -3.5, 0], mass: 0.125 },
    { at: [0, 5.25, -0.5], speed: [-2.75, 0.25, 0], mass: 0.5 },
    { at: [-4, -6.5, 0.75], speed: [1.75, -1.25, -0.0625], mass: 0.03125 },
  ]
}

function apart(p: Body, q: Body): number {
  return p.at.reduce((sum, x, d) => sum + (x - q.at[d]!) * (x - q.at[d]!), 0) + 0.0001
}

function eachPair(bodies: readonly Body[], visit: (p: Body, q: Body) => void): void {
  bodies.forEach((p, i) => bodies.slice(i + 1).forEach(q => visit(p, q)))
}

function pull(bodies: readonly Body[], time: number): void {
  eachPair(bodies, (p, q) => {
    const strength = time / (apart(p, q) * Math.sqrt(apart(p, q)))
    for (let d = 0; d < 3; d++) {
      const along = (q.at[d]! - p.at[d]!) * strength
      p.speed[d]! += along * q.mass
      q.speed[d]! -= along * p.mass
    }
  })
}

function nbody(steps: number): number {
  const bodies = start()
  for (let step = 0; step < steps; step++) {
    pull(bodies, 1 / 256)
    for (const { at, speed } of bodies) speed.forEach((v, d) => (at[d]! += v / 128))
    pull(bodies, 1 / 256)
  }
  let energy = 0
  bodies.forEach((p, i) => {
    energy += (p.mass * (p.speed[0]! ** 2 + p.speed[1]! ** 2 + p.speed[2]! ** 2)) / 2
    for (const q of bodies.slice(i + 1)) energy -= (p.mass * q.mass) / Math.sqrt(apart(p, q))
  })
  return energy
}

export function matrix(): Expected {
  const call = (fun: string, n: number, value: number): Call => coreCall(fun, [BigInt(n)], f64(value))
  return {
    abi: 'core',
    calls: [
      ...[1, 2, 17, 64].map(n => call('multiply', n, multiply(n))),
      ...[1, 3, 10, 40].map(n => call('determinant', n, determinant(n))),
      ...[0, 1, 100, 5000].map(n => call('nbody', n, nbody(n))),
    ],
  }
}
