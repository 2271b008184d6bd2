/**
 * From bytes and a call to an outcome: the whole pure way, the same for executors and verifiers. What it gives depends on
 * its arguments alone; what it cannot tell, it throws as a fault.
 */
import { Fault } from '../base/fault.ts'
import { hostFault } from '../base/host-fault.ts'
import { prepareCall } from '../abi/prepare.ts'
import type { Argument, Call, Linked } from '../abi/guest.ts'
import { isRejection } from '../abi/lookup.ts'
import type { Outcome, Profile, Rejection, RunLimits, TrapCode } from '../interface.ts'
import type { Mode } from '../instrument/steps.ts'
import type { Facts } from './facts.ts'
import { parameterGas } from './starting-gas.ts'
import { Machine, type Undecided } from './machine.ts'
import { Preparer, type Means, type PreparerOptions, type Source } from './preparer.ts'

/** What is to be computed. Plain data, so that it can be handed to another thread. */
export interface Job extends Errand {
  /** The module's bytes. */
  readonly module: Uint8Array
  /** The rules to run under. */
  readonly profile: Profile
  /** Finds out what links in `args` stand for; needed if there are any. */
  readonly loadArgs?: LoadArgs | undefined
}

/**
 * The parameters of a job with the sizes of all links, or with their contents, too. It is asked for the sizes once the links are
 * known to be where bytes may be, and for the contents once they are paid for. Throws faults of the content.
 */
export type LoadArgs = (wanted: WantedArgs) => Promise<readonly Argument[]>
export type WantedArgs = 'sizes' | 'contents'

/** A job, perhaps without the module: it need not come along where it was prepared before. */
export interface Errand extends Partial<Source> {
  /**
   * Names module and profile, by their CIDs: what was prepared under it is used again without a look at either, and with an
   * index by other processes, too.
   */
  readonly key: string
  /** The name of the exported function. */
  readonly fun: string
  /** How parameters and results cross, as in a task. */
  readonly abi: string
  /** The parameters, with links replaced by the bytes that they name. */
  readonly args: readonly Argument[]
  /** The limits of the run. */
  readonly limits: RunLimits
  /** How to go on, if faster modes have failed in this very job. */
  readonly undecided?: Undecided
}

/**
 * The answer to an errand that takes the module, or the sizes or contents of its links: it is to be sent again with these, and
 * `undecided` as it is here.
 */
export interface Wanted {
  readonly wanted: 'module' | WantedArgs
  readonly undecided?: Undecided
}

/** Computes outcomes, and keeps what it prepared. */
export class Computer {
  readonly #preparer: Preparer

  /** Tries jobs in the fast mode first, or begins with a slower one. Outcomes are the same. */
  constructor(first: Mode = 'fast', options: PreparerOptions = {}) {
    this.#preparer = new Preparer(first, options)
  }

  /** What is known of the module under a key, which is admitted if need be; undefined if it is needed for that and not given. */
  async facts(key: string, means: Means): Promise<Facts | Rejection | undefined> {
    try {
      return (await this.#preparer.judge(key, means))?.judged
    } catch (error) {
      throw hostFault(error)
    }
  }

  /** The outcome of a job; of an errand perhaps what it still takes. */
  async compute(job: Job, onStage?: Means['onStage']): Promise<Outcome>
  async compute(errand: Errand, onStage?: Means['onStage']): Promise<Outcome | Wanted>
  async compute(errand: Errand & Pick<Partial<Job>, 'loadArgs'>, onStage?: Means['onStage']): Promise<Outcome | Wanted> {
    try {
      return await this.#compute(errand, onStage)
    } catch (error) {
      throw hostFault(error)
    }
  }

  async #compute(errand: Errand & Pick<Partial<Job>, 'loadArgs'>, onStage: Means['onStage']): Promise<Outcome | Wanted> {
    const { key, limits, module, profile, loadArgs } = errand
    const means: Means = { ...(module && { module }), ...(profile && { profile }), onStage }
    const prepared = await this.#preparer.judge(key, means)
    if (prepared === undefined) return wanted(errand.undecided)
    const facts = prepared.judged
    if ('kind' in facts) return rejected(facts)
    const judged = judgeCall(facts, errand)
    if ('wanted' in judged) return loadArgs === undefined ? judged : this.#compute({ ...errand, args: await loadArgs(judged.wanted) }, onStage)
    if ('out' in judged) return judged
    const { call, price } = judged
    for (let { undecided } = errand; ;) {
      const mode = undecided?.next ?? prepared.first
      const compiled = await this.#preparer.compiled(prepared, mode, means)
      if (compiled === undefined) return wanted(undecided)
      const end = await run(compiled, mode, facts, call, limits, price)
      if (!('next' in end)) return mode === 'precise' && undecided?.mayEndWell === false ? confirmed(end) : end
      if (end.metNan === true) prepared.first = end.next
      undecided = end
    }
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
function judgeCall(facts: Facts, { abi, fun, args, limits }: Errand): Outcome | { readonly wanted: WantedArgs } | Admitted {
  const call = prepareCall(facts.callable, abi, fun, args, facts.valueBytes)
  if (isRejection(call)) return rejected(call)
  if (args.some(lacks('size'))) return { wanted: 'sizes' }
  const { pages, price, segments } = facts
  if (pages > limits.pages) return { ...rejected({ kind: 'rejection', code: 'limit', subject: 'pages' }), growRefused: true }
  if (price > limits.gas) return trapped('out-of-gas', limits.gas)
  if (segments !== undefined) return trapped(segments, price, pages)
  const all = price + parameterGas(facts, call)
  if (all > limits.gas) return trapped('out-of-gas', limits.gas)
  return args.some(lacks('content')) ? { wanted: 'contents' } : { call, price: all }
}

function lacks(what: 'size' | 'content'): (arg: Argument) => boolean {
  return arg => typeof arg === 'object' && 'kind' in arg && (arg as Linked)[what] === undefined
}

/** Runs a call on a fresh instance. */
async function run(
  compiled: WebAssembly.Module, mode: Mode, facts: Facts, call: Call, limits: RunLimits, price: bigint,
): Promise<Outcome | Undecided> {
  const machine = await Machine.create(compiled, mode, facts, { gas: limits.gas - price, pages: limits.pages })
  let out: Outcome['out']
  try {
    machine.start()
    out = { ok: call.invoke(machine) }
  } catch (error) {
    const code = machine.trapOf(error)
    if (code === undefined) throw new Fault('engine-failed', 'the engine trapped where the code cannot')
    if (typeof code === 'object') return code
    out = { error: { kind: 'trap', code } }
  }
  if ('error' in out && out.error.code === 'out-of-gas') return trapped('out-of-gas', limits.gas)
  const trace = 'error' in out ? machine.trace : undefined
  const { pages: peakPages, growRefused, logs } = machine
  return { out, gasUsed: limits.gas - machine.gas, peakPages, growRefused, logs, ...(trace && { trace }) }
}

function wanted(undecided: Undecided | undefined): Wanted {
  return { wanted: 'module', ...(undecided && { undecided }) }
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
