/**
 * `npm run measure:reentry`, after `npm run build`: measures the native frames of a host function that calls the guest.
 *
 * A guest and a host function call each other until the engine's stack overflows, on stacks of two sizes. The
 * difference of the depths gives the bytes of one level: the frames of the engine, of this library and of the host
 * function, which does nothing else. The guest's own frame weighs 15 words by PROFILE-15, and is subtracted. The
 * profile's `reentryWords` must be greater than the result, since the host functions of an embedder may have larger
 * frames.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Computer } from '../dist/engine/compute.js'
import { PROFILE_1 } from '../dist/profile/v1.js'

/** The sizes of the stacks, in KiB: half of that of a worker of Chromium, and the whole. */
const STACKS = [246, 492]
/**
 * The least value that a profile may have (src/profile/check.ts), so that the engine's stack overflows before the
 * profile's bound.
 */
const LEAST = 256
const MODES = ['fast', 'steady', 'precise']
/** Settings of the compiler: the default, and the least optimised code, which has the largest frames. */
const FLAGS = { 'as it likes': [], 'never optimised': ['--no-opt', '--no-sparkplug', '--liftoff-only'] }
const LEVEL_WORDS = 15

/**
 *     (module (import "test" "again" (func $host (param i32) (result i32)))
 *       (func (export "again") (param i32) (result i32) (i32.add (call $host (local.get 0)) (i32.const 1))))
 */
const GUEST = new Uint8Array(
  Buffer.from(
    '0061736d0100000001060160017f017f020e01047465737405616761696e00000302010007090105616761696e00010a0b0109002000100041016a0b',
    'hex',
  ),
)

/** The host function counts its calls. The count remains after the stack overflow that ends the run. */
const HOST = `data:text/javascript,${encodeURIComponent(`
  export const functions = { 'test/again@1': { type: 'i:i', run(call, _, n) { globalThis.levels++; return call.call('again', n)[0] } } }
`)}`

async function levels(mode) {
  globalThis.levels = 0
  const grant = { module: 'test', name: 'again', type: 'i:i', semantics: 'test/again@1', may: ['call-guest'] }
  const profile = {
    ...PROFILE_1,
    id: 'measure',
    grants: [{ ...grant, price: { flat: 0, perUnit: 0 } }],
    limits: { ...PROFILE_1.limits, stackWords: 131_072, reentryWords: LEAST },
  }
  const job = { key: 'k', module: GUEST, profile, fun: 'again', abi: 'core', args: [0n] }
  const limits = { gas: 2n ** 62n, pages: 0 }
  const end = await new Computer(mode, { hostModules: [HOST] }).compute({ ...job, limits }).catch(fault => fault)
  if (end.code !== 'host-stack')
    throw new Error(`the stack of this engine did not give out: ${JSON.stringify(end.out)} ${end}`)
  return globalThis.levels
}

function measure(mode, flags, stack) {
  const args = [`--stack-size=${stack}`, ...flags, fileURLToPath(import.meta.url), mode]
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000 })
  if (status !== 0) throw new Error(stderr)
  return Number(stdout)
}

const [, , child] = process.argv
if (child !== undefined) {
  process.stdout.write(String(await levels(child)))
} else {
  console.log(`Node ${process.version}, ${process.arch}: bytes and words of a call of the guest by a host function`)
  let most = 0
  for (const [name, flags] of Object.entries(FLAGS)) {
    for (const mode of MODES) {
      const [few, many] = STACKS.map(stack => measure(mode, flags, stack))
      const bytes = ((STACKS[1] - STACKS[0]) * 1024) / (many - few)
      const words = bytes / 8 - LEVEL_WORDS
      most = Math.max(most, words)
      console.log(
        `  ${mode.padEnd(8)} ${name.padEnd(16)} ${many} levels on ${STACKS[1]} KiB, ${few} on ${STACKS[0]}: ` +
          `${bytes.toFixed(0)} bytes, ${words.toFixed(0)} words beside the guest's frame`,
      )
    }
  }
  const { reentryWords } = PROFILE_1.limits
  console.log(
    `  at most ${most.toFixed(0)} words; profile 1 states ${reentryWords}, ${(reentryWords / most).toFixed(1)} times as many`,
  )
  if (most > reentryWords) process.exitCode = 1
}
