/** A module in the making. Types, functions and tables are added when an instruction first refers to them. */
import { body, flat, name, section, type as functionType, u32, wasm, type Bytes } from '../../test/wasm/bytes.ts'

export const T = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b, funcref: 0x70, externref: 0x6f } as const
export type Kind = keyof typeof T
export const KINDS = Object.keys(T) as Kind[]
export const NUMBERS: readonly Kind[] = ['i32', 'i64', 'f32', 'f64', 'v128']

/** Declared locals: a list of counts and types. */
export type Locals = readonly (readonly [count: number, type: number])[]

/** An instruction that pushes zero or null. */
export const zero = (kind: Kind): Bytes =>
  ({
    i32: [0x41, 0],
    i64: [0x42, 0],
    f32: [0x43, 0, 0, 0, 0],
    f64: [0x44, 0, 0, 0, 0, 0, 0, 0, 0],
    v128: [0xfd, 0x0c, new Uint8Array(16)],
    funcref: [0xd0, 0x70],
    externref: [0xd0, 0x6f],
  })[kind] as Bytes

interface Written {
  readonly type: number
  readonly bytes: Uint8Array
}

export class Draft {
  readonly #types = new Map<string, number>()
  readonly #typeBytes: Uint8Array[] = []
  readonly #functions: Written[] = []
  readonly #stubs = new Map<number, number>()
  readonly #globals: Bytes[] = []
  readonly #exports: Bytes[] = []
  readonly #imports: Bytes[] = []
  readonly #tables: Bytes[] = []
  readonly #elements: Bytes[] = []
  readonly #data: Bytes[] = []
  readonly #first: Bytes[] = []
  #pages: number | undefined
  #countsData = false
  start: number | undefined

  /** The index of a type, which is added if it is missing. */
  type(params: readonly Kind[], results: readonly Kind[] = []): number {
    const key = `${params.join()}:${results.join()}`
    const known = this.#types.get(key)
    if (known !== undefined) return known
    this.#types.set(key, this.#typeBytes.length)
    return (
      this.#typeBytes.push(
        functionType(
          params.map(kind => T[kind]),
          results.map(kind => T[kind]),
        ),
      ) - 1
    )
  }

  /** Adds a function, and returns its index. Imports must have been added before. */
  function(type: number, code: Bytes, locals: Locals = []): number {
    return this.#imports.length + this.#functions.push({ type, bytes: body(code, locals) }) - 1
  }

  /** A function of that type that returns zeros. It is added if it is missing. */
  stub(params: readonly Kind[], results: readonly Kind[] = []): number {
    const type = this.type(params, results)
    const known = this.#stubs.get(type)
    if (known !== undefined) return known
    const index = this.function(type, results.map(zero))
    this.#stubs.set(type, index)
    return index
  }

  global(kind: Kind): number {
    return this.#globals.push([T[kind], 1, zero(kind), 0x0b]) - 1
  }

  export(text: string, kind: number, index: number): void {
    this.#exports.push([name(text), kind, u32(index)])
  }

  /** Adds an import of the function that may be imported any number of times. */
  importLog(): void {
    const type = this.type(['i32', 'i32'])
    this.#imports.push([name('ipvm'), name('log'), 0, u32(type)])
  }

  memory(pages = 1): void {
    this.#pages ??= pages
  }

  table(kind: 'funcref' | 'externref' = 'funcref', slots = 10): number {
    return this.#tables.push([T[kind], 0, u32(slots)]) - 1
  }

  /** Adds a table, if there is none, with the function in its first slot. */
  needTable(index: number): void {
    if (this.#tables.length > 0) return
    this.table()
    this.element([0, 0x41, 0, 0x0b, 1, u32(index)])
  }

  element(bytes: Bytes): number {
    return this.#elements.push(bytes) - 1
  }

  data(bytes: Bytes): number {
    this.#countsData = true
    return this.#data.push(bytes) - 1
  }

  /** Adds a custom section in front of all others. */
  custom(text: string, contents: Bytes): void {
    this.#first.push(section(0, name(text), contents))
  }

  /** The module, with a function `run` that calls the given functions. These have neither parameters nor results. */
  bytes(called: readonly number[]): Uint8Array {
    const run = this.function(this.type(['i32'], ['i32']), [...called.map(index => [0x10, u32(index)]), 0x41, 0])
    this.export('run', 0, run)
    return wasm(
      this.#first,
      vector(1, this.#typeBytes),
      vector(2, this.#imports),
      vector(
        3,
        this.#functions.map(({ type }) => u32(type)),
      ),
      vector(4, this.#tables),
      this.#pages === undefined ? [] : section(5, [1, 0, u32(this.#pages)]),
      vector(6, this.#globals),
      vector(7, this.#exports),
      this.start === undefined ? [] : section(8, u32(this.start)),
      vector(9, this.#elements),
      this.#countsData ? section(12, u32(this.#data.length)) : [],
      vector(
        10,
        this.#functions.map(({ bytes }) => bytes),
      ),
      vector(11, this.#data),
    )
  }
}

function vector(id: number, entries: readonly Bytes[]): Uint8Array {
  return entries.length === 0 ? new Uint8Array(0) : section(id, u32(entries.length), entries)
}

export const length = (bytes: Bytes): number => flat(bytes).length
