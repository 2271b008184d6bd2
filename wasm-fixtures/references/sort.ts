/** From the host's sort. */
import type { Expected } from '../expected.ts'
import { bytesCall, noise, u32s, utf8 } from './common.ts'

function bitCount(value: number): number {
  return value.toString(2).replaceAll('0', '').length
}

function numbers(data: Uint8Array): number[] {
  return [...new Uint32Array(data.slice(0, data.length & ~3).buffer)]
}

export function sort(): Expected {
  const samples = [
    u32s([]),
    u32s([3, 1, 2]),
    u32s([0xffffffff, 0, 0x80000000, 0x7fffffff, 1]),
    u32s(Array.from({ length: 100 }, (_, i) => 100 - i)),
    u32s(Array.from({ length: 90 }, (_, i) => i % 4)),
    noise(403),
    noise(2000, 99),
  ]
  const ascending = (data: Uint8Array): Uint8Array => u32s(numbers(data).sort((a, b) => a - b))
  const byBits = (data: Uint8Array): Uint8Array =>
    u32s(numbers(data).sort((a, b) => bitCount(a) - bitCount(b) || a - b))
  return {
    abi: 'bytes',
    calls: samples.flatMap(data => [
      bytesCall('quick', [data], ascending(data)),
      bytesCall('radix', [data], ascending(data)),
      bytesCall('heap', [data, utf8('value')], ascending(data)),
      bytesCall('heap', [data, utf8('bits')], byBits(data)),
    ]),
  }
}
