/** Probes hosts that run a file: Node, Deno and Bun. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { HostReport } from './report.ts'

const PROBE = fileURLToPath(new URL('host-process.mjs', import.meta.url))
const TIMEOUT_MS = 180_000

/** Runs the probe by a command, and returns what it printed. */
export async function probeProcess(command: string, args: readonly string[]): Promise<HostReport> {
  const { stdout } = await promisify(execFile)(command, [...args, PROBE], {
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
    maxBuffer: 1 << 24,
  })
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as HostReport
}
