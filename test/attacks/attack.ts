/**
 * Attacks that other projects have met, each with bounds on time and memory. A module in text is first run on a thread
 * that can be killed, so that a hanging one is noticed. Then all modes of the engine must agree with the oracle, under
 * all kinds of limits.
 */
import { afterAll, expect } from 'vitest'
import { createThreadEngine } from '../../src/engine/threads.ts'
import type { Outcome } from '../../src/interface.ts'
import { instantiationPrice } from '../oracle/gas.ts'
import { decode } from '../oracle/decode.ts'
import { outcomesOf, type Call, type Options } from '../instrument/against-oracle.ts'
import { argumentOf, subjectOf } from '../properties/seen.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { jobOf, WORKER } from '../support/jobs.ts'

/** The time for one attack with all its runs and those of the oracle. Most take a tenth of a second. */
const MAX_MS = 20_000
const MAX_MIB = 400

/** The gas of the run on a thread, besides that of instantiation: much more than the oracle could run. */
const PLENTY = 200_000_000n

const engine = createThreadEngine({ workerUrl: WORKER })
afterAll(() => engine.close())

/** Does some work, with bounds on time and memory. */
export async function bounded<T>(work: () => Promise<T>): Promise<T> {
  const peak = (): number => process.resourceUsage().maxRSS / 1024
  const [start, before] = [performance.now(), peak()]
  const result = await work()
  expect(performance.now() - start).toBeLessThan(MAX_MS)
  expect(peak() - before).toBeLessThan(MAX_MIB)
  return result
}

/**
 * The outcomes of calls of a module, as in `outcomesOf`, and those of the same calls on a thread with plenty of gas.
 */
export async function attack(
  wat: string,
  calls: readonly Call[],
  options: Options = {},
): Promise<{ outcomes: string[]; threaded: string[] }> {
  return bounded(async () => {
    const bytes = await assemble(wat)
    const threaded: string[] = []
    for (const call of calls) threaded.push(endOf(await onThread(bytes, call, options.pages)))
    return { outcomes: await outcomesOf(wat, calls, options), threaded }
  })
}

function onThread(bytes: Uint8Array, [fun, ...values]: Call, pages = 8): Promise<Outcome> {
  const { params } = subjectOf(bytes, PROFILE_1).types.get(fun)!
  const gas = BigInt(instantiationPrice(decode(bytes), PROFILE_1.schedule)) + PLENTY
  const args = values.map((value, i) => argumentOf(params[i]!, value))
  return engine.compute(jobOf(bytes, { fun, args, gas, pages }), { signal: AbortSignal.timeout(MAX_MS) })
}

function endOf({ out }: Outcome): string {
  return 'ok' in out ? 'ok' : `${out.error.kind} ${out.error.code}`
}
