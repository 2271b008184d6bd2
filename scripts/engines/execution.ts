/** Runs a corpus on an engine, and restarts the engine after a task that kills it. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Line } from './format.ts'

export interface Run {
  /** The folder of the bundle. */
  readonly bundle: string
  readonly corpus: string
  /** The file to which lines are appended. The version is in a file next to it. */
  readonly report: string
  readonly from: number
  readonly timeoutMs: number
}

/** Runs the corpus from a task on. Rejects if the engine ends before the corpus is complete. */
export type Execute = (run: Run) => Promise<void>

export interface Ran {
  readonly version: string
  readonly lines: readonly Line[]
  readonly seconds: number
}

/** The greatest number of starts of one engine. An engine that dies more often is broken. */
const MAX_STARTS = 20

/** Runs `count` tasks. A task that kills the engine is a fault, and the next start begins after it. */
export async function runAll(execute: Execute, run: Omit<Run, 'from'>, count: number): Promise<Ran> {
  rmSync(`${run.report}.version`, { force: true })
  const began = performance.now()
  const lines: Line[] = []
  for (let start = 0; start < MAX_STARTS && lines.length < count; start++) {
    rmSync(run.report, { force: true })
    let problem: string | undefined
    await execute({ ...run, from: lines.length }).catch((error: unknown) => {
      problem = error instanceof Error ? error.message : String(error)
    })
    lines.push(...linesOf(run.report))
    if (problem === undefined) break
    if (lines.length < count) lines.push([lines.length, null, 'engine died', problem])
    // It died before the first task, and would do so again.
    if (lines.length === 1) break
  }
  const version = existsSync(`${run.report}.version`) ? readFileSync(`${run.report}.version`, 'utf8') : 'unknown'
  return { version, lines, seconds: (performance.now() - began) / 1000 }
}

/** The complete lines of a report. The last one may be cut. */
function linesOf(report: string): Line[] {
  if (!existsSync(report)) return []
  return readFileSync(report, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as Line)
}

/** Runs `host-process.mjs` by a command. `options` follow its own arguments. */
export function processOf(command: string, args: readonly string[], options: readonly string[] = []): Execute {
  return run =>
    new Promise((resolve, reject) => {
      const host = [join(run.bundle, 'host-process.mjs'), run.corpus, run.report, String(run.from), ...options]
      const child = spawn(command, [...args, ...host], {
        stdio: ['ignore', 'ignore', 'pipe'],
        timeout: run.timeoutMs,
        killSignal: 'SIGKILL',
      })
      let errors = ''
      child.stderr.on('data', (piece: Buffer) => {
        errors = (errors + piece.toString('utf8')).slice(-2000)
      })
      child.on('error', reject)
      child.on('close', (code, signal) => {
        if (code === 0) resolve()
        else
          reject(
            new Error(
              `${signal ?? `exit code ${code}`}: ${
                errors
                  .trim()
                  .split('\n')
                  .find(line => /error|fatal/i.test(line)) ?? ''
              }`,
            ),
          )
      })
    })
}
