import { count, fields, givenText, positive } from '../base/usage.ts'
import { checkHostModules } from '../host/registry.ts'
import type { HostOptions, PreparingEngine } from './engine.ts'
import { Pool } from './pool.ts'
import { openThread } from './thread-seat.ts'

/** Options of a thread engine: the number of threads, and what they keep. */
export interface ThreadOptions extends HostOptions {
  /** The number of jobs that are computed at once, at least 1. Others wait in a queue. Default 1. */
  readonly threads?: number
  /** The stack of each thread, in MiB. The default 4 is several times what the profile's bound needs. */
  readonly stackMb?: number
  /** The URL of the file `ipvm-wasm/worker`, for bundlers that move it. */
  readonly workerUrl?: URL
  /**
   * The greatest number of instrumented bytes that each thread keeps compiled. The least recently used modules are removed first.
   * Without an index, the engine itself keeps as many bytes for threads that it starts later. Default 32 MiB.
   */
  readonly keptBytes?: number
  /**
   * A folder for the private index of instrumented modules, which is kept when the process has ended. It is created with mode
   * 0700, and is not used if other users may access it, since whoever can write there decides what guests do. Default: none.
   */
  readonly index?: string
  /** The greatest number of bytes in that folder. The least recently used files are removed first. Default 512 MiB. */
  readonly indexBytes?: number
}

/**
 * An engine on threads of this process. A guest that runs too long is ended with its thread, and the next job gets a new thread.
 * Threads are started when they are needed, and keep the modules that they have prepared. A module's bytes are sent to a thread
 * only if it has not prepared the module.
 *
 * Threads share the memory of the process. If compiling a module takes more memory than there is, V8 ends the whole process.
 * `createProcessEngine` confines that to one job.
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

/** Checks the options that threads and processes share. Throws Fault('bad-usage'). */
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
