/**
 * A worker process of the storm: `node worker.mjs SETTINGS`, in JSON. It lies in the results of some tasks and tells of
 * each lie on standard output, and it ends itself in the middle of some tasks.
 */
import { createExecutor } from '../../../dist/index.js'
import { createBullTransport, createFarmWorker } from '../../../dist/farm.js'
import { createFsStore, createThreadEngine, readKeyFile } from '../../../dist/node.js'

const { address, prefix, lockMs, lane, keyFile, folder, index, lies, dies } = JSON.parse(process.argv[2])
const store = createFsStore(folder, { durable: 'soon' })
const engine = createThreadEngine({ threads: 1, index })
const honest = createExecutor({ store, engine })

async function execute(task, limits, options) {
  const execution = await honest.execute(task, limits, options)
  if (Math.random() < dies) process.kill(process.pid, 'SIGKILL')
  if (Math.random() >= lies) return execution
  const { receipt } = execution
  console.log(String(receipt.ran))
  return { ...execution, receipt: { ...receipt, out: { ok: [receipt.out.ok[0] + 1n] } } }
}

const transport = createBullTransport({ connection: address, prefix, lockMs })
const key = await readKeyFile(keyFile)
try {
  await createFarmWorker({ transport, store, executor: { ...honest, store, execute }, lane, key, concurrency: 1 })
  console.log('ready')
} catch (error) {
  // Redis is down, for example.
  console.error(String(error))
  process.exit(1)
}
