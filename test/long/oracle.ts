/**
 * The metered engine against the oracle on many generated modules: `npx tsx test/long/oracle.ts [count] [seed] [from]`,
 * 100 000 and 1 unless told, from the first one on. Prints how far it is, coverage and figures; shrinks each disagreement
 * and keeps it under `wasm-fixtures/regressions/`; fails if there is one. The same seed gives the same modules, whatever the
 * count, so that several processes can share one run: each takes those from some multiple of 200 on.
 */
import fc from 'fast-check'
import { Coverage } from '../generate/coverage.ts'
import { recipes, type Recipe } from '../generate/recipe.ts'
import { Agreement, Disagreement } from '../properties/agreement.ts'
import { keep } from '../properties/regressions.ts'

/** Modules of one seed of fast-check's; a disagreement ends its batch, and the next one begins. */
const BATCH = 200
/** Disagreements after which there is no use in going on. */
const MOST = 10

async function main(count: number, seed: number, from: number): Promise<number> {
  const agreement = new Agreement()
  const coverage = new Coverage()
  const started = Date.now()
  let found = 0
  for (let done = 0; done < count && found < MOST; done += BATCH) {
    const batch = Math.floor(from / BATCH) + done / BATCH
    if (await failsIn(seed * 1_000_003 + batch, Math.min(BATCH, count - done), agreement, coverage)) found++
    const { modules, calls, runs, bare } = agreement.tally
    if ((done / BATCH) % 5 !== 4) continue
    const progress = `${modules} modules, ${calls} calls, ${runs} metered runs, ${bare} bare runs`
    console.log(`${progress}, ${found} disagreements, ${seconds(started)} s`)
  }
  const { outcomes, ...figures } = agreement.tally
  console.log(`node ${process.version}, seed ${seed}, ${seconds(started)} s:`, figures)
  console.log('outcomes with enough gas:', Object.fromEntries([...outcomes].sort((a, b) => b[1] - a[1])))
  console.log(coverage.line)
  console.log(`${found} disagreements`)
  return found === 0 ? 0 : 1
}

async function failsIn(seed: number, numRuns: number, agreement: Agreement, coverage: Coverage): Promise<boolean> {
  // What shrinking tries is not counted.
  let checks = agreement
  const property = fc.asyncProperty(recipes(), async recipe => {
    try {
      const { module } = await checks.checkRecipe(recipe)
      if (checks === agreement) coverage.add(module)
    } catch (error) {
      checks = new Agreement()
      throw error
    }
  })
  const details = await fc.check(property, { seed, numRuns })
  if (!details.failed) return false
  const recipe = details.counterexample![0]
  console.error(`seed ${seed}, path ${details.counterexamplePath!.slice(0, 60)}: ${await tell(recipe)}`)
  return true
}

/** What is wrong with the smallest module that was found, and where it is kept. */
async function tell(recipe: Recipe): Promise<string> {
  try {
    await new Agreement().checkRecipe(recipe)
    return 'it is gone when tried alone'
  } catch (error) {
    if (!(error instanceof Disagreement)) return String(error)
    return `${keep(error.trial, error.message)}: ${error.message}`
  }
}

function seconds(since: number): string {
  return ((Date.now() - since) / 1000).toFixed(0)
}

void main(Number(process.argv[2] ?? 100_000), Number(process.argv[3] ?? 1), Number(process.argv[4] ?? 0)).then(code => {
  process.exitCode = code
})
