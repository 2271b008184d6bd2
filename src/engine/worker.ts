/** The main file of a thread of an engine. */
import { parentPort, workerData } from 'node:worker_threads'
import { Answerer } from './answerer.ts'
import type { Question, Setup } from './protocol.ts'

const port = parentPort!
const answerer = new Answerer((workerData ?? {}) as Setup, (answer, moved = []) => port.postMessage(answer, moved))

port.on('message', (question: Question) => answerer.take(question))
