/**
 * The types of exported functions, read from the four sections that tell them. A reader of its own, and a trusting one:
 * it serves to check the fixtures, independently of the project's reader.
 */
export type Letter = 'i32' | 'i64' | 'f32' | 'f64' | 'v128' | 'ref'

export interface Signature {
  readonly params: readonly Letter[]
  readonly results: readonly Letter[]
}

const TYPES: Readonly<Record<number, Letter>> = { 0x7f: 'i32', 0x7e: 'i64', 0x7d: 'f32', 0x7c: 'f64', 0x7b: 'v128' }

class Cursor {
  readonly #bytes: Uint8Array
  at: number

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes
    this.at = at
  }

  get done(): boolean {
    return this.at >= this.#bytes.length
  }

  byte(): number {
    return this.#bytes[this.at++]!
  }

  u32(): number {
    for (let value = 0, scale = 1; ; scale *= 128) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
  }

  name(): string {
    const length = this.u32()
    this.at += length
    return new TextDecoder().decode(this.#bytes.subarray(this.at - length, this.at))
  }

  list<T>(item: () => T): T[] {
    return Array.from({ length: this.u32() }, item)
  }

  types(): Letter[] {
    return this.list(() => TYPES[this.byte()] ?? 'ref')
  }
}

function skipLimits(cursor: Cursor): void {
  const flags = cursor.byte()
  cursor.u32()
  if (flags & 1) cursor.u32()
}

/** The type index of an imported function; undefined for any other import. */
function readImport(cursor: Cursor): number | undefined {
  cursor.name()
  cursor.name()
  const kind = cursor.byte()
  if (kind === 0) return cursor.u32()
  if (kind === 1) cursor.byte()
  if (kind === 1 || kind === 2) skipLimits(cursor)
  if (kind === 3) cursor.at += 2
  return undefined
}

/** Signatures of all exported functions of a valid Wasm 2.0 module, by name. */
export function signatures(bytes: Uint8Array): ReadonlyMap<string, Signature> {
  let types: Signature[] = []
  const functions: number[] = []
  const exported = new Map<string, Signature>()
  for (const sections = new Cursor(bytes, 8); !sections.done; ) {
    const id = sections.byte()
    const size = sections.u32()
    const cursor = new Cursor(bytes, sections.at)
    sections.at += size
    if (id === 1) types = cursor.list(() => (cursor.byte(), { params: cursor.types(), results: cursor.types() }))
    if (id === 2) functions.push(...cursor.list(() => readImport(cursor)).filter(type => type !== undefined))
    if (id === 3) functions.push(...cursor.list(() => cursor.u32()))
    if (id !== 7) continue
    cursor.list(() => {
      const name = cursor.name()
      const kind = cursor.byte()
      const index = cursor.u32()
      if (kind === 0) exported.set(name, types[functions[index]!]!)
    })
  }
  return exported
}
