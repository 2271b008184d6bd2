/** Arguments and environment variables. */
import type { GuestAccess } from '../guest-access.ts'
import type { WasiState } from '../state.ts'

export function argsSizesGet(guest: GuestAccess, { args }: WasiState, count: number, size: number): void {
  writeSizes(guest, args, count, size)
}

export function argsGet(guest: GuestAccess, { args }: WasiState, pointers: number, buffer: number): void {
  writeTexts(guest, args, pointers, buffer)
}

export function environSizesGet(guest: GuestAccess, { variables }: WasiState, count: number, size: number): void {
  writeSizes(guest, variables, count, size)
}

export function environGet(guest: GuestAccess, { variables }: WasiState, pointers: number, buffer: number): void {
  writeTexts(guest, variables, pointers, buffer)
}

function writeSizes(guest: GuestAccess, texts: readonly Uint8Array[], count: number, size: number): void {
  guest.writeU32(count, texts.length)
  guest.writeU32(size, sizeOf(texts))
}

/** Writes each text and a NUL into the buffer, and a pointer to it into the list of pointers. */
function writeTexts(guest: GuestAccess, texts: readonly Uint8Array[], pointers: number, buffer: number): void {
  const size = sizeOf(texts)
  guest.check(pointers, 4 * texts.length)
  guest.check(buffer, size)
  guest.charge(4 * texts.length + size)
  let at = buffer >>> 0
  texts.forEach((text, i) => {
    guest.writeU32((pointers >>> 0) + 4 * i, at)
    guest.memory.set(text, at)
    guest.writeU8(at + text.length, 0)
    at += text.length + 1
  })
}

function sizeOf(texts: readonly Uint8Array[]): number {
  return texts.reduce((sum, text) => sum + text.length + 1, 0)
}
