/** Makes jobs for engines. */
import type { Argument } from '../../src/abi/guest.ts'
import type { Job } from '../../src/engine/compute.ts'
import type { Profile } from '../../src/interface-profile.ts'
import type { Outcome } from '../../src/interface.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'

/** The fields of a job that a test may set. The default is a call of `f` without arguments. */
export interface JobInput {
  readonly fun?: string
  readonly abi?: string
  readonly args?: readonly Argument[]
  readonly gas?: bigint
  readonly pages?: number
  readonly profile?: Profile
}

/** The URL of the built worker. */
export const WORKER = new URL('../../dist/engine/worker.js', import.meta.url)

/** The URL of the built main file of an engine's process. */
export const CHILD = new URL('../../dist/engine/child.js', import.meta.url)

/** A job with its module in memory. */
export interface PlainJob extends Job {
  readonly module: Uint8Array
  readonly args: readonly Argument[]
}

let jobs = 0

/** Makes a job with a new key, so that no prepared module of another job is used. */
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

/** Profile 1 with changes, and another id. */
export function profileWith(changes: Partial<Profile>): Profile {
  return { ...PROFILE_1, id: 'test', ...changes }
}
