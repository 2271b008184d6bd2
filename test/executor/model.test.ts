/** Queue and single flight together, against a simple model: any sequence of calls, leaves, ends and faults. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Fault } from '../../src/base/fault.ts'
import { createExecutor } from '../../src/executor/executor.ts'
import type { RunLimits, Task } from '../../src/interface.ts'
import { ControlledEngine, settled, type ControlledJob } from '../support/controlled-engine.ts'
import { QueueModel } from '../support/queue-model.ts'
import { Bench, WATS } from '../support/tasks.ts'

const CONCURRENCY = 1
const MAX_QUEUED = 5
const MAX_PER_CALLER = 4

/** With less gas than this a job runs out of gas, since the engine of the tests says that a job uses 10. */
const USED = 10n

interface Asked {
  readonly task: number
  readonly limits: RunLimits
  readonly caller: string
  readonly priority: number
}

interface ModelCall extends Asked {
  readonly id: number
  /** `waiting` until the call has ended. */
  end: string
}

interface ModelFlight {
  readonly id: number
  readonly task: number
  readonly limits: RunLimits
  readonly starter: ModelCall
  /** The calls that wait, in the order in which they came. */
  calls: ModelCall[]
  state: 'queued' | 'running'
}

/** What the executor must do, without any concurrency. */
class Model {
  readonly calls: ModelCall[] = []
  readonly queue = new QueueModel()
  flights: ModelFlight[] = []
  #flights = 0

  get running(): ModelFlight[] {
    return this.flights.filter(({ state }) => state === 'running')
  }

  get queued(): ModelFlight[] {
    return this.flights.filter(({ state }) => state === 'queued')
  }

  /** Calls that wait for a run that another call has begun. */
  get guests(): ModelCall[] {
    return this.flights.flatMap(({ calls, starter }) => calls.filter(call => call !== starter))
  }

  call(asked: Asked): void {
    const call: ModelCall = { ...asked, id: this.calls.length, end: 'waiting' }
    this.calls.push(call)
    const joined =
      this.#find(call) ?? this.flights.find(({ task, limits }) => task === call.task && limits.gas <= call.limits.gas)
    const isRefused = joined !== undefined || this.running.length >= CONCURRENCY
    if (isRefused && !this.#hasRoom(call.caller)) call.end = 'busy'
    else this.#enter(call, joined)
  }

  leave(id: number): void {
    const call = this.calls[id]
    if (call?.end !== 'waiting') return
    call.end = 'aborted'
    const flight = this.flights.find(({ calls }) => calls.includes(call))!
    flight.calls = flight.calls.filter(other => other !== call)
    if (flight.calls.length === 0) return this.#over(flight)
    const others = flight.calls.some(({ caller }) => caller === call.caller)
    if (!others) this.queue.remove(flight.id, call.caller)
  }

  /** Ends a run with a receipt, or with a fault. */
  end(flight: ModelFlight, fault?: string): void {
    this.#over(flight)
    for (const call of flight.calls) {
      if (fault !== undefined) call.end = fault
      else if (covers(flight.limits, call.limits)) call.end = call === flight.starter ? 'run' : 'joined'
      else this.#enter(call, this.#find(call))
    }
  }

  #find({ task, limits }: ModelCall): ModelFlight | undefined {
    return this.flights.find(
      other => other.task === task && other.limits.gas === limits.gas && other.limits.pages === limits.pages,
    )
  }

  #hasRoom(caller: string): boolean {
    const waiting = [...this.queued.map(({ starter }) => starter), ...this.guests]
    return waiting.length < MAX_QUEUED && waiting.filter(other => other.caller === caller).length < MAX_PER_CALLER
  }

  #enter(call: ModelCall, joined: ModelFlight | undefined): void {
    if (joined === undefined) {
      const state = this.running.length < CONCURRENCY ? 'running' : 'queued'
      const [id, { task, limits }] = [this.#flights++, call]
      this.flights.push({ id, task, limits, starter: call, calls: [call], state })
      if (state === 'queued') this.queue.add(id, call.caller, call.priority)
      return
    }
    joined.calls.push(call)
    if (joined.state === 'running') return
    const place = this.queue.items.find(({ id, caller }) => id === joined.id && caller === call.caller)
    if (place !== undefined && place.priority >= call.priority) return
    if (place !== undefined) this.queue.remove(joined.id, call.caller)
    this.queue.add(joined.id, call.caller, call.priority)
  }

  /** Removes a run, and gives its turn to the next one. */
  #over(flight: ModelFlight): void {
    this.flights = this.flights.filter(other => other !== flight)
    this.queue.remove(flight.id)
    if (flight.state === 'queued') return
    const next = this.queue.take()
    if (next === undefined) return
    this.queue.remove(next)
    this.flights.find(({ id }) => id === next)!.state = 'running'
  }
}

/** RECEIPT-17 for the receipts of these tests. */
function covers(own: RunLimits, asked: RunLimits): boolean {
  return own.gas < USED ? asked.gas <= own.gas && asked.pages === own.pages : asked.gas >= USED
}

type Step = { readonly call: Asked } | { readonly leave: number } | { readonly end: number } | { readonly fail: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      call: fc.record({
        task: fc.nat(2),
        limits: fc.record({ gas: fc.constantFrom(50n, 50n, 50n, 100n, 5n), pages: fc.constantFrom(1, 1, 1, 2) }),
        caller: fc.constantFrom('a', 'b'),
        priority: fc.constantFrom(0, 1),
      }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ leave: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ end: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ fail: fc.constant(0) }) },
)

/** The executor, with the means to do the same steps. */
class Subject {
  readonly #engine = new ControlledEngine()
  readonly #bench = new Bench(this.#engine)
  readonly #executor = createExecutor({
    store: this.#bench.store,
    engine: this.#engine,
    queue: { concurrency: CONCURRENCY, maxQueued: MAX_QUEUED, maxQueuedPerCaller: MAX_PER_CALLER },
  })
  readonly #tasks: Task[] = []
  readonly #leaving: AbortController[] = []
  readonly ends: string[] = []
  readonly #over = new Set<ControlledJob>()

  async make(): Promise<void> {
    for (const n of [0n, 1n, 2n]) this.#tasks.push(await this.#bench.task(WATS.add, { params: [n, n] }))
  }

  call({ task, limits, caller, priority }: Asked): void {
    const id = this.#leaving.push(new AbortController()) - 1
    this.ends[id] = 'waiting'
    const { signal } = this.#leaving[id]!
    this.#executor.execute(this.#tasks[task]!, limits, { caller, priority, signal }).then(
      ({ origin, receipt }) => {
        this.ends[id] = origin
        expect(receipt.meta.limits).toEqual(limits)
      },
      (fault: Fault) => (this.ends[id] = fault.code),
    )
  }

  leave(id: number): void {
    this.#leaving[id]?.abort()
  }

  /** The jobs that the engine computes, by the number of the task and the limits. */
  get jobs(): ReadonlyMap<string, ControlledJob> {
    const jobs = this.#engine.jobs.filter(job => !job.aborted && !this.#over.has(job))
    return new Map(jobs.map(job => [nameOf({ task: Number(job.job.args[0]), limits: job.job.limits }), job]))
  }

  end(flight: ModelFlight, fault?: string): void {
    const job = this.jobs.get(nameOf(flight))!
    this.#over.add(job)
    if (fault !== undefined) job.fail(new Fault('engine-failed', 'for a test'))
    else if (flight.limits.gas < USED) job.runOut()
    else job.end()
  }

  counts(): Readonly<Record<string, number>> {
    const stats = this.#executor.stats()
    return {
      queued: stats['ipvm_wasm.tasks.queued'],
      waiting: stats['ipvm_wasm.tasks.waiting'],
      running: stats['ipvm_wasm.tasks.running'],
    }
  }
}

function nameOf({ task, limits }: Pick<ModelFlight, 'task' | 'limits'>): string {
  return `${task}, gas ${limits.gas}, pages ${limits.pages}`
}

async function compare(steps: readonly Step[]): Promise<void> {
  const [model, subject] = [new Model(), new Subject()]
  await subject.make()
  const check = async (): Promise<void> => {
    await settled()
    expect([...subject.jobs.keys()].sort()).toEqual(model.running.map(nameOf).sort())
    expect(subject.ends).toEqual(model.calls.map(({ end }) => end))
    expect(subject.counts()).toEqual({
      queued: model.queued.length,
      waiting: model.guests.length,
      running: model.running.length,
    })
  }
  const end = (flight: ModelFlight | undefined, fault?: string): void => {
    if (flight === undefined) return
    subject.end(flight, fault)
    model.end(flight, fault)
  }
  for (const one of steps) {
    if ('call' in one) {
      subject.call(one.call)
      model.call(one.call)
    } else if ('leave' in one) {
      subject.leave(one.leave)
      model.leave(one.leave)
    } else if ('end' in one) end(model.running[one.end])
    else end(model.running[one.fail], 'engine-failed')
    await check()
  }
  while (model.running.length > 0) {
    end(model.running[0])
    await check()
  }
  expect(subject.counts()).toEqual({ queued: 0, waiting: 0, running: 0 })
}

test('any sequence of calls, leaves, ends and faults goes as in the model', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), compare), { seed: 14, numRuns: 250 })
}, 60_000)
