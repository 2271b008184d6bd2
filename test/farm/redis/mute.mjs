/** A worker process that takes replicas and answers none: `node mute.mjs ADDRESS PREFIX LOCK_MS LANE WORKER`. */
import { createBullTransport } from '../../../dist/farm.js'

const [connection, prefix, lockMs, lane, worker] = process.argv.slice(2)
const transport = createBullTransport({ connection, prefix, lockMs: Number(lockMs) })
const handle = () => {
  console.log('taken')
  return new Promise(() => {})
}
await transport.work({ lane, worker, concurrency: 1, handle })
