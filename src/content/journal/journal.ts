/** A journal file, for reading by any process. */
import { fstatSync, readSync } from 'node:fs'
import { constants, lstat, open, type FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { equals } from 'multiformats/bytes'
import { openFile } from '../atomic-write.ts'
import { concat } from '../block.ts'
import { OffsetTable } from './offset-table.ts'
import { DELETION, MAX_RECORD_BYTES, endRecord, recordAt, sizeAt, type Found } from './record.ts'
import { readAt, scan, type Placed } from './scan.ts'

/** The size at which a journal is full, in bytes: 64 MiB. A full journal takes no more blocks. */
export const MAX_JOURNAL_BYTES = 64 * 1024 * 1024
/** The greatest size of a file that is read. No writer of this software makes a larger one. */
const MAX_FILE_BYTES = 2 * MAX_JOURNAL_BYTES
/** The number of bytes that the first read of a record takes. Most records are smaller. */
const FIRST_BYTES = 4096

/**
 * The size of the trailer, with which a complete journal ends. The trailer holds four numbers of 32 bits: the length of
 * the table, the checksum of the table, and two marks. The marks also show the byte order of the machine that has
 * written them.
 */
const TRAILER_BYTES = 16
const MARKS = [0x7461626c, 0x656f6673] as const

/** The buffer of synchronous reads. Each read overwrites its content. */
const scratch = new Uint8Array(MAX_RECORD_BYTES)

const NO_LINK = constants.O_NOFOLLOW ?? 0

/**
 * The blocks of one journal file. The file grows while its writer lives. A *complete* journal ends with the table of
 * its blocks, and takes no more blocks.
 *
 * All methods throw the errors of the file system. The error is ENOENT if the file was removed.
 */
export class Journal {
  readonly path: string
  /** The open file, while this process writes the journal. Reads use it, too. */
  handle: FileHandle | undefined
  #table = new OffsetTable()
  /** The offset up to which the records are in the table. */
  #end = 0
  #ended = false
  #complete = false

  constructor(path: string) {
    this.path = path
  }

  get complete(): boolean {
    return this.#complete
  }

  /** Adds a record that this process has written to the table. The record stands from `offset` to `end`. */
  note(multihash: Uint8Array, offset: number, end: number): void {
    this.#table.add(multihash, offset)
    this.#end = end
  }

  /** Adds the blocks to the table that were written since the last call. */
  async catchUp(): Promise<void> {
    if (this.#complete || this.#ended) return
    // Most journals have not grown since they were read. So a file is opened only if its size has changed.
    if (this.#end > 0 && (await lstat(this.path)).size === this.#end) return
    await this.#opened(async handle => {
      const { size } = await handle.stat()
      if (size > MAX_FILE_BYTES || size === this.#end) return
      const table = await tableAtEnd(handle, size)
      this.#complete = table !== undefined
      if (table !== undefined) this.#table = table
      else await this.#scan(handle, size)
    })
  }

  /**
   * Returns the bytes of a block. Returns undefined if the journal does not have the block, or if it was deleted or
   * damaged.
   */
  async read(multihash: Uint8Array): Promise<Uint8Array | undefined> {
    const offsets = this.#table.find(multihash)
    if (offsets.length === 0) return undefined
    const find = async (handle: FileHandle): Promise<Uint8Array | undefined> => {
      for (const offset of offsets) {
        const found = await readRecord(handle, offset)
        if (isBlock(found, multihash)) return found.bytes
      }
      return undefined
    }
    const shared = this.handle
    if (shared === undefined) return this.#opened(find)
    if (isRemoved(shared)) return undefined
    return find(shared).catch((error: unknown) => {
      // If the writer has closed the file meanwhile, the read is repeated with a file of its own.
      if (this.handle !== shared) return this.#opened(find)
      throw error
    })
  }

  /** Returns true if the journal has a block. */
  async has(multihash: Uint8Array): Promise<boolean> {
    return this.handle === undefined ? (await this.read(multihash)) !== undefined : this.hasNow(multihash)
  }

  /**
   * Returns true if this process writes the journal and the journal has a block. If `bytes` are given, the block must
   * also consist of these bytes.
   *
   * The read is synchronous. It takes some microseconds for a block that was just written; waiting for a promise takes
   * ten times as long.
   */
  hasNow(multihash: Uint8Array, bytes?: Uint8Array): boolean {
    const { handle } = this
    if (handle === undefined || isRemoved(handle)) return false
    return this.#table.find(multihash).some(offset => {
      let length = readSync(handle.fd, scratch, 0, FIRST_BYTES, offset)
      if (sizeAt(scratch, 0) > length) length = readSync(handle.fd, scratch, 0, scratch.length, offset)
      const found = recordAt(scratch.subarray(0, length), 0, offset)
      return isBlock(found, multihash) && (bytes === undefined || equals(found.bytes, bytes))
    })
  }

  /** Marks all records of a block as deleted. */
  async delete(multihash: Uint8Array): Promise<void> {
    const offsets = this.#table.find(multihash)
    if (offsets.length === 0) return
    const handle = await open(this.path, constants.O_RDWR | NO_LINK)
    try {
      for (const offset of offsets) {
        if (!isBlock(await readRecord(handle, offset), multihash)) continue
        await handle.write(DELETION.byte, 0, 1, offset + DELETION.at)
      }
    } finally {
      await handle.close()
    }
  }

  /**
   * Calls `take` with the blocks in the order in which they were put, several at a time. Deleted blocks are left out.
   */
  async eachBlock(take: (records: readonly Placed[]) => unknown): Promise<void> {
    await this.#opened(async handle => {
      const { size } = await handle.stat()
      if (size <= MAX_FILE_BYTES)
        await scan(handle, { from: 0, size }, records => take(records.filter(record => record.live)))
    })
  }

  /**
   * Completes the journal, even if another process writes it. If its writer still lives, it compares the size of the
   * file after its next write with the size that it expects. The file is longer, so the writer puts the same blocks
   * into a new journal.
   */
  async completeForWriter(): Promise<void> {
    if (this.#complete) return
    const handle = await open(this.path, constants.O_RDWR | constants.O_APPEND | NO_LINK)
    try {
      await handle.writeFile(endRecord())
      // All blocks whose `put` has resolved stand before the end record.
      await this.#scan(handle, (await handle.stat()).size)
      const table = this.#table.bytes
      const trailer = new Uint8Array(Uint32Array.of(table.length, crc32(table), ...MARKS).buffer)
      await handle.writeFile(concat([table, trailer], table.length + trailer.length))
      this.#complete = true
    } finally {
      await handle.close()
    }
  }

  async #scan(handle: FileHandle, size: number): Promise<void> {
    const note = (records: readonly Placed[]): void => {
      for (const { multihash, offset } of records) this.#table.add(multihash, offset)
    }
    const { end, ended } = await scan(handle, { from: this.#end, size }, note)
    this.#end = end
    this.#ended = ended
  }

  async #opened<T>(use: (handle: FileHandle) => Promise<T>): Promise<T> {
    const handle = await openFile(this.path)
    try {
      return await use(handle)
    } finally {
      await handle.close()
    }
  }
}

/** Returns true if the file of a handle was removed, for example by another process. */
function isRemoved(handle: FileHandle): boolean {
  return fstatSync(handle.fd).nlink === 0
}

/** Returns true if a record holds the block with this multihash, and the block was not deleted. */
function isBlock(found: Found | undefined, multihash: Uint8Array): found is Found {
  return found?.live === true && equals(found.multihash, multihash)
}

async function readRecord(handle: FileHandle, offset: number): Promise<Found | undefined> {
  let bytes = await readAt(handle, offset, FIRST_BYTES)
  const size = sizeAt(bytes, 0)
  if (size > bytes.length) bytes = await readAt(handle, offset, size)
  return recordAt(bytes, 0, offset)
}

/** Returns the table of a complete journal. Returns undefined if the file does not end with a valid table. */
async function tableAtEnd(handle: FileHandle, size: number): Promise<OffsetTable | undefined> {
  if (size < TRAILER_BYTES) return undefined
  const trailer = await readAt(handle, size - TRAILER_BYTES, TRAILER_BYTES)
  if (trailer.length < TRAILER_BYTES) return undefined
  const [length, checksum, ...marks] = new Uint32Array(trailer.slice().buffer)
  if (!MARKS.every((mark, i) => marks[i] === mark) || length! > size - TRAILER_BYTES) return undefined
  const bytes = await readAt(handle, size - TRAILER_BYTES - length!, length!)
  return crc32(bytes) === checksum ? OffsetTable.from(bytes) : undefined
}
