/**
 * A verifier that watches a folder. Start it with `node verify-folder.mjs FOLDER`. It reads PROCESSES, MAX_GAS and
 * EVERY_MS from the environment.
 *
 * It verifies the receipts that are the roots of each CAR in the folder. It writes the results for `a.car` into
 * `a.car.json`: `{ car, receipts: [{ receipt, verdict | fault, fields, text }] }`. A CAR is verified again if it has
 * changed, or if its `.json` was removed. Move a CAR into the folder only when it is complete. A part of a CAR ends
 * with the fault `bad-car`.
 */
import { createReadStream } from 'node:fs'
import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { claimsInCar, createMemoryStore, createVerifier, describe, describeVerdict, Fault } from 'ipvm-wasm'
import { createProcessEngine } from 'ipvm-wasm/node'

const [folder = '.'] = process.argv.slice(2)
const { PROCESSES = '2', MAX_GAS = '5000000000000', EVERY_MS = '1000' } = process.env

const stopped = new AbortController()
for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => stopped.abort())

/** The CARs whose receipts are being verified. */
const underWay = new Set()

/**
 * Yields the claims of all CARs that have no verdicts yet. It never ends. The verifier takes the next claim when it has
 * room for it.
 */
async function* claims() {
  for (;;) {
    for (const name of (await readdir(folder)).filter(name => name.endsWith('.car')).sort()) {
      const path = join(folder, name)
      const car = await stampOf(path)
      if (!underWay.has(path) && car !== undefined && car !== (await verifiedOf(path))) yield* claimsOf({ path, car })
    }
    await sleep(Number(EVERY_MS), undefined, { signal: stopped.signal })
  }
}

async function* claimsOf(file) {
  const found = []
  try {
    for await (const claim of claimsInCar(() => createReadStream(file.path))) found.push(claim)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return await write(file, [lineOf({ fault: error })])
  }
  if (found.length === 0) return await write(file, [])
  underWay.add(file.path)
  const lines = Array(found.length)
  for (const [place, claim] of found.entries()) yield { ...claim, file, lines, place }
}

/** Returns a text that changes with the content of a file. Returns undefined if the file does not exist. */
async function stampOf(path) {
  const found = await stat(path).catch(() => undefined)
  return found?.isFile() ? `${found.mtimeMs} ${found.size}` : undefined
}

/** Returns the stamp that a CAR had when its verdicts were written. Returns undefined if it has no verdicts. */
async function verifiedOf(path) {
  return readFile(`${path}.json`, 'utf8').then(
    text => JSON.parse(text).car,
    () => undefined,
  )
}

function lineOf(result) {
  const receipt = result.receipt && String(result.receipt)
  if ('fault' in result) return { receipt, fault: result.fault.code, text: describe(result.fault) }
  const fields = result.mismatches.map(({ field }) => field)
  return { receipt, verdict: result.verdict, fields, text: describeVerdict(result) }
}

/** Writes the verdicts of a CAR, completely or not at all. */
async function write({ path, car }, receipts) {
  await writeFile(`${path}.draft`, `${JSON.stringify({ car, receipts }, null, 1)}\n`)
  await rename(`${path}.draft`, `${path}.json`)
  console.log(`${path}: ${receipts.map(({ verdict, fault }) => verdict ?? fault).join(', ')}`)
}

const engine = createProcessEngine({ processes: Number(PROCESSES) })
// The verifier's own store is empty, since each claim comes with the blocks of its CAR.
const verifier = createVerifier({ store: createMemoryStore(), engine, maxGas: BigInt(MAX_GAS) })
try {
  for await (const result of verifier.verifyMany(claims(), { signal: stopped.signal })) {
    const { file, lines, place } = result.given
    lines[place] = lineOf(result)
    if (lines.includes(undefined)) continue
    await write(file, lines)
    underWay.delete(file.path)
  }
} catch (error) {
  if (!stopped.signal.aborted) throw error
} finally {
  await engine.close()
}
