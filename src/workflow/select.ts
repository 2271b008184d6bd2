/** Finds the value that an await stands for (docs/spec/workflow.md, WF-8, WF-9). */
import { CID } from 'multiformats/cid'
import { decodeStrict } from '../base/dag-cbor.ts'
import { Fault } from '../base/fault.ts'
import { fieldIn } from '../base/field.ts'
import { readValue } from '../base/links.ts'
import { isMap } from '../base/value.ts'
import { getBlock, type BlockSource } from '../content/block.ts'
import { DAG_CBOR, DAG_PB } from '../content/cids.ts'
import { resolvePath } from '../content/path.ts'
import type { Abortable, Out, Value } from '../interface.ts'
import type { Await } from './form.ts'

/**
 * Returns the awaited part of an outcome. The outcome must have the awaited branch. Steps follow links: to the list or
 * map in a dag-cbor block, and through directories.
 *
 * @throws Fault bad-workflow with the path of the await if there is no such part; and faults of reading blocks
 */
export async function select(store: BlockSource, out: Out, wanted: Await, options: Abortable): Promise<Value> {
  const whole = readValue(out, '', '1')
  let value = wanted.branch === '*' ? whole : partOf(whole, wanted.branch)
  let place = wanted.branch === '*' ? '' : wanted.branch
  for (const step of wanted.path) {
    value = value === undefined ? undefined : await into(store, value, step, options)
    place = fieldIn(place, step)
    if (value === undefined) throw missing(wanted, place)
  }
  return value!
}

/**
 * Takes one step: to a key of a map, an index of a list, or a name in a directory. Returns undefined if there is no
 * such part.
 */
async function into(
  store: BlockSource,
  value: Value,
  step: string | number,
  options: Abortable,
): Promise<Value | undefined> {
  const cid = CID.asCID(value)
  if (cid === null) return partOf(value, step)
  if (cid.code === DAG_CBOR) return partOf(await linkedValue(store, cid, options), step)
  if (cid.code !== DAG_PB || typeof step !== 'string') return undefined
  return (await resolvePath(store, `${cid}/${step}`, options)).toV1()
}

function partOf(value: Value, step: string | number): Value | undefined {
  if (typeof step === 'number') return Array.isArray(value) ? (value as readonly Value[])[step] : undefined
  return isMap<CID>(value) && Object.hasOwn(value, step) ? value[step] : undefined
}

/**
 * Returns the list or map in a dag-cbor block.
 *
 * @throws Fault bad-dag if the block has no value in strict dag-cbor; and faults of `getBlock`
 */
async function linkedValue(store: BlockSource, cid: CID, { signal }: Abortable): Promise<Value> {
  const block = await getBlock(store, cid, { signal })
  try {
    return readValue(decodeStrict(block), '', '1')
  } catch (error) {
    throw new Fault('bad-dag', `block ${cid} holds no value in strict dag-cbor`, { cid }, error)
  }
}

function missing({ field, label }: Await, place: string): Fault {
  return new Fault('bad-workflow', `${field} awaits ${place} of "${label}", and its outcome has no such part`, {
    field,
  })
}
