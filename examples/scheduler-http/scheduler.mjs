/**
 * A scheduler over HTTP. Start it with `node scheduler.mjs`. It reads PORT, STORE, THREADS, MAX_QUEUED and
 * TASKS_PER_CALLER from the environment.
 *
 *     POST /blocks                     adds a file, such as a module → its CID
 *     POST /tasks?gas=5e12&pages=1024  runs a task (dag-json) for the caller in the header `caller`
 *                                      → { receipt, out, meta }
 *     GET  /receipts/CID               a receipt (dag-cbor)
 *     GET  /metrics                    the numbers of the executor (JSON)
 */
import { createServer } from 'node:http'
import { addFile, createExecutor, createMemoryMemo, Fault, fromDagJson, parseCid, toDagJson } from 'ipvm-wasm'
import { createFsStore, createProcessEngine } from 'ipvm-wasm/node'

const { PORT = '0', STORE = '.ipvm-wasm', THREADS = '2', MAX_QUEUED = '1000', TASKS_PER_CALLER = '20' } = process.env
const MOST = { gas: 5_000_000_000_000n, pages: 1024, timeoutMs: 30_000, bytes: 8 * 1024 * 1024 }

/**
 * The HTTP status for each fault code. For all other codes, it is 400 if the caller can resolve the fault, and 500 if
 * this host has to.
 */
const STATUS = { busy: 503, timeout: 504, 'block-missing': 404, 'too-large': 413 }

const store = createFsStore(STORE)
const engine = createProcessEngine({ processes: Number(THREADS) })
const executor = createExecutor({
  store,
  engine,
  memo: createMemoryMemo(),
  queue: { concurrency: Number(THREADS), maxQueued: Number(MAX_QUEUED) },
  retry: { attempts: 3 },
})

/** For each caller, the number of tasks that have not ended yet. */
const underWay = new Map()

async function runTask(request, response, query) {
  const caller = request.headers.caller ?? 'anonymous'
  const others = underWay.get(caller) ?? 0
  if (others >= Number(TASKS_PER_CALLER)) return response.writeHead(429).end('you have too many tasks under way\n')
  underWay.set(caller, others + 1)
  // If a client closes its connection, its task is given up.
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  try {
    const task = fromDagJson(new TextDecoder().decode(await joined(request)))
    const limits = {
      gas: BigInt(Number(query.get('gas') ?? MOST.gas)),
      pages: Number(query.get('pages') ?? MOST.pages),
    }
    if (limits.gas > MOST.gas || limits.pages > MOST.pages)
      return response.writeHead(403).end(`the limits are at most ${MOST.gas} gas and ${MOST.pages} pages\n`)
    const options = { caller, signal: gone.signal, timeoutMs: MOST.timeoutMs }
    const { cid, receipt, origin } = await executor.execute(task, limits, options)
    response.setHeader('origin', origin)
    response.end(`${toDagJson({ receipt: cid, out: receipt.out, meta: receipt.meta })}\n`)
  } finally {
    if (underWay.get(caller) === 1) underWay.delete(caller)
    else underWay.set(caller, underWay.get(caller) - 1)
  }
}

async function answer(request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost')
  const [, what, name] = pathname.split('/')
  const asked = `${request.method} ${what}`
  if (asked === 'POST tasks') await runTask(request, response, searchParams)
  else if (asked === 'POST blocks') response.writeHead(201).end(`${await addFile(store, await joined(request))}\n`)
  else if (asked === 'GET receipts') response.end(await joined(store.get(parseCid(name))))
  else if (asked === 'GET metrics') response.end(JSON.stringify(executor.stats()))
  else response.writeHead(404).end('no such place\n')
}

async function joined(stream, maxBytes = MOST.bytes) {
  const pieces = []
  let bytes = 0
  for await (const piece of stream) {
    bytes += piece.length
    if (bytes > maxBytes) throw new Fault('too-large', `a request has at most ${maxBytes} bytes`)
    pieces.push(piece)
  }
  return new Uint8Array(Buffer.concat(pieces))
}

const server = createServer((request, response) => {
  answer(request, response).catch(error => {
    const { code, whose, message } = error instanceof Fault ? error : new Fault('bad-usage', String(error))
    if (code === 'busy') response.setHeader('retry-after', '1')
    response.writeHead(STATUS[code] ?? (whose === 'requestor' ? 400 : 500)).end(`${code}: ${message}\n`)
  })
})
server.listen(Number(PORT), '127.0.0.1', () => console.log(`listening on port ${server.address().port}`))

process.once('SIGTERM', async () => {
  server.close()
  await executor.close()
  await engine.close()
  await store.close()
})
