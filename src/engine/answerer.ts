/** The part of an engine that runs on a seat's thread: it answers one question at a time, and makes requests meanwhile. */
import { Fault } from '../base/fault.ts'
import { hostFault } from '../base/host-fault.ts'
import type { LinkContent } from '../abi/links.ts'
import type { Link } from '../interface.ts'
import { BlockTaker } from './block-channel.ts'
import { Computer, type ComputerOptions } from './compute.ts'
import { exportsOf } from './engine.ts'
import type { Files } from './files.ts'
import type { WantedLinks } from './job.ts'
import type { PreparedIndex } from './prepared-index.ts'
import type { Source, Stage } from './preparer.ts'
import {
  faultMessage,
  faultOf,
  type Answer,
  type BlockGiven,
  type Claimed,
  type Given,
  type JobMessage,
  type LastAnswer,
  type Question,
  type Request,
} from './protocol.ts'

/** Sends an answer to the engine. The buffers in `moved` are transferred and must not be used afterwards. */
export type Tell = (answer: Answer, moved?: readonly ArrayBuffer[]) => void

export class Answerer {
  readonly #tell: Tell
  readonly #computer: Promise<Computer>
  readonly #blocks: BlockTaker | undefined
  #given: ((given: Given) => void) | undefined

  /**
   * The index among the options is one that all seats have. Without it, the engine is asked for prepared modules. `memory` is shared
   * with the thread that gives blocks. Without it, files are loaded before the guest runs.
   */
  constructor(options: ComputerOptions | Promise<ComputerOptions>, tell: Tell, memory?: SharedArrayBuffer) {
    this.#tell = tell
    this.#blocks = memory === undefined ? undefined : new BlockTaker(memory, request => tell({ request }))
    this.#computer = this.#start(options)
  }

  /** Handles a message of the engine. Answers are sent by `tell`. */
  take(question: Question): void {
    if ('given' in question) this.#given?.(question.given)
    else
      void this.#answer(question)
        .catch(error => ({ fault: faultMessage(error) }))
        .then(answer => this.#tellLast(answer))
  }

  /** Sends the last answer. If it cannot be sent, since it is copied and memory may be short, sends the fault instead. */
  #tellLast(answer: LastAnswer): void {
    try {
      this.#tell(answer)
    } catch (error) {
      this.#tell({ fault: faultMessage(hostFault(error)) })
    }
  }

  async #answer(question: Exclude<Question, { given: Given }>): Promise<LastAnswer> {
    const onStage = (stage: Stage): void => this.#tell({ stage })
    const source = async (): Promise<Source> => ((await this.#ask('source')) as { source: Source }).source
    const computer = await this.#computer
    if ('inspect' in question)
      return { inspected: exportsOf(await computer.moduleInfo(question.inspect.key, { source, onStage })) }
    const loadLinks = async (wanted: WantedLinks): Promise<readonly LinkContent[]> =>
      ((await this.#ask({ wanted })) as { contents: readonly LinkContent[] }).contents
    const files = this.#files(question.compute)
    return { outcome: await computer.perform({ ...question.compute, loadLinks, source, files }, onStage) }
  }

  #files({ fileBytes: maxBytes }: JobMessage): Files | undefined {
    if (maxBytes === undefined) return undefined
    const blocks = this.#blocks
    const load = async (link: Link): Promise<Uint8Array> => {
      const given = (await this.#ask({ block: link })) as BlockGiven
      if ('blockFault' in given) throw faultOf(given.blockFault)
      return given.block
    }
    return { maxBytes, load, loadNow: blocks && (link => blocks.take(link)) }
  }

  async #ask(request: Request): Promise<Exclude<Given, 'failed'>> {
    const given = await new Promise<Given>(resolve => {
      this.#given = resolve
      this.#tell({ request })
    })
    if (given === 'failed') throw new Fault('aborted', 'what the job takes was not to be had')
    return given
  }

  async #start(options: ComputerOptions | Promise<ComputerOptions>): Promise<Computer> {
    const { index, ...rest } = await options
    return new Computer('fast', { ...rest, index: index === undefined ? this.#index() : this.#shared(index) })
  }

  /** An index that asks the engine, which keeps the prepared modules of all of its seats. */
  #index(): PreparedIndex {
    return {
      get: async key => {
        const claimed = await this.#claim(key)
        return claimed === 'look again' ? undefined : claimed
      },
      put: (key, bytes) => this.#tell({ prepared: { key, bytes } }, [bytes.buffer as ArrayBuffer]),
    }
  }

  /** An index of all seats. The engine is asked for what is not there, since another seat may be preparing it. */
  #shared(index: PreparedIndex): PreparedIndex {
    return {
      get: async key => {
        const found = await index.get(key)
        if (found !== undefined) return found
        const claimed = await this.#claim(key)
        return claimed === 'look again' ? index.get(key) : claimed
      },
      put: async (key, bytes) => {
        await index.put(key, bytes)
        this.#tell({ prepared: { key } })
      },
    }
  }

  async #claim(key: string): Promise<Claimed> {
    return ((await this.#ask({ prepared: key })) as { prepared: Claimed }).prepared
  }
}
