/**
 * Prepares one module in a process of its own. After each phase, it prints a line of JSON: the processor time of all
 * threads in milliseconds, and the peak of the resident memory in MB. It runs from the build, on any engine with the
 * Node API:
 *
 *     child.mjs <module> <warm-up module> real|shape
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { admit } from '../../dist/admission/admit.js'
import { admitModule } from '../../dist/engine/admit-module.js'
import { Machine } from '../../dist/engine/machine.js'
import { HostFunctions } from '../../dist/host/registry.js'
import { instrument } from '../../dist/instrument/instrument.js'
import { PROFILE_1 } from '../../dist/profile/v1.js'

const MODES = ['fast', 'steady', 'precise']
const [path, warm, kind] = process.argv.slice(2)

/** Real modules may have imports that the profile denies. */
const profile = kind === 'real' ? { ...PROFILE_1, denied: 'trap-on-call' } : PROFILE_1

function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

/** Resets the peak of the resident memory. Only Linux reports it; elsewhere memory is 0. */
function resetPeak() {
  try {
    writeFileSync('/proc/self/clear_refs', '5')
  } catch {
    // Not Linux.
  }
}

function peakMb() {
  try {
    return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) / 1024)
  } catch {
    return 0
  }
}

async function phase(name, work) {
  resetPeak()
  const before = process.cpuUsage()
  const result = await work()
  const { user, system } = process.cpuUsage(before)
  say({ phase: name, ms: (user + system) / 1000, mb: peakMb() })
  return result
}

async function prepare(bytes, asked) {
  const { admitted, info } = await phase('admit', () => admitModule(bytes, asked))
  if (admitted === undefined) return say({ refused: `${info.code} ${info.subject ?? ''}`.trim() })
  const imported = { linked: new HostFunctions().link(info.imports), inputs: { fun: 'run', params: [] } }
  for (const mode of MODES) {
    const { bytes: code } = await phase(`instrument ${mode}`, () => instrument(admitted, mode))
    say({ code: code.length })
    const compiled = await phase(`compile ${mode}`, () => new WebAssembly.Module(code))
    if (kind === 'real') continue
    await phase(`call ${mode}`, async () => {
      const machine = await Machine.create(compiled, mode, info, { gas: 2n ** 60n, pages: 65_536 }, imported)
      machine.start()
      machine.call('run', 0)
    })
  }
  say({ done: true })
}

// Another module is prepared first. This loads binaryen, and compiles most of our own code.
const first = admit(new Uint8Array(readFileSync(warm)), PROFILE_1).admitted
for (const mode of MODES) await instrument(first, mode)
// From here on, V8 compiles all functions with their module, and not at their first call. Other engines have no such
// flag.
if (process.versions.bun === undefined) setFlagsFromString('--no-wasm-lazy-compilation')
await prepare(new Uint8Array(readFileSync(path)), profile)
