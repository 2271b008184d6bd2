/**
 * From bytes and a call to an outcome: the whole pure way, the same for executors and verifiers. What it gives depends on
 * its arguments alone; what it cannot tell, it throws as a fault.
 */
import { prepareCall } from '../abi/prepare.ts'
import type { Argument, Call } from '../abi/guest.ts'
import { isRejection } from '../abi/lookup.ts'
import { admit, rejectionOf, type AdmittedModule } from '../admission/admit.ts'
import type { Outcome, Profile, Rejection, RunLimits, TrapCode } from '../interface.ts'
import { instrument } from '../instrument/instrument.ts'
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
  compiled: Promise<WebAssembly.Module> | undefined
}

/** Prepared modules that are kept for the next job, the least recently used given up first. */
const KEPT = 32

/** Computes outcomes, and keeps what it prepared. */
export class Computer {
  readonly #prepared = new Map<string, Prepared>()

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
    prepared.compiled ??= compile(admitted)
    return run(await prepared.compiled, profile, call, job.limits, price)
  }

  #prepare({ key, module, profile }: Job): Prepared {
    let prepared = this.#prepared.get(key)
    if (prepared === undefined) {
      const { admitted, findings } = admit(module, profile)
      prepared = { admitted, rejection: admitted === undefined ? rejectionOf(findings) : undefined, compiled: undefined }
    }
    this.#prepared.delete(key)
    this.#prepared.set(key, prepared)
    if (this.#prepared.size > KEPT) this.#prepared.delete(this.#prepared.keys().next().value!)
    return prepared
  }
}

async function compile(admitted: AdmittedModule): Promise<WebAssembly.Module> {
  try {
    const { bytes } = await instrument(admitted)
    return new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>)
  } catch (error) {
    throw hostFault(error)
  }
}

function run(compiled: WebAssembly.Module, profile: Profile, call: Call, limits: RunLimits, price: bigint): Outcome {
  const machine = new Machine(compiled, profile, { gas: limits.gas - price, pages: limits.pages }, call.instantiate)
  let out: Outcome['out']
  try {
    machine.start()
    out = { ok: call.invoke(machine) }
  } catch (error) {
    out = { error: { kind: 'trap', code: machine.trapOf(error) } }
  }
  if ('error' in out && out.error.code === 'out-of-gas') return trapped('out-of-gas', limits.gas)
  return { out, gasUsed: limits.gas - machine.gas, peakPages: machine.pages, growRefused: machine.growRefused, logs: machine.logs }
}

function rejected(rejection: Rejection): Outcome {
  return { out: { error: rejection }, gasUsed: 0n, peakPages: 0, growRefused: false, logs: new Uint8Array(0) }
}

function trapped(code: TrapCode, gasUsed: bigint, peakPages = 0): Outcome {
  return { out: { error: { kind: 'trap', code } }, gasUsed, peakPages, growRefused: false, logs: new Uint8Array(0) }
}
