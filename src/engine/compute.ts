/**
 * Computes the outcome of a job. Executors and verifiers both use this code. The outcome depends on the job alone; if this
 * host cannot compute it, a fault is thrown.
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
import { openFiles, type Files, type OpenedFiles } from './files.ts'
import type { ModuleInfo } from './module-info.ts'
import { loaderOf, sourceOf, type Job, type WantedLinks } from './job.ts'
import { parameterGas } from './starting-gas.ts'
import { withFiles } from './kept-files.ts'
import { Machine, type Imported, type Rerun } from './machine.ts'
import { Preparer, type Means, type Preparations, type Source } from './preparer.ts'
import { GuestExit } from './run-ends.ts'

export type { Job, JobFiles, LoadLinks, WantedLinks } from './job.ts'

/** A job whose module is loaded only if it has to be prepared. */
export interface SourcedJob extends Omit<Job, 'module' | 'profile' | 'files'> {
  source(): Promise<Source>
  readonly files?: Files | undefined
}

/** Options of a `Computer`: how it prepares modules, and which host functions it has besides our own. */
export interface ComputerOptions extends Preparations {
  /** URLs of modules of host functions. */
  readonly hostModules?: readonly string[] | undefined
}

/** Computes outcomes, with a cache of prepared modules. */
export class Computer {
  readonly #preparer: Preparer
  readonly #hostModules: readonly string[]
  /** Loaded when the first module with imports runs. */
  #hostFunctions: Promise<HostFunctions> | undefined

  /** `first` is the mode in which jobs are tried first. Outcomes do not depend on it. */
  constructor(first: ModeName = 'fast', { hostModules = [], ...options }: ComputerOptions = {}) {
    this.#preparer = new Preparer(first, options)
    this.#hostModules = hostModules
  }

  /** The module info under a key, or the rejection. Admits the module if it is not in the cache. Throws faults. */
  async moduleInfo(key: string, means: Means): Promise<ModuleInfo | Rejection> {
    try {
      return (await this.#preparer.admit(key, means)).info
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
    const prepared = await this.#preparer.admit(job.key, means)
    const info = prepared.info
    if ('kind' in info) return rejected(info)
    const checked = await checkCallWithLinks(info, job)
    if ('out' in checked) return checked
    const { call, price } = checked
    const trees = call.trees ?? []
    const files = trees.length === 0 ? undefined : await openFiles(job.files, eachOnce(trees))
    for (let rerun: Rerun | undefined; ;) {
      files?.begin()
      const imported = await this.#imported(info, job, call, files)
      const mode = rerun?.next ?? prepared.first
      const compiled = await this.#preparer.compiled(prepared, mode, means)
      const end = await run(compiled, mode, info, imported, call, job.limits, price)
      if (!('next' in end)) return mode === 'precise' && rerun?.mayEndWell === false ? confirmed(end) : end
      if (end.metNan === true) prepared.first = end.next
      rerun = end
    }
  }

  async #imported(
    { imports, limits }: ModuleInfo,
    { task, fun }: SourcedJob,
    call: Call,
    files: OpenedFiles | undefined,
  ): Promise<Imported> {
    const program = call.program?.program(task, files?.open ?? noFiles)
    const inputs: WasiInputs = { task, fun, params: call.inputs(), limits, ...(program && { program }) }
    if (imports.length === 0) return { linked: [], inputs }
    const functions = await (this.#hostFunctions ??= HostFunctions.load(this.#hostModules))
    return { linked: functions.link(imports), inputs }
  }
}

/** Checks a call, and loads sizes and contents of its links when the check asks for them. */
async function checkCallWithLinks(info: ModuleInfo, job: SourcedJob): Promise<Outcome | CheckedCall> {
  for (let links = new Links(); ;) {
    const checked = checkCall(info, job, links)
    if (!('what' in checked)) return checked
    links = links.with(checkContents(await loaderOf(job.loadLinks)(checked), checked))
  }
}

/** A call that may run, with the price of everything that happens before the guest runs. */
interface CheckedCall {
  readonly call: Call
  readonly price: bigint
}

/**
 * Checks a call in the order of GAS-8, as far as its parameters are known. Returns the outcome if the call must not run, or
 * asks for more of its links. Sizes of links are asked for before contents, since contents cost most to load.
 */
function checkCall(
  info: ModuleInfo,
  { abi, fun, args, limits }: SourcedJob,
  links: Links,
): Outcome | WantedLinks | CheckedCall {
  const call = prepareCall(info.callable, { abi, fun, args, links }, info.limits)
  if (isRejection(call)) return rejected(call)
  const unsized = call.links.filter(link => links.sizeOf(link) === undefined)
  if (unsized.length > 0) return { what: 'sizes', links: eachOnce(unsized) }
  const { pages, price, segments } = info
  if (pages > limits.pages)
    return { ...rejected({ kind: 'rejection', code: 'limit', subject: 'pages' }), growRefused: true }
  if (price > limits.gas) return trapped('out-of-gas', limits.gas)
  if (segments !== undefined) return trapped(segments, price, pages)
  const all = price + parameterGas(info, call)
  if (all > limits.gas) return trapped('out-of-gas', limits.gas)
  const unread = call.links.filter(link => !links.has(link))
  if (unread.length > 0) return { what: 'contents', links: eachOnce(unread) }
  return { call, price: all }
}

function noFiles(link: Link): never {
  throw new Fault('internal', `the call has no file ${link['/']}`)
}

function eachOnce(links: readonly Link[]): readonly Link[] {
  return [...new Map(links.map(link => [link['/'], link])).values()]
}

/** The outcome if a result is a list or map that exceeds the profile's limits on results. */
const VIOLATION = { error: { kind: 'trap', code: 'abi-violation' } } as const

/** Runs a call on a fresh instance. */
async function run(
  compiled: WebAssembly.Module,
  mode: ModeName,
  info: ModuleInfo,
  imported: Imported,
  call: Call,
  limits: RunLimits,
  price: bigint,
): Promise<Outcome | Rerun> {
  const rest = { gas: limits.gas - price, pages: limits.pages }
  const machine = await Machine.create(compiled, mode, info, rest, imported)
  let out: Outcome['out']
  try {
    machine.start()
    const result = call.invoke(machine)
    // The sizes of byte strings and texts were checked before they were copied from the guest.
    out = depthOf(result) > 0 && !fitsResult(result, info.limits) ? VIOLATION : { ok: result }
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

/** The outcome of the precise mode, which is final. If another mode has trapped for certain, this one must trap as well. */
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
