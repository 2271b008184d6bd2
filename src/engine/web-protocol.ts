/** The messages with which a Web Worker of an engine begins. The messages of jobs follow (`protocol.ts`). */
import { MAKER } from './built.ts'
import type { Setup } from './protocol.ts'

/** The options of a Web Worker. */
export type WebSetup = Pick<Setup, 'hostModules' | 'keptBytes'>

/**
 * The first message of a worker. From then on it takes messages; earlier ones may be lost, since its file may still be loading. `maker`
 * names the code that it runs.
 */
export interface Ready {
  readonly ready: 'ipvm-wasm'
  readonly maker: string | undefined
}

/** The first message to a worker, in answer to `Ready`. `memory` is undefined where memory cannot be shared. */
export interface Start {
  readonly start: WebSetup
  readonly memory: SharedArrayBuffer | undefined
}

export const READY: Ready = { ready: 'ipvm-wasm', maker: MAKER }

/** What is wrong with the first message of a worker; undefined if it comes from the same code as this file. */
export function notReady(message: unknown): string | undefined {
  const { ready, maker } = (message ?? {}) as Partial<Ready>
  if (ready !== READY.ready)
    return "the worker's file does not import ipvm-wasm/web-worker, or sends messages of its own"
  if (maker !== MAKER && maker !== undefined && MAKER !== undefined)
    return "the worker's file has the code of another version of ipvm-wasm"
  return undefined
}
