/**
 * From bytes and a call to an outcome: the whole pure way, the same for executors and verifiers. What it gives depends on
 * its arguments alone; what it cannot tell, it throws as a fault.
 */
import { Fault } from '../base/fault.ts'
import { hostFault } from '../base/host-fault.ts'
import { depthOf, fitsResult } from '../base/measure.ts'
import { prepareCall } from '../abi/prepare.ts'
import type { Call } from '../abi/guest.ts'
import { Links } from '../abi/links.ts'
import { isRejection } from '../abi/lookup.ts'
import type { WasiInputs } from '../host/wasi/wasi.ts'
import { HostFunctions } from '../host/registry.ts'
import type { Link, Outcome, Rejection, RunLimits, TrapCode } from '../interface.ts'
import type { ModeName } from '../instrument/modes.ts'
import { checkContents } from './check-job.ts'
import type { Facts } from './facts.ts'
import { loaderOf, sourceOf, type Job, type WantedLinks } from './job.ts'
import { parameterGas } from './starting-gas.ts'
import { withFiles } from './kept-files.ts'
import { Machine, type Imported, type Rerun } from './machine.ts'
import { Preparer, type Means, type Preparations, type Source } from './preparer.ts'
import { GuestExit } from './run-ends.ts'

export type { Job, LoadLinks, WantedLinks } from './job.ts'

/** A job as it is computed: the source of the module is asked for if the module has to be prepared. */
export interface SourcedJob extends Omit<Job, 'module' | 'profile'> {
  source(): Promise<Source>
}

/** What computes: how it prepares modules, and the host functions that it has beside our own. */
export interface ComputerOptions extends Preparations {
  /** URLs of modules of host functions. */
  readonly hostModules?: readonly string[] | undefined
}

/** Computes outcomes, and keeps what it prepared. */
export class Computer {
  readonly #preparer: Preparer
  readonly #hostModules: readonly string[]
  /** Loaded once there is a module with imports. */
  #hostFunctions: Promise<HostFunctions> | undefined

  /** Tries jobs in the fast mode first, or begins with a slower one. Outcomes are the same. */
  constructor(first: ModeName = 'fast', { hostModules = [], ...options }: ComputerOptions = {}) {
    this.#preparer = new Preparer(first, options)
    this.#hostModules = hostModules
  }

  /** What is known of the module under a key, which is admitted if need be. Throws faults. */
  async facts(key: string, means: Means): Promise<Facts | Rejection> {
    try {
      return (await this.#preparer.judge(key, means)).judged
    } catch (error) {
      throw hostFault(error)
    }
  }

  compute(job: Job, onStage?: Means['onStage']): Promise<Outcome> {
    return this.perform({ ...job, source: () => sourceOf(job) }, onStage)
  }

  /** The outcome of a job. Throws faults. */
  async perform(job: SourcedJob, onStage?: Means['onStage']): Promise<Outcome> {
    try {
      return await this.#perform(job, onStage)
    } catch (error) {
      throw hostFault(error)
    }
  }

  async #perform(job: SourcedJob, onStage: Means['onStage']): Promise<Outcome> {
    const means: Means = { source: job.source, onStage }
    const prepared = await this.#preparer.judge(job.key, means)
    const facts = prepared.judged
    if ('kind' in facts) return rejected(facts)
    const judged = await judgeWithLinks(facts, job)
    if ('out' in judged) return judged
    const { call, price } = judged
    const imported = await this.#imported(facts, job, call)
    for (let rerun: Rerun | undefined; ;) {
      const mode = rerun?.next ?? prepared.first
      const compiled = await this.#preparer.compiled(prepared, mode, means)
      const end = await run(compiled, mode, facts, imported, call, job.limits, price)
      if (!('next' in end)) return mode === 'precise' && rerun?.mayEndWell === false ? confirmed(end) : end
      if (end.metNan === true) prepared.first = end.next
      rerun = end
    }
  }

  async #imported({ imports }: Facts, { task, fun }: SourcedJob, call: Call): Promise<Imported> {
    const program = call.program?.program(task)
    const inputs: WasiInputs = { task, fun, params: call.inputs(), ...(program && { program }) }
    if (imports.length === 0) return { linked: [], inputs }
    const functions = await (this.#hostFunctions ??= HostFunctions.load(this.#hostModules))
    return { linked: functions.link(imports), inputs }
  }
}

/** The judgement of a call, for which as much of its links is loaded as it takes. */
async function judgeWithLinks(facts: Facts, job: SourcedJob): Promise<Outcome | Admitted> {
  for (let links = new Links(); ;) {
    const judged = judgeCall(facts, job, links)
    if (!('what' in judged)) return judged
    links = links.with(checkContents(await loaderOf(job.loadLinks)(judged), judged))
  }
}

/** A call that gets to run, and what that costs before anything does. */
interface Admitted {
  readonly call: Call
  readonly price: bigint
}

/**
 * Judges a call in the order of GAS-8 by what is known of its parameters: what it comes to if it does not get to run, or what
 * has to be known to go on. What costs most to find out is asked for last.
 */
function judgeCall(
  facts: Facts,
  { abi, fun, args, limits }: SourcedJob,
  links: Links,
): Outcome | WantedLinks | Admitted {
  const call = prepareCall(facts.callable, { abi, fun, args, links }, facts.limits)
  if (isRejection(call)) return rejected(call)
  const unsized = call.links.filter(link => links.sizeOf(link) === undefined)
  if (unsized.length > 0) return { what: 'sizes', links: eachOnce(unsized) }
  const { pages, price, segments } = facts
  if (pages > limits.pages)
    return { ...rejected({ kind: 'rejection', code: 'limit', subject: 'pages' }), growRefused: true }
  if (price > limits.gas) return trapped('out-of-gas', limits.gas)
  if (segments !== undefined) return trapped(segments, price, pages)
  const all = price + parameterGas(facts, call)
  if (all > limits.gas) return trapped('out-of-gas', limits.gas)
  const unread = call.links.filter(link => !links.has(link))
  if (unread.length > 0) return { what: 'contents', links: eachOnce(unread) }
  const trees = (call.trees ?? []).filter(link => !links.hasTree(link))
  if (trees.length > 0) return { what: 'trees', links: eachOnce(trees) }
  return { call, price: all }
}

function eachOnce(links: readonly Link[]): readonly Link[] {
  return [...new Map(links.map(link => [link['/'], link])).values()]
}

/** What a list or map comes to that is larger than a result may be. */
const VIOLATION = { error: { kind: 'trap', code: 'abi-violation' } } as const

/** Runs a call on a fresh instance. */
async function run(
  compiled: WebAssembly.Module,
  mode: ModeName,
  facts: Facts,
  imported: Imported,
  call: Call,
  limits: RunLimits,
  price: bigint,
): Promise<Outcome | Rerun> {
  const rest = { gas: limits.gas - price, pages: limits.pages }
  const machine = await Machine.create(compiled, mode, facts, rest, imported)
  let out: Outcome['out']
  try {
    machine.start()
    const result = call.invoke(machine)
    // Byte strings and texts were judged before they were read out of the guest.
    out = depthOf(result) > 0 && !fitsResult(result, facts.limits) ? VIOLATION : { ok: result }
  } catch (error) {
    const end = error instanceof GuestExit ? { ok: error.result } : machine.trapOf(error)
    if (end === undefined) throw new Fault('engine-failed', 'the engine trapped where the code cannot')
    if (typeof end === 'object' && 'next' in end) return end
    out = typeof end === 'object' ? end : { error: { kind: 'trap', code: end } }
  }
  if ('error' in out && out.error.code === 'out-of-gas') return trapped('out-of-gas', limits.gas)
  const trace = 'error' in out ? machine.trace : undefined
  if ('error' in out) call.program?.trapped(machine)
  const left = 'ok' in out ? call.program?.left() : undefined
  const { pages: peakPages, growRefused, logs } = machine
  const outcome = { out, gasUsed: limits.gas - machine.gas, peakPages, growRefused, logs, ...(trace && { trace }) }
  return left === undefined ? outcome : withFiles(outcome, left)
}

/** The precise mode's outcome, which is the last word. A trap of another mode that it does not confirm is a bug of ours. */
function confirmed(outcome: Outcome): Outcome {
  if ('ok' in outcome.out) throw new Fault('internal', 'the modes of metering disagree')
  return outcome
}

function rejected(rejection: Rejection): Outcome {
  return { out: { error: rejection }, gasUsed: 0n, peakPages: 0, growRefused: false, logs: new Uint8Array(0) }
}

function trapped(code: TrapCode, gasUsed: bigint, peakPages = 0): Outcome {
  return { out: { error: { kind: 'trap', code } }, gasUsed, peakPages, growRefused: false, logs: new Uint8Array(0) }
}
