import { count, fields, givenText, positive } from '../base/usage.ts'
import { checkHostModules } from '../host/registry.ts'
import type { HostOptions, PreparingEngine } from './engine.ts'
import { Pool } from './pool.ts'
import { openThread } from './thread-seat.ts'

/** How many threads an engine has, and what they keep. */
export interface ThreadOptions extends HostOptions {
  /** Jobs that are computed at once, at least 1; others wait. Default 1. */
  readonly threads?: number
  /** Stack of each thread, in MiB. The default 4 holds the profile's bound several times over. */
  readonly stackMb?: number
  /** Where the worker's file is, for bundlers that move it: that of `ipvm-wasm/worker`. */
  readonly workerUrl?: URL
  /**
   * Instrumented bytes of the modules that each thread keeps compiled; the least recently used go first. Without an index
   * the engine itself keeps as many bytes for threads that come later. Default 32 MiB.
   */
  readonly keptBytes?: number
  /**
   * A folder for the private index of instrumented modules, which outlives the process. It is made with mode 0700, and not
   * used if anybody but the user may look into it: whoever can write there decides what guests do. Default: none.
   */
  readonly index?: string
  /** Bytes of all files in it; the least recently used go first. Default 512 MiB. */
  readonly indexBytes?: number
}

/**
 * An engine on threads of its own: a guest that runs too long is ended with its thread, and the next job gets another one.
 * Threads are started when they are needed and keep what they prepared. A module crosses to a thread only if it is not
 * prepared there.
 *
 * A thread shares its process's memory. A module for which the host's compiler takes more than there is ends the whole
 * process, as V8 does then; `createProcessEngine` keeps that to one job.
 */
export function createThreadEngine(options: ThreadOptions = {}): PreparingEngine {
  const {
    threads = 1,
    stackMb = 4,
    workerUrl: url = new URL('./worker.js', import.meta.url),
    keptBytes,
    index,
    indexBytes,
  } = fields(options, 'options')
  count(threads, 'threads', 1)
  checkKeeping(options)
  const hostModules = checkHostModules(options.hostModules)
  const kept = { keptBytes, index: index === undefined ? undefined : { folder: index, maxBytes: indexBytes } }
  const setup = { hostModules, ...kept }
  return new Pool(threads, keptBytes, events => openThread({ url, stackMb, setup }, events))
}

/** The options that threads and processes share. Throws Fault('bad-usage'). */
export function checkKeeping({
  stackMb,
  keptBytes,
  index,
  indexBytes,
}: Pick<ThreadOptions, 'stackMb' | 'keptBytes' | 'index' | 'indexBytes'>): void {
  positive(stackMb, 'stackMb')
  count(keptBytes, 'keptBytes')
  if (index !== undefined) givenText(index, 'index')
  count(indexBytes, 'indexBytes')
}
