/**
 * A function for services such as AWS Lambda. The service's HTTP gateway calls it for each request. It answers a POST
 * of a task (dag-json) with the receipt's CID, outcome and costs. Blocks come from a trustless gateway of IPFS.
 *
 *     GATEWAY   the gateway's URL, such as https://trustless-gateway.link
 *     CACHE     a folder for blocks, receipts and instrumented modules. All calls of a warm instance share it.
 *               Default: /tmp/ipvm-wasm
 *
 * The store, the engine and the executor are made when this file is imported. All calls of a warm instance use them.
 */
import { join } from 'node:path'
import { createExecutor, createFallbackStore, createGatewayStore, Fault, fromDagJson, toDagJson } from 'ipvm-wasm'
import { createFsMemo, createFsStore, createProcessEngine } from 'ipvm-wasm/node'

const { GATEWAY, CACHE = '/tmp/ipvm-wasm' } = process.env
const LIMITS = { gas: 500_000_000_000n, pages: 512 }
/** Milliseconds. A task is given up this long before the time of the call ends, so that the fault can be sent. */
const RESERVE_MS = 500

const store = createFallbackStore(createFsStore(join(CACHE, 'blocks')), createGatewayStore(GATEWAY))
const engine = createProcessEngine({ processes: 1, memoryMb: 512, index: join(CACHE, 'prepared') })
const executor = createExecutor({
  store,
  engine,
  memo: createFsMemo(join(CACHE, 'receipts')),
  queue: { concurrency: 1, maxQueued: 0 },
})

export async function handler({ body = '', isBase64Encoded = false }, { getRemainingTimeInMillis }) {
  try {
    const task = fromDagJson(isBase64Encoded ? Buffer.from(body, 'base64').toString() : body)
    const timeoutMs = Math.max(getRemainingTimeInMillis() - RESERVE_MS, 1)
    const { cid, receipt, origin } = await executor.execute(task, LIMITS, { timeoutMs })
    return answer(200, toDagJson({ receipt: cid, out: receipt.out, meta: receipt.meta }), { 'x-origin': origin })
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const { code, whose, retryable, message } = error
    return answer(whose === 'requestor' ? 400 : retryable ? 503 : 500, toDagJson({ fault: { code, message } }))
  }
}

function answer(statusCode, body, headers = {}) {
  return { statusCode, headers: { 'content-type': 'application/vnd.ipld.dag-json', ...headers }, body }
}
