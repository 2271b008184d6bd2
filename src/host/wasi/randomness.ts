import { sha256 } from '@noble/hashes/sha2.js'
import { Fault } from '../../base/fault.ts'
import { encode } from './text.ts'

const DOMAIN = 'ipvm-wasm/wasi-randomness/1'
const BLOCK = 32

/**
 * Pseudorandom bytes, which depend only on the task (WASI-21). Everybody who knows the task can compute them, so they
 * must not be used for keys. The n-th block of 32 bytes, counted from 0, is sha256(seed ‖ n), with n as 8 bytes,
 * little-endian. The seed is sha256(domain ‖ CID of the task).
 */
export class Randomness {
  readonly #input: Uint8Array | undefined
  #block = new Uint8Array(0)
  #next = 0n

  /** `task` is the task's CID as bytes. Without it, `fill` throws a fault. */
  constructor(task: Uint8Array | undefined) {
    if (task === undefined) return
    this.#input = new Uint8Array(BLOCK + 8)
    this.#input.set(sha256(Uint8Array.of(...encode(DOMAIN), ...task)))
  }

  /** Fills an array with the next bytes of the stream. */
  fill(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      if (this.#block.length === 0) this.#block = this.#nextBlock()
      const part = this.#block.subarray(0, bytes.length - done)
      bytes.set(part, done)
      done += part.length
      this.#block = this.#block.subarray(part.length)
    }
  }

  #nextBlock(): Uint8Array<ArrayBuffer> {
    if (this.#input === undefined) throw new Fault('internal', 'random_get was called in a run without a task')
    new DataView(this.#input.buffer).setBigUint64(BLOCK, this.#next++, true)
    return new Uint8Array(sha256(this.#input))
  }
}
