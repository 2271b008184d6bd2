/**
 * Probes every host of docs/hosts.md that can be installed, and writes the table there:
 *
 *   npm run test:hosts -- [--only <text>,<text>…]
 *
 * Each host makes a task without an engine, and then runs one on each engine (probe.mjs). Where a table says "works", the
 * CID must be the same as here. Everything else must end with a fault, and not with another error. A run of all hosts
 * writes the tables; a run with `--only` does not. The exit code is 1 if a host does not do what it should.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Unavailable } from '../install.ts'
import { table, writeRegion } from '../page.ts'
import { HOSTS, type Host } from './hosts.ts'
import { probeProcess } from './process-host.ts'
import { cellOf, messagesOf, TRIALS, type HostReport } from './report.ts'

const CACHE = join(fileURLToPath(new URL('../..', import.meta.url)), '.cache/engines')
const PAGE = new URL('../../docs/hosts.md', import.meta.url)

/** What is wrong with a report. `reference` has the right CIDs. */
function problemsOf({ name, works }: Host, { results }: HostReport, reference: HostReport): string[] {
  const right = (trial: (typeof TRIALS)[number]): string | undefined =>
    reference.results[trial === 'forms' ? 'forms' : 'inline']?.cid
  return TRIALS.flatMap(trial => {
    const result = results[trial]
    if (works.includes(trial)) {
      if (result?.cid === right(trial)) return []
      return [`${name}: ${trial} gives ${JSON.stringify(result)}, and should give ${right(trial)}`]
    }
    if (result === undefined || /^[a-z-]+$/.test(result.fault ?? '')) return []
    return [`${name}: ${trial} should end with a fault, and gives ${JSON.stringify(result)}`]
  })
}

async function main(only: readonly string[] | undefined): Promise<number> {
  mkdirSync(CACHE, { recursive: true })
  const reference = await probeProcess(process.execPath, [])
  const rows: string[][] = []
  const reports: HostReport[] = []
  let [passed, failed, skipped] = [0, 0, 0]
  for (const host of HOSTS.filter(({ name }) => only === undefined || only.some(text => name.includes(text)))) {
    try {
      const report = await host.probe(CACHE)
      const problems = problemsOf(host, report, reference)
      for (const problem of problems) console.log(problem)
      if (problems.length === 0) passed++
      else failed++
      reports.push(report)
      rows.push([host.name, report.version, ...TRIALS.map(trial => cellOf(report.results[trial]))])
    } catch (error) {
      if (error instanceof Unavailable) skipped++
      else failed++
      const { message } = error as Error
      const why = error instanceof Unavailable ? `skipped, because ${message}` : `failed: ${message.split('\n')[0]}`
      rows.push([host.name, why, ...TRIALS.map(() => '')])
    }
    console.log(rows.at(-1)!.join(' | '))
  }
  const head = ['host', 'version', 'forms', 'inline', 'thread', 'process', 'worker']
  const faults = messagesOf(reports).map(message => `- ${message}`)
  if (only === undefined) writeRegion(PAGE, 'hosts', [table(head, rows), faults.join('\n')].join('\n\n'))
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
  return failed === 0 ? 0 : 1
}

const { values } = parseArgs({ options: { only: { type: 'string' } } })
process.exitCode = await main(values.only?.split(','))
