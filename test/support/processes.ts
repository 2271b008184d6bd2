/** Lists processes by `ps`. */
import { execFileSync } from 'node:child_process'

/** The running children of a process, without zombies. */
export function childrenOf(pid: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,comm='], { encoding: 'utf8' }).trim().split('\n')
  return lines
    .map(line => line.trim().split(/\s+/))
    .filter(([, parent, state, command]) => Number(parent) === pid && !state!.startsWith('Z') && command !== 'ps')
    .map(([child]) => Number(child))
}

/** Returns true if a process runs. */
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
