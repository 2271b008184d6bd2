import type { ChildProcess } from 'node:child_process'
import { count, fields, positive } from '../base/usage.ts'
import { checkHostModules } from '../host/registry.ts'
import type { HostOptions, PreparingEngine } from './engine.ts'
import { Pool } from './pool.ts'
import { processSeat, startProcess, type ProcessSetup } from './process-seat.ts'
import type { Switches } from './switches.ts'
import { checkKeeping } from './threads.ts'

/** Options of a process engine: the number of processes, their memory, and what they keep. */
export interface ProcessOptions extends HostOptions {
  /** The number of jobs that are computed at once, at least 1. Others wait in a queue. Default 1. */
  readonly processes?: number
  /**
   * The greatest resident memory of each process in MiB, besides the pages that its task is allowed (`limits.pages`). It must
   * hold the platform itself, the preparation of the module, its machine code, arguments and results, and the 64 MiB of blocks of
   * files that are kept. A task that takes more ends with the fault `host-memory`. Memory is checked every 20 ms, so a task may
   * exceed the bound for that long. Default 2048.
   */
  readonly memoryMb?: number
  /** The stack for guests, in MiB. The default 4 is several times what the profile's bound needs. */
  readonly stackMb?: number
  /** The URL of the file `ipvm-wasm/child`, for bundlers that move it. */
  readonly childUrl?: URL
  /** The URL of the file `ipvm-wasm/worker`, likewise. */
  readonly workerUrl?: URL
  /**
   * The greatest number of instrumented bytes that each process keeps compiled. The least recently used modules are removed
   * first. Without an index, the engine itself keeps as many bytes for processes that it starts later. Default 32 MiB.
   */
  readonly keptBytes?: number
  /**
   * A folder for the private index of instrumented modules, which is kept when the processes have ended. It is created with mode
   * 0700, and is not used if other users may access it, since whoever can write there decides what guests do. Default: none.
   */
  readonly index?: string
  /** The greatest number of bytes in that folder. The least recently used files are removed first. Default 512 MiB. */
  readonly indexBytes?: number
}

const MEMORY_MB = 2048

/**
 * An engine on child processes, for tasks of strangers. Each process computes one task at a time: it admits, instruments and
 * compiles the module, and runs the guest. It is used again if the task has ended well.
 *
 * If a task takes too much memory, or kills its process, only that task ends with a fault: `host-memory`, or `engine-failed` if
 * the reason was another one. The next task gets a new process. To give a task up ends its process at once. Child processes
 * end when this process ends, for whatever reason.
 */
export function createProcessEngine(options: ProcessOptions = {}): PreparingEngine {
  const { processes, memoryMb } = fields(options, 'options')
  count(processes, 'processes', 1)
  positive(memoryMb, 'memoryMb')
  checkKeeping(options)
  return processEngine(options)
}

/** Makes a process engine whose first process may have been started before. The command line uses it to start early. */
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

/** How processes are started. `loadUnder` has switches of V8 under which they load binaryen. */
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
