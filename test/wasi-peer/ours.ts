/** A session on our own functions, told in the words of the other host (wasmtime_wasi.py). */
import { createHash } from 'node:crypto'
import { ERRNO, FILETYPE } from '../../src/host/wasi/constants.ts'
import { finish, type KeptNode } from '../../src/host/wasi/finish.ts'
import type { InputNode } from '../../src/host/wasi/input.ts'
import { TestGuest } from '../host/wasi/guest.ts'
import { SURROUNDINGS, PAGES, type Call } from './session.ts'

/** What a call came to. */
export interface Seen {
  readonly errno: number
  readonly note: unknown
  /** The digest of the memory. */
  readonly memory: string
}

/** A tree as text. */
export type SeenTree = string | { readonly [name: string]: SeenTree }

/** What is left at the end of a session. */
export interface Left {
  readonly stdout: string
  readonly stderr: string
  readonly tree: SeenTree
}

export class OurSession {
  readonly guest = new TestGuest({ ...SURROUNDINGS, pages: PAGES, keep: ['/'], seed: Uint8Array.of(1) })
  /** The least times that the clocks may show. */
  readonly #least = new Map<number, bigint>()
  readonly #inodes = new Map<bigint, number>()
  readonly #open = new Set([0, 1, 2, 3])

  /** Descriptors that are open. */
  get open(): readonly number[] {
    return [...this.#open]
  }

  /** Makes a call; `opened` is the descriptor that it has opened. */
  call({ name, params, poke, sleeps }: Call): Seen & { readonly opened?: number } {
    const { guest } = this
    for (const [at, bytes] of poke) guest.bytes.set(bytes, at)
    const before = digest(guest.bytes)
    const errno = guest.wasi(name, ...params)
    if (errno === ERRNO.fault && digest(guest.bytes) !== before) throw new Error(`${name} is EFAULT, and has written`)
    const note = errno === 0 ? this.#after(name, params.map(Number), sleeps) : null
    const opened = errno === 0 && name === 'path_open' ? guest.u32(Number(params[8]) >>> 0) : undefined
    return { errno, note, memory: digest(guest.bytes), ...(opened !== undefined && { opened }) }
  }

  #after(name: string, params: readonly number[], sleeps: bigint): unknown {
    const [first, second] = params as [number, number]
    for (const [id, time] of this.#least) this.#least.set(id, time + sleeps)
    if (name === 'path_open') this.#open.add(this.guest.u32(params[8]! >>> 0))
    if (name === 'fd_close') this.#open.delete(first)
    if (name === 'fd_renumber' && first !== second) this.#open.delete(first)
    if (name === 'fd_filestat_get' || name === 'path_filestat_get') return this.#stat(params.at(-1)!)
    if (name === 'fd_readdir') return this.#entries(params)
    if (name === 'clock_time_get') return this.#time(first, params[2]!)
    if (name === 'clock_res_get') this.guest.bytes.fill(0, second, second + 8)
    if (name === 'random_get') return this.#random(first, second)
    if (name === 'poll_oneoff') return this.#events(params)
    return null
  }

  /** Returns whether a clock has gone forward, and as far as the program has waited. */
  #time(id: number, at: number): unknown {
    const time = this.guest.u64(at)
    const forward = time >= (this.#least.get(id) ?? 0n)
    this.#least.set(id, time)
    this.guest.bytes.fill(0, at, at + 8)
    return { forward }
  }

  /** Returns whether random bytes, if they are many, are not all the same. */
  #random(at: number, length: number): unknown {
    const various = new Set(this.guest.bytes.subarray(at, at + length)).size > 1
    this.guest.bytes.fill(0, at, at + length)
    return length < 31 ? null : { various }
  }

  /** The events of a poll, as their bytes with all padding. */
  #events([, at, count, result]: readonly number[]): unknown {
    const events = Array.from({ length: this.guest.u32(result!) }, (_, i) =>
      hex(this.guest.bytes.slice(at! + 32 * i, at! + 32 * i + 32)),
    )
    this.guest.bytes.fill(0, at, at! + 32 * count!)
    this.guest.bytes.fill(0, result, result! + 4)
    return { events }
  }

  #stat(at: number): unknown {
    const { guest } = this
    const { type, links, size } = guest.statAt(at)
    const [dev, ino] = [Number(guest.u64(at)), this.#inode(guest.u64(at + 8))]
    guest.bytes.fill(0, at, at + 64)
    const known = type !== FILETYPE.directory
    return { dev, ino, type, links: known ? links : 0, size: known ? size : 0 }
  }

  #entries([, at, size, cookie, result]: readonly number[]): unknown {
    const { guest } = this
    const used = guest.u32(result! >>> 0)
    const listing = guest.bytes.slice(at, at! + size!)
    guest.bytes.fill(0, at, at! + size!)
    if (used === size || cookie !== 0) return { used }
    const view = new DataView(listing.buffer)
    const entries: [string, number, bigint][] = []
    for (let from = 0; from < used;) {
      const length = view.getUint32(from + 16, true)
      const name = new TextDecoder().decode(listing.subarray(from + 24, from + 24 + length))
      entries.push([name, listing[from + 20]!, view.getBigUint64(from + 8, true)])
      from += 24 + length
    }
    return { entries: entries.map(([name, type, inode]) => [name, type, this.#inode(inode)]) }
  }

  #inode(number: bigint): number {
    if (number === 0n) return 0
    if (!this.#inodes.has(number)) this.#inodes.set(number, this.#inodes.size + 1)
    return this.#inodes.get(number)!
  }

  end(): Left {
    const { stdout, stderr, files } = finish(this.guest, this.guest.state, 0, () => undefined)
    return { stdout: hex(stdout), stderr: hex(stderr), tree: seen(files!) }
  }
}

function seen(node: KeptNode): SeenTree {
  if (node.kind === 'link') return `-> ${node.target}`
  if (node.kind === 'file') return hex(node.read(0, node.size))
  if (node.kind === 'input') return seenInput(node.entry.open())
  return Object.fromEntries(node.entries.map(([name, child]) => [name, seen(child)]))
}

function seenInput(node: InputNode): SeenTree {
  if (node.kind === 'directory')
    return Object.fromEntries([...node.entries()].map(([name, entry]) => [name, seenInput(entry.open())]))
  const bytes = new Uint8Array(node.size)
  node.read(0, bytes)
  return hex(bytes)
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
