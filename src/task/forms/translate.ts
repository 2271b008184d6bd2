/** Translates a call in another form to our task (TASK-4 to TASK-10). */
import { sha256 } from '@noble/hashes/sha2.js'
import { base64, base64pad } from 'multiformats/bases/base64'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { SHA2_256 } from '../../base/dag-cbor.ts'
import { Fault } from '../../base/fault.ts'
import { fieldIn } from '../../base/field.ts'
import { isFloat } from '../../base/float.ts'
import type { MarkedValue } from '../../base/marked-value.ts'
import { orFault } from '../../base/shape.ts'
import { badUsage, count, fields } from '../../base/usage.ts'
import { isMap } from '../../base/value.ts'
import type { Block, Param, Task } from '../../interface.ts'
import { createTask, decodeTask } from '../task.ts'
import type { Instruction, TaskDocument } from './form.ts'
import { limitsOf, type AskedLimits } from './limits.ts'
import { readAgain } from './read.ts'

/** The multicodec of raw bytes. */
const RAW = 0x55

/** A data URI, which contains the module itself. */
const DATA = /^data:application\/wasm;base64,([A-Za-z0-9+/]*)(={0,2})$/

/** Options of `translateTask`: the choices that a document may leave open. */
export interface TranslateOptions {
  /** The index of the call in a workflow. Default: 0. */
  readonly call?: number
  /** The ABI, for forms that cannot state one. It must not differ from one that the document states. */
  readonly abi?: string
}

/** The result of a translation: our task, and the other requests of the document. */
export interface Translation {
  /** The task. */
  readonly task: Task
  /** The CID of the call in the form of the document. */
  readonly asked: CID
  /** The limits that the document asks for. */
  readonly limits: AskedLimits
  /** The block of the module if the document contains the module, else empty. */
  readonly blocks: readonly Block[]
}

/**
 * Translates a call of a document to our task (docs/spec/task.md). The nonce, proofs and metadata of the document do
 * not become part of the task. So equal calls are one task.
 *
 * A call cannot be run here if neither the document nor `options` names its ABI: it then means that of the component
 * model. The same holds for a call with an await or a float among its parameters, and for a module that is not named by
 * a CID or a data URI.
 *
 * @throws Fault bad-task with the path of the field if a limit in the document cannot be read; unsupported-task with
 *   the path if the call cannot be run here
 */
export function translateTask(document: TaskDocument, options: TranslateOptions = {}): Translation {
  const { calls, form, bytes } = readAgain(document)
  const { call: index = 0, abi } = fields(options, 'options')
  count(index, 'call')
  const call = calls[index]
  if (call === undefined) throw badUsage('call', `the number of a call below ${calls.length}`, index)
  const { instruction, cid } = call
  if (instruction === undefined)
    throw unsupported(call.field, `it is a link: read the instruction ${cid}, and translate that`)
  const limits = orFault('bad-task', 'a task', () => limitsOf(call))
  if (abi !== undefined && instruction.abi !== undefined && abi !== instruction.abi)
    throw new Fault('bad-task', `the document states the ABI ${instruction.abi}, and not ${abi}`, {
      field: instruction.fields.abi,
    })
  if (form === 'ipvm-wasm') return { task: decodeTask(bytes), asked: cid, limits, blocks: [] }
  return { ...taskOf(instruction, abi ?? instruction.abi), asked: cid, limits }
}

function taskOf(instruction: Instruction, abi: string | undefined): Pick<Translation, 'task' | 'blocks'> {
  const { fun, fields: at, awaits } = instruction
  if (abi === undefined) {
    const reason = 'the form states no ABI, which means that of the component model, and components do not run here'
    throw unsupported(at.abi, `${reason}. If the module is a core module, name the ABI of the call, such as core`)
  }
  const [first] = awaits
  if (first !== undefined)
    throw unsupported(first.field, `it is the result of ${first.cid}, which has to be put in its place first`)
  const { mod, blocks } = moduleOf(instruction)
  const params = instruction.params.map((param, i) => withoutFloats(param, fieldIn(at.params, i)))
  return { task: inFieldsOf(at, () => createTask({ mod, fun, params, abi })), blocks }
}

/**
 * Returns the CID of a module, which is a link, `ipfs://CID` or a data URI. For a data URI it also returns the block.
 */
function moduleOf({ mod, fields: at }: Instruction): { readonly mod: CID; readonly blocks: readonly Block[] } {
  if (typeof mod !== 'string') return { mod, blocks: [] }
  const [, name] = /^ipfs:\/\/([A-Za-z0-9]+)\/?$/i.exec(mod) ?? []
  const named = name === undefined ? undefined : parsed(name)
  if (named !== undefined) return { mod: named, blocks: [] }
  const wasm = dataOf(mod)
  if (wasm === undefined)
    throw unsupported(
      at.mod,
      'it must name the module by its bytes: a link, ipfs://CID, or data:application/wasm;base64,…',
    )
  const cid = CID.createV1(RAW, createDigest(SHA2_256, sha256(wasm)))
  return { mod: cid, blocks: [{ cid, bytes: wasm }] }
}

function parsed(name: string): CID | undefined {
  try {
    return CID.parse(name)
  } catch {
    return undefined
  }
}

function dataOf(text: string): Uint8Array | undefined {
  const [, digits, padding] = DATA.exec(text) ?? []
  if (digits === undefined) return undefined
  try {
    return padding === '' ? base64.baseDecode(digits) : base64pad.baseDecode(`${digits}${padding}`)
  } catch {
    return undefined
  }
}

/**
 * Returns the value as a parameter. Floats are refused, since no form says if a float is an `f32` or an `f64` of the
 * guest.
 */
function withoutFloats(value: MarkedValue, field: string): Param {
  if (isFloat(value)) throw unsupported(field, 'it is a float: give the bytes of an f32 or f64, little-endian')
  if (Array.isArray(value))
    return (value as readonly MarkedValue[]).map((item, i) => withoutFloats(item, fieldIn(field, i)))
  if (!isMap<CID>(value as Param)) return value as Param
  const entries = Object.entries(value as object) as [string, MarkedValue][]
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutFloats(item, fieldIn(field, key))]))
}

/** Calls `make`, and changes its faults to name the fields of the document in place of those of the task. */
function inFieldsOf<T>(at: Instruction['fields'], make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof Fault) || typeof error.detail['field'] !== 'string') throw error
    const field = error.detail['field'].replace(/^args\.(mod|fun|params|abi)/, (_, key: keyof typeof at) => at[key])
    throw new Fault(error.code, error.message, { ...error.detail, field }, error)
  }
}

function unsupported(field: string, reason: string): Fault {
  const where = field === '' ? 'the call' : field
  return new Fault('unsupported-task', `this task cannot be run here: ${where}: ${reason}`, { field })
}
