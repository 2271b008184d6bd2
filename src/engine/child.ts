/**
 * A process of an engine. Guests run on a thread of it, so that this one, which never computes, always has the time to see
 * that memory grows beyond what is allowed and that the engine is gone, though the guest runs for hours.
 *
 * Memory is watched because nothing else bounds it: the compiler's memory is in no heap that could be limited, and an
 * address space that is limited has no room for the memories of WebAssembly, which reserve gigabytes.
 */
import { writeFileSync } from 'node:fs'
import process from 'node:process'
import { Fault } from '../base/fault.ts'
import { hostFault } from '../base/host-fault.ts'
import type { FromChild, ToChild } from './child-protocol.ts'
import { faultMessage } from './protocol.ts'
import { openThread, type ThreadSetup } from './thread-seat.ts'

/** How often memory is looked at, in milliseconds. */
const WATCH_MS = 20

preferredByKernel()
const { workerUrl, ...rest } = JSON.parse(process.argv[2]!) as Omit<ThreadSetup, 'url'> & { readonly workerUrl: string }
let watch: NodeJS.Timeout | undefined

const thread = openThread(
  { ...rest, url: new URL(workerUrl) },
  {
    answered(answer) {
      const last = 'outcome' in answer || 'judged' in answer || 'fault' in answer
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

// Its life hangs on the engine's alone: what is sent to all processes of a terminal or a service is the engine's matter.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
process.on('disconnect', end)
// It may have ended while this process was starting: then nobody is told any more.
if (process.connected === false) end()

/** Where a system without memory left chooses what to kill, it is to be this process and not its parent. Linux only. */
function preferredByKernel(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '500')
  } catch {
    // Other systems choose as they do.
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
  // The engine may be gone; then this process is about to learn it.
  process.send?.(message, undefined, undefined, () => {})
}

/** Whatever the thread computes or the compiler does: nothing is left. */
function end(): void {
  process.kill(process.pid, 'SIGKILL')
}
