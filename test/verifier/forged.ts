/** Verifies false claims among true ones, and compares what comes of each with what must. */
import { createInlineEngine } from '../../src/engine/engine.ts'
import { createVerifier } from '../../src/verifier/verifier.ts'
import type { ClaimResult } from '../../src/verifier/verify-many.ts'
import { Random } from '../support/random.ts'
import { Bench } from '../support/tasks.ts'
import { Forger, KINDS, type Forgery } from './forgeries.ts'

/** What has become of forgeries. */
export interface Report {
  /** How many claims of each kind came to what they must. */
  readonly kinds: ReadonlyMap<string, number>
  /** What came to something else, or named another field. */
  readonly wrong: readonly string[]
  /** The true claims among them, and how many of these were reproduced. */
  readonly honest: number
  readonly reproduced: number
}

/** Verifies `count` false claims by a seed, with a true one after every fifth. */
export async function verifyForgeries(count: number, seed: number): Promise<Report> {
  const bench = new Bench(createInlineEngine())
  const forger = new Forger(bench, new Random(seed))
  async function* claims(): AsyncGenerator<Forgery | { kind: 'honest'; claim: Forgery['claim'] }> {
    for (let n = 0; n < count; n++) {
      yield await forger.forge(n)
      if (n % 5 === 4) yield { kind: 'honest', claim: await forger.honest() }
    }
  }
  const kinds = new Map(KINDS.map(kind => [kind, 0]))
  const wrong: string[] = []
  let [honest, reproduced] = [0, 0]
  const verifier = createVerifier({ store: bench.store, engine: createInlineEngine() })
  for await (const result of verifier.verifyMany(claims())) {
    const { given } = result
    if (!('wanted' in given)) {
      honest++
      if (!('fault' in result) && result.verdict === 'reproduced') reproduced++
      continue
    }
    const [found, wanted] = [foundIn(result), `${given.wanted.outcome} ${given.wanted.field ?? ''}`]
    if (found === wanted) kinds.set(given.kind, kinds.get(given.kind)! + 1)
    else wrong.push(`${given.kind} (seed ${seed}, ${result.index}): ${found}, and it must be ${wanted}`)
  }
  return { kinds, wrong, honest, reproduced }
}

/** What a claim came to, and the field that is named first. */
function foundIn(result: ClaimResult<unknown>): string {
  if (!('fault' in result)) return `${result.verdict} ${result.mismatches[0]?.field ?? ''}`
  const { code, detail } = result.fault
  return `${code} ${typeof detail['field'] === 'string' ? detail['field'] : ''}`
}
