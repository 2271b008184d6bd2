/** Converts the object of ipvm-wg/spec issue 12, which is called the seed here, to a task. */
import { CID } from 'multiformats/cid'
import { base64 } from 'multiformats/bases/base64'
import { Fault } from '../base/fault.ts'
import { isRecord, Misfit } from '../base/shape.ts'
import { readValueOf } from '../base/value.ts'
import type { Param } from '../interface.ts'
import { contentOf } from './resources.ts'
import type { TaskInput } from './task.ts'
import { badWork, moduleOf, readWork, SEED_TYPE } from './work.ts'

/** Defaults for fields that the seed does not state. */
export interface SeedDefaults {
  /** The function to call, if `run.fun` names none. */
  readonly fun?: string
  /** The ABI, if `run.abi` names none. */
  readonly abi?: string
}

/**
 * Returns the input of `createTask` for
 * `{type: "ipvm/task", version: "0.1.0", safety, on: "ipvm/wasm", using, run: {args}}`. The issue defines no fields for
 * the function and the ABI. They are taken from `run.fun` and `run.abi`, else from `defaults`, else they are `run` and
 * `core`. Links and bytes among the arguments may be in their dag-json form.
 *
 * @throws Fault bad-work unless the object has this form, names a module by CID, and declares no class or
 *   `deterministic`. Work that has to run exactly once is not a pure task.
 */
export function toTask(seed: unknown, defaults: SeedDefaults = {}): TaskInput {
  const work = readWork(seed)
  if (!isRecord(seed) || seed['type'] !== SEED_TYPE || work.form !== 'wasm') {
    throw badWork('only the seed\'s object on "ipvm/wasm" becomes a task', 'on')
  }
  if (work.declared !== null && work.declared !== 'deterministic') {
    const message = `declared ${work.declared}: only deterministic work becomes a task`
    throw new Fault('bad-work', message, { field: 'safety' })
  }
  const mod = moduleOf(work)
  if (mod === null) throw badWork('using must be the CID of a module', 'using')
  const run = isRecord(seed['run']) ? seed['run'] : {}
  const { fun = defaults.fun ?? 'run', abi = defaults.abi ?? 'core', args = [] } = run
  if (typeof fun !== 'string') throw badWork('run.fun must be text', 'run.fun')
  if (typeof abi !== 'string') throw badWork('run.abi must be text', 'run.abi')
  if (!Array.isArray(args)) throw badWork('run.args must be a list', 'run.args')
  return { mod, fun, params: args.map((arg, index) => toParam(arg, `run.args[${index}]`)), abi }
}

/** Reads a value, in which links and bytes may be in their dag-json form. */
function toParam(value: unknown, field: string): Param {
  try {
    return readValueOf<CID | Uint8Array>(value, field, { link: dagJsonPart }) as Param
  } catch (error) {
    throw error instanceof Misfit ? badWork(error.message, error.field) : error
  }
}

function dagJsonPart(object: object): CID | Uint8Array | undefined {
  const cid = CID.asCID(object)
  if (cid !== null) return cid
  if (!isRecord(object) || !Object.hasOwn(object, '/')) return undefined
  const found = contentOf(object)?.cid ?? dagJsonBytes(object['/'])
  if (found === null) throw new Error('it is no link and no bytes of dag-json')
  return found
}

/** `{"/": {"bytes": base64}}` */
function dagJsonBytes(inner: unknown): Uint8Array | null {
  const text = isRecord(inner) ? inner['bytes'] : undefined
  if (typeof text !== 'string') return null
  try {
    return base64.baseDecode(text)
  } catch {
    return null
  }
}
