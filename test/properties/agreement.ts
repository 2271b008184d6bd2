/**
 * Agreement: for a module, a call and each of several limits, the metered engine in all of its modes and the oracle
 * see the same; and where nothing traps and no NaN can be made, the bare engine sees the same results.
 */
import { INSTRUCTIONS, OP } from '../../src/wasm/instructions.ts'
import type { ModeName } from '../../src/instrument/modes.ts'
import type { Profile } from '../../src/interface-profile.ts'
import { Cursor } from '../../src/wasm/code.ts'
import { isReference } from '../../src/wasm/types.ts'
import { instantiationPrice } from '../oracle/gas.ts'
import type { OracleFunction, Value } from '../oracle/interpret.ts'
import { Choices } from '../generate/choices.ts'
import { constantOf } from '../generate/constants.ts'
import { generate } from '../generate/module.ts'
import type { Recipe } from '../generate/recipe.ts'
import { seenBare, type Bare } from './bare.ts'
import { WASI_MODULE } from '../generate/wasi.ts'
import { PROFILES, WASI_PROFILES } from './profiles.ts'
import { MeteredEngine, seenByOracle, subjectOf, type Seen, type Subject } from './seen.ts'
import { SURROUNDINGS_NAMES } from './surroundings.ts'

/** A call to be checked under limits of all kinds. */
export interface Trial {
  readonly bytes: Uint8Array
  readonly profile: Profile
  readonly fun: string
  readonly args: readonly Value[]
  /** Gas beyond the price of instantiation that counts as enough: what never ends has to end some time. */
  readonly work: bigint
  readonly pages: number
  /** The name of a program's surroundings, for a call in the ABI `wasi`. */
  readonly surroundings?: string | undefined
}

/** Two did not see the same. */
export class Disagreement extends Error {
  readonly trial: Trial

  constructor(trial: Trial, what: string, limits: { readonly gas: bigint; readonly pages: number }) {
    super(`${trial.profile.id} ${trial.fun}, gas ${limits.gas}, pages ${limits.pages}: ${what}`)
    this.name = 'Disagreement'
    this.trial = trial
  }
}

/** How often each outcome was seen with enough gas, and how much was compared. */
export interface Tally {
  readonly outcomes: Map<string, number>
  modules: number
  calls: number
  runs: number
  /** Runs of which the memory and the exported integer globals at the end were compared, too. */
  ends: number
  bare: number
}

export function newTally(): Tally {
  return { outcomes: new Map(), modules: 0, calls: 0, runs: 0, ends: 0, bare: 0 }
}

/** Adds one tally to another. */
export function mergeTally(to: Tally, { outcomes, modules, calls, runs, ends, bare }: Tally): void {
  for (const [outcome, count] of outcomes) to.outcomes.set(outcome, (to.outcomes.get(outcome) ?? 0) + count)
  to.modules += modules
  to.calls += calls
  to.runs += runs
  to.ends += ends
  to.bare += bare
}

export const MODES = ['fast', 'steady', 'precise'] as const

/** Host functions beside our own, as the engines find them and as the oracle has them. */
export interface HostUnderTest {
  readonly modules: readonly string[]
  readonly functions: Readonly<Record<string, OracleFunction>>
}

export class Agreement {
  readonly tally = newTally()
  readonly #engines: readonly { readonly mode: ModeName; readonly engine: MeteredEngine }[]
  readonly #functions: HostUnderTest['functions'] | undefined

  constructor(host?: HostUnderTest) {
    this.#engines = MODES.map(mode => ({ mode, engine: new MeteredEngine(mode, host?.modules) }))
    this.#functions = host?.functions
  }

  /** Checks every callable function of a recipe's module. Gives the modules back; throws `Disagreement`. */
  async checkRecipe(recipe: Recipe): Promise<Subject> {
    const choices = new Choices(recipe.calls)
    const profile = choices.pick(PROFILES)
    const { bytes } = generate(recipe, { denied: profile.denied === 'trap-on-call' })
    const subject = subjectOf(bytes, profile)
    this.tally.modules++
    for (const fun of callable(subject)) {
      const args = subject.types.get(fun)!.params.map(type => constantOf(type, choices) as Value)
      const work = choices.pick([100_000n, 30_000n, 1_000_000n, 3_000n])
      const pages = (subject.module.memory?.min ?? 0) + choices.pick([8, 0, 1, 20])
      await this.check({ bytes, profile, fun, args, work, pages }, subject)
    }
    return subject
  }

  /**
   * Checks a recipe's module as a program that imports functions of WASI: `_start` with surroundings, in the ABI `wasi`, and its
   * other functions in the ABI `core`. Throws `Disagreement`.
   */
  async checkProgram(recipe: Recipe): Promise<Subject> {
    const choices = new Choices(recipe.calls)
    const profile = choices.pick(WASI_PROFILES)
    const isVirtual = profile.grants.some(({ name }) => name === 'clock_time_get')
    const { bytes } = generate(recipe, {
      denied: profile.denied === 'trap-on-call',
      wasi: isVirtual ? 'virtual' : 'pure',
    })
    const subject = subjectOf(bytes, profile)
    this.tally.modules++
    // A call of a function of WASI takes as much gas as thousands of instructions.
    const scale = profile.id.startsWith('test/') ? 1n : 30n
    for (const fun of callable(subject)) {
      const surroundings = fun === '_start' ? choices.pick(SURROUNDINGS_NAMES) : undefined
      const args = subject.types.get(fun)!.params.map(type => constantOf(type, choices) as Value)
      const work = scale * choices.pick([300_000n, 100_000n, 30_000n, 3_000n])
      const pages = (subject.module.memory?.min ?? 0) + choices.pick([8, 0, 1])
      await this.check({ bytes, profile, fun, args, work, pages, surroundings }, subject)
    }
    return subject
  }

  /** Checks one call. Throws `Disagreement`. */
  async check(trial: Trial, subject = subjectOf(trial.bytes, trial.profile)): Promise<void> {
    const { profile, pages } = trial
    this.tally.calls++
    const price = BigInt(instantiationPrice(subject.decoded, profile.schedule))
    const enough = price + trial.work
    const seen = await this.#compare(trial, subject, enough, pages)
    const outcome = seen.out.replace(/^ok.*/, 'ok').replace(/^program exit (\d+) .*/, 'program exit $1')
    this.tally.outcomes.set(outcome, (this.tally.outcomes.get(outcome) ?? 0) + 1)
    this.#compareBare(trial, subject, seen, enough)
    const used = seen.gasUsed
    const inside = used - price
    const limits = [used, used - 1n, price + inside / 2n, price, 0n]
    for (const gas of new Set(limits)) if (gas >= 0n && gas !== enough) await this.#compare(trial, subject, gas, pages)
    const least = subject.module.memory?.min ?? 0
    for (const few of new Set([least, least + 1])) if (few < pages) await this.#compare(trial, subject, enough, few)
    if (least > 0) await this.#expectRejection(trial, subject, enough, least - 1)
  }

  async #compare(trial: Trial, subject: Subject, gas: bigint, pages: number): Promise<Seen> {
    const call = { fun: trial.fun, args: trial.args, gas, pages, surroundings: trial.surroundings }
    const expected = seenByOracle(subject, call, this.#functions)
    for (const { mode, engine } of this.#engines) {
      this.tally.runs++
      const found = await engine.see(subject, call).catch((fault: unknown) => String(fault))
      const what = typeof found === 'string' ? found : difference(expected, found)
      if (what !== undefined) throw new Disagreement(trial, `${mode} engine: ${what}`, call)
      if (typeof found !== 'string' && found.left !== undefined) this.tally.ends++
    }
    return expected
  }

  /** A memory that begins with more pages than there may be. */
  async #expectRejection(trial: Trial, subject: Subject, gas: bigint, pages: number): Promise<void> {
    const { out, gasUsed, growRefused } = await this.#engines[0]!.engine.see(subject, { ...trial, gas, pages })
    if (out === 'rejection limit' && gasUsed === 0n && growRefused) return
    throw new Disagreement(trial, `${out} for a rejection`, { gas, pages })
  }

  #compareBare(trial: Trial, subject: Subject, seen: Seen, gas: bigint): void {
    if (this.#functions !== undefined || !seen.out.startsWith('ok') || seen.growRefused || !isPlain(subject)) return
    if (subject.module.imports.some(({ module }) => module === WASI_MODULE)) return
    this.tally.bare++
    const what = attempt(
      () => seenBare(subject, trial.fun, trial.args),
      bare => difference({ out: seen.out, logs: seen.logs, ...seen.left! } satisfies Bare, bare),
    )
    if (what !== undefined) throw new Disagreement(trial, `bare engine: ${what}`, { gas, pages: trial.pages })
  }
}

/** Names of the functions that can be called from outside: those without references. */
function callable({ types }: Subject): readonly string[] {
  return [...types].flatMap(([name, { params, results }]) => ([...params, ...results].some(isReference) ? [] : [name]))
}

function attempt<T>(run: () => T, judge: (value: T) => string | undefined): string | undefined {
  let value: T
  try {
    value = run()
  } catch (error) {
    return String(error)
  }
  return judge(value)
}

/** The first field in which the two differ, with both values. */
function difference<T extends Bare | Seen>(expected: T, found: T): string | undefined {
  for (const key of Object.keys(expected) as (keyof T)[]) {
    const [a, b] = [show(expected[key]), show(found[key])]
    // A segment that lies outside is found out before there is an instance.
    if (a !== b && !(key === 'left' && found[key] === undefined)) return `${String(key)} is ${b}, and should be ${a}`
  }
  return undefined
}

function show(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** Whether a module does the same without gas: it makes no NaN, and no bound of the profile's can stop its tables. */
function isPlain({ bytes, module, profile }: Subject): boolean {
  const bounded = module.tables.every(({ max }) => max !== undefined && max <= profile.limits.tableSlots)
  return module.bodies.every(({ code, end }) => {
    for (const cursor = new Cursor(bytes, code); cursor.pos < end;) {
      const instruction = INSTRUCTIONS[cursor.next().code]!
      if (instruction.nan !== undefined || (instruction.code === OP.tableGrow && !bounded)) return false
    }
    return true
  })
}
