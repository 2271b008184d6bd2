/**
 * Tries what a host can do with the library: forms alone, and one task on each engine. It runs on every host, so it uses
 * nothing that only some of them have.
 */

/** (module (func (export "factorial") (param i64) (result i64) …)) */
const WASM = 'AGFzbQEAAAABBgFgAX4BfgMCAQAHDQEJZmFjdG9yaWFsAAAKFwEVACAAUAR+QgEFIAAgAEIBfRAAfgsL'
const LIMITS = { gas: 10n ** 9n, pages: 1 }
const GIVEN_UP_MS = 60_000

/**
 * Runs all trials, and returns what each gave: a CID, or the fault or error with its message.
 * `library` is the module `ipvm-wasm`. `engines` are functions that make engines, by their names.
 */
export async function probe(library, engines) {
  const results = { forms: await tried(() => receiptOfForms(library)) }
  for (const [name, make] of Object.entries(engines))
    results[name] = await tried(() => withinTime(receiptOfRun(library, make)))
  return results
}

/** Makes a task, and writes, reads and compares documents, without an engine. Returns the CID of the task. */
async function receiptOfForms({
  createTask,
  decodeTask,
  encodeTask,
  fromDagJson,
  toDagJson,
  addFile,
  createMemoryStore,
}) {
  const mod = await addFile(createMemoryStore(), bytes())
  const { cid, bytes: block } = encodeTask(createTask({ mod, fun: 'factorial', params: [20], abi: 'core' }))
  const again = encodeTask(fromDagJson(toDagJson(decodeTask(block))))
  if (!again.cid.equals(cid)) throw new Error('the task changes when it is read and written')
  return cid.toString()
}

/** Runs a task. Returns the CID of its receipt. */
async function receiptOfRun({ addFile, createExecutor, createMemoryStore, createTask }, make) {
  const store = createMemoryStore()
  const engine = await make()
  try {
    const task = createTask({ mod: await addFile(store, bytes()), fun: 'factorial', params: [20], abi: 'core' })
    return (await createExecutor({ store, engine }).execute(task, LIMITS)).cid.toString()
  } finally {
    await engine.close()
  }
}

function bytes() {
  return Uint8Array.from(atob(WASM), character => character.charCodeAt(0))
}

async function tried(body) {
  try {
    return { cid: await body() }
  } catch (error) {
    const text = String(error?.message ?? error).split('\n')[0]
    return { fault: typeof error?.code === 'string' ? error.code : String(error?.name ?? 'error'), message: text }
  }
}

async function withinTime(work) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${GIVEN_UP_MS / 1000} s`)), GIVEN_UP_MS)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
