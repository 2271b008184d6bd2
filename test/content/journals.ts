/** Blocks in the journals of a store, for tests. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { getBlock } from '../../src/content/block.ts'
import { rawCid } from '../../src/content/cids.ts'
import type { FsStore } from '../../src/content/fs-store.ts'
import type { Block } from '../../src/interface.ts'
import { noise, same } from './support.ts'

export async function block(bytes: Uint8Array): Promise<Block> {
  return { cid: await rawCid(bytes), bytes }
}

export const blocks = (count: number, seed = 1): Promise<Block[]> =>
  Promise.all(Array.from({ length: count }, (_, i) => block(noise(100 + i, 1000 * seed + i))))

export async function putAll(store: FsStore, all: readonly Block[]): Promise<void> {
  await Promise.all(all.map(({ cid, bytes }) => store.put(cid, bytes)))
}

/** Which of the blocks a store has; each that it has must be whole. */
export async function held(store: FsStore, all: readonly Block[]): Promise<boolean[]> {
  return Promise.all(
    all.map(async ({ cid, bytes }) => {
      if (!(await store.has(cid))) return false
      return same(await getBlock(store, cid), bytes)
    }),
  )
}

export async function journalsOf(folder: string): Promise<string[]> {
  return (await readdir(join(folder, 'journals'))).map(name => join(folder, 'journals', name))
}
