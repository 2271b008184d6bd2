/** Reads our own form of a task, and the object of ipvm-wg/spec issue 12. */
import { CID } from 'multiformats/cid'
import { listOf, mapOf } from '../../base/marked-shape.ts'
import type { MarkedValue } from '../../base/marked-value.ts'
import { Misfit, oneOf, text } from '../../base/shape.ts'
import { SAFETY_CLASSES } from '../classes.ts'
import { decodeTask } from '../task.ts'
import { SEED_TYPE, SEED_VERSION } from '../work.ts'
import type { TaskDocument, TaskForm } from './form.ts'
import { abiName, awaitsIn, block, uri } from './parts.ts'

/** Reads the form `ipvm-wasm` (RECEIPT-4). */
export function readOwn(value: MarkedValue, form: TaskForm): TaskDocument {
  const own = block(value)
  const { mod, fun, params, abi } = decodeTask(own.bytes).args
  const fields = { mod: 'args.mod', fun: 'args.fun', params: 'args.params', abi: 'args.abi' }
  const instruction = { block: own, mod, fun, params, abi, awaits: [], fields }
  return { form, ...own, value, calls: [{ field: '', cid: own.cid, instruction }] }
}

/** Reads the form `ipvm-task`: `{type, version, safety?, on: "ipvm/wasm", using, run: {fun?, abi?, args}}`. */
export function readIpvmTask(value: MarkedValue, form: TaskForm): TaskDocument {
  const { type, version, safety, on, using, run } = mapOf(
    value,
    '',
    ['type', 'version', 'on', 'using', 'run'],
    ['safety'],
  )
  oneOf(type, 'type', [SEED_TYPE])
  oneOf(version, 'version', [SEED_VERSION])
  oneOf(on, 'on', ['ipvm/wasm'])
  if (safety !== undefined) oneOf(safety, 'safety', SAFETY_CLASSES)
  if (safety !== undefined && safety !== 'deterministic')
    throw new Misfit('safety', '"deterministic" or absent: only deterministic work is a task')
  const { fun = 'run', abi = 'core', args } = mapOf(run, 'run', ['args'], ['fun', 'abi'])
  const params = listOf(args, 'run.args')
  const own = block(value)
  const fields = { mod: 'using', fun: 'run.fun', params: 'run.args', abi: 'run.abi' }
  const instruction = {
    block: own,
    mod: CID.asCID(using) ?? uri(ipfsUri(using), 'using'),
    fun: text(fun, 'run.fun'),
    params,
    abi: abiName(abi, 'run.abi'),
    awaits: awaitsIn(params, 'run.args'),
    fields,
  }
  return { form, ...own, value, calls: [{ field: '', cid: own.cid, instruction }] }
}

/** Returns the module as a link or URI. In this form the module may also be the bare text of a CID. */
function ipfsUri(using: MarkedValue | undefined): MarkedValue | undefined {
  return typeof using === 'string' && /^[A-Za-z0-9]+$/.test(using) ? `ipfs://${using}` : using
}
