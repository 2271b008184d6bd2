// The main file of a thread that stands for a Web Worker: it gives the thread the global scope of one, and runs a file in it.
import { parentPort, workerData } from 'node:worker_threads'

globalThis.postMessage = (message, moved) => parentPort.postMessage(message, moved)
globalThis.addEventListener = (type, listener) => parentPort.on(type, data => listener({ data }))
await import(workerData)
