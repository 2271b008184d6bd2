/** BigInt, and another series: π/4 = 2 arctan(1/3) + arctan(1/7), by Euler's form of the arctangent. */
import type { Expected } from '../expected.ts'
import { bytesCall, utf8 } from './common.ts'

/** unit · arctan(1/x) = unit · x/(1+x²) · (1 + 2/3·1/(1+x²) + 2·4/(3·5)·1/(1+x²)² + …) */
function arctan(unit: bigint, x: bigint): bigint {
  const square = 1n + x * x
  let term = (unit * x) / square
  let sum = 0n
  for (let k = 1n; term > 0n; k++) {
    sum += term
    term = (term * 2n * k) / ((2n * k + 1n) * square)
  }
  return sum
}

function digits(places: number): string {
  const guard = 20
  const unit = 10n ** BigInt(places + guard)
  const pi = 4n * (2n * arctan(unit, 3n) + arctan(unit, 7n)) / 10n ** BigInt(guard)
  const text = pi.toString()
  return places === 0 ? text : `${text[0]}.${text.slice(1)}`
}

function factorial(n: number): string {
  return Array.from({ length: n }, (_, i) => BigInt(i + 1)).reduce((a, b) => a * b, 1n).toString()
}

export function pi(): Expected {
  const refused = utf8('error: not a number in range')
  return {
    abi: 'bytes',
    calls: [
      ...[0, 1, 10, 50, 200].map(n => bytesCall('digits', [utf8(String(n))], utf8(digits(n)))),
      ...[0, 1, 20, 100, 1000].map(n => bytesCall('factorial', [utf8(String(n))], utf8(factorial(n)))),
      ...['', '2001', '-1', '1e2'].map(text => bytesCall('digits', [utf8(text)], refused)),
    ],
  }
}
