/** Simulates a farm: many workers, some of which lie, many tasks, and the judgements on them. */
import { afterRuling, isTrusted, NO_HISTORY } from '../../src/farm/policy.ts'
import { Random } from '../../test/support/random.ts'
import { tried, type Bench, type Rules } from './trial.ts'
import { RIGHT, type Kind, type Worker } from './workers.ts'

export interface Setup {
  readonly rules: Rules
  readonly workers: number
  readonly tasks: number
  /** The kind of the workers that lie, and how many of a hundred they are. */
  readonly liars: Exclude<Kind, 'honest'> | undefined
  readonly percent: number
  /** The number of workers that share a lane. Default 1. */
  readonly lane?: number
  /** The number of accepted answers after which a worker leaves and another one comes. Default: none leaves. */
  readonly life?: number
  /** True if an identity that was found lying is asked no more, and the liar comes back with a new one. Default false. */
  readonly comesAnew?: boolean
  /** True if answers that were accepted alone are run again when their worker is found lying. Default false. */
  readonly looksBack?: boolean
  /** True if the farm forgets a lie, so that its worker earns trust again as fast as a newcomer. Default false. */
  readonly forgets?: boolean
  readonly seed?: number
}

export interface Outcome {
  /** Of a million tasks: those of which a false receipt was accepted, and those of which none was. */
  readonly wrong: number
  readonly unsettled: number
  /** Of the false receipts, per million tasks, those that were found out later. Part of `wrong`. */
  readonly corrected: number
  /** The runs of a task, on average, and of the last tenth of the tasks. */
  readonly runs: number
  readonly lateRuns: number
  /** The time until a task is settled, in units of one run: median and 99th percentile. */
  readonly time: { readonly median: number; readonly p99: number }
  /** The share of the workers that lied that were found, and the answers from the first lie to the charge: median. */
  readonly found: { readonly share: number; readonly after: number }
  /** Honest workers that were charged with a lie. */
  readonly charged: number
}

/** One worker in this number of workers is slow. */
const SLOW_ONE_IN = 20

/** Simulates a farm. The same setup gives the same outcome, on every engine. */
export function simulate(setup: Setup): Outcome {
  const farm = new Farm(setup)
  for (let i = 0; i < setup.tasks; i++) farm.work(i)
  return farm.outcome()
}

class Farm implements Bench {
  readonly rules: Rules
  readonly random: Random
  readonly #setup: Setup
  readonly #workers: Worker[]
  readonly #perLane: number
  /** For each lane, the number of its workers that are not trusted. */
  readonly #unsure: number[]
  /** For each worker, the number of false answers that were accepted alone since its last check. */
  readonly #unchecked: { answers: number; wrong: number }[]
  /** Workers that have left. */
  readonly #gone: Worker[] = []
  readonly #times = new Map<number, number>()
  #wrong = 0
  #corrected = 0
  #unsettled = 0
  #runs = 0
  #lateRuns = 0
  #charged = 0

  constructor(setup: Setup) {
    this.#setup = setup
    this.rules = setup.rules
    this.random = new Random(setup.seed ?? 1)
    this.#perLane = setup.lane ?? 1
    if (setup.workers / this.#perLane < setup.rules.policy.maxReplicas) throw new Error('there are too few lanes')
    const liars = setup.liars === undefined ? 0 : Math.round((setup.workers * setup.percent) / 100)
    const kinds = this.random.shuffled(
      Array.from({ length: setup.workers }, (_, i): Kind => (i < liars ? setup.liars! : 'honest')),
    )
    const { life = Infinity } = setup
    // At the beginning, workers have lived for different times.
    this.#workers = kinds.map((kind, id) => this.#newcomer(id, kind, life * (this.random.u32() / 2 ** 32)))
    this.#unsure = new Array<number>(Math.ceil(setup.workers / this.#perLane)).fill(0)
    for (const worker of this.#workers) if (!this.#isTrusted(worker)) this.#unsure[worker.lane]!++
    this.#unchecked = this.#workers.map(() => ({ answers: 0, wrong: 0 }))
  }

  work(index: number): void {
    const { accepted, runs, time, rulings } = tried(this)
    this.#runs += runs
    if (index >= this.#setup.tasks * 0.9) this.#lateRuns += runs
    this.#times.set(time, (this.#times.get(time) ?? 0) + 1)
    if (accepted === undefined) this.#unsettled++
    else if (accepted !== RIGHT) this.#wrong++
    for (const [worker, ruling] of rulings) {
      const before = this.#isTrusted(worker)
      worker.history = afterRuling(worker.history, ruling)
      this.#unsure[worker.lane]! += Number(before) - Number(this.#isTrusted(worker))
      const unchecked = this.#unchecked[worker.id]!
      if (ruling === 'alone') {
        unchecked.answers++
        if (accepted !== RIGHT) unchecked.wrong++
      } else if (ruling === 'agreed') Object.assign(unchecked, { answers: 0, wrong: 0 })
      else if (ruling === 'lied') this.#found(worker)
      if (worker.history.agreed + worker.history.alone >= worker.life) this.#replace(worker)
    }
  }

  pick(asked: readonly Worker[]): Worker {
    for (;;) {
      const worker = this.#workers[this.random.below(this.#workers.length)]!
      if (!asked.some(({ lane }) => lane === worker.lane)) return worker
    }
  }

  isSure(lane: number): boolean {
    return this.#unsure[lane] === 0
  }

  outcome(): Outcome {
    const { tasks } = this.#setup
    const perMillion = (count: number): number => Math.round((count / tasks) * 1e6)
    const liars = [...this.#workers, ...this.#gone].filter(({ firstLie }) => firstLie !== undefined)
    const found = liars.filter(worker => worker.found !== undefined)
    const after = found.map(worker => worker.found! - worker.firstLie! + 1).sort((a, b) => a - b)
    return {
      wrong: perMillion(this.#wrong),
      corrected: perMillion(this.#corrected),
      unsettled: perMillion(this.#unsettled),
      runs: this.#runs / tasks,
      lateRuns: this.#lateRuns / Math.floor(tasks / 10),
      time: { median: this.#timeAt(0.5), p99: this.#timeAt(0.99) },
      found: { share: liars.length === 0 ? 0 : found.length / liars.length, after: after[after.length >> 1] ?? 0 },
      charged: this.#charged,
    }
  }

  #timeAt(share: number): number {
    let left = this.#setup.tasks * share
    for (const [time, count] of [...this.#times].sort(([a], [b]) => a - b)) if ((left -= count) <= 0) return time
    return NaN
  }

  /** A worker is charged with a lie. */
  #found(worker: Worker): void {
    if (worker.kind === 'honest') this.#charged++
    if (this.#setup.forgets === true) worker.history = { ...worker.history, lies: 0 }
    worker.found ??= worker.answers
    const unchecked = this.#unchecked[worker.id]!
    if (this.#setup.looksBack === true) {
      this.#runs += unchecked.answers
      this.#corrected += unchecked.wrong
    }
    Object.assign(unchecked, { answers: 0, wrong: 0 })
    if (this.#setup.comesAnew === true) this.#replace(worker)
  }

  /** The worker leaves, and one of its kind comes that nobody knows. */
  #replace(worker: Worker): void {
    const next = this.#newcomer(worker.id, worker.kind, this.#setup.life ?? Infinity)
    this.#unsure[worker.lane]! += Number(this.#isTrusted(worker)) - Number(this.#isTrusted(next))
    this.#workers[worker.id] = next
    Object.assign(this.#unchecked[worker.id]!, { answers: 0, wrong: 0 })
    if (worker.firstLie !== undefined) this.#gone.push(worker)
  }

  #newcomer(id: number, kind: Kind, life: number): Worker {
    const lane = Math.floor(id / this.#perLane)
    const isSlow = this.random.once(SLOW_ONE_IN)
    return { id, kind, lane, isSlow, life, history: NO_HISTORY, answers: 0, firstLie: undefined, found: undefined }
  }

  #isTrusted({ history }: Worker): boolean {
    return isTrusted(history, this.rules.policy)
  }
}
