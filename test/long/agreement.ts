/**
 * Compares the verdicts of our validation and of the engine on many mutants:
 * `npx tsx test/long/agreement.ts [count] [seed]`. The defaults are 300 000 and 1. Prints the numbers of verdicts, and
 * the first twenty modules on which the two disagree. Fails if there is such a module.
 */
import { Random } from '../support/random.ts'
import { agreement } from '../wasm/agreement.ts'
import { fixtures, packaged } from '../wasm/corpus.ts'
import { mutants } from '../wasm/mutate.ts'

async function main(count: number, seed: number): Promise<number> {
  const samples = [...(await fixtures()), ...packaged()].map(sample => sample.bytes)
  const tally: Record<string, number> = {}
  const wrong: string[] = []
  for (const mutant of mutants(samples, count, new Random(seed))) {
    let outcome = 'wrong'
    try {
      outcome = agreement(mutant)
    } catch (error) {
      wrong.push((error as Error).message)
    }
    tally[outcome] = (tally[outcome] ?? 0) + 1
  }
  console.log(`node ${process.version}, ${samples.length} samples, ${count} mutants, seed ${seed}:`, tally)
  wrong.slice(0, 20).forEach(message => console.error(message))
  return wrong.length === 0 ? 0 : 1
}

void main(Number(process.argv[2] ?? 300_000), Number(process.argv[3] ?? 1)).then(code => {
  process.exitCode = code
})
