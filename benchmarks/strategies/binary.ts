/** The parts of the binary format that are needed to extend sections and to write unusual modules. */
import type { Module } from '../../src/wasm/module.ts'

export type Bytes = readonly number[]

/** An unsigned number in LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest]
    bytes.push((rest % 128) | 0x80)
  }
}

/** A signed number in LEB128. */
export function signed(value: number | bigint): number[] {
  const bytes: number[] = []
  for (let rest = BigInt(value); ; rest >>= 7n) {
    const low = Number(rest & 0x7fn)
    if (rest >= -64n && rest < 64n) return [...bytes, low]
    bytes.push(low | 0x80)
  }
}

export function section(id: number, content: Bytes): Bytes {
  return [id, ...unsigned(content.length), ...content]
}

/** The contents of a module's sections by id, without custom sections. */
export function sections(module: Module): Map<number, Bytes> {
  return new Map(
    module.sections.map(({ id, start, end }) => {
      const content = module.bytes.subarray(start + 1, end)
      return [id, [...content.subarray(leb(content).length)]]
    }),
  )
}

/** The content of a section with one more entry at its end. If there is no such section, with this entry only. */
export function withEntry(content: Bytes | undefined, entry: Bytes): Bytes {
  const { value, length } = content === undefined ? { value: 0, length: 0 } : leb(content)
  return [...unsigned(value + 1), ...(content ?? []).slice(length), ...entry]
}

/** The LEB128 number at the beginning of the bytes, and its length in bytes. */
function leb(bytes: ArrayLike<number>): { readonly value: number; readonly length: number } {
  let value = 0
  for (let length = 0, scale = 1; ; scale *= 128) {
    const byte = bytes[length++]!
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return { value, length }
  }
}
