/**
 * From bytes and a call to an outcome: the whole pure way, the same for executors and verifiers. What it gives depends on
 * its arguments alone; what it cannot tell, it throws as a fault.
 */
import { Fault } from '../base/fault.ts'
import { prepareCall } from '../abi/prepare.ts'
import type { Argument, Call } from '../abi/guest.ts'
import { isRejection } from '../abi/lookup.ts'
import { admit, rejectionOf, type AdmittedModule } from '../admission/admit.ts'
import type { Outcome, Profile, Rejection, RunLimits, TrapCode } from '../interface.ts'
import { instrument } from '../instrument/instrument.ts'
import type { Mode } from '../instrument/plan.ts'
import { instantiationGas, segmentTrap } from './instantiation-gas.ts'
import { hostFault, Machine } from './machine.ts'

/** What is to be computed. Plain data, so that it can be handed to another thread. */
export interface Job {
  /** Names module and profile, so that what was prepared for them can be used again. */
  readonly key: string
  readonly module: Uint8Array
  readonly profile: Profile
  readonly fun: string
  readonly abi: string
  readonly args: readonly Argument[]
  readonly limits: RunLimits
}

/** A module that was judged and, once it had to run, compiled. */
interface Prepared {
  readonly admitted: AdmittedModule | undefined
  readonly rejection: Rejection | undefined
  readonly compiled: Partial<Record<Mode, Promise<WebAssembly.Module>>>
}

/** Prepared modules that are kept for the next job, the least recently used given up first. */
const KEPT = 32

/** Computes outcomes, and keeps what it prepared. */
export class Computer {
  readonly #prepared = new Map<string, Prepared>()
  readonly #first: Mode

  /** Tries jobs in the fast mode first, or goes straight to the precise one. Outcomes are the same. */
  constructor(first: Mode = 'fast') {
    this.#first = first
  }

  async compute(job: Job): Promise<Outcome> {
    const prepared = this.#prepare(job)
    const { admitted } = prepared
    if (admitted === undefined) return rejected(prepared.rejection!)
    const { module, profile } = admitted
    const call = prepareCall(module, job.abi, job.fun, job.args)
    if (isRejection(call)) return rejected(call)
    if ((module.memory?.min ?? 0) > job.limits.pages) return { ...rejected({ kind: 'rejection', code: 'limit', subject: 'pages' }), growRefused: true }
    const price = instantiationGas(module, profile)
    if (price > job.limits.gas) return trapped('out-of-gas', job.limits.gas)
    const segment = segmentTrap(module)
    if (segment !== undefined) return trapped(segment, price, module.memory?.min ?? 0)
    const attempt = async (mode: Mode): Promise<Outcome | undefined> =>
      run(await compiled(prepared, admitted, mode), mode, profile, call, job.limits, price)
    return await attempt(this.#first) ?? decided(await attempt('precise'))
  }

  #prepare({ key, module, profile }: Job): Prepared {
    let prepared = this.#prepared.get(key)
    if (prepared === undefined) {
      const { admitted, findings } = admit(module, profile)
      prepared = { admitted, rejection: admitted === undefined ? rejectionOf(findings) : undefined, compiled: {} }
    }
    this.#prepared.delete(key)
    this.#prepared.set(key, prepared)
    if (this.#prepared.size > KEPT) this.#prepared.delete(this.#prepared.keys().next().value!)
    return prepared
  }
}

/** The module, compiled once for each mode. A fault is not kept: the host may be able to the next time. */
async function compiled(prepared: Prepared, admitted: AdmittedModule, mode: Mode): Promise<WebAssembly.Module> {
  try {
    return await (prepared.compiled[mode] ??= compile(admitted, mode))
  } catch (fault) {
    delete prepared.compiled[mode]
    throw fault
  }
}

async function compile(admitted: AdmittedModule, mode: Mode): Promise<WebAssembly.Module> {
  try {
    const { bytes } = await instrument(admitted, mode)
    return new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>)
  } catch (error) {
    throw hostFault(error)
  }
}

/** Runs a call on a fresh instance. Undefined if it trapped in the fast mode, which does not know how. */
function run(compiled: WebAssembly.Module, mode: Mode, profile: Profile, call: Call, limits: RunLimits, price: bigint): Outcome | undefined {
  const machine = new Machine(compiled, mode, profile, { gas: limits.gas - price, pages: limits.pages }, call.instantiate)
  let out: Outcome['out']
  try {
    machine.start()
    out = { ok: call.invoke(machine) }
  } catch (error) {
    const code = machine.trapOf(error)
    if (code === undefined) return undefined
    out = { error: { kind: 'trap', code } }
  }
  if ('error' in out && out.error.code === 'out-of-gas') return trapped('out-of-gas', limits.gas)
  return { out, gasUsed: limits.gas - machine.gas, peakPages: machine.pages, growRefused: machine.growRefused, logs: machine.logs }
}

/** The precise mode's outcome, which is the last word; and a trap of the fast mode that it does not confirm is a bug of ours. */
function decided(outcome: Outcome | undefined): Outcome {
  if (outcome === undefined) throw new Fault('engine-failed', 'the engine trapped where the code cannot')
  if ('ok' in outcome.out) throw new Fault('internal', 'the two modes of metering disagree')
  return outcome
}

function rejected(rejection: Rejection): Outcome {
  return { out: { error: rejection }, gasUsed: 0n, peakPages: 0, growRefused: false, logs: new Uint8Array(0) }
}

function trapped(code: TrapCode, gasUsed: bigint, peakPages = 0): Outcome {
  return { out: { error: { kind: 'trap', code } }, gasUsed, peakPages, growRefused: false, logs: new Uint8Array(0) }
}
