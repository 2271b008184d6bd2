/** Mutates valid documents. */
import fc from 'fast-check'

/** Beginnings of CBOR values with huge sizes or deep nesting. */
const BOMBS = [
  [0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0xbb, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff],
  [0x5b, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff],
  [0x7a, 0xff, 0xff, 0xff, 0xff],
  [0x9a, 0x10, 0, 0, 0],
  [0xd8, 0x2a, 0x58, 0xff],
  [0xf9, 0x7e, 0],
  [0xfb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0],
  [0x9f],
  [0xbf],
  [0x5f],
  [0xf7],
  Array.from({ length: 5_000 }, () => 0x81),
]

interface Change {
  readonly kind: number
  readonly at: number
  readonly byte: number
  readonly piece: Uint8Array
}

/** One of `samples` with one to four changes: bytes are set, removed, inserted or moved. */
export function mutated(samples: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 12 }),
    fc.constantFrom(...BOMBS).map(bomb => Uint8Array.from(bomb)),
  )
  const change = fc.record({ kind: fc.nat(5), at: fc.nat(), byte: fc.nat(255), piece })
  return fc
    .tuple(fc.constantFrom(...samples), fc.array(change, { minLength: 1, maxLength: 4 }))
    .map(([sample, changes]) => changes.reduce(changed, sample))
}

function changed(bytes: Uint8Array, { kind, at, byte, piece }: Change): Uint8Array {
  const place = bytes.length === 0 ? 0 : at % bytes.length
  const [before, after] = [bytes.subarray(0, place), bytes.subarray(place)]
  switch (kind) {
    case 0:
      return Uint8Array.of(...before, byte, ...after.subarray(1))
    case 1:
      return Uint8Array.of(...before, ((after[0] ?? 0) ^ (1 << (byte % 8))) & 0xff, ...after.subarray(1))
    case 2:
      return before
    case 3:
      return Uint8Array.of(...before, ...after.subarray(byte % 20))
    case 4:
      return Uint8Array.of(...before, ...piece, ...after)
    default:
      return Uint8Array.of(...before, ...bytes.subarray(byte % 64, (byte % 64) + 16), ...after)
  }
}
