/**
 * Stores hostile modules that revealed a bug: `wasm-fixtures/regressions/hostile/<sha>.wasm`, and a `.json` with the
 * call.
 */
import { fileURLToPath } from 'node:url'
import type { Argument } from '../../src/abi/guest.ts'
import { profileOf } from '../properties/profiles.ts'
import { hex } from '../properties/seen.ts'
import { keepIn, keptIn } from '../support/kept.ts'
import type { Trial } from './judge.ts'

const FOLDER = fileURLToPath(new URL('../../wasm-fixtures/regressions/hostile/', import.meta.url))

interface Kept {
  readonly profile: string
  readonly fun: string
  readonly abi: string
  /** Integers as digits, bytes as `hex:00ff`, text as `text:…`. */
  readonly args: readonly string[]
  readonly work: string
  readonly pages: number
  /** The mutant, and the problem that it revealed. */
  readonly found: string
}

/** Stores a trial. Returns its name. */
export function keep({ bytes, profile, call, work, pages }: Trial, found: string): string {
  const { fun, abi, args } = call
  const kept: Kept = {
    profile: profile.id,
    fun,
    abi,
    args: args.map(wordOf),
    work: String(work),
    pages,
    found: found.slice(0, 400),
  }
  return keepIn(FOLDER, bytes, kept)
}

/** All stored trials, by name. */
export function keptTrials(): { readonly name: string; readonly trial: Trial; readonly found: string }[] {
  return keptIn<Kept>(FOLDER).map(({ name, bytes, facts: { profile, fun, abi, args, work, pages, found } }) => ({
    name,
    found,
    trial: {
      bytes,
      profile: profileOf(profile),
      call: { fun, abi, args: args.map(argumentOf) },
      work: BigInt(work),
      pages,
    },
  }))
}

function wordOf(value: Argument): string {
  return value instanceof Uint8Array ? `hex:${hex(value)}` : typeof value === 'string' ? `text:${value}` : String(value)
}

function argumentOf(word: string): Argument {
  if (word.startsWith('text:')) return word.slice('text:'.length)
  return word.startsWith('hex:') ? new Uint8Array(Buffer.from(word.slice('hex:'.length), 'hex')) : BigInt(word)
}
