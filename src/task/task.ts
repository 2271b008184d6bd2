/**
 * Tasks: what is asked, the same for whoever runs it and under whatever limits. A dag-cbor block, CIDv1, sha2-256:
 *
 *   { cmd: "/wasm/run", nonce: Bytes,
 *     args: { mod: &Module, fun: Text, params: [Int | Bytes | Text | &Bytes], abi: Text } }
 *
 * The form is that of a UCAN 1.0-rc.1 invocation without its subject, so that two executors have one name for one call.
 */
import { CID } from 'multiformats/cid'
import { decodeStrict, encodeStrict, linkOf } from '../base/dag-cbor.ts'
import { isBytes, plain } from '../base/realms.ts'
import { bytes, link, list, Misfit, oneOf, orFault, record, text, toInteger } from '../base/shape.ts'
import { fields } from '../base/usage.ts'
import type { Block, Param, Task } from '../interface.ts'
import { parseAbi } from './abi-name.ts'

/** Least and greatest integer parameter: the signed range of an i64. */
export const MIN_INTEGER = -(2n ** 63n)
export const MAX_INTEGER = 2n ** 63n - 1n

/** What it takes to make a task. Integers may be numbers, if they hold them exactly. */
export interface TaskInput {
  /** The module: a raw block or a UnixFS file. */
  readonly mod: CID
  /** The name of the exported function. */
  readonly fun: string
  /** The parameters in their order. A CID stands for the bytes that it names. */
  readonly params: readonly (Param | number)[]
  /** How parameters and results cross: `core`, `bytes`, or an `assemblyscript(…)->…` signature. */
  readonly abi: string
}

/**
 * The task of calling `fun` of the module `mod`. Its nonce is empty: the same call is the same task. For the same
 * reason a CIDv0 is written as the CIDv1 of the same block.
 *
 * Throws Fault('bad-task') with the field's path in its detail.
 */
export function createTask(input: TaskInput): Task {
  const { mod, fun, params, abi } = fields(input, 'the input')
  return orFault('bad-task', 'a task', () =>
    readTask({
      cmd: '/wasm/run',
      args: {
        mod: link(mod, 'args.mod').toV1(),
        fun,
        params: list(params, 'args.params').map(param => CID.asCID(param)?.toV1() ?? param),
        abi,
      },
      nonce: new Uint8Array(),
    }),
  )
}

/**
 * The block of a task. Throws Fault('bad-task') if it is none, or takes more than 2 MiB: long parameters are to be
 * stored, and given by CID.
 */
export function encodeTask(task: Task): Block {
  const encoded = orFault('bad-task', 'a task', () => encodeStrict(readTask(task)))
  return { cid: linkOf(encoded), bytes: encoded }
}

/**
 * A task of one's own together with its block: a copy, so that it stays what the block says, whatever becomes of the given
 * object. Throws what `encodeTask` throws.
 */
export function sealTask(task: Task): { readonly task: Task; readonly block: Block } {
  return orFault('bad-task', 'a task', () => {
    const { cmd, args, nonce } = readTask(task)
    const params = args.params.map(param => (isBytes(param) ? param.slice() : param))
    const own = Object.freeze({
      cmd,
      args: Object.freeze({ ...args, params: Object.freeze(params) }),
      nonce: nonce.slice(),
    })
    const encoded = encodeStrict(own)
    return { task: own, block: { cid: linkOf(encoded), bytes: encoded } }
  })
}

/** The task in a block. Strict: Fault('bad-task') unless these bytes are what `encodeTask` makes of it. */
export function decodeTask(block: Uint8Array): Task {
  return orFault('bad-task', 'a task', () => readTask(decodeStrict(block)))
}

function readTask(value: unknown): Task {
  const task = record(value, '', ['cmd', 'args', 'nonce'])
  const args = record(task['args'], 'args', ['mod', 'fun', 'params', 'abi'])
  const abi = text(args['abi'], 'args.abi')
  parseAbi(abi)
  const params = list(args['params'], 'args.params')
  return Object.freeze({
    cmd: oneOf(task['cmd'], 'cmd', ['/wasm/run'] as const),
    args: Object.freeze({
      mod: link(args['mod'], 'args.mod'),
      fun: text(args['fun'], 'args.fun'),
      params: Object.freeze(params.map((param, index) => readParam(param, `args.params[${index}]`))),
      abi,
    }),
    nonce: bytes(task['nonce'], 'nonce'),
  })
}

function readParam(value: unknown, field: string): Param {
  if (typeof value === 'string') return value
  if (isBytes(value)) return plain(value)
  const cid = CID.asCID(value)
  if (cid !== null) return cid
  const integer = toInteger(value)
  if (integer === null) throw new Misfit(field, 'an integer, a byte string, text or a link (floats are byte strings)')
  if (integer < MIN_INTEGER || integer > MAX_INTEGER) throw new Misfit(field, `from ${MIN_INTEGER} to ${MAX_INTEGER}`)
  return integer
}
