/**
 * Records what is done to the files below a folder, and says what a disk may hold if the power fails at some moment: what was
 * flushed, and of the rest nothing, zeros or some parts, since disks write in any order.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import type * as Files from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'

type Event =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string; readonly id: number }
  | { readonly kind: 'write'; readonly id: number; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'flush'; readonly id: number; readonly events: number }
  | { readonly kind: 'flush folder'; readonly path: string; readonly events: number }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'remove'; readonly path: string }

/** What becomes of changes that were not flushed. */
export const LOSSES = ['all is lost', 'names are kept and data are zeros', 'names are kept and some data'] as const
export type Loss = (typeof LOSSES)[number]

export class RecordedDisk {
  readonly events: Event[] = []
  #root = '/nowhere'
  readonly #ids = new Map<string, number>()
  readonly #sizes = new Map<number, number>()
  #next = 0

  /** Forgets all, and records from now on what is done below a folder, which is empty and on the disk. */
  begin(root: string): void {
    this.#root = root
    this.events.length = 0
    this.#ids.clear()
    this.#sizes.clear()
  }

  /** The functions of node:fs/promises that change something, recorded. */
  wrap(real: typeof Files): typeof Files {
    const { events } = this
    const within = (path: unknown): path is string => typeof path === 'string' && path.startsWith(this.#root)
    return {
      ...real,
      mkdir: (async (path: string, mode?: number) => {
        await real.mkdir(path, mode)
        if (within(path)) events.push({ kind: 'folder', path })
      }) as typeof real.mkdir,
      rename: async (from, to) => {
        if (within(from)) this.#renamed(from, String(to))
        await real.rename(from, to)
      },
      rm: async (path, options) => {
        if (within(path) && this.#ids.delete(path)) events.push({ kind: 'remove', path })
        await real.rm(path, options)
      },
      open: async (path, flags, mode) => {
        const handle = await real.open(path, flags, mode)
        return within(path) ? this.#recorded(handle, path) : handle
      },
    }
  }

  /** What is on the disk if the power fails after so many events, written into a new folder. */
  restore(count: number, loss: Loss, folder: string, random: () => number): void {
    const past = this.events.slice(0, count)
    const names = new Map<string, number | 'folder'>()
    for (const event of past.filter((event, i) => loss !== 'all is lost' || this.#isKept(event, i, count)))
      apply(names, event)
    for (const [path, what] of names) {
      const place = join(folder, relative(this.#root, path))
      // A folder above it may be lost, and all that is in it.
      if (!names.has(dirname(path)) && dirname(path) !== this.#root) continue
      if (what === 'folder') mkdirSync(place, { recursive: true })
      else writeFileSync(place, this.#content(what, count, loss, random))
    }
  }

  /** True if a change of names was flushed with its folder before a crash. */
  #isKept(event: Event, index: number, count: number): boolean {
    const paths =
      event.kind === 'rename'
        ? [event.from, event.to]
        : 'path' in event && event.kind !== 'flush folder'
          ? [event.path]
          : []
    // Temporary names do not matter, and a rename is one step.
    const folder = paths.length === 0 ? undefined : dirname(paths.at(-1)!)
    const flushed = this.events
      .slice(index, count)
      .some(later => later.kind === 'flush folder' && later.path === folder && later.events > index)
    // A file that is renamed afterwards has its name by that.
    const renamed =
      event.kind === 'file' &&
      this.events
        .slice(index, count)
        .some(
          (later, i) => later.kind === 'rename' && later.from === event.path && this.#isKept(later, index + i, count),
        )
    return folder === undefined || flushed || renamed
  }

  #content(id: number, count: number, loss: Loss, random: () => number): Uint8Array {
    const past = this.events.slice(0, count)
    const flush = past.findLast(event => event.kind === 'flush' && event.id === id)
    const flushed = flush?.kind === 'flush' ? flush.events : 0
    const writes = past.flatMap((event, i) => (event.kind === 'write' && event.id === id ? [{ ...event, i }] : []))
    const kept = writes.filter(({ i }) => i < flushed)
    const size = (all: typeof writes): number => Math.max(0, ...all.map(({ at, bytes }) => at + bytes.length))
    const content = new Uint8Array(loss === 'all is lost' ? size(kept) : size(writes))
    for (const { at, bytes } of kept) content.set(bytes, at)
    if (loss !== 'names are kept and some data') return content
    for (const { at, bytes } of writes.filter(({ i }) => i >= flushed))
      for (let part = 0; part < bytes.length; part += 64)
        if (random() < 0.7) content.set(bytes.subarray(part, part + 64), at + part)
    return content.subarray(0, Math.max(size(kept), Math.floor(size(writes) * (0.5 + random()))))
  }

  #renamed(from: string, to: string): void {
    this.events.push({ kind: 'rename', from, to })
    const id = this.#ids.get(from)
    if (id !== undefined) this.#ids.set(to, id)
    this.#ids.delete(from)
  }

  #recorded(handle: Files.FileHandle, path: string): Files.FileHandle {
    const { events } = this
    let id = this.#ids.get(path)
    if (id === undefined && /\.(?:tmp|journal|block|pin)$|version$/.test(basename(path))) {
      id = this.#next++
      this.#ids.set(path, id)
      events.push({ kind: 'file', path, id })
    }
    const file = id
    const { writeFile, write, sync, datasync } = handle
    const flushing = async (flush: () => Promise<void>): Promise<void> => {
      const before = events.length
      await flush.call(handle)
      events.push(
        file === undefined
          ? { kind: 'flush folder', path, events: before }
          : { kind: 'flush', id: file, events: before },
      )
    }
    const written = (bytes: Uint8Array, at = this.#sizes.get(file!) ?? 0): void => {
      events.push({ kind: 'write', id: file!, at, bytes: bytes.slice() })
      this.#sizes.set(file!, Math.max(this.#sizes.get(file!) ?? 0, at + bytes.length))
    }
    return Object.assign(handle, {
      writeFile: (data: Uint8Array | string) => {
        written(typeof data === 'string' ? new TextEncoder().encode(data) : data)
        return writeFile.call(handle, data)
      },
      write: (bytes: Uint8Array, from: number, length: number, at: number) => {
        written(bytes.subarray(from, from + length), at)
        return Reflect.apply(write, handle, [bytes, from, length, at]) as ReturnType<typeof write>
      },
      sync: () => flushing(sync),
      datasync: () => flushing(datasync),
    }) as Files.FileHandle
  }
}

function apply(names: Map<string, number | 'folder'>, event: Event): void {
  if (event.kind === 'folder') names.set(event.path, 'folder')
  if (event.kind === 'file') names.set(event.path, event.id)
  if (event.kind === 'remove') names.delete(event.path)
  if (event.kind !== 'rename') return
  const what = names.get(event.from)
  names.delete(event.from)
  if (what !== undefined) names.set(event.to, what)
}
