/** One run of a bundle over a corpus by an engine: started, started again after a task that kills it, and read. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Line } from './format.ts'

export interface Run {
  /** Folder of the bundle. */
  readonly bundle: string
  readonly corpus: string
  /** Where lines are appended; the version goes beside it. */
  readonly report: string
  readonly from: number
  readonly timeoutMs: number
}

/** Runs the corpus from a task on. Rejects if it ends before the corpus does. */
export type Execute = (run: Run) => Promise<void>

export interface Ran {
  readonly version: string
  readonly lines: readonly Line[]
  readonly seconds: number
}

/** Starts of one engine, the first included. An engine that dies more often is broken, not short of something. */
const MAX_STARTS = 20

/** Runs `count` tasks. A task at which the engine dies is a fault, and the next start goes on after it. */
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
    // It did not even begin: no other start will.
    if (lines.length === 1) break
  }
  const version = existsSync(`${run.report}.version`) ? readFileSync(`${run.report}.version`, 'utf8') : 'unknown'
  return { version, lines, seconds: (performance.now() - began) / 1000 }
}

/** The whole lines of a report: the last one may be cut. */
function linesOf(report: string): Line[] {
  if (!existsSync(report)) return []
  return readFileSync(report, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as Line)
}

/** Runs `host-process.mjs` under a command. */
export function processOf(command: string, args: readonly string[]): Execute {
  return run =>
    new Promise((resolve, reject) => {
      const host = [join(run.bundle, 'host-process.mjs'), run.corpus, run.report, String(run.from)]
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
