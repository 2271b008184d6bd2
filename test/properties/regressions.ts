/**
 * Disagreements that were found, kept as files: `wasm-fixtures/regressions/<sha>.wasm`, and a `.json` with the call.
 */
import { fileURLToPath } from 'node:url'
import { F32, F64, I32, I64, typeName, V128, type ValueType } from '../../src/wasm/types.ts'
import type { Value } from '../oracle/interpret.ts'
import type { Trial } from './agreement.ts'
import { keepIn, keptIn } from '../support/kept.ts'
import { profileOf } from './profiles.ts'
import { hex, subjectOf } from './seen.ts'

const FOLDER = fileURLToPath(new URL('../../wasm-fixtures/regressions/', import.meta.url))

interface Kept {
  readonly profile: string
  readonly fun: string
  /** Bits of the arguments, as `f32:7fa00123`. */
  readonly args: readonly string[]
  /** Gas beyond the price of instantiation. */
  readonly work: string
  readonly pages: number
  /** The name of a program's surroundings (surroundings.ts). */
  readonly surroundings?: string | undefined
  /** What was seen when it was found. */
  readonly found: string
}

/** Writes a trial down. Gives the name under which it is kept. */
export function keep(trial: Trial, found: string): string {
  const { bytes, profile, fun, args, work, pages, surroundings } = trial
  const { params } = subjectOf(bytes, profile).types.get(fun)!
  const words = args.map((value, i) => `${typeName(params[i]!)}:${bitsToText(value)}`)
  const kept: Kept = { profile: profile.id, fun, args: words, work: String(work), pages, surroundings, found }
  return keepIn(FOLDER, bytes, kept)
}

/** All trials that were kept, by name. */
export function keptTrials(): { readonly name: string; readonly trial: Trial; readonly found: string }[] {
  return keptIn<Kept>(FOLDER).map(({ name, bytes, facts: { profile, fun, args, work, found, ...facts } }) => ({
    name,
    found,
    trial: { bytes, profile: profileOf(profile), fun, args: args.map(textToBits), work: BigInt(work), ...facts },
  }))
}

function bitsToText(value: Value): string {
  return value instanceof Uint8Array ? hex(value) : (value as number | bigint).toString(16)
}

function textToBits(text: string): Value {
  const [type, bits] = text.split(':') as [string, string]
  if (type === typeName(V128)) return new Uint8Array(Buffer.from(bits, 'hex'))
  if (([I64, F64] as ValueType[]).map(typeName).includes(type)) return BigInt(`0x${bits}`)
  if (([I32, F32] as ValueType[]).map(typeName).includes(type)) return Number(`0x${bits}`)
  throw new Error(`no argument of type ${type}`)
}
