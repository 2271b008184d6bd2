/**
 * One digest for this host: `npm run test:digest`.
 *
 * Makes the corpus of `npm run test:engines` on the Node that runs this, runs it there, and prints the SHA-256 over the CIDs
 * of all receipts. Hosts whose digests are equal have made the same receipts. It ends with exit code 1 if a task gave no
 * receipt, and its last line is the digest alone, so that a job can compare those of several hosts.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle } from './bundle.ts'
import { digestOf } from './compare.ts'
import { makeCorpusIn } from './corpus.ts'
import { processOf, runAll } from './execution.ts'
import type { Corpus } from './format.ts'

const FOLDER = join(fileURLToPath(new URL('../..', import.meta.url)), '.cache/digest')
const TIMEOUT_MS = 20 * 60_000

async function main(): Promise<number> {
  mkdirSync(FOLDER, { recursive: true })
  await bundle(join(FOLDER, 'bundle'), 'corpus')
  await makeCorpusIn(FOLDER)
  const corpus = join(FOLDER, 'corpus.json')
  const { tasks } = JSON.parse(readFileSync(corpus, 'utf8')) as Corpus
  const run = { bundle: join(FOLDER, 'bundle'), corpus, report: join(FOLDER, 'report.jsonl'), timeoutMs: TIMEOUT_MS }
  const { lines, version } = await runAll(processOf(process.execPath, []), run, tasks.length)
  const faults = lines.filter(([, cid]) => cid === null)
  for (const [index, , fault, message] of faults) console.error(`${tasks[index]!.name}: ${fault}: ${message}`)
  console.log(`${version}: ${lines.length - faults.length} receipts of ${tasks.length}`)
  console.log(digestOf(lines))
  return faults.length === 0 && lines.length === tasks.length ? 0 : 1
}

process.exitCode = await main()
