/** The hand-written programs: fibonacci and collatz in BigInt, simd-dot in numbers rounded to f32. */
import type { Expected } from '../expected.ts'
import { coreCall, f32 } from './common.ts'

const r = Math.fround

function fibonacciNumber(n: bigint): bigint {
  let [a, b] = [0n, 1n]
  for (let i = 0n; i < n; i++) [a, b] = [b, a + b]
  return BigInt.asIntN(64, a)
}

export function fibonacci(): Expected {
  return {
    abi: 'core',
    calls: [
      ...[0n, 1n, 10n, 20n].map(n => coreCall('recursive', [n], fibonacciNumber(n))),
      ...[0n, 50n, 93n, 20000n].map(n => coreCall('tail', [n], fibonacciNumber(n))),
      ...[0n, 1n, 91n, 1000n].map(n => coreCall('pair', [n], fibonacciNumber(n), fibonacciNumber(n + 1n))),
    ],
  }
}

function way(n: bigint): bigint[] {
  const steps = [n]
  while (n !== 1n) steps.push((n = n % 2n === 0n ? n / 2n : 3n * n + 1n))
  return steps
}

function longest(most: number): [bigint, bigint] {
  let best: [bigint, bigint] = [1n, 0n]
  for (let n = 1n; n <= BigInt(most); n++) {
    const length = BigInt(way(n).length - 1)
    if (length > best[1]) best = [n, length]
  }
  return best
}

export function collatz(): Expected {
  return {
    abi: 'core',
    calls: [
      ...[1n, 27n, 837799n, 2n ** 40n].map(n => coreCall('length', [n], BigInt(way(n).length - 1))),
      ...[1, 10, 1000].map(n => coreCall('longest', [BigInt(n)], ...longest(n))),
      ...[1n, 27n, 704511n].map(n => coreCall('peak', [n], way(n).reduce((a, b) => (a > b ? a : b)))),
    ],
  }
}

function dot(n: number): number {
  const x = Array.from({ length: n }, (_, i) => ((i * 7) % 11) / 4 - 1)
  const y = Array.from({ length: n }, (_, i) => ((i * 5) % 13) / 8 - 0.5)
  const sums = [0, 0, 0, 0]
  x.forEach((value, i) => (sums[i % 4] = r(sums[i % 4]! + r(value * y[i]!))))
  return laneSum(sums)
}

function laneSum([a, b, c, d]: readonly number[]): number {
  return r(r(a! + b!) + r(c! + d!))
}

function axpy(a: number, x: readonly number[], y: readonly number[]): number[] {
  return x.map((value, i) => r(r(r(a) * r(value)) + r(y[i]!)))
}

function normalize(v: readonly number[]): number[] {
  const length = r(Math.sqrt(laneSum(v.map(x => r(r(x) * r(x))))))
  return v.map(x => r(r(x) / length))
}

export function simdDot(): Expected {
  const bytes = Uint8Array.from({ length: 16 }, (_, i) => i)
  const [x, y] = [[1.5, -2, 0.1, 3e30], [0.3, 4, -7, 1e20]]
  return {
    abi: 'core',
    calls: [
      ...[0, 4, 100, 8000, 40000].map(n => coreCall('dot', [BigInt(n)], f32(dot(n)))),
      coreCall('axpy', [f32(0.7), f32(...x), f32(...y)], f32(...axpy(0.7, x, y))),
      coreCall('sum', [f32(1, 2, 3, 0.1)], f32(laneSum([1, 2, 3, r(0.1)]))),
      coreCall('normalize', [f32(1, 2, 3, 4)], f32(...normalize([1, 2, 3, 4]))),
      coreCall('flip', [bytes], bytes.slice().reverse()),
    ],
  }
}
