/**
 * A peephole optimisation of the code that binaryen writes for the fast and steady modes.
 *
 * Switch: `compact` in modes.ts. Tests: test/instrument/compact.test.ts and, against the plain form,
 * test/instrument/optimisations.long.test.ts. Ablation: `npm run bench -- ablate`.
 *
 * Calls return the remaining gas as their last result. binaryen's tree holds several results in one tuple local, which it
 * writes as one scratch local for each result. Two patterns are replaced:
 *
 *     call $f  local.set $g'  local.set $r'  local.get $g'  local.set $gas  local.get $r'   →   call $f  local.set $gas
 *     local.set $x  local.get $x   →   local.tee $x
 *
 * Why this is right. The results of `$f` are on the operand stack in the same order before and after, and `$gas` gets the
 * last one. The writes to `$g'` and `$r'` are omitted. These belong to a tuple local, and every use of one writes it first,
 * so no later instruction reads the omitted values. The second pattern is the definition of `local.tee`.
 *
 * Optimising compilers make the same machine code of both forms. The gain is fewer bytes to decode and compile.
 */
import { Cursor } from '../../../wasm/code.ts'
import { OP } from '../../../wasm/instructions.ts'
import { joined, leb, total } from '../../binaryen/bytes.ts'

/** The id of the code section. */
const CODE = 10

/** An equivalent module in fewer bytes, or the same ones. Takes time linear in the size of the module. */
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
      while (cursor.pos < end) for (const piece of compactBody(bytes, cursor)) bodies.push(piece)
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

/** The shortened body at the cursor, its size included, as pieces. Moves the cursor to the end of the body. */
function compactBody(bytes: Uint8Array, cursor: Cursor): Uint8Array[] {
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
    const setAt = code === OP.localSet ? cursor.at : cursor.pos
    if (code === OP.call || code === OP.callIndirect) {
      set = skipUnpacking(bytes, cursor)
      if (set === undefined) cursor.pos = setAt
    }
    if (set === undefined) continue
    const isRead = skipGet(bytes, cursor, set)
    if (code === OP.localSet && !isRead) continue
    pieces.push(bytes.subarray(from, setAt), Uint8Array.of(isRead ? OP.localTee : OP.localSet), leb(set))
    from = cursor.pos
  }
  if (pieces.length === 0) return [bytes.subarray(start, end)]
  pieces.push(bytes.subarray(from, end))
  return [leb(total(pieces)), ...pieces]
}

/** True if the next instruction is a `local.get` of a local. If so, moves the cursor past it. */
function skipGet(bytes: Uint8Array, cursor: Cursor, local: number): boolean {
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
 * Recognises the instructions that unpack the results of a call, and moves the cursor past them. The results are written to
 * scratch locals, the last one first; then the last one is moved to the local of the gas; then the others are read. Returns
 * the local of the gas, or undefined if other instructions follow.
 */
function skipUnpacking(bytes: Uint8Array, cursor: Cursor): number | undefined {
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
