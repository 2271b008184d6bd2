/** Makes modules with small errors from valid modules. */
import { INSTRUCTIONS, OP } from '../../src/wasm/instructions.ts'
import type { Random } from '../support/random.ts'
import { flat, HEADER, sized, u32 } from './bytes.ts'
import { generate } from './generate.ts'

interface Part {
  readonly id: number
  readonly contents: Uint8Array
}

/** Bytes that have a meaning at many positions. */
const TELLING = [
  0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13, 0x1a, 0x1b, 0x1c, 0x20,
  0x21, 0x22, 0x3f, 0x40, 0x41, 0x60, 0x6f, 0x70, 0x7b, 0x7c, 0x7d, 0x7e, 0x7f, 0x80, 0x81, 0xc0, 0xd0, 0xd1, 0xd2,
  0xfc, 0xfd, 0xff,
]

/**
 * Makes a mutant of a module with well-formed sections. In half of the mutants, lengths are corrected, so that the
 * change itself is tested, and not its effect on later bytes.
 */
export function mutate(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const changes = random.once(3) ? 2 + random.below(4) : 1
  let mutant = bytes
  for (let i = 0; i < changes; i++) {
    const parts = random.once(2) ? undefined : split(mutant)
    mutant = parts === undefined ? change(mutant, other, random) : changePart(parts, other, random)
  }
  return mutant
}

function changePart(parts: Part[], other: Uint8Array, random: Random): Uint8Array {
  const code = parts.findIndex(part => part.id === 10)
  const at = code >= 0 && !random.once(3) ? code : random.below(parts.length)
  const { id, contents } = parts[at]!
  const bodies = id === 10 && !random.once(8) ? splitBodies(contents) : undefined
  const changed = bodies === undefined ? change(contents, other, random) : changeBody(bodies, other, random)
  switch (random.below(40)) {
    case 0:
      parts.splice(at, 1)
      break
    case 1:
      parts.splice(random.below(parts.length + 1), 0, parts[at]!)
      break
    default:
      parts[at] = { id, contents: changed }
  }
  return flat(HEADER, ...parts.map(part => [part.id, sized(part.contents)]))
}

function changeBody(bodies: Uint8Array[], other: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bodies.length)
  bodies[at] = random.once(2) ? change(bodies[at]!, other, random) : changeCode(bodies[at]!, random)
  return flat(u32(bodies.length), ...bodies.map(body => sized(body)))
}

/**
 * Makes one random change: a bit, a byte, a longer form of a number, inserted or removed bytes, or bytes of another
 * module.
 */
function change(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length + 1)
  const some = random.below(random.once(4) ? 40 : 4) + 1
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)]
  switch (random.below(10)) {
    case 0:
      return flat(before, (after[0] ?? 0) ^ (1 << random.below(8)), after.subarray(1))
    case 1:
      return flat(before, random.below(256), after.subarray(1))
    case 2:
      return flat(before, random.pick(TELLING), after.subarray(1))
    case 3:
      return flat(before, random.pick(TELLING), after)
    case 4:
      return flat(before, after.subarray(some))
    case 5:
      return flat(before, after.subarray(0, some), after)
    case 6:
      return flat(before, random.bytes(some), after)
    case 7:
      return flat(before, (after[0] ?? 0) | 0x80, random.pick([0x00, 0x7f, 0x80]), after.subarray(1))
    case 8:
      return flat(before, ((after[0] ?? 0) + (random.once(2) ? 1 : 255)) & 0xff, after.subarray(1))
    default: {
      const from = random.below(other.length)
      return flat(before, other.subarray(from, from + some), after.subarray(random.below(some + 1)))
    }
  }
}

const KNOWN = INSTRUCTIONS.filter(instruction => instruction !== undefined)

/** Puts an instruction of the table into a body, with immediates that are often in range. */
function changeCode(body: Uint8Array, random: Random): Uint8Array {
  const at = random.below(body.length + 1)
  return flat(body.subarray(0, at), anInstruction(random), body.subarray(at + random.below(3)))
}

function anInstruction(random: Random): number[] {
  const { code, immediate } = random.pick(KNOWN)
  const opcode = code < 0x100 ? [code] : [code < 0x200 ? 0xfc : 0xfd, ...u32(code & 0xff)]
  const index = (): number => random.below(4)
  switch (immediate) {
    case 'none':
      return opcode
    case 'block':
      return [...opcode, random.pick([0x40, 0x7f, 0x7e, 0x7b, 0x70, 0, 1, 2])]
    case 'labels':
      return [...opcode, 2, index(), index(), index()]
    case 'i32':
    case 'i64':
      return [...opcode, random.below(64)]
    case 'f32':
      return [...opcode, ...random.bytes(4)]
    case 'f64':
      return [...opcode, ...random.bytes(8)]
    case 'v128':
      return [...opcode, ...random.bytes(16)]
    case 'lanes':
      return [...opcode, ...Array.from({ length: 16 }, () => random.below(33))]
    case 'memarg':
      return [...opcode, random.below(5), random.below(128)]
    case 'memarg lane':
      return [...opcode, random.below(4), random.below(128), random.below(17)]
    case 'lane':
      return [...opcode, random.below(17)]
    case 'memory':
      return [...opcode, 0]
    case 'memory memory':
      return [...opcode, 0, 0]
    case 'data memory':
      return [...opcode, index(), 0]
    case 'reftype':
      return [...opcode, random.pick([0x70, 0x6f])]
    case 'types':
      return [...opcode, 1, random.pick([0x7f, 0x7e, 0x7d, 0x7c, 0x7b, 0x70, 0x6f])]
    case 'type table':
    case 'table table':
    case 'elem table':
      return [...opcode, index(), random.below(2)]
    default:
      return [...opcode, code === OP.refFunc ? random.below(8) : index()]
  }
}

/** The sections; undefined if their lengths are wrong. */
function split(bytes: Uint8Array): Part[] | undefined {
  const parts: Part[] = []
  for (let pos = 8; pos < bytes.length;) {
    const id = bytes[pos]!
    const found = lengthAt(bytes, pos + 1)
    if (found === undefined) return undefined
    parts.push({ id, contents: bytes.subarray(found.start, found.end) })
    pos = found.end
  }
  return parts.length > 0 ? parts : undefined
}

function splitBodies(contents: Uint8Array): Uint8Array[] | undefined {
  const count = lengthAt(contents, 0, false)
  const bodies: Uint8Array[] = []
  for (let pos = count?.start ?? contents.length; pos < contents.length;) {
    const found = lengthAt(contents, pos)
    if (found === undefined) return undefined
    bodies.push(contents.subarray(found.start, found.end))
    pos = found.end
  }
  return bodies.length > 0 ? bodies : undefined
}

function lengthAt(bytes: Uint8Array, pos: number, within = true): { start: number; end: number } | undefined {
  let length = 0
  for (let i = 0; i < 5; i++) {
    const byte = bytes[pos + i]
    if (byte === undefined) return undefined
    length += (byte & 0x7f) * 128 ** i
    if (byte >= 0x80) continue
    const start = pos + i + 1
    return within && start + length > bytes.length ? undefined : { start, end: start + length }
  }
  return undefined
}

/** The size from which modules are mutated less often. */
const LARGE = 6_000

/** Mutants, half of samples and half of generated modules. */
export function* mutants(samples: readonly Uint8Array[], count: number, random: Random): Generator<Uint8Array> {
  const small = samples.filter(bytes => bytes.length <= LARGE)
  for (let i = 0; i < count; i++) {
    const sample = random.pick(random.once(50) ? samples : small)
    yield mutate(random.once(2) ? generate(random) : sample, random.pick(small), random)
  }
}
