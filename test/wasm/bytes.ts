/** Writes modules byte by byte. Nested lists are flattened at the end. */
import type { Limits, Profile } from '../../src/interface-profile.ts'
import type { Rejection } from '../../src/interface.ts'
import type { Rules } from '../../src/wasm/findings.ts'
import { validate } from '../../src/wasm/validate.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'

export type Bytes = number | Uint8Array | readonly Bytes[]

/** The bytes in one piece. */
export function flat(...parts: Bytes[]): Uint8Array {
  const pieces: Uint8Array[] = []
  const collect = (part: Bytes): void => {
    if (typeof part === 'number') pieces.push(Uint8Array.of(part))
    else if (part instanceof Uint8Array) pieces.push(part)
    else if (part.every(item => typeof item === 'number')) pieces.push(Uint8Array.from(part as number[]))
    else part.forEach(collect)
  }
  collect(parts)
  return new Uint8Array(Buffer.concat(pieces))
}

/** Unsigned LEB128, padded with redundant bytes to `length`. */
export function u32(value: number, length = 1): number[] {
  const bytes = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128 && bytes.length + 1 >= length) return [...bytes, rest]
    bytes.push((rest % 128) | 0x80)
  }
}

/** Signed LEB128 of a number with at most 53 bits. */
export function s33(value: number): number[] {
  const bytes = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    const byte = ((rest % 128) + 128) % 128
    if (rest >= -64 && rest < 64) return [...bytes, byte]
    bytes.push(byte | 0x80)
  }
}

export const HEADER: readonly number[] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]

/** Contents with their length before them. */
export function sized(...contents: Bytes[]): Uint8Array {
  const bytes = flat(...contents)
  return flat(u32(bytes.length), bytes)
}

export function section(id: number, ...contents: Bytes[]): Uint8Array {
  return flat(id, sized(...contents))
}

/** A section that is one vector. */
export function list(id: number, ...entries: Bytes[]): Uint8Array {
  return section(id, u32(entries.length), ...entries)
}

export function name(text: string): Uint8Array {
  return sized(new TextEncoder().encode(text))
}

/** `type(I32, [])`: the type section's form of a function type. */
export function type(params: readonly number[], results: readonly number[]): Uint8Array {
  return flat(0x60, u32(params.length), params, u32(results.length), results)
}

/** A body without locals of its own, or with groups of them; `end` is added. */
export function body(code: Bytes, groups: readonly (readonly [count: number, type: number])[] = []): Uint8Array {
  return sized(
    u32(groups.length),
    groups.map(([count, of]) => [u32(count), of]),
    code,
    0x0b,
  )
}

export function wasm(...sections: Bytes[]): Uint8Array {
  return flat(HEADER, ...sections)
}

/** A module of one function `() → ()`. */
export function oneBody(code: Bytes, groups: readonly (readonly [count: number, type: number])[] = []): Uint8Array {
  return wasm(list(1, type([], [])), list(3, 0), list(10, body(code, groups)))
}

/** `count` times the same bytes. */
export function repeat(count: number, ...bytes: Bytes[]): Uint8Array {
  const unit = flat(...bytes)
  const all = new Uint8Array(unit.length * count)
  for (let at = 0; at < all.length; at += unit.length) all.set(unit, at)
  return all
}

export function rulesOf(profile: Profile, limits: Partial<Limits> = {}): Rules {
  return { features: new Set(profile.features), limits: { ...profile.limits, ...limits } }
}

/** The limits of these tests, which do not depend on those of a profile. */
const LIMITS: Partial<Limits> = {
  moduleBytes: 16 * 1024 * 1024,
  types: 10_000,
  params: 255,
  results: 255,
  imports: 1_000,
  functions: 100_000,
  tables: 64,
  tableSlots: 1_000_000,
  globals: 10_000,
  exports: 10_000,
  nameBytes: 10_000,
  elementSegments: 10_000,
  elements: 1_000_000,
  dataSegments: 100_000,
  bodyBytes: 512 * 1024,
  locals: 10_000,
  totalLocalWords: 4_000_000,
  treeDepth: 24_000,
  totalBytes: 64 * 1024 * 1024,
  exportedWords: 500_000,
  keptValues: 2 ** 40,
  parameterLoops: 10_000,
  operandHeight: 10_000,
  branchTargets: 32_768,
  totalBranchTargets: 1_000_000,
  carriedValues: 100_000_000,
}

export const RULES: Rules = rulesOf(PROFILE_1, LIMITS)

/** The first finding in a line, `invalid @25` or `limit locals @23`; `valid` if there is none. */
export function verdict(bytes: Uint8Array, rules: Rules = RULES): string {
  const { module, findings } = validate(bytes, rules)
  if (module !== undefined) return 'valid'
  return line(findings.sorted()[0]!)
}

export function line({ code, subject, offset }: Rejection): string {
  return `${code}${subject === undefined ? '' : ` ${subject}`} @${offset}`
}

/** True if the engine that runs the tests accepts the bytes. */
export function engineAccepts(bytes: Uint8Array): boolean {
  return WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>)
}
