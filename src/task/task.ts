/**
 * Tasks. A task states a computation, but not its executor or its limits. It is a dag-cbor block with a CIDv1 and
 * sha2-256:
 *
 *   { cmd: "/wasm/run", nonce: Bytes,
 *     args: { mod: &Module, fun: Text, params: [Value], abi: Text } }
 *
 * The form is that of a UCAN 1.0.0-rc.1 task without the subject, so that a call has the same CID for all executors.
 */
import type { CID } from 'multiformats/cid'
import { MAX_DOCUMENT_BYTES } from '../base/bounds.ts'
import { decodeStrict, encodeStrict, linkOf } from '../base/dag-cbor.ts'
import { fieldIn } from '../base/field.ts'
import { readValue, type Versions } from '../base/links.ts'
import { bytes, link, list, Misfit, oneOf, orFault, record, text } from '../base/shape.ts'
import { utf8Length } from '../base/text.ts'
import { fields } from '../base/usage.ts'
import { holdsBytes } from '../base/value.ts'
import type { Block, Param, Task } from '../interface.ts'
import { parseAbi } from './abi-name.ts'

/** A parameter as input. Integers may be numbers if they are safe integers. */
export type ParamInput = Param | number | readonly ParamInput[] | { readonly [key: string]: ParamInput }

/** The input of `createTask`. */
export interface TaskInput {
  /** The module: a raw block or a UnixFS file. */
  readonly mod: CID
  /** The name of the exported function. */
  readonly fun: string
  /** The parameters in order. In the present ABIs, a CID stands for the content that it names. */
  readonly params: readonly ParamInput[]
  /** The ABI: `core`, `bytes`, `wasi`, or an `assemblyscript(…)->…` signature. */
  readonly abi: string
}

/**
 * Makes the task of calling `fun` of the module `mod`. Its nonce is empty, so that the same call is the same task. For
 * the same reason a CIDv0 is written as the CIDv1 of the same block, also within a parameter. Parameters are only
 * checked to be values (docs/spec/receipt.md, RECEIPT-24). The ABI checks their types when the task runs.
 *
 * @throws Fault bad-task with the path of the field in its detail, such as `args.params[0].env.HOME`
 */
export function createTask(input: TaskInput): Task {
  const { mod, fun, params, abi } = fields(input, 'the input')
  const task = orFault('bad-task', 'a task', () =>
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
  if (!task.args.params.some(holdsBytes)) unchanging.set(task, undefined)
  return task
}

/**
 * The tasks of `createTask` that nobody can change, with their blocks once they were encoded. A small one of them is
 * encoded and hashed only once. A task with byte strings is not among them, since JavaScript cannot freeze these.
 */
const unchanging = new WeakMap<Task, Block | undefined>()

/** The greatest size of a block that is remembered, in bytes. Larger ones would double the memory of their tasks. */
const MAX_REMEMBERED = 4096

/** The block of a task. The caller gets bytes of its own. */
function blockOf(task: Task): Block {
  const known = unchanging.get(task)
  if (known !== undefined) return { cid: known.cid, bytes: known.bytes.slice() }
  const bytes = encodeStrict(task)
  const block = { cid: linkOf(bytes), bytes }
  if (bytes.length <= MAX_REMEMBERED && unchanging.has(task))
    unchanging.set(task, { cid: block.cid, bytes: bytes.slice() })
  return block
}

/**
 * Encodes a task as a block. Store long parameters as blocks of their own, and pass their CIDs.
 *
 * @throws Fault bad-task if the object is not a task, or if its block would have more than 2 MiB
 */
export function encodeTask(task: Task): Block {
  return orFault('bad-task', 'a task', () => blockOf(unchanging.has(task) ? task : readTask(task)))
}

/**
 * Returns a copy of a task together with its block. Later changes of the given object do not change the copy.
 *
 * @throws Fault bad-task as `encodeTask` does
 */
export function sealTask(task: Task): { readonly task: Task; readonly block: Block } {
  return orFault('bad-task', 'a task', () => {
    if (unchanging.has(task)) return { task, block: blockOf(task) }
    const { cmd, args, nonce } = readTask(task, true)
    const own = Object.freeze({ cmd, args, nonce: nonce.slice() })
    return { task: own, block: blockOf(own) }
  })
}

/**
 * Decodes the task in a block. The decoder is strict: the bytes must be exactly those that `encodeTask` returns for the
 * task.
 *
 * @throws Fault bad-task if they are not
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
 * Half the size of a document, since a receipt can contain the name a second time, if the module has no such function.
 */
const MAX_NAME_BYTES = MAX_DOCUMENT_BYTES / 2

function readName(value: unknown, field: string): string {
  const name = text(value, field)
  if (utf8Length(name) > MAX_NAME_BYTES) throw new Misfit(field, `text of at most ${MAX_NAME_BYTES} bytes`)
  return name
}

/** Reads the parameters. Each one is read separately, so that its depth may be that of a value. */
function readParams(value: unknown, versions: Versions, copyBytes = false): readonly Param[] {
  const params = list(value, 'args.params')
  if (params.length > MAX_DOCUMENT_BYTES) throw new Misfit('args.params', `a list of at most ${MAX_DOCUMENT_BYTES}`)
  return Object.freeze(
    Array.from(params, (param, index) => readValue(param, fieldIn('args.params', index), versions, copyBytes)),
  )
}
