/** Reads the blocks of one response within its bounds (docs/spec/gateway.md, SERVE-2 and SERVE-12). */
import type { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import { getBlock, type BlockSource } from '../content/block.ts'
import type { WalkOptions } from '../content/dag.ts'
import type { Block } from '../interface.ts'
import type { Settings } from './settings.ts'

type Bounds = Pick<Settings, 'store' | 'maxBytes' | 'maxBlocks' | 'maxBlockBytes'>

/** The reads of one response. Each block is verified, and counts each time that it is read. */
export class Reading implements BlockSource {
  readonly #bounds: Bounds
  readonly #signal: AbortSignal
  #blocks = 0
  #bytes = 0

  constructor(bounds: Bounds, signal: AbortSignal) {
    this.#bounds = bounds
    this.#signal = signal
  }

  /** Throws the faults of `getBlock`, and too-large if the response has too many blocks or bytes. */
  async get(cid: CID): Promise<Uint8Array> {
    const { store, maxBytes, maxBlocks, maxBlockBytes } = this.#bounds
    if (++this.#blocks > maxBlocks) throw this.#tooMany()
    const left = Math.min(maxBlockBytes, maxBytes - this.#bytes)
    const bytes = await getBlock(store, cid, { signal: this.#signal, maxBytes: left })
    this.#bytes += bytes.length
    return bytes
  }

  /** Throws too-large if so many links wait to be followed that the response would have too many blocks. */
  expect(links: number): void {
    if (links > this.#bounds.maxBlocks) throw this.#tooMany()
  }

  /** What is left of the bounds, for walking over the rest of the DAG. */
  rest(): WalkOptions {
    const { maxBytes, maxBlocks, maxBlockBytes } = this.#bounds
    return {
      signal: this.#signal,
      maxBytes: maxBytes - this.#bytes,
      maxBlocks: maxBlocks - this.#blocks,
      maxBlockBytes,
    }
  }

  get store(): BlockSource {
    return this.#bounds.store
  }

  #tooMany(): Fault {
    const { maxBlocks } = this.#bounds
    return new Fault('too-large', `a response has at most ${maxBlocks} blocks`, { maxBlocks })
  }
}

/** Reads through another source, and keeps the blocks that were read, in their order. */
export class Recorded implements BlockSource {
  readonly #reading: Reading
  readonly blocks: Block[] = []

  constructor(reading: Reading) {
    this.#reading = reading
  }

  async get(cid: CID): Promise<Uint8Array> {
    const bytes = await this.#reading.get(cid)
    this.blocks.push({ cid, bytes })
    return bytes
  }
}
