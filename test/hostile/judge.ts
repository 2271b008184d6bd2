/**
 * Runs one hostile module through admission, the engine's own validator, instrumentation in all modes, and runs with
 * little gas. A violated invariant is reported as `failure`.
 */
import type { Argument } from '../../src/abi/guest.ts'
import type { AdmittedModule } from '../../src/admission/admit.ts'
import { rejectionOf } from '../../src/admission/admit.ts'
import { Fault } from '../../src/base/fault.ts'
import { Computer, type Job } from '../../src/engine/compute.ts'
import { instantiationGas } from '../../src/engine/instantiation-gas.ts'
import { instrument } from '../../src/instrument/instrument.ts'
import type { Profile } from '../../src/interface-profile.ts'
import type { Outcome } from '../../src/interface.ts'
import { F32, F64, I32, I64, isReference, type ValueType } from '../../src/wasm/types.ts'
import { PROFILES } from '../properties/profiles.ts'
import { hex } from '../properties/seen.ts'
import type { Random } from '../support/random.ts'
import { judged } from '../wasm/agreement.ts'
import type { KnownCall, Mutant } from './samples.ts'

/** The verdict: `refused` with the code of the receipt, `ran` with the outcome, or `failure` with the problem. */
export interface Verdict {
  readonly kind: 'refused' | 'ran' | 'failure'
  readonly what: string
}

/** A call of a module under a profile, in the form in which it is tried and stored. */
export interface Trial {
  readonly bytes: Uint8Array
  readonly profile: Profile
  readonly call: KnownCall
  /** The gas in addition to the price of instantiation. */
  readonly work: bigint
  readonly pages: number
}

/** The limit on initial pages. Clearing larger memories would take more time than everything else. */
const MAX_PAGES = 64

const MODES = ['fast', 'steady', 'precise'] as const

export class Judge {
  readonly #computers = MODES.map(mode => new Computer(mode))
  #count = 0

  /** Judges a mutant: chooses a profile, a call and limits. Never throws. */
  async judge(mutant: Mutant): Promise<{ readonly verdict: Verdict; readonly trial: Trial }> {
    const { bytes, random } = mutant
    const trial = {
      bytes,
      profile: random.pick(PROFILES),
      call: { fun: 'f', abi: 'core', args: [] } as KnownCall,
      work: random.pick([3_000n, 30_000n, 200_000n]),
      pages: random.pick([0, 1, 2, 17]),
    }
    try {
      const {
        admission: { admitted, findings },
      } = judged(bytes, trial.profile)
      if (admitted === undefined) return { trial, verdict: { kind: 'refused', what: rejectionOf(findings).code } }
      trial.call = callOf(admitted, mutant)
      const least = admitted.module.memory?.min ?? 0
      if (least < MAX_PAGES && !random.once(20)) trial.pages += least
      return { trial, verdict: { kind: 'ran', what: await this.#run(admitted, trial) } }
    } catch (error) {
      return { trial, verdict: { kind: 'failure', what: describe(error) } }
    }
  }

  /** Repeats a stored trial. Returns the outcome, or throws the problem. */
  async again(trial: Trial): Promise<string> {
    const {
      admission: { admitted, findings },
    } = judged(trial.bytes, trial.profile)
    return admitted === undefined ? `refused ${rejectionOf(findings).code}` : this.#run(admitted, trial)
  }

  async #run(admitted: AdmittedModule, { bytes, profile, call, work, pages }: Trial): Promise<string> {
    const price = instantiationGas(admitted.module, profile)
    const job: Job = {
      key: String(this.#count++),
      module: bytes,
      profile,
      ...call,
      limits: { gas: price + work, pages },
    }
    const outcomes: Outcome[] = []
    for (const computer of this.#computers) outcomes.push(await computer.compute(job))
    const [fast, precise] = outcomes.map(line) as [string, string]
    if (fast !== precise) throw new Error(`fast gives ${fast}, precise ${precise}`)
    const { out, gasUsed } = outcomes[0]!
    // An outcome that is decided before instantiation needs no compilation. But every admitted module must compile.
    if ('error' in out && gasUsed <= price) await compileBoth(admitted)
    return 'ok' in out ? 'ok' : `${out.error.kind} ${out.error.code}`
  }
}

async function compileBoth(admitted: AdmittedModule): Promise<void> {
  for (const mode of MODES) new WebAssembly.Module((await instrument(admitted, mode)).bytes as Uint8Array<ArrayBuffer>)
}

function line({ out, gasUsed, peakPages, growRefused, logs }: Outcome): string {
  const value = (of: unknown): unknown =>
    of instanceof Uint8Array ? hex(of) : typeof of === 'bigint' ? String(of) : of
  const text = JSON.stringify(out, (_, of: unknown) => value(of))
  return `${text} gas ${gasUsed} pages ${peakPages}${growRefused ? ' growth refused' : ''} logs ${hex(logs)}`
}

function describe(error: unknown): string {
  if (!(error instanceof Fault)) return String(error)
  const cause = error.cause === undefined ? '' : ` (${String(error.cause)})`
  return `fault ${error.code}: ${error.message}${cause}`
}

/** A known call of the module, or a call of any exported function. */
function callOf({ module }: AdmittedModule, { calls, random }: Mutant): KnownCall {
  if (calls.length > 0 && !random.once(4)) return random.pick(calls)
  const callable = module.exports.filter(({ kind, index }) => {
    if (kind !== 'function') return false
    const { params, results } = module.functions[index]!
    return !params.some(isReference) && !results.some(isReference)
  })
  if (callable.length === 0) return { fun: 'f', abi: 'core', args: [] }
  const { name, index } = random.pick(callable)
  return { fun: name, abi: 'core', args: module.functions[index]!.params.map(type => argument(type, random)) }
}

const EDGES = [0n, 1n, -1n, 2n, 8n, 65_536n, 2n ** 31n - 1n, -(2n ** 31n), 2n ** 63n - 1n]
/** The last bytes of floats: zero, a quiet NaN with payload, a signalling NaN and a number, for any size. */
const FLOATS = [[0], [0xc1, 0xff, 0xff], [0xa1, 0x7f, 0xff], [0x3f, 0xf0]] as const

function argument(type: ValueType, random: Random): Argument {
  if (type === I32) return BigInt.asIntN(32, random.pick(EDGES))
  if (type === I64) return BigInt.asIntN(64, random.pick(EDGES))
  const size = type === F32 ? 4 : type === F64 ? 8 : 16
  const bytes = random.once(2) ? random.bytes(size) : new Uint8Array(size)
  random.pick(FLOATS).forEach((byte, i) => {
    bytes[size - 1 - i] = byte
  })
  return bytes
}
