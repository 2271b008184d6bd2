// Runs a corpus on Node, Deno or Bun. Arguments: the files of corpus and report, the index of the first task, and `workers` for an engine
// on Web Workers.
import { openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import process from 'node:process'
import { createWorkerEngine, run } from './runner.mjs'

const [corpusPath, reportPath, from, kind] = process.argv.slice(2)
const report = openSync(reportPath, 'a')
writeFileSync(`${reportPath}.version`, versionOf())
await run(
  JSON.parse(readFileSync(corpusPath, 'utf8')),
  Number(from),
  line => void writeSync(report, `${JSON.stringify(line)}\n`),
  kind === 'workers' ? createWorkerEngine({ worker }) : undefined,
)
process.exit(0)

function versionOf() {
  if (globalThis.Bun !== undefined) return `${Bun.version}, ${process.arch}`
  if (globalThis.Deno !== undefined) return `${Deno.version.deno}, V8 ${Deno.version.v8}, ${Deno.build.arch}`
  return `${process.versions.node}, V8 ${process.versions.v8}, ${process.arch}`
}

function worker() {
  return new Worker(new URL('./web-worker.mjs', import.meta.url), { type: 'module' })
}
