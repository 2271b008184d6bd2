/** The main file of a thread of an engine. */
import { parentPort, workerData } from 'node:worker_threads'
import { Answerer } from './answerer.ts'
import type { ComputerOptions } from './compute.ts'
import type { Question, Setup } from './protocol.ts'
import type { ThreadData } from './thread-seat.ts'

const port = parentPort!
const { setup, memory } = workerData as ThreadData
const answerer = new Answerer(optionsOf(setup), (answer, moved = []) => port.postMessage(answer, moved), memory)

port.on('message', (question: Question) => answerer.take(question))

async function optionsOf({ hostModules, keptBytes, index, loadUnder }: Setup): Promise<ComputerOptions> {
  let loaded: Promise<void> | undefined
  return {
    hostModules,
    keptBytes,
    ...(index && { index: (await import('./fs-index.ts')).createFsIndex(index.folder, { maxBytes: index.maxBytes }) }),
    ...(loadUnder && {
      beforeInstrumenting: () => (loaded ??= import('./switches.ts').then(switches => switches.loadUnder(loadUnder))),
    }),
  }
}
