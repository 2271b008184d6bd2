/** Measures one module in a child process, with bounds on time and memory. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const CHILD = fileURLToPath(new URL('child.mjs', import.meta.url))

export interface Phase {
  readonly phase: string
  readonly ms: number
  readonly mb: number
}

export interface Measured {
  readonly phases: readonly Phase[]
  /** The sizes of the instrumented modules in the order fast, steady, precise, as far as the process got. */
  readonly code: readonly number[]
  /** `ok`, or the reason for which the process did not finish. */
  readonly end: string
  /** The peak of the resident memory over all phases, in MB. */
  readonly peakMb: number
  /** The processor time of all phases, in milliseconds. */
  readonly ms: number
}

export interface Means {
  /** The program of the engine that runs the child. */
  readonly host: string
  /** The path of a module that is prepared first, to warm up the process. */
  readonly warm: string
  readonly maxMb: number
  readonly maxMs: number
}

type Line = Partial<Phase> & { readonly code?: number; readonly refused?: string; readonly done?: true }

/**
 * Measures a module in a file. `kind` says whether `run` is called after compiling; that of a shape returns at once.
 */
export async function measure(
  path: string,
  kind: 'real' | 'shape',
  { host, warm, maxMb, maxMs }: Means,
): Promise<Measured> {
  const child = spawn(host, [CHILD, path, warm, kind], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let errors = ''
  let stopped: string | undefined
  let seenMb = 0
  child.stdout.on('data', piece => {
    output += String(piece)
  })
  child.stderr.on('data', piece => {
    errors += String(piece)
  })
  const stop = (why: string): void => {
    stopped ??= why
    child.kill('SIGKILL')
  }
  const clock = setTimeout(() => stop(`over ${maxMs / 1000} s`), maxMs)
  const watch = setInterval(() => {
    seenMb = Math.max(seenMb, residentMb(child.pid))
    if (seenMb > maxMb) stop(`over ${maxMb} MB`)
  }, 50)
  const [code, signal] = await new Promise<[number | null, string | null]>(resolve =>
    child.on('close', (...end) => resolve(end)),
  )
  clearTimeout(clock)
  clearInterval(watch)
  const lines = output
    .split('\n')
    .filter(line => line.endsWith('}'))
    .map(line => JSON.parse(line) as Line)
  const phases = lines.filter((line): line is Phase => line.phase !== undefined)
  const refused = lines.find(line => line.refused !== undefined)?.refused
  const fault =
    /^(?:\w*Error|Fault\b.*|#.*|RangeError.*|.*Fatal.*)$/m.exec(errors)?.[0] ??
    errors.split('\n').find(line => line.trim() !== '')
  const end =
    stopped ?? refused ?? (lines.some(line => line.done) ? 'ok' : `${signal ?? `exit ${code}`} ${fault ?? ''}`.trim())
  return {
    phases,
    end,
    code: lines.flatMap(line => line.code ?? []),
    peakMb: Math.max(seenMb, ...phases.map(({ mb }) => mb)),
    ms: phases.reduce((sum, { ms }) => sum + ms, 0),
  }
}

function residentMb(pid: number | undefined): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}
