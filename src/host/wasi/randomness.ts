import { sha256 } from '@noble/hashes/sha2.js'
import { Fault } from '../../base/fault.ts'
import { encode } from './text.ts'

const DOMAIN = 'ipvm-wasm/wasi-randomness/1'
const BLOCK = 32

/**
 * Bytes that everybody who knows the task can compute (WASI-21). They look random and are public: never fit for keys. The n-th
 * 32 bytes are sha256(seed ‖ n), n as 8 bytes little-endian, and the seed is sha256(domain ‖ CID of the task).
 */
export class Randomness {
  readonly #input: Uint8Array | undefined
  #block = new Uint8Array(0)
  #next = 0n

  /** From the bytes of the task's CID. Without them there is no randomness, and asking for some is a fault. */
  constructor(task: Uint8Array | undefined) {
    if (task === undefined) return
    this.#input = new Uint8Array(BLOCK + 8)
    this.#input.set(sha256(Uint8Array.of(...encode(DOMAIN), ...task)))
  }

  /** The next bytes of the stream. */
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
    if (this.#input === undefined)
      throw new Fault('internal', 'a run that is granted randomness has no task that it could come from')
    new DataView(this.#input.buffer).setBigUint64(BLOCK, this.#next++, true)
    return new Uint8Array(sha256(this.#input))
  }
}
