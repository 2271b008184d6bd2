/** Jobs for engines, made in a line. */
import type { Argument } from '../../src/abi/guest.ts'
import type { Job } from '../../src/engine/compute.ts'
import type { Profile } from '../../src/interface-profile.ts'
import type { Outcome } from '../../src/interface.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'

/** What a test may say about a job; the rest is a call of `f` without arguments. */
export interface JobInput {
  readonly fun?: string
  readonly abi?: string
  readonly args?: readonly Argument[]
  readonly gas?: bigint
  readonly pages?: number
  readonly profile?: Profile
}

/** Where the worker is, once it is built. */
export const WORKER = new URL('../../dist/engine/worker.js', import.meta.url)

/** The file of a process of an engine, once it is built. */
export const CHILD = new URL('../../dist/engine/child.js', import.meta.url)

/** A job with everything at hand. */
export interface PlainJob extends Job {
  readonly module: Uint8Array
  readonly args: readonly Argument[]
}

let jobs = 0

/** A job of its own: nothing that was prepared for another is used. */
export function jobOf(module: Uint8Array, input: JobInput = {}): PlainJob {
  const { fun = 'f', abi = 'core', args = [], gas = 10n ** 12n, pages = 1000, profile = PROFILE_1 } = input
  return { key: `job ${jobs++}`, module, profile, fun, abi, args, limits: { gas, pages } }
}

export async function watJob(text: string, input: JobInput = {}): Promise<PlainJob> {
  return jobOf(await assemble(text), input)
}

export function trapOf({ out }: Outcome): string | undefined {
  return 'error' in out ? out.error.code : undefined
}

/** A profile with other rules, under a name of its own. */
export function profileWith(changes: Partial<Profile>): Profile {
  return { ...PROFILE_1, id: 'test', ...changes }
}
