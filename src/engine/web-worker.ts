/**
 * The main file of a Web Worker of an engine. `createWorkerEngine` starts it. An embedder who makes the worker imports
 * `ipvm-wasm/web-worker` as the first and only thing that the worker's file does.
 */
import { Fault } from '../base/fault.ts'
import { hostFault } from '../base/host-fault.ts'
import { Answerer } from './answerer.ts'
import { faultMessage, type Answer, type Question } from './protocol.ts'
import { READY, type Ready, type Start } from './web-protocol.ts'

/** The part of the global scope of a worker that is used here. */
interface Scope {
  postMessage(message: Answer | Ready, moved?: readonly ArrayBuffer[]): void
  addEventListener(type: 'message', listener: (event: { readonly data: Start | Question }) => void): void
  addEventListener(type: 'messageerror', listener: () => void): void
  addEventListener(type: 'unhandledrejection', listener: (event: { readonly reason: unknown }) => void): void
}

const scope = globalThis as unknown as Scope
const tell = (answer: Answer, moved: readonly ArrayBuffer[] = []): void => scope.postMessage(answer, moved)
let answerer: Answerer | undefined

scope.addEventListener('message', ({ data }) => {
  if ('start' in data) answerer = new Answerer(data.start, tell, data.memory)
  else answerer?.take(data)
})
scope.addEventListener('messageerror', () =>
  tell({ fault: faultMessage(new Fault('engine-failed', 'the worker could not read a message')) }),
)
// Browsers report this to nobody outside of the worker, and the engine would wait.
scope.addEventListener('unhandledrejection', ({ reason }) => tell({ fault: faultMessage(hostFault(reason)) }))
scope.postMessage(READY)
