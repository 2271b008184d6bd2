/**
 * Shortens what binaryen writes in the fast mode. Its tree holds several results in a local of their own for a moment, which
 * comes out as
 *
 *     call $f  local.set $g'  local.set $r'  local.get $g'  local.set $gas  local.get $r'   →   call $f  local.set $gas
 *
 * `$g'` and `$r'` are written before they are read wherever they are used, so nobody misses what is not written here. And
 * what is written and read at once is kept:
 *
 *     local.set $x  local.get $x   →   local.tee $x
 *
 * On the engine it is the same; there are fewer bytes to compile, and less to do before they are optimised.
 */
import { Cursor } from '../../../wasm/code.ts'
import { OP } from '../../../wasm/instructions.ts'
import { joined, leb, total } from '../../binaryen/bytes.ts'

const CODE = 10

/** The same module in fewer bytes. Linear in them. */
export function compact(bytes: Uint8Array): Uint8Array {
  const cursor = new Cursor(bytes, 8)
  while (cursor.pos < bytes.length) {
    const start = cursor.pos
    const id = bytes[cursor.pos++]!
    const size = cursor.u32()
    const end = cursor.pos + size
    if (id === CODE) {
      const count = leb(cursor.u32())
      const bodies: Uint8Array[] = []
      while (cursor.pos < end) for (const piece of shorter(bytes, cursor)) bodies.push(piece)
      return joined([
        bytes.subarray(0, start),
        Uint8Array.of(CODE),
        leb(count.length + total(bodies)),
        count,
        ...bodies,
        bytes.subarray(end),
      ])
    }
    cursor.pos = end
  }
  return bytes
}

/** The body at the cursor, with its size in front. Leaves the cursor behind it. */
function shorter(bytes: Uint8Array, cursor: Cursor): Uint8Array[] {
  const start = cursor.pos
  const size = cursor.u32()
  const begin = cursor.pos
  const end = begin + size
  const pieces: Uint8Array[] = []
  let from = begin
  skipLocals(cursor)
  while (cursor.pos < end) {
    const { code } = cursor.next()
    let set = code === OP.localSet ? cursor.index : undefined
    const behind = code === OP.localSet ? cursor.at : cursor.pos
    if (code === OP.call || code === OP.callIndirect) {
      set = unpacking(bytes, cursor)
      if (set === undefined) cursor.pos = behind
    }
    if (set === undefined) continue
    const read = reads(bytes, cursor, set)
    if (code === OP.localSet && !read) continue
    pieces.push(bytes.subarray(from, behind), Uint8Array.of(read ? OP.localTee : OP.localSet), leb(set))
    from = cursor.pos
  }
  if (pieces.length === 0) return [bytes.subarray(start, end)]
  pieces.push(bytes.subarray(from, end))
  return [leb(total(pieces)), ...pieces]
}

/** Whether a local is read next; then the cursor goes behind it. */
function reads(bytes: Uint8Array, cursor: Cursor, local: number): boolean {
  const { pos } = cursor
  if (bytes[cursor.pos++] === OP.localGet && cursor.u32() === local) return true
  cursor.pos = pos
  return false
}

function skipLocals(cursor: Cursor): void {
  for (let groups = cursor.u32(); groups > 0; groups--) {
    cursor.u32()
    cursor.pos++
  }
}

/**
 * If what follows takes the gas off several results, the local that gets it, and the cursor goes behind it. The results are
 * written last one first, then the last is read and written on, then the others are read.
 */
function unpacking(bytes: Uint8Array, cursor: Cursor): number | undefined {
  const held: number[] = []
  const access = (opcode: number): number | undefined => {
    if (bytes[cursor.pos] !== opcode) return undefined
    cursor.pos++
    return cursor.u32()
  }
  for (let local = access(OP.localSet); local !== undefined; local = access(OP.localSet)) held.push(local)
  if (held.length < 2 || access(OP.localGet) !== held[0]) return undefined
  const gas = access(OP.localSet)
  if (gas === undefined || held.includes(gas)) return undefined
  for (let i = held.length - 1; i > 0; i--) if (access(OP.localGet) !== held[i]) return undefined
  return gas
}
