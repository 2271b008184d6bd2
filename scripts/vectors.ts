/**
 * `npm run vectors`: writes docs/vectors, by which other implementations can be tested: tasks in the forms of docs/spec/task.md with
 * their CIDs and translations, envelopes with keys, and forgeries with the fields for which they are refused.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { CID } from 'multiformats/cid'
import { Fault } from '../src/base/fault.ts'
import { toDagJson } from '../src/base/dag-json.ts'
import { openEnvelope } from '../src/envelope/open.ts'
import { signReceipt, type SignOptions } from '../src/envelope/sign.ts'
import type { Out } from '../src/interface.ts'
import { encodeReceipt } from '../src/receipt/receipt.ts'
import type { TaskDocument } from '../src/task/forms/form.ts'
import { formatTask, readTask } from '../src/task/forms/read.ts'
import { translateTask } from '../src/task/forms/translate.ts'
import { writeTask } from '../src/task/forms/write.ts'
import { encodeTask } from '../src/task/task.ts'
import { KINDS } from '../test/envelope/forge.ts'
import { keyOf, OWN, secretOf, stored } from '../test/envelope/samples.ts'
import { DATA, OK, OUT_OF_GAS, REJECTED, TRAPPED } from '../test/receipt/sample.ts'
import * as samples from '../test/task/forms/samples.ts'

const FOLDER = fileURLToPath(new URL('../docs/vectors/', import.meta.url))

/** The files of docs/vectors by their names. */
export async function vectors(): Promise<Readonly<Record<string, string>>> {
  return { 'tasks.json': asText(tasks()), 'envelopes.json': asText(await envelopes()) }
}

// ── Tasks ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const { instruction, task, EXAMPLE, LINK } = samples

/** Documents that are read, each with the ABI under which it is translated. */
const READ: readonly (readonly [name: string, document: string, abi?: string])[] = [
  ['homestar: image-pipeline', samples.IMAGE_PIPELINE],
  ['homestar: add-one, whose limits cannot be read', samples.ADD_ONE_WORKFLOW, 'core'],
  ['homestar: add-one-nonced', samples.NONCED_WORKFLOW],
  ['homestar: an instruction', instruction('add_one', '[1]'), 'core'],
  ['homestar: the same instruction without an ABI', instruction('add_one', '[1]')],
  ['homestar: a float is no integer', instruction('add_one', '[1.0]'), 'core'],
  ['homestar: a resource that is a link', instruction('add_one', '[1]', '""', `{"/":"${EXAMPLE}"}`), 'core'],
  ['homestar: a nonce is no part of the task', instruction('add_one', '[1]', '"1sod60ml6g26mfhsrsa0"'), 'core'],
  ['homestar: limits', task(instruction('f', '[]'), '{"fuel":1000,"memory":131072,"time":5000}'), 'core'],
  ['homestar: a link in the place of an instruction', task(LINK), 'core'],
  ['homestar: an invocation', `{"task":${task(instruction('f', '["a",null,[true]]'))}}`, 'bytes'],
  ['UCAN 0.2: an instruction', samples.UCAN02, 'core'],
  ['UCAN 1.0: a task', samples.UCAN_TASK],
  ['UCAN 1.0: an invocation with its module', samples.UCAN_INVOCATION, 'core'],
  ['ipvm/task', samples.IPVM_TASK],
  ['our own', formatTask(readTask(OWN))],
]

/** Documents that are refused. */
const REFUSED: readonly (readonly [name: string, document: string])[] = [
  ['a key twice', '{"tasks":[],"tasks":[]}'],
  ['an unknown key', '{"tasks":[],"name":"x"}'],
  ['parameters that are no list', instruction('f', '{}')],
  ['a nonce of three bytes', instruction('f', '[]', '{"/":{"bytes":"AQID"}}')],
  ['another ability', instruction('f', '[]').replace('wasm/run', 'docker/run')],
  ['an awaited result that is no link', instruction('f', '[{"await/ok":1}]')],
  ['a proof that is no link', task(instruction('f', '[]')).replace('"prf":[]', '"prf":[1]')],
  ['an ipvm/task that is not deterministic', samples.IPVM_TASK.replace('deterministic', 'destructive')],
]

function tasks(): object {
  return {
    read: READ.map(([name, document, abi]) => {
      const read = readTask(document)
      const { form, cid, bytes, calls } = read
      const told = {
        name,
        document,
        form,
        cid: text(cid),
        dagCbor: hex(bytes),
        calls: calls.map(call => text(call.cid)),
      }
      return { ...told, ...(abi && { abi }), ...translation(read, abi) }
    }),
    refused: REFUSED.map(([name, document]) => ({ name, document, field: fieldOf(() => readTask(document)).field })),
  }
}

/** The task of the first call and its limits, or the fault. */
function translation(read: TaskDocument, abi: string | undefined): object {
  let found
  try {
    found = translateTask(read, abi === undefined ? {} : { abi })
  } catch {
    return { fault: fieldOf(() => translateTask(read, abi === undefined ? {} : { abi })) }
  }
  const { cid } = encodeTask(found.task)
  const { gas, ...limits } = found.limits
  return { task: text(cid), limits: { ...(gas !== undefined && { gas: String(gas) }), ...limits } }
}

function fieldOf(read: () => unknown): { readonly code: string; readonly field: unknown } {
  try {
    read()
  } catch (error) {
    if (error instanceof Fault) return { code: error.code, field: error.detail['field'] }
    throw error
  }
  throw new Error('this was to be refused')
}

// ── Envelopes ───────────────────────────────────────────────────────────────────────────────────────────────────────

const KEYS = ['alice', 'bob']

async function envelopes(): Promise<object> {
  const alice = await keyOf('alice')
  const asked = readTask(writeTask(OWN, 'homestar-instruction').bytes)
  const signed = async (name: string, out: Out, options: SignOptions = {}): Promise<object> => {
    const { store, receipt, cid } = await stored(out)
    await store.put(asked.cid, asked.bytes)
    const envelope = await signReceipt(receipt, alice, options)
    await openEnvelope(store, envelope.bytes)
    return {
      name,
      form: envelope.form,
      signer: envelope.signer,
      envelope: hex(envelope.bytes),
      cid: text(envelope.cid),
      ran: text(envelope.ran),
      receipt: { cid: text(cid), dagCbor: hex(encodeReceipt(receipt).bytes), dagJson: toDagJson(receipt) },
    }
  }
  const vouchers = [{ type: 'tee-quote', data: Uint8Array.of(1, 2, 3) }]
  const refused = await Promise.all(
    KINDS.map(async ([name, field, forge]) => ({ name, field, envelope: await forge() })),
  )
  return {
    keys: await Promise.all(
      KEYS.map(async name => ({ name, secret: hex(secretOf(name)), did: (await keyOf(name)).did })),
    ),
    task: { cid: text(encodeTask(OWN).cid), dagCbor: hex(encodeTask(OWN).bytes) },
    asked: { cid: text(asked.cid), dagCbor: hex(asked.bytes), form: asked.form },
    read: await Promise.all([
      signed('a result', OK),
      signed('a value', { ok: { exit: 0n, stdout: new Uint8Array(3), files: DATA } }),
      signed('a rejection', REJECTED),
      signed('a trap', TRAPPED),
      signed('out of gas', OUT_OF_GAS),
      signed('a call of homestar', OK, { asked: asked.cid }),
      signed('a voucher', OK, { vouchers }),
      signed('in the form of ucanto', OK, { form: 'ucanto-0' }),
    ]),
    // Those that are too long for a document say nothing that a length does not say.
    refused: refused
      .filter(({ envelope }) => envelope.length < 10_000)
      .map(({ name, field, envelope }) => ({ name, field, envelope: hex(envelope) })),
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

function text(cid: CID): string {
  return cid.toString()
}

function asText(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, content] of Object.entries(await vectors())) writeFileSync(FOLDER + name, content)
}
