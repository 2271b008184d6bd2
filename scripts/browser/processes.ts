/** The memory of processes, as Linux tells it in /proc. */
import { readdirSync, readFileSync } from 'node:fs'

/** The resident memory of a process and all that it has started, in MB. Memory that they share counts once for each. */
export function rssOf(pid: number): number {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    // The name of the program is in parentheses, and may have spaces.
    const [, parent] = /\) \w (\d+)/.exec(contentOf(`/proc/${name}/stat`)) ?? []
    if (parent !== undefined) parents.set(Number(name), Number(parent))
  }
  let total = 0
  for (const member of parents.keys()) if (descends(member, pid, parents)) total += residentOf(member)
  return total
}

function descends(member: number, ancestor: number, parents: ReadonlyMap<number, number>): boolean {
  for (let at: number | undefined = member; at !== undefined && at > 1; at = parents.get(at))
    if (at === ancestor) return true
  return false
}

/** The resident memory of one process, in MB. */
function residentOf(pid: number): number {
  const [, kilobytes = '0'] = /^VmRSS:\s+(\d+) kB/m.exec(contentOf(`/proc/${pid}/status`)) ?? []
  return Number(kilobytes) / 1000
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // The process has ended meanwhile.
  }
}
