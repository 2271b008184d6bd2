/**
 * The main file of a process of an engine. Guests run on a second thread. The main thread never computes, so it can end the
 * process at any time: if memory exceeds its bound, or if the engine is gone.
 *
 * The process watches its resident memory, because no limit of the platform would do. The memory of the compiler is outside of
 * the heap, which could be limited. A limit on the address space would leave no room for WebAssembly memories, which reserve
 * gigabytes of it.
 */
import { writeFileSync } from 'node:fs'
import process from 'node:process'
import { Fault } from '../base/fault.ts'
import { hostFault } from '../base/host-fault.ts'
import type { FromChild, ToChild } from './child-protocol.ts'
import { faultMessage } from './protocol.ts'
import { openThread, type ThreadSetup } from './thread-seat.ts'

/** The time between two looks at the resident memory, in milliseconds. */
const WATCH_MS = 20

preferredByKernel()
const { workerUrl, ...rest } = JSON.parse(process.argv[2]!) as Omit<ThreadSetup, 'url'> & { readonly workerUrl: string }
let watch: NodeJS.Timeout | undefined

const thread = openThread(
  { ...rest, url: new URL(workerUrl) },
  {
    answered(answer) {
      const last = 'outcome' in answer || 'inspected' in answer || 'fault' in answer
      if (last) clearInterval(watch)
      try {
        tell(last ? { answer, resident: process.memoryUsage.rss() } : { answer })
      } catch (error) {
        endWith(hostFault(error))
      }
    },
    died: endWith,
  },
)

process.on('message', ({ question, most }: ToChild) => {
  if (most !== undefined) {
    clearInterval(watch)
    watch = setInterval(() => watchMemory(most), WATCH_MS)
  }
  try {
    thread.post(question)
  } catch (error) {
    endWith(new Fault('engine-failed', 'the job could not be handed over to the thread that computes it', {}, error))
  }
})

// Signals to a whole group of processes, such as Ctrl-C in a terminal, are left to the engine, which ends its processes.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
process.on('disconnect', end)
// The engine may have ended while this process was starting. Then no event comes.
if (process.connected === false) end()

/** Makes the kernel kill this process rather than its parent when the system runs out of memory. Linux only. */
function preferredByKernel(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '500')
  } catch {
    // Not Linux, or not permitted.
  }
}

function watchMemory(most: number): void {
  const resident = process.memoryUsage.rss()
  if (resident <= most) return
  const mib = (bytes: number): number => Math.ceil(bytes / 2 ** 20)
  const message = `the task took more memory than it is allowed on this host, ${mib(most)} MiB with its pages: a higher bound is memoryMb (--memory)`
  endWith(new Fault('host-memory', message, { residentMb: mib(resident), allowedMb: mib(most) }))
}

function endWith(fault: Fault): void {
  tell({ ends: faultMessage(fault) })
  end()
}

function tell(message: FromChild): void {
  // If the engine is gone, the event `disconnect` follows.
  process.send?.(message, undefined, undefined, () => {})
}

/** Ends the process at once, whatever its threads do. */
function end(): void {
  process.kill(process.pid, 'SIGKILL')
}
