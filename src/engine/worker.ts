/** The main file of a thread of an engine. */
import { parentPort, workerData } from 'node:worker_threads'
import { Answerer } from './answerer.ts'
import type { Question } from './protocol.ts'
import type { ThreadData } from './thread-seat.ts'

const port = parentPort!
const { setup, memory } = workerData as ThreadData
const answerer = new Answerer(setup, (answer, moved = []) => port.postMessage(answer, moved), memory)

port.on('message', (question: Question) => answerer.take(question))
