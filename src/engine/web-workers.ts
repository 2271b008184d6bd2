import { Fault } from '../base/fault.ts'
import { count, fields, optionalFunction, withMethods } from '../base/usage.ts'
import { checkHostModules } from '../host/registry.ts'
import type { HostOptions, PreparingEngine } from './engine.ts'
import { Pool } from './pool.ts'
import type { PreparedIndex } from './prepared-index.ts'
import { openWebWorker, type WebWorker } from './web-seat.ts'

/** Options of an engine on Web Workers: the number of workers, how they are made, and what they keep. */
export interface WorkerEngineOptions extends HostOptions {
  /** The number of jobs that are computed at once, at least 1. Others wait in a queue. Default 1. */
  readonly workers?: number
  /**
   * Makes a worker, for bundlers and pages with needs of their own. Its file must import `ipvm-wasm/web-worker` first, and do nothing
   * else: `() => new Worker(new URL('./my-worker.js', import.meta.url), { type: 'module' })`. Default: a worker of the file that this
   * package has for it.
   */
  readonly worker?: () => WebWorker
  /**
   * The greatest number of instrumented bytes that each worker keeps compiled. The least recently used modules are removed first.
   * The engine itself keeps as many bytes for workers that it starts later. Default 32 MiB.
   */
  readonly keptBytes?: number
  /**
   * Keeps prepared modules when the page is closed, such as `createIndexedDbIndex`. Default: none, so they are in memory alone. Read there
   * who must own an origin for that.
   */
  readonly index?: PreparedIndex | undefined
}

/**
 * An engine on Web Workers, for browsers, Deno and Bun. Modules are prepared and compiled in the workers, and never on the calling
 * thread. A guest that runs too long is ended with its worker, and the next job gets a new one. Workers are started when they are
 * needed, and keep the modules that they have prepared.
 *
 * - A guest in an endless loop is given up at once, and browsers end it with its worker, at the latest some seconds later. Until then
 *   there are more workers than `workers`. Deno and Bun cannot interrupt a worker, so there the guest goes on running. Use
 *   `createProcessEngine` there for the tasks of strangers.
 * - A guest reads its files block by block where memory can be shared: on a page that is isolated from other origins, in Deno and in Bun.
 *   Elsewhere all blocks are loaded before it runs, and files above `maxParamBytes` are the fault `too-large`. Receipts are the same.
 * - Workers have the stack that the platform gives them. Where it is too small for a module, that is the fault `host-stack`.
 * - Workers share the memory of the page. If compiling a module takes more memory than there is, a browser may end the page.
 * - Deno does not end by itself while an engine has a worker, so close the engine. If a guest was given up there, use `Deno.exit`.
 * - In a hidden page timers are late by up to a minute, and so is `timeoutMs`. Nothing else depends on timers.
 *
 * Node has no Web Workers: use `createThreadEngine` there.
 *
 * @throws Fault bad-usage, also if this host has no Web Workers and the options do not make any
 */
export function createWorkerEngine(options: WorkerEngineOptions = {}): PreparingEngine {
  const { workers = 1, worker: make = ownWorker, keptBytes, index } = fields(options, 'options')
  count(workers, 'workers', 1)
  optionalFunction(make, 'worker')
  if (make === ownWorker && typeof Worker === 'undefined')
    throw new Fault('bad-usage', NO_WORKERS, { argument: 'worker' })
  count(keptBytes, 'keptBytes')
  if (index !== undefined) withMethods(index, 'index', ['get', 'put'])
  const setup = { hostModules: checkHostModules(options.hostModules), keptBytes }
  return new Pool(workers, keptBytes, events => openWebWorker({ make, setup }, events), index)
}

const NO_WORKERS =
  'this host has no Web Workers: on Node use createThreadEngine of ipvm-wasm/node, elsewhere pass a function that makes workers (worker)'

/** Bundlers recognise this form, and put the worker's file beside theirs. */
function ownWorker(): WebWorker {
  return new Worker(new URL('./web-worker.js', import.meta.url), { type: 'module' })
}
