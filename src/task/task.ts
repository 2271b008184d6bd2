/**
 * Tasks: calls of functions, which do not depend on the runner or the limits. A task is a dag-cbor block with a CIDv1
 * and sha2-256:
 *
 *   { cmd: "/wasm/run", nonce: Bytes,
 *     args: { mod: &Module, fun: Text, params: [Value], abi: Text } }
 *
 * The form is that of a UCAN 1.0-rc.1 invocation without its subject, so that all executors have the same CID for the
 * same call.
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

/** A parameter as an argument of `createTask`. An integer may be a number that represents it exactly. */
export type ParamInput = Param | number | readonly ParamInput[] | { readonly [key: string]: ParamInput }

/** The input of `createTask`. */
export interface TaskInput {
  /** The module: a raw block or a UnixFS file. */
  readonly mod: CID
  /** The name of the exported function. */
  readonly fun: string
  /**
   * The parameters in order. In the ABIs `core`, `bytes` and `assemblyscript(…)->…`, a CID stands for the bytes that it
   * names.
   */
  readonly params: readonly ParamInput[]
  /** The ABI: `core`, `bytes`, `wasi`, or an `assemblyscript(…)->…` signature. */
  readonly abi: string
}

/**
 * Makes a task that calls `fun` of the module `mod`. Its nonce is empty, so that the same call is the same task. For
 * the same reason, each CIDv0 is converted to the CIDv1 of the same block, even in a parameter. Parameters must be
 * values (docs/spec/receipt.md, RECEIPT-24). Whether they fit the function is checked when the task runs.
 *
 * @throws Fault bad-task, with the path of the field in its detail, such as `args.params[0].env.HOME`
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
 * Encodes a task as a block.
 *
 * @throws Fault bad-task if it is not a task, or takes more than 2 MiB. Store long parameters, and pass their CIDs.
 */
export function encodeTask(task: Task): Block {
  const encoded = orFault('bad-task', 'a task', () => encodeStrict(readTask(task)))
  return { cid: linkOf(encoded), bytes: encoded }
}

/**
 * Encodes a task, and returns the block with a copy of the task. Later changes of the given object do not affect the
 * copy. Throws the same faults as `encodeTask`.
 */
export function sealTask(task: Task): { readonly task: Task; readonly block: Block } {
  return orFault('bad-task', 'a task', () => {
    const { cmd, args, nonce } = readTask(task, true)
    const own = Object.freeze({ cmd, args, nonce: nonce.slice() })
    const encoded = encodeStrict(own)
    return { task: own, block: { cid: linkOf(encoded), bytes: encoded } }
  })
}

/**
 * Decodes a task. The block must be exactly what `encodeTask` returns for the task.
 *
 * @throws Fault bad-task, with the path of the field in its detail
 */
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

/**
 * The greatest length of a function's name: half of a document, since the receipt for a missing function contains the
 * name.
 */
const MAX_NAME_BYTES = MAX_DOCUMENT_BYTES / 2

function readName(value: unknown, field: string): string {
  const name = text(value, field)
  if (utf8Length(name) > MAX_NAME_BYTES) throw new Misfit(field, `text of at most ${MAX_NAME_BYTES} bytes`)
  return name
}

/** Reads the parameters one by one, since each may have as many levels as a value. */
function readParams(value: unknown, versions: Versions, copyBytes = false): readonly Param[] {
  const params = list(value, 'args.params')
  if (params.length > MAX_DOCUMENT_BYTES) throw new Misfit('args.params', `a list of at most ${MAX_DOCUMENT_BYTES}`)
  return Object.freeze(
    Array.from(params, (param, index) => readValue(param, fieldIn('args.params', index), versions, copyBytes)),
  )
}
