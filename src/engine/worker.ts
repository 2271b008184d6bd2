/** The other side of a thread engine: answers the questions that it is sent, one at a time. */
import { parentPort, workerData } from 'node:worker_threads'
import { Fault } from '../base/fault.ts'
import { hostFault } from '../base/host-fault.ts'
import type { Callable } from '../abi/guest.ts'
import type { Outcome, Rejection } from '../interface.ts'
import { Computer, type Errand, type Wanted } from './compute.ts'
import { shown } from './engine.ts'
import type { PreparedIndex } from './prepared-index.ts'
import type { Source, Stage } from './preparer.ts'
import type { Switches } from './switches.ts'

/** How a worker is set up. Plain data. */
export interface Setup {
  readonly keptBytes?: number | undefined
  /** The folder of the private index, and its bound. */
  readonly index?: { readonly folder: string; readonly maxBytes?: number | undefined } | undefined
  /** Switches of V8 for loading binaryen. */
  readonly loadUnder?: Switches | undefined
}

/** What a worker is asked: to compute, or only to judge a module. Each perhaps without the module. */
export type Question = (Errand & { readonly judge?: false }) | (Partial<Source> & { readonly key: string; readonly judge: true })

/** What a worker answers. Faults are taken apart, since classes do not cross threads. A stage is not the last answer. */
export type Answer =
  | { readonly outcome: Outcome }
  | { readonly judged: Callable | Rejection }
  | { readonly stage: Stage }
  | Wanted
  | { readonly fault: Pick<Fault, 'code' | 'message' | 'detail'> & { readonly cause: string } }

const { keptBytes, index, loadUnder } = (workerData ?? {}) as Setup
const computer = openIndex().then(opened =>
  new Computer('fast', { ...(keptBytes && { keptBytes }), index: opened, ...(loadUnder && { beforeInstrumenting: load }) }))

let loaded: Promise<void> | undefined

parentPort!.on('message', (question: Question) => {
  void answer(question).then(tell)
})

/** Sends an answer; or why it cannot be sent, for it is copied, and there may be no memory for that. */
function tell(message: Answer): void {
  try {
    parentPort!.postMessage(message)
  } catch (error) {
    parentPort!.postMessage(failed(hostFault(error)))
  }
}

async function answer(question: Question): Promise<Answer> {
  try {
    const onStage = (stage: Stage): void => tell({ stage })
    if (question.judge !== true) {
      const outcome = await (await computer).compute(question, onStage)
      return 'wanted' in outcome ? outcome : { outcome }
    }
    const judged = await (await computer).facts(question.key, { ...question, onStage })
    return judged === undefined ? { wanted: 'module' } : { judged: shown(judged) }
  } catch (error) {
    return failed(error instanceof Fault ? error : new Fault('internal', String(error), {}, error))
  }
}

function failed({ code, message, detail, cause }: Fault): Answer {
  return { fault: { code, message, detail, cause: cause instanceof Error ? cause.stack ?? cause.message : String(cause) } }
}

/** Loads binaryen under the switches, once. */
async function load(): Promise<void> {
  await (loaded ??= import('./switches.ts').then(switches => switches.loadUnder(loadUnder!)))
}

/** The private index, if one was named. */
async function openIndex(): Promise<PreparedIndex | undefined> {
  if (index === undefined) return undefined
  const { createFsIndex } = await import('./fs-index.ts')
  return createFsIndex(index.folder, { maxBytes: index.maxBytes })
}
