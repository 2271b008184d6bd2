/**
 * Passes blocks to a guest that waits for them. Guests read files synchronously, but stores answer with promises. So
 * the guest's thread sends a request and sleeps. The thread that has started it writes the block into shared memory,
 * and wakes it.
 *
 * A block that is longer than this memory is passed in pieces. The guest's thread requests each further piece.
 */
import { Fault } from '../base/fault.ts'
import type { Link } from '../interface.ts'
import type { BlockGiven, FaultMessage, Request } from './protocol.ts'

/** The greatest size of a piece, in bytes. Most blocks of files have 256 KiB or 1 MiB. */
const PIECE_BYTES = 1024 * 1024

/** The number of integers in front of the piece. The following constants are their indices. */
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
/** The guest's thread is about to be ended. It gets no more blocks. */
const CLOSED = 4

/** The time after which a sleeping thread reads the state again, even if nobody has woken it, in milliseconds. */
const SLEEP_MS = 500

/** The shared memory, divided into its header and its piece. */
class Shared {
  readonly header: Int32Array
  readonly piece: Uint8Array

  constructor(memory: SharedArrayBuffer) {
    this.header = new Int32Array(memory, 0, HEADER)
    this.piece = new Uint8Array(memory, 4 * HEADER)
  }
}

/** The end of the channel that gives blocks. The thread that has started the guest's thread uses it. */
export class BlockGiver {
  readonly memory = new SharedArrayBuffer(4 * HEADER + PIECE_BYTES)
  readonly #shared = new Shared(this.memory)
  #bytes: Uint8Array = new Uint8Array(0)
  #sent = 0
  #state: number = BLOCK

  /** Answers a request for a block. */
  give(given: BlockGiven): void {
    const isBlock = 'block' in given
    this.#state = isBlock ? BLOCK : FAULT
    this.#bytes = isBlock ? given.block : faultBytes(given.blockFault)
    this.#sent = 0
    this.givePiece()
  }

  /** Writes the next piece, and wakes the guest's thread. */
  givePiece(): void {
    const { header, piece } = this.#shared
    const bytes = this.#bytes.subarray(this.#sent, this.#sent + piece.length)
    piece.set(bytes)
    header[PIECE] = bytes.length
    header[TOTAL] = this.#bytes.length
    this.#sent += bytes.length
    if (this.#sent === this.#bytes.length) this.#bytes = new Uint8Array(0)
    // The state only changes if it is still `ASKED`. So a closed channel stays closed.
    Atomics.compareExchange(header, STATE, ASKED, this.#state)
    Atomics.notify(header, STATE)
  }

  /**
   * Closes the channel and wakes the guest's thread. The request that waits and all later ones end with the fault
   * `aborted`.
   */
  close(): void {
    Atomics.store(this.#shared.header, STATE, CLOSED)
    Atomics.notify(this.#shared.header, STATE)
  }
}

/** The end of the channel that takes blocks. The guest's thread uses it. */
export class BlockTaker {
  readonly #shared: Shared
  readonly #ask: (request: Request) => void

  /** `ask` sends a request to the other thread. */
  constructor(memory: SharedArrayBuffer, ask: (request: Request) => void) {
    this.#shared = new Shared(memory)
    this.#ask = ask
  }

  /**
   * Requests a block and waits for it.
   *
   * @throws Fault aborted when the channel is closed, and the fault of loading the block
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
    // This loop ends even if nobody answers: when the other thread ends, it ends this thread, too.
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
 * Encodes the code and the message of a fault. The engine keeps the fault itself, with its detail and cause, and
 * reports it to the caller (`waiting.ts`).
 */
function faultBytes({ code, message }: FaultMessage): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify({ code, message }))
}

function faultOfBytes(bytes: Uint8Array): Fault {
  const { code, message } = JSON.parse(new TextDecoder().decode(bytes)) as Pick<FaultMessage, 'code' | 'message'>
  return new Fault(code, message)
}
