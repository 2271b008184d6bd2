/**
 * A ledger in a file. Each judgement is one line, which is only ever appended. So several processes can write at the
 * same time, and a line that a crash has cut is skipped.
 */
import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import { codeOf, messageOf } from '../base/realms.ts'
import { list, oneOf, record, text } from '../base/shape.ts'
import { givenText } from '../base/usage.ts'
import { LedgerSums, type FarmLedger, type LedgerEntry } from './ledger.ts'

/** The flag for opening a file only if it is not a symbolic link. Windows does not have it. */
const NO_LINKS = constants.O_NOFOLLOW ?? 0

/** The number of bytes that are read at once. */
const PIECE_BYTES = 1024 * 1024

/** The greatest number of characters of a line. A longer one is not written, and is no entry when it is read. */
const MAX_LINE = 65_536

const RULINGS = ['agreed', 'alone', 'lied', 'fault'] as const

/**
 * A ledger in a file, for one judge and for those that come after it. The file is created with mode 0600. A judgement
 * takes about 300 bytes. All of it is read once, and what other processes have appended at each use.
 *
 * The methods throw Fault store-failed; too-large for a judgement on more than about 700 workers.
 *
 * @throws Fault bad-usage for a path that is not text
 */
export function createFsLedger(path: string): FarmLedger {
  const file = new LedgerFile(givenText(path, 'path'))
  return {
    add: entry => file.add(entry),
    histories: async () => (await file.read()).histories,
    transcript: async task => (await file.read()).transcripts.get(task.toString()),
  }
}

class LedgerFile {
  readonly #path: string
  readonly #sums = new LedgerSums()
  #decoder = new TextDecoder()
  /** The number of bytes that were read, and the beginning of a line among them that has not ended. */
  #at = 0
  #rest = ''
  /** One use after the other. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(path: string) {
    this.#path = path
  }

  add(entry: LedgerEntry): Promise<void> {
    return this.#next(async () => {
      const line = lineOf(entry)
      if (line.length > MAX_LINE)
        throw new Fault('too-large', `a judgement has at most ${MAX_LINE} characters in the ledger`, {
          path: this.#path,
        })
      const file = await open(this.#path, constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY | NO_LINKS, 0o600)
      try {
        // The line begins with a line break, so that one which was cut before it does not spoil it.
        await file.appendFile(`\n${line}\n`)
        await file.datasync()
      } finally {
        await file.close()
      }
    })
  }

  read(): Promise<LedgerSums> {
    return this.#next(async () => {
      let file: FileHandle
      try {
        file = await open(this.#path, constants.O_RDONLY | NO_LINKS)
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return this.#sums
        throw error
      }
      try {
        await this.#readOn(file)
      } finally {
        await file.close()
      }
      return this.#sums
    })
  }

  async #readOn(file: FileHandle): Promise<void> {
    const piece = new Uint8Array(PIECE_BYTES)
    for (;;) {
      const { bytesRead } = await file.read(piece, 0, piece.length, this.#at)
      if (bytesRead === 0) return
      this.#at += bytesRead
      const lines = (this.#rest + this.#decoder.decode(piece.subarray(0, bytesRead), { stream: true })).split('\n')
      // A line that is too long is cut, but stays too long: one character more than a line may have is kept of it.
      this.#rest = lines.pop()!.slice(0, MAX_LINE + 1)
      for (const line of lines) {
        const entry = entryOf(line)
        if (entry !== undefined) this.#sums.add(entry)
      }
    }
  }

  async #next<T>(use: () => Promise<T>): Promise<T> {
    const one = this.#last.catch(() => {}).then(use)
    this.#last = one
    try {
      return await one
    } catch (error) {
      if (error instanceof Fault) throw error
      const message = `the ledger ${this.#path} cannot be used: ${messageOf(error)}`
      throw new Fault('store-failed', message, { path: this.#path }, error)
    }
  }
}

function lineOf({ task, transcript, rulings }: LedgerEntry): string {
  return JSON.stringify({ task: task.toString(), transcript: transcript.toString(), rulings })
}

/** Reads a line. Returns undefined for one that is no entry. */
function entryOf(line: string): LedgerEntry | undefined {
  if (line === '' || line.length > MAX_LINE) return undefined
  try {
    const entry = record(JSON.parse(line), '', ['task', 'transcript', 'rulings'])
    return {
      task: CID.parse(text(entry['task'], 'task')),
      transcript: CID.parse(text(entry['transcript'], 'transcript')),
      rulings: list(entry['rulings'], 'rulings').map(item => {
        const [worker, ruling] = list(item, 'rulings')
        return [text(worker, 'rulings'), oneOf(ruling, 'rulings', RULINGS)]
      }),
    }
  } catch {
    return undefined
  }
}
