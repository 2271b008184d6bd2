/** One call of a function of WASI: what it can do, and what calls have in common. */
import type { OracleRun } from './imports.ts'
import { refuse, type Node } from './wasi-files.ts'
import type { Descriptor, Program } from './wasi-program.ts'

/** One call: the memory, and what it may do. */
export interface Call {
  readonly run: OracleRun
  readonly program: Program
  readonly memory: Uint8Array
  readonly view: DataView
  pay(units: number): void
  /** EFAULT for a range that does not lie in the memory (WASI-3). */
  check(pointer: number, length: number): void
}

export function callOf(run: OracleRun, program: Program): Call {
  const memory = run.memory()
  return {
    run,
    program,
    memory,
    view: new DataView(memory.buffer, memory.byteOffset, memory.length),
    pay: units => run.charge(units),
    check(pointer, length) {
      if (length > 0 && pointer + length > memory.length) refuse('fault')
    },
  }
}

// ── What calls have in common ───────────────────────────────────────────────────────────────────────────────────────

/** EINVAL for what the table does not allow (WASI-2). */
export function allow(fits: boolean): void {
  if (!fits) refuse('inval')
}

export const isWithin = (value: number, flags: number): boolean => (value & ~flags) === 0
export const areRights = (rights: bigint): boolean => rights < 1n << 30n

/** The text of a path, paid for. */
export function pathAt({ memory, pay }: Call, pointer: number, length: number): string {
  pay(length)
  if (length > 4095) refuse('nametoolong')
  const bytes = length === 0 ? new Uint8Array(0) : memory.slice(pointer, pointer + length)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return refuse('ilseq')
  }
}

export type Buffers = readonly (readonly [pointer: number, length: number])[]

/** A list of buffers, paid for and read. */
export function buffersAt({ view, pay, check }: Call, list: number, count: number): Buffers {
  if (count > 1024) refuse('inval')
  pay(64 * count)
  const buffers = Array.from({ length: count }, (_, i) => {
    const buffer = [view.getUint32(list + 8 * i, true), view.getUint32(list + 8 * i + 4, true)] as const
    check(...buffer)
    return buffer
  })
  if (total(buffers) > 0xffffffff) refuse('inval')
  return buffers
}

export function total(buffers: Buffers): number {
  return buffers.reduce((sum, [, length]) => sum + length, 0)
}

export function writeTexts(call: Call, texts: readonly Uint8Array[], pointers: number, buffer: number): void {
  const size = texts.reduce((sum, text) => sum + text.length + 1, 0)
  call.check(pointers, 4 * texts.length)
  call.check(buffer, size)
  call.pay(4 * texts.length + size)
  let at = buffer
  texts.forEach((text, i) => {
    call.view.setUint32(pointers + 4 * i, at, true)
    call.memory.set([...text, 0], at)
    at += text.length + 1
  })
}

export function writeTextSizes(call: Call, texts: readonly Uint8Array[], count: number, size: number): void {
  call.check(count, 4)
  call.check(size, 4)
  call.view.setUint32(count, texts.length, true)
  call.view.setUint32(
    size,
    texts.reduce((sum, text) => sum + text.length + 1, 0),
    true,
  )
}

export function writeStat({ program, view, memory }: Call, at: number, node: Node | undefined): void {
  const file = node?.kind === 'file' ? node : undefined
  view.setBigUint64(at, node === undefined ? 0n : 1n, true)
  view.setBigUint64(at + 8, node === undefined ? 0n : BigInt(program.inodeOf(node)), true)
  memory[at + 16] = typeOf(node)
  view.setBigUint64(at + 24, node === undefined ? 0n : BigInt(file?.names ?? 1), true)
  view.setBigUint64(at + 32, BigInt(file?.size ?? 0), true)
  for (const time of [40, 48, 56]) view.setBigUint64(at + time, 0n, true)
}

export function typeOf(node: Node | undefined): number {
  return node === undefined ? 0 : node.kind === 'file' ? 4 : 3
}

export function nodeOf(descriptor: Descriptor): Node | undefined {
  return 'node' in descriptor ? descriptor.node : undefined
}
