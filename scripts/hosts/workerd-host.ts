/** Probes workerd, the runtime of Cloudflare's workers. Like other hosts at the edge, it refuses to compile modules. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { npmFile } from '../install.ts'
import type { HostReport } from './report.ts'

const SPEC = 'workerd@1.20261117.1'
const HERE = dirname(fileURLToPath(import.meta.url))
const START_MS = 60_000

const CONFIG = `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "probe", worker = .probe)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "probe")],
);

const probe :Workerd.Worker = (
  modules = [(name = "worker.mjs", esModule = embed "worker.mjs")],
  compatibilityDate = "2026-06-01",
);
`

/** Installs workerd. Throws `Unavailable` with the reason if that fails. */
export function installWorkerd(cache: string): string {
  return npmFile(cache, 'workerd', SPEC, 'workerd/bin/workerd')
}

/** Bundles the probe, starts workerd with it, and asks it for the results. */
export async function probeWorkerd(workerd: string, cache: string): Promise<HostReport> {
  const folder = join(cache, 'workerd-probe')
  mkdirSync(folder, { recursive: true })
  await bundle(folder)
  writeFileSync(join(folder, 'config.capnp'), CONFIG)
  const child = spawn(workerd, ['serve', '--control-fd=3', 'config.capnp'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let said = ''
  child.stderr!.on('data', (piece: Buffer) => (said += piece.toString('utf8')))
  try {
    const port = await portOf(child.stdio[3] as Readable).catch((error: unknown) => {
      throw new Error(`workerd does not start: ${said.split('\n')[0] || String(error)}`)
    })
    const response = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(START_MS) })
    const text = await response.text()
    if (!response.ok) throw new Error(`workerd answers ${response.status}: ${text}${said}`)
    const { results } = JSON.parse(text) as Pick<HostReport, 'results'>
    return { version: versionOf(workerd), results }
  } finally {
    const ended = once(child, 'exit')
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
    if (child.exitCode === null) await ended
  }
}

/** workerd writes a line of JSON for each socket that it opens. */
async function portOf(control: Readable): Promise<number> {
  const late = AbortSignal.timeout(START_MS)
  const lines = createInterface({ input: control, signal: late })
  for await (const line of lines) {
    const { event, port } = JSON.parse(line) as { event: string; port?: number }
    if (event === 'listen' && port !== undefined) return port
  }
  throw new Error('it opens no socket')
}

async function bundle(folder: string): Promise<void> {
  await build({
    entryPoints: [join(HERE, 'host-workerd.mjs')],
    outfile: join(folder, 'worker.mjs'),
    alias: { 'ipvm-wasm': join(HERE, '../../dist/index.js') },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['workerd', 'worker'],
    target: 'es2022',
    logLevel: 'error',
  })
}

function versionOf(workerd: string): string {
  const path = createRequire(workerd).resolve('workerd/package.json')
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version
}
