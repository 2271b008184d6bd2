/**
 * Prints one digest for this host: `npm run test:digest -- [--out <file>]`.
 *
 * It makes the corpus of `npm run test:engines` on this Node, runs it, and prints the SHA-256 over the CIDs of all
 * receipts. Hosts with equal digests have made the same receipts. `--out` also writes the digest to a file, so that a
 * CI job can compare several hosts. The exit code is 1 if a task gave no receipt.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { bundle } from './bundle.ts'
import { digestOf } from './compare.ts'
import { makeCorpusIn } from './corpus.ts'
import { processOf, runAll } from './execution.ts'
import type { Corpus } from './format.ts'

const FOLDER = join(fileURLToPath(new URL('../..', import.meta.url)), '.cache/digest')
const TIMEOUT_MS = 20 * 60_000

async function main(out: string | undefined): Promise<number> {
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
  const digest = digestOf(lines)
  console.log(digest)
  if (out !== undefined) writeFileSync(out, `${digest}\n`)
  return faults.length === 0 && lines.length === tasks.length ? 0 : 1
}

const { values } = parseArgs({ options: { out: { type: 'string' } } })
process.exitCode = await main(values.out)
