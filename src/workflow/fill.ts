/**
 * Replaces the awaits in a call by their values, which gives the task that runs (docs/spec/workflow.md, WF-8 to WF-10).
 */
import { CID } from 'multiformats/cid'
import { encodeStrict } from '../base/dag-cbor.ts'
import { Fault } from '../base/fault.ts'
import { fieldIn } from '../base/field.ts'
import { isBytes } from '../base/realms.ts'
import { isMap } from '../base/value.ts'
import { getBlock, putBlock } from '../content/block.ts'
import { DAG_CBOR, RAW } from '../content/cids.ts'
import { addFile } from '../content/unixfs.ts'
import type { Abortable, BlockStore, Out, Task, Value } from '../interface.ts'
import { awaitOf } from './awaits.ts'
import type { Await, WasmRun } from './form.ts'
import { select } from './select.ts'

/** The source of the values of awaits, and the store for blocks. */
export interface FillOptions extends Abortable {
  readonly store: BlockStore
  /** Returns the outcome of an awaited task. It has the branch that is awaited. */
  outOf(label: string): Out
}

/**
 * Returns the task of a call. `field` is the path of the call in the document.
 *
 * @throws Fault bad-workflow if an awaited part does not exist, or is no module where one is needed; and faults of the
 *   store
 */
export async function fill(run: WasmRun, field: string, options: FillOptions): Promise<Task> {
  const filler = new Filler(run, options)
  const params: Value[] = []
  for (const [i, param] of run.params.entries())
    params.push((await filler.part(param, fieldIn(`${field}.args.params`, i), [i]))!)
  const { fun, abi, nonce } = run
  return { cmd: '/wasm/run', args: { mod: await filler.module(), fun, params, abi }, nonce }
}

/** The position of a part among the parameters: the number of the parameter, then keys and indices in it. */
type Place = readonly (string | number)[]

class Filler {
  readonly #run: WasmRun
  readonly #options: FillOptions

  constructor(run: WasmRun, options: FillOptions) {
    this.#run = run
    this.#options = options
  }

  async module(): Promise<CID> {
    const { mod } = this.#run
    const given = CID.asCID(mod)
    if (given !== null) return given
    const wanted = mod as Await
    const value = await this.#select(wanted)
    const cid = isBytes(value) ? await this.#file(value) : CID.asCID(value)
    if (cid !== null) return cid
    const { field, label } = wanted
    const message = `${field} awaits a module of "${label}", which is a byte string or a link, and this is neither`
    throw new Fault('bad-workflow', message, { field })
  }

  /** Replaces the awaits in a part of a parameter. Returns undefined if the key of the part has to be absent. */
  async part(value: Value, field: string, place: Place): Promise<Value | undefined> {
    const wanted = awaitOf(value, field)
    if (wanted !== undefined) return this.#fitted(await this.#select(wanted), place)
    if (Array.isArray(value)) {
      const items: Value[] = []
      for (const [i, item] of (value as readonly Value[]).entries())
        items.push((await this.part(item, fieldIn(field, i), [...place, i]))!)
      return items
    }
    if (!isMap<CID>(value)) return value
    const entries: [string, Value][] = []
    for (const [key, item] of Object.entries(value)) {
      const part = await this.part(item, fieldIn(field, key), [...place, key])
      if (part !== undefined) entries.push([key, part])
    }
    return Object.fromEntries(entries)
  }

  #select(wanted: Await): Promise<Value> {
    const { store, signal, outOf } = this.#options
    return select(store, outOf(wanted.label), wanted, { signal })
  }

  /** Converts an awaited value to the form that its place needs (WF-10). */
  async #fitted(value: Value, place: Place): Promise<Value | undefined> {
    const { abi } = this.#run
    if (abi === 'bytes' && place.length === 1) return this.#asBytes(value)
    if (abi !== 'wasi') return value
    const [, part, inner, ...deeper] = place
    if (part === 'stdin' && inner === undefined) return this.#asInput(value)
    if (inner === undefined || deeper.length > 0) return value
    if (part === 'files' && (isBytes(value) || typeof value === 'string')) return this.#file(bytesOf(value))
    return (part === 'args' || part === 'env') && typeof value === 'bigint' ? String(value) : value
  }

  /**
   * Converts a value for a place that takes bytes. Byte strings, texts and links to files stay. Other values become
   * dag-cbor.
   */
  async #asBytes(value: Value): Promise<Value> {
    const cid = CID.asCID(value)
    if (cid !== null) return cid.code === DAG_CBOR ? this.#raw(cid) : cid
    return isBytes(value) || typeof value === 'string' ? value : encodeStrict(value)
  }

  /**
   * Converts a value for the standard input of a program. Returns undefined for an empty one: its key must be absent.
   */
  async #asInput(value: Value): Promise<Value | undefined> {
    const read = typeof value === 'string' ? bytesOf(value) : await this.#asBytes(value)
    return isBytes(read) && read.length === 0 ? undefined : read
  }

  /** Stores a copy of a dag-cbor block as a raw block of the same bytes, and returns the CID of the copy. */
  async #raw(cid: CID): Promise<CID> {
    const { store, signal } = this.#options
    const raw = CID.createV1(RAW, cid.multihash)
    await putBlock(store, { cid: raw, bytes: await getBlock(store, cid, { signal }) }, { signal })
    return raw
  }

  #file(bytes: Uint8Array): Promise<CID> {
    const { store, signal } = this.#options
    return addFile(store, bytes, { signal })
  }
}

function bytesOf(value: Uint8Array | string): Uint8Array {
  return typeof value === 'string' ? new TextEncoder().encode(value) : value
}
