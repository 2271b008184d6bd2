/** Stores and programs for tests of files that are read block by block. */
import { encode, prepare } from '@ipld/dag-pb'
import { UnixFS } from 'ipfs-unixfs'
import type { CID } from 'multiformats/cid'
import { blockKey, cidOf, DAG_PB, rawCid } from '../../src/content/cids.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import type { BlockStore } from '../../src/interface.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'

export const CHUNK = 256 * 1024

/** A store whose answers a test may replace. It notes which blocks were asked for. */
export interface Watched extends BlockStore {
  /** The CIDs that were asked for, in order. */
  readonly asked: string[]
  /** Answers that replace those of the store, by CID. A function that gives undefined leaves the block missing. */
  readonly instead: Map<string, () => Uint8Array | Promise<Uint8Array> | undefined>
  /** Blocks that are made when they are asked for, by CID. */
  readonly made: Map<string, () => Uint8Array>
}

export function watched(): Watched {
  const store = createMemoryStore()
  const made = new Map<string, () => Uint8Array>()
  const instead: Watched['instead'] = new Map()
  const asked: string[] = []
  return {
    asked,
    instead,
    made,
    has: async cid => made.has(blockKey(cid)) || store.has(cid),
    put: (cid, bytes) => store.put(cid, bytes),
    async get(cid) {
      asked.push(cid.toString())
      const other = instead.get(cid.toString())
      if (other !== undefined) return (await other())!
      return made.get(blockKey(cid))?.() ?? (await store.get(cid))
    },
  }
}

/** The bytes of a chunk of a file, which no other chunk has. */
export function chunkOf(file: number, index: number): Uint8Array {
  const words = new Uint32Array(CHUNK / 4).fill(index)
  words[0] = file
  return new Uint8Array(words.buffer)
}

/** Puts a file of so many chunks, which are made when they are asked for, and gives its CID and theirs. */
export async function putLarge(
  store: Watched,
  file: number,
  chunks: number,
): Promise<{ cid: CID; parts: readonly CID[] }> {
  const parts: CID[] = []
  for (let i = 0; i < chunks; i++) {
    const cid = await rawCid(chunkOf(file, i))
    store.made.set(blockKey(cid), () => chunkOf(file, i))
    parts.push(cid)
  }
  const data = new UnixFS({ type: 'file', blockSizes: parts.map(() => BigInt(CHUNK)) })
  const cid = await putPb(store, data, parts.map(part => ['', part])) // prettier-ignore
  return { cid, parts }
}

export async function putPb(store: BlockStore, data: UnixFS, links: readonly (readonly [string, CID])[]): Promise<CID> {
  const block = encode(
    prepare({ Data: data.marshal(), Links: links.map(([Name, Hash]) => ({ Name, Hash, Tsize: 0 })) }),
  )
  const cid = await cidOf(DAG_PB, block)
  await store.put(cid, block)
  return cid
}

export function putDirectory(store: BlockStore, entries: Readonly<Record<string, CID>>): Promise<CID> {
  return putPb(store, new UnixFS({ type: 'directory' }), Object.entries(entries))
}

/** Where a program reads: `length` bytes from `offset` on of a file, each time in the same place, or `step` bytes further. */
export interface Reading {
  readonly path: string
  readonly offset?: number
  readonly length?: number
  readonly times?: number
  readonly step?: number
  /** A condition in front of it, as an expression of type i32. */
  readonly when?: string
}

/**
 * A program that reads like this, and then writes the last bytes that it has read to its standard output. It traps if reading is
 * refused.
 */
export function readerOf(...readings: readonly Reading[]): Promise<Uint8Array> {
  const encoder = new TextEncoder()
  let data = ''
  let top = 1024
  const code = readings.map(({ path, offset = 0, length = 1, times = 1, step = 0, when }) => {
    const name = encoder.encode(path)
    const at = top
    top += name.length
    data += `(data (i32.const ${at}) "${path}")`
    const read = `(call $read (i32.const ${at}) (i32.const ${name.length}) (i64.const ${offset}) (i32.const ${length})
      (i32.const ${times}) (i64.const ${step}))`
    return when === undefined ? read : `(if ${when} (then ${read}))`
  })
  return assemble(`(module
    (import "wasi_snapshot_preview1" "path_open"
      (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_pread" (func $pread (param i32 i32 i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory 80) ${data}
    (func $read (param $at i32) (param $name i32) (param $offset i64) (param $length i32) (param $times i32) (param $step i64)
      (if (call $open (i32.const 3) (i32.const 0) (local.get $at) (local.get $name) (i32.const 0) (i64.const 2) (i64.const 0)
        (i32.const 0) (i32.const 16)) (then unreachable))
      (i32.store (i32.const 0) (i32.const 65536)) (i32.store (i32.const 4) (local.get $length))
      (loop $again
        (if (call $pread (i32.load (i32.const 16)) (i32.const 0) (i32.const 1) (local.get $offset) (i32.const 8))
          (then unreachable))
        (local.set $offset (i64.add (local.get $offset) (local.get $step)))
        (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1))))))
    (func (export "_start") ${code.join('\n')}
      (i32.store (i32.const 4) (i32.load (i32.const 8)))
      (if (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 20)) (then unreachable))))`)
}
