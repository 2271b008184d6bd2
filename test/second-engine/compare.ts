/**
 * Compares the metered engine in all modes with another engine, on generated modules. Results, traps, logs, memory and
 * exported globals must be equal. The other engine has neither the gas nor the stack of the profile, so a call that
 * runs out of one of them is not compared.
 */
import { INITIALIZE, isReactor } from '../../src/abi/lookup.ts'
import { isReference, typeName } from '../../src/wasm/types.ts'
import { Choices } from '../generate/choices.ts'
import { constantOf } from '../generate/constants.ts'
import { generate } from '../generate/module.ts'
import type { Recipe } from '../generate/recipe.ts'
import { instantiationPrice } from '../oracle/gas.ts'
import type { Value } from '../oracle/interpret.ts'
import { Disagreement, MODES, type Trial } from '../properties/agreement.ts'
import { shimOf } from '../properties/bare.ts'
import { PROFILES } from '../properties/profiles.ts'
import { argumentOf, hex, MeteredEngine, subjectOf, type Seen, type Subject } from '../properties/seen.ts'
import type { ForeignEngine, ForeignSeen } from './engine.ts'

/** Counts of a comparison. */
export interface Figures {
  modules: number
  calls: number
  /** Runs of the metered engine that were compared, one for each mode. */
  runs: number
  /** Calls that ended for the lack of gas or stack. */
  incomparable: number
}

export function noFigures(): Figures {
  return { modules: 0, calls: 0, runs: 0, incomparable: 0 }
}

const INCOMPARABLE = ['trap out-of-gas', 'trap stack-exhausted']

export class Comparison {
  readonly figures = noFigures()
  readonly #foreign: ForeignEngine
  readonly #metered = MODES.map(mode => ({ mode, engine: new MeteredEngine(mode) }))

  constructor(foreign: ForeignEngine) {
    this.#foreign = foreign
  }

  /** Compares a call of every callable function of a recipe's module. Throws `Disagreement`. */
  async checkRecipe(recipe: Recipe): Promise<void> {
    const choices = new Choices(recipe.calls)
    const profile = choices.pick(PROFILES)
    const { bytes } = generate(recipe, { denied: profile.denied === 'trap-on-call' })
    const subject = subjectOf(bytes, profile)
    this.figures.modules++
    for (const [fun, { params, results }] of subject.types) {
      if (params.some(isReference) || results.some(isReference)) continue
      const args = params.map(type => constantOf(type, choices) as Value)
      const pages = (subject.module.memory?.min ?? 0) + choices.pick([8, 0, 1, 20])
      await this.check({ bytes, profile, fun, args, work: 300_000n, pages }, subject)
    }
  }

  async check(trial: Trial, subject: Subject): Promise<void> {
    const { fun, args, profile, pages } = trial
    const gas = BigInt(instantiationPrice(subject.decoded, profile.schedule)) + trial.work
    this.figures.calls++
    let foreign: ForeignSeen | undefined
    for (const { mode, engine } of this.#metered) {
      const seen = await engine.see(subject, { fun, args, gas, pages })
      if (INCOMPARABLE.includes(seen.out)) {
        this.figures.incomparable++
        return
      }
      foreign ??= await this.#see(trial, subject)
      this.figures.runs++
      const what = difference(seen, foreign)
      if (what !== undefined) throw new Disagreement(trial, `${mode} engine: ${what}`, { gas, pages })
    }
  }

  #see({ fun, args, profile, pages }: Trial, subject: Subject): Promise<ForeignSeen> {
    const type = subject.types.get(fun)!
    return this.#foreign.see({
      module: hex(subject.bytes),
      shim: hex(shimOf(type)),
      fun,
      args: args.map((value, i) => bitsOf(argumentOf(type.params[i]!, value))),
      results: type.results.map(typeName),
      initialize: fun !== INITIALIZE && isReactor(subject.module),
      globals: subject.integers,
      pages,
      tableSlots: profile.limits.tableSlots,
      logBytes: profile.limits.logBytes,
    })
  }
}

/** The bits of an argument in hex. An integer has 64 bits, and an i32 uses the lower half. */
function bitsOf(argument: bigint | Uint8Array): string {
  if (argument instanceof Uint8Array) return hex(argument)
  const view = new DataView(new ArrayBuffer(8))
  view.setBigInt64(0, argument, true)
  return hex(new Uint8Array(view.buffer))
}

/** A description of the difference; undefined if there is none. */
function difference(seen: Seen, foreign: ForeignSeen): string | undefined {
  const pairs = [
    ['out', seen.out, sameTrap(seen.out, foreign.out)],
    ['logs', seen.logs, foreign.logs],
    // A segment out of bounds traps before there is an instance.
    ...(seen.left === undefined
      ? []
      : [
          ['pages', seen.peakPages, foreign.pages],
          ['globals', seen.left.globals, foreign.globals],
          ['memory', seen.left.memory, foreign.memory],
        ]),
  ] as const
  const found = pairs.find(([, ours, theirs]) => ours !== theirs)
  return found && `${found[0]} is ${found[1]}, and ${found[2]} in the second engine`
}

/** The trap of the other engine, with our code for an indirect call past the end of a table, where the codes differ. */
function sameTrap(ours: string, theirs: string): string {
  return ours === 'trap bad-indirect-call' && theirs === 'trap table-out-of-bounds' ? ours : theirs
}
