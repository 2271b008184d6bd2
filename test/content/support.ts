import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encode, prepare, type PBLink } from '@ipld/dag-pb'
import { encode as encodeCbor } from '@ipld/dag-cbor'
import { UnixFS } from 'ipfs-unixfs'
import type { CID } from 'multiformats/cid'
import { onTestFinished } from 'vitest'
import { Fault } from '../../src/base/fault.ts'
import type { FaultCode } from '../../src/base/fault.ts'
import { DAG_CBOR, DAG_PB, cidOf, rawCid } from '../../src/content/cids.ts'
import { IDENTITY } from '../../src/content/hashes.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import type { MemoryStore } from '../../src/content/memory-store.ts'
import { addFile } from '../../src/content/unixfs.ts'
import type { BlockStore } from '../../src/interface.ts'

/** Pseudorandom bytes, which are the same on every run. */
export function noise(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = seed >>> 0 || 1
  for (let index = 0; index < length; index++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes[index] = state & 0xff
  }
  return bytes
}

export const text = (value: string): Uint8Array => new TextEncoder().encode(value)
export const fromHex = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], pair => parseInt(pair, 16))

/** The fault with which some work ends. Fails if there is none. */
export async function faultOf(work: Promise<unknown> | (() => unknown)): Promise<Fault> {
  try {
    const value = await (typeof work === 'function' ? work() : work)
    throw new Error(`no fault, but ${String(value)}`)
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
}

export async function codeOf(work: Promise<unknown> | (() => unknown)): Promise<FaultCode> {
  return (await faultOf(work)).code
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ipvm-content-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A local HTTP server for the test; returns its address. */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Puts a UnixFS node with these links and declared sizes. */
export async function putFileNode(
  store: BlockStore,
  links: readonly CID[],
  sizes: readonly bigint[],
  options: { data?: Uint8Array; type?: 'file' | 'directory' } = {},
): Promise<CID> {
  const { type = 'file', data } = options
  const file = new UnixFS({ type, blockSizes: [...sizes], ...(data === undefined ? {} : { data }) })
  const node = prepare({ Data: file.marshal(), Links: links.map(Hash => ({ Hash, Name: '', Tsize: 0 })) })
  const bytes = encode(node)
  const cid = await cidOf(DAG_PB, bytes)
  await store.put(cid, bytes)
  return cid
}

/** Returns true if two arrays have the same bytes. The comparison of vitest takes seconds for a megabyte. */
export const same = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0

export const never = (): Promise<never> => new Promise(() => {})

/** Puts a value as a dag-cbor block. */
export async function putCbor(store: BlockStore, value: unknown): Promise<CID> {
  const bytes = encodeCbor(value)
  const cid = await cidOf(DAG_CBOR, bytes)
  await store.put(cid, bytes)
  return cid
}

/** A receipt-like DAG: links in maps and lists, one block twice, one identity CID, a UnixFS file. */
export async function sample(): Promise<{ store: MemoryStore; root: CID; order: string[] }> {
  const store = createMemoryStore()
  const module = await addFile(store, noise(600_000))
  const inline = await cidOf(DAG_CBOR, encodeCbor({ hidden: await rawCid(text('behind')) }), IDENTITY)
  await store.put(await rawCid(text('behind')), text('behind'))
  const argument = await rawCid(text('argument'))
  await store.put(argument, text('argument'))
  const task = await putCbor(store, { args: { mod: module, params: [argument, 7, [argument]] } })
  const root = await putCbor(store, { ran: task, via: inline, zone: argument })
  const leaves = [
    noise(600_000).subarray(0, 262_144),
    noise(600_000).subarray(262_144, 524_288),
    noise(600_000).subarray(524_288),
  ]
  const names = await Promise.all(leaves.map(bytes => rawCid(bytes)))
  // dag-cbor orders map keys by length first: ran, via, zone.
  const order = [root, task, module, ...names, argument, await rawCid(text('behind'))].map(String)
  return { store, root, order }
}

/** Puts bytes as a raw block. */
export async function putRaw(store: BlockStore, bytes: Uint8Array, hash?: number): Promise<CID> {
  const cid = await rawCid(bytes, hash)
  await store.put(cid, bytes)
  return cid
}

/** A store that counts what is read from it. */
export function counting(store: BlockStore): BlockStore & { reads: number } {
  const counted = {
    reads: 0,
    get: (cid: CID) => {
      counted.reads++
      return store.get(cid)
    },
    put: store.put.bind(store),
    has: store.has.bind(store),
  }
  return counted
}

/** A directory, or another node, with these links. */
export async function putNode(
  store: MemoryStore,
  links: readonly (readonly [name: string, cid: CID])[],
  data: ConstructorParameters<typeof UnixFS>[0] = { type: 'directory' },
): Promise<CID> {
  const Links = links.map(([Name, Hash]): PBLink => ({ Name, Hash, Tsize: 0 }))
  const bytes = encode(prepare({ Data: new UnixFS(data).marshal(), Links }))
  const cid = await cidOf(DAG_PB, bytes)
  await store.put(cid, bytes)
  return cid
}
