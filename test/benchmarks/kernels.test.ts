/** The kernels compute the right results in every strategy. Otherwise comparing their times would be meaningless. */
import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { expectedChecksums, isFloat, KERNELS, type Kernel } from '../../benchmarks/kernels.ts'
import { prepare, type Prepared } from '../../benchmarks/prepare.ts'
import { STRATEGIES } from '../../benchmarks/strategies/strategies.ts'

const kernel = (name: string): Kernel => KERNELS.find(one => one.name === name)!

test('there are enough of them, in enough languages, of every kind', () => {
  expect(KERNELS.length).toBeGreaterThanOrEqual(30)
  expect(new Set(KERNELS.map(({ name }) => name)).size).toBe(KERNELS.length)
  expect(new Set(KERNELS.map(({ language }) => language))).toEqual(
    new Set(['C', 'C++', 'Rust', 'AssemblyScript', 'WAT']),
  )
  expect(new Set(KERNELS.flatMap(({ kinds }) => kinds))).toEqual(
    new Set(['integer', 'float', 'simd', 'calls', 'branches', 'memory', 'indirect']),
  )
  expect(Object.keys(expectedChecksums())).toEqual(KERNELS.map(({ name }) => name))
  expect(KERNELS.filter(isFloat).length).toBe(10)
})

/** Known answers, and those of other implementations. */
test.each([
  ['fibonacci', 832040n, 30n],
  ['ackermann', 5n * 4n + 3n * 5n, 5n], // 2n + 3 for each n below five
  ['tak', 7n, 18n],
  ['queens', 92n, 8n],
  ['primes', 1229n, 10_000n],
  ['sieve', 1229n, 10_000n],
  ['keccak', 0xf1258f7940e1dde7n, 1n],
  ['crc32', BigInt(crc()), 1n],
  ['blake2', blake(4), 4n],
] as const)('%s gives what is known of it', async (name, answer, argument) => {
  const { guests } = await prepare({ ...kernel(name), args: () => [argument] }, 'quick', ['bare'])
  expect(guests.get('bare')!.run().checksum).toBe(`0x${answer.toString(16)}`)
})

test('sha256 computes a known digest', async () => {
  const data = new TextEncoder().encode('the quick brown fox')
  const digest = createHash('sha256').update(data).digest()
  const { guests } = await prepare({ ...kernel('sha256'), args: () => [data] }, 'quick', ['bare'])
  // The checksum of an answer in bytes is a hash itself.
  expect(guests.get('bare')!.run().checksum).toBe(createHash('sha256').update(digest).digest('hex').slice(0, 16))
})

describe.each(KERNELS.map(one => [one.name, one] as const))('%s', (name, one) => {
  let prepared: Prepared
  beforeAll(async () => {
    prepared = await prepare(
      one,
      'quick',
      STRATEGIES.map(strategy => strategy.name),
    )
  })

  test('gives its checksum in every strategy', () => {
    const expected = expectedChecksums()[name]!.quick
    const found = Object.fromEntries([...prepared.guests].map(([strategy, guest]) => [strategy, guest.run().checksum]))
    expect(found).toEqual(Object.fromEntries([...prepared.guests.keys()].map(strategy => [strategy, expected])))
    expect([...prepared.guests.keys()]).toEqual(
      expect.arrayContaining(['bare', 'control', 'fast', 'steady', 'precise', 'counter', 'host']),
    )
  })

  test('has the same gas in all strategies that count the same instructions', () => {
    const gas = (strategy: string): bigint => prepared.guests.get(strategy)!.run().gas!
    expect([gas('fast'), gas('steady')]).toEqual([gas('precise'), gas('precise')])
    expect(gas('counter')).toBe(gas('host'))
    expect(gas('fast')).toBeGreaterThan(0n)
  })
})

/** CRC-32 of the C program's bytes, bit by bit. */
function crc(): number {
  let rest = 0xffffffff
  for (let i = 0, state = 1; i < 65_536; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    rest ^= state >>> 24
    for (let bit = 0; bit < 8; bit++) rest = (rest & 1) === 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1
  }
  return ~rest >>> 0
}

function blake(kib: number): bigint {
  const data = Uint8Array.from({ length: kib * 1024 }, (_, i) => i % 251)
  return createHash('blake2b512').update(data).digest().readBigUInt64LE(0)
}
