/**
 * The engine's end of the messages to and from a thread. Where the two share memory, blocks go through it (`block-channel.ts`), and
 * everything else goes as messages. Where they do not, blocks are messages as well.
 */
import { BlockGiver } from './block-channel.ts'
import type { Answer, BlockGiven, Given, Question } from './protocol.ts'

export class BlockRoute {
  readonly #blocks: BlockGiver | undefined

  constructor() {
    this.#blocks = canShareMemory() ? new BlockGiver() : undefined
  }

  /** The memory that the thread must be given. Undefined if memory cannot be shared. */
  get memory(): SharedArrayBuffer | undefined {
    return this.#blocks?.memory
  }

  /** Sends a question: a block through the memory, and anything else by `send`. */
  post(question: Question, send: (question: Question) => void): void {
    if (this.#blocks !== undefined && 'given' in question && isBlock(question.given)) this.#blocks.give(question.given)
    else send(question)
  }

  /** Takes an answer: a request for the next piece of a block is served here, and anything else goes to `pass`. */
  answered(answer: Answer, pass: (answer: Answer) => void): void {
    if (this.#blocks !== undefined && 'request' in answer && answer.request === 'piece') this.#blocks.givePiece()
    else pass(answer)
  }

  /** Wakes a guest that waits for a block, and gives it no more. */
  close(): void {
    this.#blocks?.close()
  }
}

/** False on a page that is not isolated from other origins: it cannot send shared memory to a worker, even if it can make it. */
function canShareMemory(): boolean {
  const { crossOriginIsolated } = globalThis as { readonly crossOriginIsolated?: boolean }
  return typeof SharedArrayBuffer !== 'undefined' && crossOriginIsolated !== false
}

function isBlock(given: Given): given is BlockGiven {
  return typeof given === 'object' && ('block' in given || 'blockFault' in given)
}
