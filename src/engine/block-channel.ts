/**
 * A channel that brings blocks to a waiting guest. Guests read files synchronously, and stores are asynchronous. So the
 * guest's thread posts a request and then sleeps on shared memory. The thread that created the guest's thread writes
 * the block there.
 *
 * A block that is longer than the shared memory is sent in pieces. The guest's thread requests each further piece with
 * a message.
 */
import { Fault } from '../base/fault.ts'
import type { Link } from '../interface.ts'
import type { BlockGiven, FaultMessage, Request } from './protocol.ts'

/** The greatest size of a piece in bytes. Most blocks of files have 256 KiB or 1 MiB. */
const PIECE_BYTES = 1024 * 1024

/** The number of integers in the header, which precedes the piece, and the index of each. */
const HEADER = 3
const STATE = 0
/** The number of bytes of the piece. */
const PIECE = 1
/** The number of bytes of the block, or of the fault. */
const TOTAL = 2

/** The values of `STATE`. */
const IDLE = 0
/** The guest's thread is waiting for a piece. */
const ASKED = 1
/** The memory holds a piece of the block. */
const BLOCK = 2
/** The memory holds a piece of a fault, as JSON. */
const FAULT = 3
/** The channel is closed, since the guest's thread is being terminated. */
const CLOSED = 4

/** The time in milliseconds after which the guest's thread checks the state, in case it was not woken. */
const SLEEP_MS = 500

/** The two views of the shared memory. */
class Shared {
  readonly header: Int32Array
  readonly piece: Uint8Array

  constructor(memory: SharedArrayBuffer) {
    this.header = new Int32Array(memory, 0, HEADER)
    this.piece = new Uint8Array(memory, 4 * HEADER)
  }
}

/** The sending end, on the thread that created the guest's thread. */
export class BlockGiver {
  readonly memory = new SharedArrayBuffer(4 * HEADER + PIECE_BYTES)
  readonly #shared = new Shared(this.memory)
  #bytes: Uint8Array = new Uint8Array(0)
  #sent = 0
  #state: number = BLOCK

  /** Answers a request of the guest's thread. */
  give(given: BlockGiven): void {
    const isBlock = 'block' in given
    this.#state = isBlock ? BLOCK : FAULT
    this.#bytes = isBlock ? given.block : faultBytes(given.blockFault)
    this.#sent = 0
    this.givePiece()
  }

  /** Writes the next piece. */
  givePiece(): void {
    const { header, piece } = this.#shared
    const bytes = this.#bytes.subarray(this.#sent, this.#sent + piece.length)
    piece.set(bytes)
    header[PIECE] = bytes.length
    header[TOTAL] = this.#bytes.length
    this.#sent += bytes.length
    if (this.#sent === this.#bytes.length) this.#bytes = new Uint8Array(0)
    // If the channel is closed, it stays closed.
    Atomics.compareExchange(header, STATE, ASKED, this.#state)
    Atomics.notify(header, STATE)
  }

  /** Wakes the guest's thread, which then throws the fault `aborted`, also for every later request. */
  close(): void {
    Atomics.store(this.#shared.header, STATE, CLOSED)
    Atomics.notify(this.#shared.header, STATE)
  }
}

/** The receiving end, on the guest's thread. */
export class BlockTaker {
  readonly #shared: Shared
  readonly #ask: (request: Request) => void

  /** `ask` sends a request to the other end. */
  constructor(memory: SharedArrayBuffer, ask: (request: Request) => void) {
    this.#shared = new Shared(memory)
    this.#ask = ask
  }

  /**
   * Requests a block and waits for it.
   *
   * @throws Fault the one that the other end has sent; `aborted` if the channel is closed
   */
  take(block: Link): Uint8Array {
    const { header, piece } = this.#shared
    let state = this.#askFor({ block })
    const bytes = new Uint8Array(header[TOTAL]!)
    for (let taken = 0; ;) {
      bytes.set(piece.subarray(0, header[PIECE]!), taken)
      taken += header[PIECE]!
      if (taken >= bytes.length) break
      state = this.#askFor('piece')
    }
    this.#leave(state)
    if (state === FAULT) throw faultOfBytes(bytes)
    return bytes
  }

  #askFor(request: Request): number {
    const { header } = this.#shared
    const before = Atomics.load(header, STATE)
    if (before === CLOSED || Atomics.compareExchange(header, STATE, before, ASKED) === CLOSED) throw closed()
    this.#ask(request)
    // The sending thread outlives this one: when it ends, it terminates this one.
    while (Atomics.load(header, STATE) === ASKED) Atomics.wait(header, STATE, ASKED, SLEEP_MS)
    const state = Atomics.load(header, STATE)
    if (state === CLOSED) throw closed()
    return state
  }

  #leave(state: number): void {
    Atomics.compareExchange(this.#shared.header, STATE, state, IDLE)
  }
}

function closed(): Fault {
  return new Fault('aborted', 'the run was given up while it waited for a block')
}

/**
 * Encodes the code and message of a fault. The engine keeps its details and its cause, and reports the fault itself
 * (`pool.ts`).
 */
function faultBytes({ code, message }: FaultMessage): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify({ code, message }))
}

function faultOfBytes(bytes: Uint8Array): Fault {
  const { code, message } = JSON.parse(new TextDecoder().decode(bytes)) as Pick<FaultMessage, 'code' | 'message'>
  return new Fault(code, message)
}
