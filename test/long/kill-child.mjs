/**
 * The service that test/long/kill.ts kills. It runs small tasks with a store in a folder, 64 at a time, and writes a
 * line for each receipt as soon as it has the answer. Arguments: the folder, the CID of the module, the first number,
 * the durability.
 */
import { writeSync } from 'node:fs'
import { createExecutor, createTask, parseCid } from '../../dist/index.js'
import { createFsStore, createThreadEngine } from '../../dist/node.js'

const [folder, module, first, durable] = process.argv.slice(2)
const mod = parseCid(module)
const store = createFsStore(folder, { durable })
const executor = createExecutor({ store, engine: createThreadEngine({ threads: 1 }) })
let next = Number(first)

/** Returns a parameter. Most results are short, some become a block of their own, and a few become a file. */
function paramOf(i) {
  const bytes = new Uint8Array(i % 100 === 0 ? 80_000 : i % 10 === 0 ? 3_000 : 8)
  new DataView(bytes.buffer).setUint32(0, i)
  return bytes
}

async function work() {
  for (;;) {
    const task = createTask({ mod, fun: 'f', params: [paramOf(next++)], abi: 'bytes' })
    const { cid } = await executor.execute(task, { gas: 10n ** 10n, pages: 100 })
    writeSync(1, `${cid}\n`)
  }
}

await Promise.all(Array.from({ length: 64 }, work))
