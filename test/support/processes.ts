/** Processes of this system, by `ps`. */
import { execFileSync } from 'node:child_process'

/** Those that a process has started and that still run, without what has ended and waits to be noticed. */
export function childrenOf(pid: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,comm='], { encoding: 'utf8' }).trim().split('\n')
  return lines
    .map(line => line.trim().split(/\s+/))
    .filter(([, parent, state, command]) => Number(parent) === pid && !state!.startsWith('Z') && command !== 'ps')
    .map(([child]) => Number(child))
}

/** Whether a process runs. */
export function runs(pid: number): boolean {
  return !/^(Z|$)/.test(stateOf(pid))
}

function stateOf(pid: number): string {
  try {
    return execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).trim()
  } catch {
    return ''
  }
}
