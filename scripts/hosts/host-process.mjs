// Probes Node, Deno or Bun with the built library, and prints the results as JSON.
import process from 'node:process'
import * as library from '../../dist/index.js'
import * as node from '../../dist/node.js'
import { probe } from './probe.mjs'

const results = await probe(library, {
  inline: () => library.createInlineEngine(),
  thread: () => node.createThreadEngine({ threads: 1 }),
  process: () => node.createProcessEngine({ processes: 1 }),
  worker: () => library.createWorkerEngine({ workers: 1 }),
})
console.log(JSON.stringify({ version: versionOf(), results }))
process.exit(0)

function versionOf() {
  if (globalThis.Bun !== undefined) return Bun.version
  if (globalThis.Deno !== undefined) return Deno.version.deno
  return process.versions.node
}
