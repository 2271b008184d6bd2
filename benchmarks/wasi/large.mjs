/**
 * Prepares a large module: `node benchmarks/wasi/large.mjs <what> <module> <index>`, in a process of its own, since what it takes of
 * memory is one of the questions, and from what is built, since loading TypeScript takes memory as well. Prints as JSON how many
 * milliseconds it took, and the most resident memory in MB. `what` is one of these:
 *
 * - `binaryen`: read and written by binaryen;
 * - `instrument`: admitted and instrumented;
 * - `prepare`: that, compiled, and put into the index;
 * - `index`: got from the index, and compiled.
 */
import { readFileSync } from 'node:fs'
import { createFsIndex } from '../../dist/engine/fs-index.js'
import { Preparer } from '../../dist/engine/preparer.js'
import { PROFILE_1_VIRTUAL } from '../../dist/profile/virtual.js'

const [what, path, folder] = process.argv.slice(2)
const work = await workOf(what, new Uint8Array(readFileSync(path)))
const start = performance.now()
await work()
const ms = performance.now() - start
process.stdout.write(JSON.stringify({ ms, mb: mostResident() }))

/** The work, once the code for it is loaded. */
async function workOf(what, module) {
  const profile = PROFILE_1_VIRTUAL
  const preparer = new Preparer('fast', { index: createFsIndex(folder, { maker: 'benchmark' }), keptBytes: 2 ** 30 })
  const compiled = async means => preparer.compiled(await preparer.admit('large', means), 'fast', means)
  if (what === 'index')
    return () => compiled({ source: () => Promise.reject(new Error('the index has no such module')) })
  const { admit } = await import('../../dist/admission/admit.js')
  const { instrument } = await import('../../dist/instrument/instrument.js')
  const { loadBinaryen } = await import('../../dist/instrument/binaryen/port.js')
  const binaryen = await loadBinaryen()
  switch (what) {
    case 'binaryen':
      return () => {
        const ir = binaryen.read(module)
        binaryen.write(ir)
        binaryen.raw.ModuleDispose(ir)
      }
    case 'instrument':
      return () => instrument(admit(module, profile).admitted, 'fast')
    case 'prepare':
      return () => compiled({ source: async () => ({ module, profile }) })
    default:
      throw new Error(`nothing is called ${what}`)
  }
}

/** Linux counts what the parent had into `maxRSS`, and has a number of its own for what was resident since the program began. */
function mostResident() {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1024
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024
}
