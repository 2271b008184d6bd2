/**
 * The first programs of a new user, as an ES module, as CommonJS and in another realm. Each prints FACTORIAL or ECHOED.
 */
export const FACTORIAL = '{"ok":[2432902008176640000]}\n'.repeat(3)

const WASM = "Buffer.from('AGFzbQEAAAABBgFgAX4BfgMCAQAHDQEJZmFjdG9yaWFsAAAKFwEVACAAUAR+QgEFIAAgAEIBfRAAfgsL', 'base64')"

/**
 * Computes the factorial of 20 inline, on a thread, and in a process. `others` are the expressions for the last two
 * engines.
 */
const body = others => `
async function main() {
  for (const engine of [createInlineEngine(), ${others}]) {
    const store = createMemoryStore()
    const task = createTask({ mod: await addFile(store, ${WASM}), fun: 'factorial', params: [20], abi: 'core' })
    const { receipt } = await createExecutor({ store, engine }).execute(task, { gas: 10n ** 9n, pages: 1 })
    console.log(toDagJson(receipt.out))
    await engine.close()
  }
}
`
const NAMES = 'addFile, createExecutor, createInlineEngine, createMemoryStore, createTask, toDagJson'

/** An ES module. It names the files of thread and process, which is necessary with bundlers. */
export const ESM = `
import { ${NAMES} } from 'ipvm-wasm'
import { createProcessEngine, createThreadEngine } from 'ipvm-wasm/node'
const workerUrl = new URL(import.meta.resolve('ipvm-wasm/worker'))
const childUrl = new URL(import.meta.resolve('ipvm-wasm/child'))
${body('createThreadEngine({ workerUrl }), createProcessEngine({ workerUrl, childUrl })')}
await main()
`

/** A CommonJS module. It can require ES modules from Node 20.19 on. */
export const CJS = `
const { ${NAMES} } = require('ipvm-wasm')
const { createProcessEngine, createThreadEngine } = require('ipvm-wasm/node')
${body('createThreadEngine(), createProcessEngine()')}
main()
`

/**
 * For another realm, where buffers and encoded text are not instances of `Uint8Array`. It uses all functions that take
 * bytes.
 */
export const REALM = `
import {
  addFile, admit, createExecutor, createInlineEngine, createMemoryStore, createTask, createVerifier, decodeReceipt, exportCar, importCar,
  PROFILE_1, toDagJson,
} from 'ipvm-wasm'
import { createFsStore } from 'ipvm-wasm/node'

const wasm = Buffer.from(process.argv[3], 'base64')
if (wasm instanceof Uint8Array) throw new Error('this is no other realm')
if (admit(wasm, PROFILE_1).admitted === undefined) throw new Error('not admitted')
const engine = createInlineEngine()
for (const store of [createMemoryStore(), createFsStore(process.argv[4])]) {
  const task = createTask({ mod: await addFile(store, wasm), fun: 'f', params: [new TextEncoder().encode('abc')], abi: 'bytes' })
  const made = await createExecutor({ store, engine }).execute(task, { gas: 10n ** 9n, pages: 100 })
  console.log(toDagJson(made.receipt.out))
  const other = createMemoryStore()
  const { roots } = await importCar(other, Buffer.from(await exportCar(store, [made.cid])))
  const verifier = createVerifier({ store: other, engine })
  for (const claim of [roots[0], Buffer.from(made.bytes), decodeReceipt(Buffer.from(made.bytes))]) console.log((await verifier.verify(claim)).verdict)
}
`

/** A module of the `bytes` ABI. Its function `f` returns its parameter. */
export const ECHO =
  'AGFzbQEAAAABDAJgAX8Bf2ACf38BfgMDAgABBQMBABQHGwMGbWVtb3J5AgAKaXB2bV9hbGxvYwAAAWYAAQoTAgQAQQALDAAgAK1CIIYgAa2ECw=='

/** The output of REALM. */
export const ECHOED = '{"ok":{"/":{"bytes":"YWJj"}}}\nreproduced\nreproduced\nreproduced\n'.repeat(2)
