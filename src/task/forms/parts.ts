/**
 * Reads fields that several forms have. A function with a parameter `field` throws a `Misfit` with this path if the
 * value does not fit.
 */
import { sha3_256 } from '@noble/hashes/sha3.js'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { DAG_CBOR, linkOf } from '../../base/dag-cbor.ts'
import { Fault } from '../../base/fault.ts'
import { fieldIn } from '../../base/field.ts'
import { isFloat, type Float } from '../../base/float.ts'
import { encodeMarked } from '../../base/marked-cbor.ts'
import type { MarkedMap, MarkedValue } from '../../base/marked-value.ts'
import { link, Misfit, text } from '../../base/shape.ts'
import { isMap } from '../../base/value.ts'
import type { Block } from '../../interface.ts'
import { parseAbi } from '../abi-name.ts'
import type { AskedCall, Await } from './form.ts'

/** The multihash code of sha3-256. */
const SHA3_256 = 0x16

/** Returns the block of a value under sha2-256. All forms except those of homestar use it (TASK-3). */
export function block(value: MarkedValue): Block {
  const bytes = encodeMarked(value)
  return { cid: linkOf(bytes), bytes }
}

/** Returns the block of a value under sha3-256. The forms of homestar use it (TASK-3). */
export function homestarBlock(value: MarkedValue): Block {
  const bytes = encodeMarked(value)
  return { cid: CID.createV1(DAG_CBOR, createDigest(SHA3_256, sha3_256(bytes))), bytes }
}

/** Reads a URI: a scheme, a colon, and more text. */
export function uri(value: unknown, field: string): string {
  const given = text(value, field)
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$/.test(given)) throw new Misfit(field, 'a URI, such as ipfs://CID')
  return given
}

/** Reads the name of an ABI. */
export function abiName(value: unknown, field: string): string {
  const given = text(value, field)
  try {
    parseAbi(given)
  } catch (error) {
    if (error instanceof Fault) throw new Misfit(field, 'an ABI: core, bytes, wasi, or assemblyscript(T,T)->R')
    throw error
  }
  return given
}

/** Returns the metadata of a call, or nothing if it is empty. */
export function metaOf(value: MarkedMap, field: string): Pick<AskedCall, 'meta'> {
  return Object.keys(value).length === 0 ? {} : { meta: { field, value } }
}

const BRANCHES: Readonly<Record<string, Await['branch']>> = { 'await/ok': 'ok', 'await/error': 'error', 'await/*': '*' }

/**
 * Returns the awaits among parameters, in order (TASK-6).
 *
 * @throws Misfit for a map that has the key of an await and other keys, or whose value is not a link
 */
export function awaitsIn(value: MarkedValue, field: string): readonly Await[] {
  if (Array.isArray(value))
    return (value as readonly MarkedValue[]).flatMap((item, index) => awaitsIn(item, fieldIn(field, index)))
  if (isFloat(value) || !isMap<CID | Float>(value)) return []
  const keys = Object.keys(value)
  const key = keys.find(name => Object.hasOwn(BRANCHES, name))
  if (key === undefined) return keys.flatMap(name => awaitsIn(value[name]!, fieldIn(field, name)))
  if (keys.length > 1) throw new Misfit(field, `a map of ${key} alone`)
  return [{ field, branch: BRANCHES[key]!, cid: link(value[key], fieldIn(field, key)) }]
}
