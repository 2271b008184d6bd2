/**
 * Tasks and invocations of UCAN 1.0.0-rc.1:
 *
 *   task        { sub: DID, cmd: "/wasm/run", args: { mod, fun, params, abi? }, nonce: Bytes }
 *   invocation  as in ucan-invocation.ts, with these fields in its payload
 *
 * Signatures are not verified here: the result of a pure task does not depend on who asks for it (TASK-10).
 *
 * Source: https://github.com/ucan-wg/invocation
 */
import { CID } from 'multiformats/cid'
import { fieldIn } from '../../base/field.ts'
import { did, listOf, mapOf } from '../../base/marked-shape.ts'
import type { MarkedMap, MarkedValue } from '../../base/marked-value.ts'
import { bytes, oneOf, text } from '../../base/shape.ts'
import { PAYLOAD_FIELD, readInvocation } from '../../base/ucan-invocation.ts'
import type { AskedCall, TaskDocument, TaskForm } from './form.ts'
import { abiName, awaitsIn, block, metaOf, uri } from './parts.ts'

/** Reads the forms that begin with `ucan-1.0-`. */
export function readUcan10(value: MarkedValue, form: TaskForm): TaskDocument {
  const calls = [form === 'ucan-1.0-task' ? taskCall(mapOf(value, '', TASK_KEYS), '') : invocationCall(value)]
  return { form, ...block(value), value, calls }
}

const TASK_KEYS = ['sub', 'cmd', 'args', 'nonce']

function invocationCall(value: MarkedValue): AskedCall {
  const { payload } = readInvocation(value)
  const { meta } = payload
  const metadata = meta === undefined ? {} : metaOf(meta as MarkedMap, fieldIn(PAYLOAD_FIELD, 'meta'))
  return { ...taskCall(payload, PAYLOAD_FIELD), ...metadata }
}

function taskCall({ sub, cmd, args, nonce }: MarkedMap, field: string): AskedCall {
  const at = (key: string): string => fieldIn(field, key)
  did(sub, at('sub'))
  oneOf(cmd, at('cmd'), ['/wasm/run'])
  bytes(nonce, at('nonce'))
  const inputs = mapOf(args, at('args'), ['mod', 'fun', 'params'], ['abi'])
  const inArgs = (key: string): string => fieldIn(at('args'), key)
  const fields = { mod: inArgs('mod'), fun: inArgs('fun'), params: inArgs('params'), abi: inArgs('abi') }
  const params = listOf(inputs['params'], fields.params)
  const own = block({ sub: sub!, cmd: cmd!, args: inputs, nonce: nonce! })
  return {
    field,
    cid: own.cid,
    instruction: {
      block: own,
      mod: CID.asCID(inputs['mod']) ?? uri(inputs['mod'], fields.mod),
      fun: text(inputs['fun'], fields.fun),
      params,
      ...(inputs['abi'] === undefined ? {} : { abi: abiName(inputs['abi'], fields.abi) }),
      awaits: awaitsIn(params, fields.params),
      fields,
    },
  }
}
