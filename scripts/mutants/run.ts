/**
 * Puts one bug at a time into the product, and records which test catches it: `npm run test:mutants`, or
 * `npx tsx scripts/mutants/run.ts [name…]`. A test that cannot fail proves nothing; this shows that the tests can fail.
 *
 * It works in a copy of the tree. First the tests run without a mutant, and must pass. Then they run once for each
 * mutant (list.ts), up to the first failure. A run of all mutants rewrites the tables in docs/mutants.md. If no test
 * catches a mutant, the exit code is 1.
 */
import { pathToFileURL } from 'node:url'
import { misfits } from './fit.ts'
import { CONCERNS } from './list.ts'
import type { Mutant } from './mutant.ts'
import { tables, writePage } from './report.ts'
import { Sandbox, type Verdict } from './sandbox.ts'

const ALL = CONCERNS.flatMap(({ mutants }) => mutants)

function chosen(names: readonly string[]): readonly Mutant[] {
  const unknown = names.filter(name => !ALL.some(mutant => mutant.name === name))
  if (unknown.length > 0) throw new Error(`no mutant is called ${unknown.join(', ')}`)
  return names.length === 0 ? ALL : ALL.filter(({ name }) => names.includes(name))
}

async function main(names: readonly string[]): Promise<void> {
  const mutants = chosen(names)
  const unfit = misfits(mutants)
  if (unfit.length > 0) throw new Error(unfit.join('\n'))
  const sandbox = new Sandbox()
  const verdicts = new Map<string, Verdict>()
  try {
    await sandbox.expectHealthy([...new Set(mutants.flatMap(({ tests }) => tests))])
    for (const mutant of mutants) {
      const verdict = await sandbox.try(mutant)
      verdicts.set(mutant.name, verdict)
      const seconds = verdict.seconds.toFixed(0).padStart(3)
      console.log(
        `${verdict.caught ? 'caught  ' : 'SURVIVED'} ${mutant.name.padEnd(40)} ${seconds} s  ${verdict.by ?? ''}`,
      )
    }
  } finally {
    sandbox.dispose()
  }
  const survived = mutants.filter(({ name }) => !verdicts.get(name)!.caught)
  console.log(`${mutants.length - survived.length} of ${mutants.length} mutants caught`)
  if (names.length === 0) writePage(tables(CONCERNS, verdicts))
  if (survived.length > 0) process.exitCode = 1
}

if (import.meta.url === pathToFileURL(process.argv[1]!).href) await main(process.argv.slice(2))
