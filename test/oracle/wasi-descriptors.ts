/** What descriptors tell, and reading and writing through them. */
import { buffersAt, total, allow, nodeOf, type Buffers, type Call } from './wasi-call.ts'
import { refuse } from './wasi-files.ts'
import type { Descriptor, OpenFile } from './wasi-program.ts'

// ── Rights, as Wasmtime tells them ──────────────────────────────────────────────────────────────────────────────────

export const READ = 1n << 1n
export const WRITE = 1n << 6n
export const EVERY = 0x3fffffffn
/** Of `/`: what can be done with paths and entries, but for setting sizes. */
export const OF_ROOT = 0x07b7fe00n
/** Of what is opened in it: those, and what can be done with files, but for changing flags of rights to come. */
export const BELOW_ROOT = 0x0ff7ffffn

export function rightsOf(descriptor: Descriptor): readonly [bigint, bigint] {
  switch (descriptor.kind) {
    case 'stdin':
      return [READ, READ]
    case 'stdout':
    case 'stderr':
      return [WRITE, WRITE]
    case 'file': {
      // Listing goes with reading.
      const rights = EVERY & ~(descriptor.reads ? 0n : READ | (1n << 14n)) & ~(descriptor.writes ? 0n : WRITE)
      return [rights, rights]
    }
    case 'directory': {
      if (descriptor.isPreopened) return [OF_ROOT, BELOW_ROOT]
      // No seeking, no sizes, no writing.
      const none = (1n << 2n) | (1n << 22n) | (1n << 19n) | WRITE
      const rights = EVERY & ~none & ~(descriptor.reads ? 0n : READ | (1n << 14n))
      return [rights, rights]
    }
  }
}

// ── Reading and writing (WASI-10) ───────────────────────────────────────────────────────────────────────────────────

export const MOST = 2n ** 63n - 1n

export function read(call: Call, fd: number, list: number, count: number, result: number): void {
  const { program, memory, pay, view } = call
  const buffers = buffersAt(call, list, count)
  const found = program.at(fd)
  let left: number
  let next: () => number
  if (found.kind === 'stdin') {
    left = Math.min(total(buffers), program.stdin.length - program.stdinRead)
    next = () => program.stdin[program.stdinRead++]!
  } else {
    const file = program.fileAt(fd)
    const { node } = file
    checkOffset(file.position, file.reads, buffers)
    left = file.position >= BigInt(node.size) ? 0 : Math.min(total(buffers), node.size - Number(file.position))
    next = () => node.byte(Number(file.position++))
  }
  pay(left)
  const moved = left
  for (const [pointer, length] of buffers)
    for (let i = 0; i < length && left > 0; i++, left--) memory[pointer + i] = next()
  view.setUint32(result, moved, true)
}

export function checkOffset(from: bigint, allowed: boolean, buffers: Buffers): void {
  if (from > MOST) refuse('inval')
  if (!allowed) refuse('badf')
  if (from + BigInt(total(buffers)) > MOST) refuse('inval')
}

export function write(call: Call, fd: number, list: number, count: number, result: number): void {
  const { program, run, memory, pay, view } = call
  const buffers = buffersAt(call, list, count)
  const bytes = Uint8Array.from(buffers.flatMap(([pointer, length]) => [...memory.subarray(pointer, pointer + length)]))
  const found = program.at(fd)
  if (found.kind === 'stdout' || found.kind === 'stderr') {
    const fitting = bytes.subarray(0, program.room(run, found.kind))
    if (fitting.length === 0 && bytes.length > 0) refuse('nospc')
    pay(fitting.length)
    program.write(run, found.kind, fitting)
    view.setUint32(result, fitting.length, true)
  } else {
    view.setUint32(result, writeFile(call, program.fileAt(fd), buffers, bytes), true)
  }
}

export const APPEND = 1

export function writeFile({ program, pay }: Call, file: OpenFile, buffers: Buffers, bytes: Uint8Array): number {
  const { node } = file
  const from = (file.flags & APPEND) === 0 ? file.position : BigInt(node.size)
  checkOffset(from, file.writes, buffers)
  let done = 0
  if (bytes.length > 0) {
    if (from >= BigInt(node.size + program.space.left)) refuse('nospc')
    pay(bytes.length)
    while (done < bytes.length && node.write(Number(from) + done, bytes[done]!, pay)) done++
    if (done === 0) refuse('nospc')
  }
  file.position = from + BigInt(done)
  return done
}

export function seek(call: Call, fd: number, given: bigint, whence: number, result: number): void {
  allow(whence <= 2)
  call.check(result, 8)
  const file = seekable(call, fd)
  const from = whence === 0 ? 0n : whence === 1 ? file.position : BigInt(file.node.size)
  const position = from + BigInt.asIntN(64, given)
  if (position < 0n || position >= 1n << 64n) refuse('inval')
  file.position = position
  call.view.setBigUint64(result, position, true)
}

export function seekable({ program }: Call, fd: number): OpenFile {
  return nodeOf(program.at(fd)) === undefined ? refuse('spipe') : program.fileAt(fd)
}
