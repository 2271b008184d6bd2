/** The suites by name, in the order in which they run: first the stages of a task, then measurements across stages. */
import { ablate } from './suites/ablate.ts'
import { admit } from './suites/admit.ts'
import { calibrate } from './suites/calibrate.ts'
import { durable } from './suites/durable.ts'
import { execute } from './suites/execute.ts'
import { executor } from './suites/executor.ts'
import { farm } from './suites/farm.ts'
import { instrument } from './suites/instrument.ts'
import { invoke } from './suites/invoke.ts'
import { memory } from './suites/memory.ts'
import { peer } from './suites/peer.ts'
import { verify } from './suites/verify.ts'
import { wasi } from './suites/wasi.ts'

export const SUITES = {
  admit,
  instrument,
  execute,
  ablate,
  invoke,
  durable,
  executor,
  verify,
  memory,
  wasi,
  farm,
  calibrate,
  peer,
} as const

export type SuiteName = keyof typeof SUITES
export const SUITE_NAMES = Object.keys(SUITES) as readonly SuiteName[]

/** The results of the suites that ran, by suite. */
export type Results = { readonly [name in SuiteName]?: Awaited<ReturnType<(typeof SUITES)[name]['run']>> }
