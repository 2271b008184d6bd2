/**
 * Tasks. A task states what is to be computed, and neither who runs it nor under which limits. It is a dag-cbor block, CIDv1, sha2-256:
 *
 *   { cmd: "/wasm/run", nonce: Bytes,
 *     args: { mod: &Module, fun: Text, params: [Value], abi: Text } }
 *
 * The form is that of a task of UCAN 1.0.0-rc.1 without its subject, so that one call has one CID for all executors.
 */
import type { CID } from 'multiformats/cid'
import { MAX_DOCUMENT_BYTES } from '../base/bounds.ts'
import { decodeStrict, encodeStrict, linkOf } from '../base/dag-cbor.ts'
import { fieldIn } from '../base/field.ts'
import { readValue, type Versions } from '../base/links.ts'
import { bytes, link, list, Misfit, oneOf, orFault, record, text } from '../base/shape.ts'
import { utf8Length } from '../base/text.ts'
import { fields } from '../base/usage.ts'
import type { Block, Param, Task } from '../interface.ts'
import { parseAbi } from './abi-name.ts'

/** A parameter as it may be given. Integers may be numbers, if they hold them exactly. */
export type ParamInput = Param | number | readonly ParamInput[] | { readonly [key: string]: ParamInput }

/** What it takes to make a task. */
export interface TaskInput {
  /** The module: a raw block or a UnixFS file. */
  readonly mod: CID
  /** The name of the exported function. */
  readonly fun: string
  /** The parameters in their order. In the ABIs of today a CID stands for the bytes that it names. */
  readonly params: readonly ParamInput[]
  /** How parameters and results cross: `core`, `bytes`, `wasi`, or an `assemblyscript(…)->…` signature. */
  readonly abi: string
}

/**
 * The task of calling `fun` of the module `mod`. Its nonce is empty: the same call is the same task. For the same
 * reason a CIDv0 is written as the CIDv1 of the same block, also within a parameter. Which values a call may have is said by the
 * ABI when it runs; here they are values at all (docs/spec/receipt.md, RECEIPT-24).
 *
 * Throws Fault('bad-task') with the field's path in its detail, such as `args.params[0].env.HOME`.
 */
export function createTask(input: TaskInput): Task {
  const { mod, fun, params, abi } = fields(input, 'the input')
  return orFault('bad-task', 'a task', () =>
    readTask({
      cmd: '/wasm/run',
      args: {
        mod: link(mod, 'args.mod').toV1(),
        fun,
        params: readParams(params, 'as-1'),
        abi,
      },
      nonce: new Uint8Array(),
    }),
  )
}

/**
 * The block of a task. Throws Fault('bad-task') if the object is no task, or if its block has more than 2 MiB. Store long parameters, and
 * pass their CIDs.
 */
export function encodeTask(task: Task): Block {
  const encoded = orFault('bad-task', 'a task', () => encodeStrict(readTask(task)))
  return { cid: linkOf(encoded), bytes: encoded }
}

/**
 * A copy of a task together with its block. Later changes of the given object do not change the copy. Throws what `encodeTask`
 * throws.
 */
export function sealTask(task: Task): { readonly task: Task; readonly block: Block } {
  return orFault('bad-task', 'a task', () => {
    const { cmd, args, nonce } = readTask(task, true)
    const own = Object.freeze({ cmd, args, nonce: nonce.slice() })
    const encoded = encodeStrict(own)
    return { task: own, block: { cid: linkOf(encoded), bytes: encoded } }
  })
}

/** The task in a block. Strict: Fault('bad-task') unless these bytes are what `encodeTask` makes of it. */
export function decodeTask(block: Uint8Array): Task {
  return orFault('bad-task', 'a task', () => readTask(decodeStrict(block)))
}

function readTask(value: unknown, copyBytes = false): Task {
  const task = record(value, '', ['cmd', 'args', 'nonce'])
  const args = record(task['args'], 'args', ['mod', 'fun', 'params', 'abi'])
  const abi = text(args['abi'], 'args.abi')
  parseAbi(abi)
  return Object.freeze({
    cmd: oneOf(task['cmd'], 'cmd', ['/wasm/run'] as const),
    args: Object.freeze({
      mod: link(args['mod'], 'args.mod'),
      fun: readName(args['fun'], 'args.fun'),
      params: readParams(args['params'], 'any', copyBytes),
      abi,
    }),
    nonce: bytes(task['nonce'], 'nonce'),
  })
}

/** Half the size of a document, since the receipt of a call of a missing function repeats the name. */
const MAX_NAME_BYTES = MAX_DOCUMENT_BYTES / 2

function readName(value: unknown, field: string): string {
  const name = text(value, field)
  if (utf8Length(name) > MAX_NAME_BYTES) throw new Misfit(field, `text of at most ${MAX_NAME_BYTES} bytes`)
  return name
}

/** Each parameter is read by itself, and may have as many levels as a value. */
function readParams(value: unknown, versions: Versions, copyBytes = false): readonly Param[] {
  const params = list(value, 'args.params')
  if (params.length > MAX_DOCUMENT_BYTES) throw new Misfit('args.params', `a list of at most ${MAX_DOCUMENT_BYTES}`)
  return Object.freeze(
    Array.from(params, (param, index) => readValue(param, fieldIn('args.params', index), versions, copyBytes)),
  )
}
