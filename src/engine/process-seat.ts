import { fork, type ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'
import { Fault } from '../base/fault.ts'
import type { FromChild, ToChild } from './child-protocol.ts'
import { plugAndPlayOptions } from './plug-and-play.ts'
import { faultOf, type Question, type Setup } from './protocol.ts'
import type { Seat, SeatEvents } from './seat.ts'

export interface ProcessSetup {
  /** The main file of the process, and the file of its thread that computes. */
  readonly childUrl: URL
  readonly workerUrl: URL
  /** The stack of that thread, in MiB. */
  readonly stackMb: number
  readonly setup: Setup
}

const MIB = 2 ** 20
const PAGE = 65536

/** The number of characters that are kept of the last output of a process. */
const MAX_LAST_OUTPUT = 4000

/** Messages of V8, libc++ and Node when a process dies because it ran out of memory. */
const MEMORY = /out of memory|allocation failed|bad_alloc|heap limit/i

/**
 * Starts a process that computes jobs. It inherits no environment, no switches and no open files of this process. It is only told
 * how to find packages if that takes a loader (`plug-and-play.ts`).
 */
export function startProcess({ childUrl, workerUrl, stackMb, setup }: ProcessSetup): ChildProcess {
  const packages = plugAndPlayOptions()
  const child = fork(childUrl, [JSON.stringify({ workerUrl: workerUrl.href, stackMb, setup })], {
    env: packages === undefined ? {} : { NODE_OPTIONS: packages },
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  // `processSeat` handles the event. Without a listener, an error before that would be thrown.
  child.on('error', () => {})
  holdProcess(child, false)
  return child
}

/** Makes a seat of a process. `memoryMb` bounds its resident memory besides the pages of its task. */
export function processSeat(child: ChildProcess, memoryMb: number, { answered, died }: SeatEvents): Seat {
  let words = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-MAX_LAST_OUTPUT)))
  child.on('message', (message: FromChild) => {
    if ('ends' in message) return died(faultOf(message.ends))
    answered(message.answer, message.resident !== undefined && message.resident > (memoryMb * MIB) / 2)
  })
  const ended = new Promise<void>(resolve => {
    child.on('close', (code, signal) => {
      died(faultOfDeath(code, signal, words.trim()))
      resolve()
    })
    child.on('error', error => {
      died(new Fault('engine-failed', 'a process could not be started, or not be talked to', {}, error))
      // A process that did not start does not end.
      if (child.pid === undefined) resolve()
    })
  })
  return {
    post(question) {
      const message: ToChild =
        'given' in question ? { question } : { question, most: memoryMb * MIB + pagesOf(question) * PAGE }
      child.send(message, error => {
        // The process has died. If that was before the seat was made, no event `close` follows.
        if (error !== null && isOver(child)) died(faultOfDeath(child.exitCode, child.signalCode, words.trim()))
      })
    },
    hold: busy => holdProcess(child, busy),
    async end() {
      if (isOver(child)) return
      holdProcess(child, true)
      child.kill('SIGKILL')
      await ended
    },
  }
}

function pagesOf(question: Question): number {
  return 'compute' in question ? question.compute.limits.pages : 0
}

function isOver({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid === undefined || exitCode !== null || signalCode !== null
}

function holdProcess(child: ChildProcess, held: boolean): void {
  const how = held ? 'ref' : 'unref'
  // Platforms other than Node lack some of these handles or their methods.
  const handles: (Partial<Record<'ref' | 'unref', () => unknown>> | null | undefined)[] = [
    child,
    child.channel,
    child.stderr as Socket | null,
  ]
  for (const handle of handles) handle?.[how]?.()
}

function faultOfDeath(code: number | null, signal: NodeJS.Signals | null, words: string): Fault {
  const cause = words === '' ? undefined : new Error(words)
  const detail = { exitCode: code, signal }
  if (MEMORY.test(words))
    return new Fault('host-memory', 'the process that computed the task ran out of memory', detail, cause)
  if (signal === 'SIGKILL') {
    const message = 'the process that computed the task was killed (SIGKILL), as systems do that have no memory left'
    return new Fault('host-memory', message, detail, cause)
  }
  const how = signal === null ? `, with exit code ${code}` : ` of ${signal}`
  return new Fault('engine-failed', 'the process that computed the task died' + how, detail, cause)
}
