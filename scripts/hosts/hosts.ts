/** The hosts of docs/hosts.md, how each is probed, and what must come out. */
import { npmFile } from '../install.ts'
import { probeProcess } from './process-host.ts'
import { TRIALS, type HostReport, type TrialName } from './report.ts'
import { installWorkerd, probeWorkerd } from './workerd-host.ts'

export interface Host {
  readonly name: string
  /** The trials that must work. All others must end with a fault. */
  readonly works: readonly TrialName[]
  /** Installs the host and probes it. Throws `Unavailable` with the reason if it cannot be installed. */
  readonly probe: (cache: string) => Promise<HostReport>
}

const WITHOUT_WORKER: readonly TrialName[] = TRIALS.filter(trial => trial !== 'worker')

function node(cache: string, major: number): string {
  return process.versions.node.startsWith(`${major}.`)
    ? process.execPath
    : npmFile(cache, `node-${major}`, `node@${major}`, 'node/bin/node')
}

function switched(flag: string, works: readonly TrialName[]): Host {
  return { name: `Node 24 \`${flag}\``, works, probe: cache => probeProcess(node(cache, 24), [flag]) }
}

export const HOSTS: readonly Host[] = [
  ...[20, 22, 24, 26].map(major => ({
    name: `Node ${major}`,
    works: WITHOUT_WORKER,
    probe: (cache: string) => probeProcess(node(cache, major), []),
  })),
  switched('--disallow-code-generation-from-strings', WITHOUT_WORKER),
  // Child processes do not get this flag.
  switched('--jitless', ['forms', 'process']),
  {
    name: 'Deno',
    works: TRIALS,
    probe: cache => probeProcess(npmFile(cache, 'deno', 'deno', '.bin/deno'), ['run', '--no-prompt', '--allow-all']),
  },
  {
    name: 'Bun',
    works: TRIALS,
    probe: cache => probeProcess(npmFile(cache, 'bun', 'bun', '.bin/bun'), []),
  },
  {
    name: 'workerd',
    works: ['forms'],
    probe: cache => probeWorkerd(installWorkerd(cache), cache),
  },
]
