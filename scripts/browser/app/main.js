// An app: it verifies on the page, by an engine on workers, and in a worker of its own.
import { createIndexedDbIndex, createInlineEngine, createWorkerEngine } from 'ipvm-wasm'
import { verdictsOf } from './verdicts.js'

const base = document.baseURI

function inOwnWorker() {
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
  return new Promise((resolve, reject) => {
    worker.addEventListener('message', ({ data }) => resolve(data))
    worker.addEventListener('error', event => reject(new Error(event.message ?? 'the worker does not start')))
    worker.postMessage(base)
  }).finally(() => worker.terminate())
}

const TRIALS = {
  page: () => verdictsOf(createInlineEngine(), base),
  engine: () => verdictsOf(createWorkerEngine(), base),
  worker: inOwnWorker,
  // A page that owns its origin may keep prepared modules.
  kept: () => verdictsOf(createWorkerEngine({ index: createIndexedDbIndex({ name: 'app' }) }), base),
}

/** Runs the trials that the address asks for, such as `?page,worker`, and shows what they give. */
async function run() {
  const results = {}
  for (const name of location.search.slice(1).split(',')) {
    try {
      results[name] = await TRIALS[name]()
    } catch (error) {
      results[name] = `${error.code ?? error.name}: ${error.message}`
    }
  }
  const element = document.querySelector('#result')
  element.textContent = JSON.stringify(results)
  element.dataset.done = 'true'
}

void run()
