import type { ChildProcess } from 'node:child_process'
import { count, fields, positive } from '../base/usage.ts'
import { checkHostModules } from '../host/registry.ts'
import type { HostOptions, PreparingEngine } from './engine.ts'
import { Pool } from './pool.ts'
import { processSeat, startProcess, type ProcessSetup } from './process-seat.ts'
import type { Switches } from './switches.ts'
import { checkKeeping } from './threads.ts'

/** How many processes an engine has, how much memory, and what they keep. */
export interface ProcessOptions extends HostOptions {
  /** Jobs that are computed at once, at least 1; others wait. Default 1. */
  readonly processes?: number
  /**
   * Resident memory of each process beside the pages that its task is allowed (`limits.pages`), in MiB: what the platform
   * itself takes, preparing the module, its machine code, arguments and results. A task that takes more is the fault
   * `host-memory`. It is looked at every 20 ms, and what a task takes in between goes beyond it. Default 2048.
   */
  readonly memoryMb?: number
  /** Stack for guests, in MiB. The default 4 holds the profile's bound several times over. */
  readonly stackMb?: number
  /** Where the file of the process is, for bundlers that move it. */
  readonly childUrl?: URL
  /** Where the file of the thread in it is, likewise. */
  readonly workerUrl?: URL
  /**
   * Instrumented bytes of the modules that each process keeps compiled; the least recently used go first. Without an index
   * the engine itself keeps as many bytes for processes that come later. Default 32 MiB.
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

const MEMORY_MB = 2048

/**
 * An engine on processes of its own, for tasks of strangers. Guests run, and their modules are checked, instrumented and
 * compiled, in child processes: one task at a time each, and the process is used again if it came out of it well. A task
 * that takes too much memory, or at which the platform dies, is the fault of that one task (`host-memory`, or
 * `engine-failed` where it was not memory), and the next task gets another process. A task that is given up ends with its
 * process, at once and for certain. Processes end with this one, however it ends.
 */
export function createProcessEngine(options: ProcessOptions = {}): PreparingEngine {
  const { processes, memoryMb } = fields(options, 'options')
  count(processes, 'processes', 1)
  positive(memoryMb, 'memoryMb')
  checkKeeping(options)
  return processEngine(options)
}

/** The same, for our own command line, which has started the first process already. */
export function processEngine(options: ProcessOptions, first?: ChildProcess): PreparingEngine {
  const { processes = 1, memoryMb = MEMORY_MB, keptBytes } = options
  const setup = processSetup(options)
  let spare = first
  return new Pool(processes, keptBytes, events => {
    const child = spare ?? startProcess(setup)
    spare = undefined
    return processSeat(child, memoryMb, events)
  })
}

/** How processes are started. `loadUnder`: switches of V8 under which they load binaryen. */
export function processSetup(options: ProcessOptions, loadUnder?: Switches): ProcessSetup {
  const { stackMb = 4, keptBytes, index, indexBytes } = options
  const kept = { keptBytes, index: index === undefined ? undefined : { folder: index, maxBytes: indexBytes } }
  return {
    childUrl: options.childUrl ?? new URL('./child.js', import.meta.url),
    workerUrl: options.workerUrl ?? new URL('./worker.js', import.meta.url),
    stackMb,
    setup: { hostModules: checkHostModules(options.hostModules), ...kept, loadUnder },
  }
}
