// An app: it verifies a CAR on the page, by an engine on workers, and in a worker of its own.
import { createInlineEngine, createWorkerEngine } from 'ipvm-wasm'
import { verdictOf } from './verdict.js'

export const onThisThread = car => verdictOf(car, createInlineEngine())

export const byWorkers = car => verdictOf(car, createWorkerEngine())

export function inOwnWorker(car) {
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
  return new Promise((resolve, reject) => {
    worker.addEventListener('message', ({ data }) => resolve(data))
    worker.addEventListener('error', event => reject(new Error(event.message ?? 'the worker does not start')))
    worker.postMessage(car)
  }).finally(() => worker.terminate())
}

async function show(element) {
  const car = new Uint8Array(await (await fetch('./claim.car')).arrayBuffer())
  const verdicts = [await onThisThread(car), await byWorkers(car), await inOwnWorker(car)]
  element.textContent = verdicts.join('\n')
}

if (typeof document !== 'undefined') void show(document.querySelector('#result'))
